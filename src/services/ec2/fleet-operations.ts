/** DescribeFleets, DescribeFleetInstances, ModifyFleet and DeleteFleets. */
import type {
  DeleteFleetErrorItem,
  DeleteFleetSuccessItem,
  DeleteFleetsRequest,
  DeleteFleetsResult,
  DescribeFleetInstancesRequest,
  DescribeFleetInstancesResult,
  DescribeFleetsRequest,
  DescribeFleetsResult,
  ModifyFleetRequest,
  ModifyFleetResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { type Answer, type Checked, KeptFailure } from '../../aws/service.ts'
import { checkedFilters, predicate } from './filters.ts'
import { publishFleetState } from './fleet-events.ts'
import { type Fleet, fleets } from './fleet-rows.ts'
import { FLEET_EVALUATE } from './fleet-steps.ts'
import { existing, FLEET, isWellFormed } from './ids.ts'
import { type Instance, instances } from './instance-rows.ts'
import { type Listing, list, listByIds } from './listing.ts'
import { allowOn } from './network/access.ts'
import { pageOfList } from './pagination.ts'
import { terminateInstances } from './power.ts'
import type { Settings } from './settings.ts'
import { tagsOf } from './tag-rows.ts'

const MOST_RESULTS = 1000

const FLEETS: Listing<Fleet> = {
  kind: FLEET,
  table: fleets,
  idOf: ({ FleetId }) => FleetId,
  fields: {
    'activity-status': ({ ActivityStatus }) => ActivityStatus,
    'excess-capacity-termination-policy': (fleet) => fleet.ExcessCapacityTerminationPolicy,
    'fleet-state': ({ FleetState }) => FleetState,
    'replace-unhealthy-instances': (fleet) => fleet.ReplaceUnhealthyInstances ?? false,
    type: ({ Type }) => Type,
  },
}

/** Fleets by id, or all that match but those of the type instant, which show up by id only. */
export function describeFleets(
  input: DescribeFleetsRequest,
  ctx: Context,
): Answer<DescribeFleetsResult> {
  ctx.allow('ec2:DescribeFleets', '*')
  const ids = input.FleetIds ?? []
  if (ids.length === 0) {
    const { rows, NextToken } = list(FLEETS, input, ctx, { least: 1, most: MOST_RESULTS })
    const lasting = rows.filter(({ Type }) => Type !== 'instant')
    return { Fleets: lasting.map((row) => shown(row, ctx)), NextToken }
  }
  const parameters = { set: 'fleetIdSet', one: 'fleetId' }
  const rows = listByIds(FLEETS, ids, { Filters: input.Filters }, parameters, ctx)
  return { Fleets: rows.map((row) => shown(row, ctx)) }
}

function shown(row: Fleet, ctx: Context) {
  const { Instances, ...fleet } = row
  const own = row.Type === 'instant' && { Instances }
  return { ...fleet, ...own, Tags: tagsOf(row.FleetId, ctx) }
}

/** The instances of a fleet that is not of the type instant. */
export function describeFleetInstances(
  input: Checked<DescribeFleetInstancesRequest>,
  ctx: Context,
): Answer<DescribeFleetInstancesResult> {
  const { FleetId } = input
  const fleet = existing(FLEET, fleets, FleetId, 'fleetId', ctx)
  allowOn('ec2:DescribeFleetInstances', FLEET, FleetId, ctx)
  const fields = { 'instance-type': ({ InstanceType }: Instance) => InstanceType }
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, fields))
  const found = fleet.Members.flatMap(({ InstanceId }) => ctx.tx.get(instances, InstanceId) ?? [])
    .filter((row) => tests.every((test) => test(row, ctx)))
    .map(({ InstanceId, InstanceType, SpotInstanceRequestId }) => ({
      InstanceId,
      InstanceType,
      SpotInstanceRequestId,
      InstanceHealth: 'healthy' as const,
    }))
  const { rows, NextToken } = pageOfList(found, input, { least: 1, most: MOST_RESULTS })
  return { FleetId, ActiveInstances: rows, NextToken }
}

/** Gives a maintained fleet another target; it launches or ends instances to come to it. */
export function modifyFleet(input: Checked<ModifyFleetRequest>, ctx: Context): ModifyFleetResult {
  const { FleetId, TargetCapacitySpecification: target } = input
  const fleet = existing(FLEET, fleets, FleetId, 'fleetId', ctx)
  allowOn('ec2:ModifyFleet', FLEET, FleetId, ctx)
  const { Request, FleetState, Type } = fleet
  if (Type !== 'maintain' || !Request || FleetState !== 'active') {
    throw new AwsError(
      'FleetNotInModifiableState',
      `The fleet '${FleetId}' of the type ${Type} is in the '${FleetState}' state.`,
    )
  }
  const TargetCapacitySpecification = { ...Request.TargetCapacitySpecification, ...target }
  const { LaunchTemplateConfigs = Request.LaunchTemplateConfigs } = input
  const { ExcessCapacityTerminationPolicy = fleet.ExcessCapacityTerminationPolicy } = input
  publishFleetState(FleetId, 'modify_in_progress', ctx)
  ctx.tx.put(fleets, FleetId, {
    ...fleet,
    TargetCapacitySpecification,
    LaunchTemplateConfigs,
    ExcessCapacityTerminationPolicy,
    Request: { ...Request, TargetCapacitySpecification, LaunchTemplateConfigs },
  })
  publishFleetState(FleetId, 'modify_succeeded', ctx)
  ctx.later(0, FLEET_EVALUATE, { id: FleetId })
  return { Return: true }
}

/** Deletes fleets. Their instances end too, or go on, which those of instant fleets cannot. */
export function deleteFleets(
  { FleetIds, TerminateInstances }: Checked<DeleteFleetsRequest>,
  ctx: Context,
  settings: Settings,
): DeleteFleetsResult {
  const SuccessfulFleetDeletions: DeleteFleetSuccessItem[] = []
  const UnsuccessfulFleetDeletions: DeleteFleetErrorItem[] = []
  for (const FleetId of FleetIds) {
    allowOn('ec2:DeleteFleets', FLEET, FleetId, ctx)
    const reason = cannotDelete(FleetId, TerminateInstances, ctx)
    const row = ctx.tx.get(fleets, FleetId)
    if (reason || !row) {
      UnsuccessfulFleetDeletions.push({ FleetId, Error: reason })
      continue
    }
    const CurrentFleetState = TerminateInstances ? 'deleted_terminating' : 'deleted_running'
    ctx.tx.put(fleets, FleetId, { ...row, FleetState: CurrentFleetState })
    if (row.Request) publishFleetState(FleetId, CurrentFleetState, ctx)
    if (row.Request && row.Members.length === 0) {
      ctx.later(settings.durations.spotMs, FLEET_EVALUATE, { id: FleetId })
    }
    if (TerminateInstances) terminateAll(row, ctx, settings)
    const PreviousFleetState = row.FleetState
    SuccessfulFleetDeletions.push({ FleetId, CurrentFleetState, PreviousFleetState })
  }
  return { SuccessfulFleetDeletions, UnsuccessfulFleetDeletions }
}

function cannotDelete(id: string, terminate: boolean, ctx: Context) {
  if (!isWellFormed(FLEET, id)) {
    const Message = `The fleet ID '${id}' is not valid.`
    return { Code: 'fleetIdMalformed', Message } as const
  }
  const row = ctx.tx.get(fleets, id)
  if (!row) {
    const Message = `The fleet ID '${id}' does not exist.`
    return { Code: 'fleetIdDoesNotExist', Message } as const
  }
  const livesOn = row.FleetState === 'active' || row.FleetState === 'submitted'
  // The instances of a fleet that was deleted without them can be ended later (recorded).
  if (!livesOn && !(terminate && row.FleetState === 'deleted_running')) {
    const Message = `The fleet '${id}' is in the '${row.FleetState}' state.`
    return { Code: 'fleetNotInDeletableState', Message } as const
  }
  if (terminate || row.Type !== 'instant') return undefined
  const Message = 'Instances of a fleet of the type instant have to be terminated with it.'
  return { Code: 'unexpectedError', Message } as const
}

function terminateAll({ Instances, Members }: Fleet, ctx: Context, settings: Settings): void {
  const launched = Instances.flatMap(({ InstanceIds: ids = [] }) => [...ids])
  const all = [...launched, ...Members.map(({ InstanceId }) => InstanceId)]
  const InstanceIds = all.filter((id) => ctx.tx.has(instances, id))
  if (InstanceIds.length === 0) return
  const ended = terminateInstances({ InstanceIds }, ctx, settings)
  if (ended instanceof KeptFailure) throw ended.error
}
