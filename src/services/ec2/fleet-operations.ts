/** DescribeFleets and DeleteFleets. */
import type {
  DeleteFleetErrorItem,
  DeleteFleetSuccessItem,
  DeleteFleetsRequest,
  DeleteFleetsResult,
  DescribeFleetsRequest,
  DescribeFleetsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { type Answer, type Checked, KeptFailure } from '../../aws/service.ts'
import { type Fleet, fleets } from './fleet-rows.ts'
import { FLEET, isWellFormed } from './ids.ts'
import { instances } from './instance-rows.ts'
import { type Listing, list, listByIds } from './listing.ts'
import { allowOn } from './network/access.ts'
import { terminateInstances } from './power.ts'
import type { Settings } from './settings.ts'
import { tagsOf } from './tag-rows.ts'

const FLEETS: Listing<Fleet> = {
  kind: FLEET,
  table: fleets,
  idOf: ({ FleetId }) => FleetId,
  fields: {
    'activity-status': ({ ActivityStatus }) => ActivityStatus,
    'excess-capacity-termination-policy': () => undefined,
    'fleet-state': ({ FleetState }) => FleetState,
    'replace-unhealthy-instances': () => false,
    type: ({ Type }) => Type,
  },
}

/** Fleets by id. Those of the type instant, which all are here, show up in no other way. */
export function describeFleets(
  input: DescribeFleetsRequest,
  ctx: Context,
): Answer<DescribeFleetsResult> {
  ctx.allow('ec2:DescribeFleets', '*')
  const ids = input.FleetIds ?? []
  if (ids.length === 0) {
    list(FLEETS, input, ctx)
    return { Fleets: [] }
  }
  const parameters = { set: 'fleetIdSet', one: 'fleetId' }
  const rows = listByIds(FLEETS, ids, { Filters: input.Filters }, parameters, ctx)
  return { Fleets: rows.map((row) => ({ ...row, Tags: tagsOf(row.FleetId, ctx) })) }
}

/** Deletes fleets and terminates their instances, as those of the type instant demand. */
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
    terminateAll(row, ctx, settings)
    const deleted: Fleet = { ...row, FleetState: 'deleted_terminating' }
    ctx.tx.put(fleets, FleetId, deleted)
    SuccessfulFleetDeletions.push({
      FleetId,
      CurrentFleetState: deleted.FleetState,
      PreviousFleetState: row.FleetState,
    })
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
  if (row.FleetState !== 'active') {
    const Message = `The fleet '${id}' is in the '${row.FleetState}' state.`
    return { Code: 'fleetNotInDeletableState', Message } as const
  }
  if (terminate) return undefined
  const Message = 'Instances of a fleet of the type instant have to be terminated with it.'
  return { Code: 'unexpectedError', Message } as const
}

function terminateAll({ Instances }: Fleet, ctx: Context, settings: Settings): void {
  const all = Instances.flatMap(({ InstanceIds: ids = [] }) => [...ids])
  const InstanceIds = all.filter((id) => ctx.tx.has(instances, id))
  if (InstanceIds.length === 0) return
  const ended = terminateInstances({ InstanceIds }, ctx, settings)
  if (ended instanceof KeptFailure) throw ended.error
}
