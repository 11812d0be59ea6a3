/**
 * AWS takes Spot Instances back: a recommendation to rebalance, then the warning, and two minutes
 * later the instance is stopped, hibernated or terminated.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */

import type { InstanceInterruptionBehavior } from '@aws-sdk/client-ec2'
import { partitionOf } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { isoSeconds, MS_PER_MINUTE } from '../../../clock.ts'
import { publishFleetInstance } from '../fleet-events.ts'
import { fleetOf } from '../fleet-steps.ts'
import { allExisting, ec2Arn, INSTANCE } from '../ids.ts'
import { type Instance, instances } from '../instance-rows.ts'
import { enter } from '../lifecycle.ts'
import type { Settings } from '../settings.ts'
import { RESTART, STOPPED_BY_SPOT, TERMINATED_BY_SPOT } from './instance-changes.ts'
import { hasEnded, putStatus, requestOf, type SpotRequest } from './rows.ts'

/** AWS promises nothing here: the recommendation may come with the warning. */
const RECOMMENDATION_TO_WARNING_MS = 2 * MS_PER_MINUTE
const WARNING_TO_RECLAIM_MS = 2 * MS_PER_MINUTE
/** Until there is capacity again for what was stopped. */
const CAPACITY_RETURNS_MS = 10 * MS_PER_MINUTE

/** Instances that are dealt with in one transaction, so that thousands hold nobody up. */
const SLICE_INSTANCES = 20

export const RECOMMEND = 'ec2.spot-recommend'
export const WARN = 'ec2.spot-warn'
export const RECLAIM = 'ec2.spot-reclaim'

/** It names the boot that it ends: of an earlier boot it is stale. */
export interface Interruption {
  readonly id: string
  readonly runningSince: number | undefined
}

export interface InterruptOptions {
  /** Whether a recommendation comes before the warning. */
  readonly rebalance: boolean
}

/** Begins to take instances back: all, or throws for the first that cannot be. */
export function interruptSpotInstances(
  ids: readonly string[],
  { rebalance }: InterruptOptions,
  ctx: Context,
): void {
  const rows = allExisting(INSTANCE, instances, ids, 'instanceId', ctx)
  for (const { InstanceId, InstanceLifecycle, StateName } of rows) {
    if (InstanceLifecycle !== 'spot') throw notInterruptible(InstanceId, 'is no Spot Instance')
    if (StateName !== 'running') throw notInterruptible(InstanceId, 'is not running')
  }
  for (let from = 0; from < rows.length; from += SLICE_INSTANCES) {
    const slice = rows.slice(from, from + SLICE_INSTANCES)
    const taken = slice.map(({ InstanceId }) => InstanceId)
    const text = `AWS takes ${taken.join(', ')} back.`
    const cause = ctx.record({ kind: 'note', text }, taken)
    const payload: Interruption[] = slice.map((row) => ({
      id: row.InstanceId,
      runningSince: row.RunningSince,
    }))
    ctx.later(0, rebalance ? RECOMMEND : WARN, payload, cause)
  }
}

function notInterruptible(id: string, why: string): AwsError {
  return new AwsError('IncorrectInstanceState', `The instance '${id}' ${why}.`)
}

export function recommendRebalance(slice: readonly Interruption[], ctx: Context): void {
  for (const { id } of slice) {
    ctx.publish({
      source: 'aws.ec2',
      detailType: 'EC2 Instance Rebalance Recommendation',
      resources: [ec2Arn('instance', id, ctx)],
      detail: { 'instance-id': id },
    })
  }
  ctx.later(RECOMMENDATION_TO_WARNING_MS, WARN, slice)
}

function running({ id, runningSince }: Interruption, ctx: Context): Instance | undefined {
  const instance = ctx.tx.get(instances, id)
  const isSame = instance?.StateName === 'running' && instance.RunningSince === runningSince
  return isSame ? instance : undefined
}

export function warn(slice: readonly Interruption[], ctx: Context): void {
  const warned = slice.flatMap((row) => {
    const instance = running(row, ctx)
    return instance ? [{ row, action: warnOne(instance, ctx) }] : []
  })
  const rows = (hibernates: boolean) =>
    warned.filter(({ action }) => (action === 'hibernate') === hibernates).map(({ row }) => row)
  // Hibernation begins with the warning.
  ctx.later(0, RECLAIM, rows(true))
  ctx.later(WARNING_TO_RECLAIM_MS, RECLAIM, rows(false))
}

function warnOne(instance: Instance, ctx: Context): InstanceInterruptionBehavior {
  const { InstanceId: id, Placement } = instance
  const request = requestOf(instance, ctx)
  const action = request?.InstanceInterruptionBehavior ?? 'terminate'
  const zone = Placement.AvailabilityZone
  // The zone in the place of the region, and no account.
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EC2 Spot Instance Interruption Warning',
    resources: [`arn:${partitionOf(ctx.region)}:ec2:${zone}:instance/${id}`],
    detail: { 'instance-id': id, 'instance-action': action },
  })
  if (request && !hasEnded(request)) markRequest(request, ctx)
  const fleet = fleetOf(instance, ctx)
  if (fleet) publishFleetInstance(fleet.FleetId, instance, 'termination_notified', ctx)
  return action
}

function markRequest(request: SpotRequest, ctx: Context): void {
  if (request.InstanceInterruptionBehavior !== 'terminate') {
    putStatus(request, 'marked-for-stop', ctx)
  } else if (request.Type === 'persistent') putStatus(request, 'marked-for-termination', ctx)
  else putStatus(request, 'instance-terminated-no-capacity', ctx)
}

export function reclaim(slice: readonly Interruption[], ctx: Context, settings: Settings): void {
  for (const row of slice) reclaimOne(row, ctx, settings)
}

function reclaimOne(row: Interruption, ctx: Context, settings: Settings): void {
  const instance = running(row, ctx)
  if (!instance) return
  const behavior = requestOf(instance, ctx)?.InstanceInterruptionBehavior ?? 'terminate'
  const stops = behavior !== 'terminate'
  const Code = stops ? STOPPED_BY_SPOT : TERMINATED_BY_SPOT
  const Message = `${Code}: Spot Instance ${stops ? 'stopped' : 'terminated'} for want of capacity`
  const reason = { StateReason: { Code, Message }, StateTransitionReason: Code }
  enter(stops ? 'stopping' : 'shutting-down', instance, ctx, settings, reason)
  publishEvicted(row.id, ctx)
  if (stops) ctx.later(CAPACITY_RETURNS_MS, RESTART, { id: row.id })
}

/** What CloudTrail tells of it: an event of the service, since nobody called. */
function publishEvicted(id: string, ctx: Context): void {
  const { account, region } = ctx
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'AWS Service Event via CloudTrail',
    resources: [],
    detail: {
      eventVersion: '1.10',
      userIdentity: { accountId: account, invokedBy: 'sec2.amazonaws.com' },
      eventTime: isoSeconds(ctx.now),
      eventSource: 'ec2.amazonaws.com',
      eventName: 'BidEvictedEvent',
      awsRegion: region,
      sourceIPAddress: 'ec2.amazonaws.com',
      userAgent: 'ec2.amazonaws.com',
      requestParameters: null,
      responseElements: null,
      requestID: ctx.ids.uuid(),
      eventID: ctx.ids.uuid(),
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: account,
      serviceEventDetails: { instanceIdSet: [id] },
      eventCategory: 'Management',
    },
  })
}

/** There is capacity again: EC2 starts what it has stopped, as long as it is asked for. */
export function restart({ id }: { id: string }, ctx: Context, settings: Settings): void {
  const instance = ctx.tx.get(instances, id)
  if (instance?.StateName !== 'stopped') return
  if (requestOf(instance, ctx)?.Status.Code !== 'instance-stopped-no-capacity') return
  enter('pending', instance, ctx, settings)
}
