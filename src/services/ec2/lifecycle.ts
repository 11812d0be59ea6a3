/**
 * The states of an instance. Entering one stores it, publishes it, and books the transition that
 * follows by itself.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
import type { InstanceStateName, StateReason } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { isoSeconds } from '../../clock.ts'
import { launchFailure, shutDownAfterMs } from './faults.ts'
import { fleetInstanceEnded } from './fleet-steps.ts'
import { ec2Arn } from './ids.ts'
import { type Instance, instances } from './instance-rows.ts'
import { releaseInterfaces, returnPublicAddress, takePublicAddress } from './network/interfaces.ts'
import { type Durations, type Settings, TERMINATED_VISIBLE_MS, wholeSeconds } from './settings.ts'
import { spotInstanceEntered } from './spot/instance-changes.ts'
import { forgetTags } from './tag-rows.ts'
import { releaseVolumes } from './volumes.ts'

/** Every transition that there is; all others are refused. */
const GRANTED: Readonly<Record<InstanceStateName, readonly InstanceStateName[]>> = {
  // A launch that fails goes from pending to terminated.
  pending: ['running', 'shutting-down', 'terminated'],
  running: ['stopping', 'shutting-down'],
  stopping: ['stopped', 'shutting-down'],
  // There is nothing to shut down: the answer says terminated at once.
  stopped: ['pending', 'terminated'],
  'shutting-down': ['terminated'],
  terminated: [],
}

/** What follows by itself, and after how long. */
const ONWARD: Readonly<Partial<Record<InstanceStateName, Onward>>> = {
  pending: { to: 'running', after: 'bootMs' },
  stopping: { to: 'stopped', after: 'stopMs' },
  'shutting-down': { to: 'terminated', after: 'shutdownMs' },
}

interface Onward {
  to: InstanceStateName
  after: keyof Durations
}

/** Why an instance changes its state, as DescribeInstances tells it. */
export interface Reason {
  readonly StateReason?: StateReason
  readonly StateTransitionReason?: string
}

const LAUNCH: Reason = {
  StateReason: { Code: 'pending', Message: 'pending' },
  StateTransitionReason: '',
}
const RUNNING: Reason = { StateReason: undefined, StateTransitionReason: '' }

/** `User initiated (2026-05-01 10:00:00 GMT)`, with the code of what the user did. */
export function userInitiated(ctx: Context, hibernate = false): Reason {
  const what = hibernate ? 'hibernate' : 'shutdown'
  const Code = hibernate ? 'Client.UserInitiatedHibernate' : 'Client.UserInitiatedShutdown'
  return {
    StateReason: { Code, Message: `${Code}: User initiated ${what}` },
    StateTransitionReason: `User initiated (${spelled(ctx.now)})`,
  }
}

const INSTANCE_INITIATED: Reason = {
  StateReason: {
    Code: 'Client.InstanceInitiatedShutdown',
    Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  },
  StateTransitionReason: '',
}

/** Stores a new instance as pending and boots it. */
export function launch(instance: Instance, ctx: Context, settings: Settings): Instance {
  return arrive({ ...instance, ...LAUNCH }, undefined, ctx, settings)
}

/** Moves an instance to another state. A transition that is not granted is a defect of ours. */
export function enter(
  to: InstanceStateName,
  instance: Instance,
  ctx: Context,
  settings: Settings,
  reason: Reason = {},
): Instance {
  const { StateName: from, InstanceId } = instance
  if (!GRANTED[from].includes(to)) throw new Error(`${InstanceId} cannot go from ${from} to ${to}`)
  const changed = onEntry({ ...instance, ...reason, StateName: to }, ctx)
  const arrived = arrive(changed, from, ctx, settings)
  if (to === 'terminated') {
    // After the event of the instance, since the volumes go with it.
    releaseVolumes(instance, ctx)
    ctx.later(TERMINATED_VISIBLE_MS, 'ec2.forget-instance', { id: InstanceId } satisfies Forget)
  }
  if (to === 'terminated') fleetInstanceEnded(arrived, ctx)
  if (arrived.SpotInstanceRequestId) spotInstanceEntered(arrived, ctx)
  return arrived
}

function arrive(
  instance: Instance,
  from: InstanceStateName | undefined,
  ctx: Context,
  settings: Settings,
): Instance {
  const { InstanceId: id, StateName: to, StateReason: why } = instance
  ctx.tx.put(instances, id, instance)
  const because = why?.Code === 'pending' ? undefined : why?.Message
  ctx.record({ kind: 'change', resource: id, from, to, because }, [id])
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EC2 Instance State-change Notification',
    resources: [ec2Arn('instance', id, ctx)],
    detail: { 'instance-id': id, state: to },
  })
  const next = ONWARD[to]
  if (next) {
    const payload: Transition = { id, from: to, to: next.to }
    ctx.later(settings.durations[next.after], 'ec2.transition', payload)
  }
  return instance
}

/** What else changes with the state. */
function onEntry(instance: Instance, ctx: Context): Instance {
  switch (instance.StateName) {
    case 'pending':
      takePublicAddress(instance, ctx)
      return { ...instance, ...LAUNCH, LaunchTime: wholeSeconds(ctx.now) }
    case 'running': {
      const after = shutDownAfterMs(instance, ctx)
      const payload: ShutDown = { id: instance.InstanceId, runningSince: ctx.now }
      if (after !== undefined) ctx.later(after, 'ec2.shut-down', payload)
      return { ...instance, ...RUNNING, RunningSince: ctx.now }
    }
    case 'stopped':
      returnPublicAddress(instance, ctx)
      return instance
    case 'terminated': {
      releaseInterfaces(instance, ctx)
      const { VpcId: _vpc, SubnetId: _subnet, ...rest } = instance
      return { ...rest, NetworkInterfaceIds: [], VolumeIds: [] }
    }
    default:
      return instance
  }
}

export interface Transition {
  readonly id: string
  /** The state that the instance is expected to leave. */
  readonly from: InstanceStateName
  readonly to: InstanceStateName
}

/** Goes on to the next state, unless something else has happened to the instance meanwhile. */
export function transition({ id, from, to }: Transition, ctx: Context, settings: Settings): void {
  const instance = ctx.tx.get(instances, id)
  if (instance?.StateName !== from) return
  const launching = to === 'running' && instance.RunningSince === undefined
  const StateReason = launching ? launchFailure(instance, ctx) : undefined
  if (StateReason) {
    const reason = { StateReason, StateTransitionReason: StateReason.Code }
    enter('terminated', instance, ctx, settings, reason)
  } else enter(to, instance, ctx, settings)
}

export interface ShutDown {
  readonly id: string
  /** The boot that it ends: a row of an earlier one is stale. */
  readonly runningSince: number
}

/** The operating system shuts down by itself. */
export function shutDown({ id, runningSince }: ShutDown, ctx: Context, settings: Settings): void {
  const instance = ctx.tx.get(instances, id)
  if (instance?.StateName !== 'running' || instance.RunningSince !== runningSince) return
  const ends = instance.InstanceInitiatedShutdownBehavior === 'terminate'
  enter(ends ? 'shutting-down' : 'stopping', instance, ctx, settings, INSTANCE_INITIATED)
}

export interface Forget {
  readonly id: string
}

/** Removes an instance that has been terminated for long enough. */
export function forgetInstance({ id }: Forget, ctx: Context): void {
  ctx.tx.delete(instances, id)
  forgetTags(id, ctx)
}

/** `2026-05-01 10:00:00 GMT` */
function spelled(now: number): string {
  return `${isoSeconds(now).replace('T', ' ').replace('Z', '')} GMT`
}
