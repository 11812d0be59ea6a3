/**
 * How fleets of the types request and maintain come to their capacity: a request once, a maintained
 * one again whenever an instance of it ends.
 */
import type { Context } from '../../aws/context.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import {
  publishFleetInstance,
  publishFleetSpotRequest,
  publishFleetState,
  publishUnusable,
} from './fleet-events.ts'
import { capacityOf, type Launched, type Lifecycle, launchAll, poolsOf } from './fleet-launch.ts'
import { type Fleet, type FleetInput, fleets, type Member } from './fleet-rows.ts'
import { endFleet, FLEET_EVALUATE, FLEET_EXPIRE } from './fleet-steps.ts'
import { instances } from './instance-rows.ts'
import { terminateAlive } from './power.ts'
import { runInstancesUnasked } from './run-instances.ts'
import type { Settings } from './settings.ts'

/** After a launch that a pool refused. */
const RETRY_MS = MS_PER_MINUTE

export interface FleetStep {
  readonly id: string
}

const LIFECYCLES: readonly Lifecycle[] = ['on-demand', 'spot']

const counts = ({ InstanceId }: Member, ctx: Context): boolean => {
  const state = ctx.tx.get(instances, InstanceId)?.StateName
  return state === 'pending' || state === 'running'
}

const sumOf = (members: readonly Member[], lifecycle?: Lifecycle): number =>
  members
    .filter((member) => lifecycle === undefined || member.lifecycle === lifecycle)
    .reduce((sum, { weight }) => sum + weight, 0)

/** Launches what a fleet lacks, ends what is too much; without instances a deleted one is over. */
export function evaluateFleet({ id }: FleetStep, ctx: Context, settings: Settings): void {
  const fleet = ctx.tx.get(fleets, id)
  const input = fleet?.Request
  const isEnding = fleet?.FleetState.startsWith('deleted_')
  if (input && isEnding && fleet.Members.length === 0) endFleet(fleet, ctx)
  if (!input || (fleet.FleetState !== 'submitted' && fleet.FleetState !== 'active')) return
  if ((input.ValidFrom ?? 0) > ctx.now) {
    ctx.later(Number(input.ValidFrom) - ctx.now, FLEET_EVALUATE, { id })
    return
  }
  if (fleet.FleetState === 'submitted') {
    publishFleetState(id, 'active', ctx)
    if (input.ValidUntil) ctx.later(input.ValidUntil - ctx.now, FLEET_EXPIRE, { id })
  }
  let members = fleet.Members.filter((member) => counts(member, ctx))
  members = withoutExcess(fleet, input, members, ctx, settings)
  const errors: Launched['errors'][number][] = []
  for (const lifecycle of LIFECYCLES) {
    const missing = targetOf(input, lifecycle) - sumOf(members, lifecycle)
    if (missing <= 0) continue
    const pools = poolsOf(input, ctx)
    const launch = { input, FleetId: id, pools, settings, run: runInstancesUnasked }
    const launched = launchAll(launch, lifecycle, missing, ctx)
    errors.push(...launched.errors)
    members = [...members, ...membersOf(launched, lifecycle)]
    announce(id, launched, ctx)
  }
  const total = LIFECYCLES.reduce((sum, each) => sum + targetOf(input, each), 0)
  const isFulfilled = sumOf(members) >= total
  if (!isFulfilled) ctx.later(RETRY_MS, FLEET_EVALUATE, { id })
  const unfulfilled = errors.length > 0 ? 'error' : 'pending_fulfillment'
  ctx.tx.put(fleets, id, {
    ...fleet,
    FleetState: 'active',
    ActivityStatus: isFulfilled ? 'fulfilled' : unfulfilled,
    FulfilledCapacity: sumOf(members),
    FulfilledOnDemandCapacity: sumOf(members, 'on-demand'),
    Members: members,
  })
}

function targetOf(input: FleetInput, lifecycle: Lifecycle): number {
  const { onDemand, spot } = capacityOf(input)
  return lifecycle === 'spot' ? spot : onDemand
}

function membersOf({ instances: launched }: Launched, lifecycle: Lifecycle): Member[] {
  return launched.flatMap(({ InstanceIds = [], LaunchTemplateAndOverrides: pool }) => {
    const weight = pool?.Overrides?.WeightedCapacity ?? 1
    return InstanceIds.map((InstanceId) => ({ InstanceId, weight, lifecycle }))
  })
}

function announce(id: string, { instances: launched, errors }: Launched, ctx: Context): void {
  for (const instanceId of launched.flatMap(({ InstanceIds = [] }) => InstanceIds)) {
    const instance = ctx.tx.get(instances, instanceId)
    if (!instance) continue
    const { SpotInstanceRequestId: requestId } = instance
    if (requestId) {
      publishFleetSpotRequest(id, requestId, 'submitted', ctx)
      publishFleetSpotRequest(id, requestId, 'active', ctx)
    }
    publishFleetInstance(id, instance, 'launched', ctx)
  }
  for (const { ErrorCode, ErrorMessage, LaunchTemplateAndOverrides: pool } of errors) {
    const type = pool?.Overrides?.InstanceType ?? 'the type of the template'
    publishUnusable(id, `${type}: ${ErrorCode}: ${ErrorMessage}`, ctx)
  }
}

/** The members that a lower target leaves; the newest go first. */
function withoutExcess(
  { ExcessCapacityTerminationPolicy }: Fleet,
  input: FleetInput,
  members: Member[],
  ctx: Context,
  settings: Settings,
): Member[] {
  if (ExcessCapacityTerminationPolicy === 'no-termination') return members
  const kept: Member[] = []
  const ended: string[] = []
  for (const member of members) {
    const { lifecycle, weight, InstanceId } = member
    const fits = sumOf(kept, lifecycle) + weight <= targetOf(input, lifecycle)
    // What passes the target only because of its weight stays, as it was launched to.
    if (fits || sumOf(kept, lifecycle) < targetOf(input, lifecycle)) kept.push(member)
    else ended.push(InstanceId)
  }
  terminateAlive(ended, ctx, settings)
  return kept
}

/** The time of a fleet is over: it launches nothing more. */
export function expireFleet({ id }: FleetStep, ctx: Context, settings: Settings): void {
  const fleet = ctx.tx.get(fleets, id)
  if (fleet?.FleetState !== 'active') return
  publishFleetState(id, 'expired', ctx)
  const ends = fleet.TerminateInstancesWithExpiration ?? false
  ctx.tx.put(fleets, id, { ...fleet, FleetState: ends ? 'deleted_terminating' : 'deleted_running' })
  if (ends)
    terminateAlive(
      fleet.Members.map(({ InstanceId }) => InstanceId),
      ctx,
      settings,
    )
}
