/** StartInstances, StopInstances, RebootInstances and TerminateInstances. */
import type {
  InstanceStateChange,
  RebootInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { type Checked, KeptFailure } from '../../aws/service.ts'
import { incorrectInstanceState, operationNotPermitted } from './errors.ts'
import { allExisting, ec2Arn, INSTANCE } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances, stateOf } from './instance-rows.ts'
import { enter, userInitiated } from './lifecycle.ts'
import type { Settings } from './settings.ts'
import { checkSpotStart, checkSpotStop } from './spot/power.ts'

/** The instances of a request, once the caller may do this to each of them. */
function allowed(ids: readonly string[], action: string, ctx: Context): Instance[] {
  const rows = allExisting(INSTANCE, instances, ids, 'instanceId', ctx)
  for (const row of rows) {
    ctx.allow(action, ec2Arn('instance', row.InstanceId, ctx), { keys: instanceKeys(row, ctx) })
  }
  return rows
}

function change(before: Instance, after: Instance): InstanceStateChange {
  return {
    InstanceId: after.InstanceId,
    CurrentState: stateOf(after.StateName),
    PreviousState: stateOf(before.StateName),
  }
}

/** stopped → pending; what runs already stays as it is. */
export function startInstances(
  { InstanceIds }: Checked<StartInstancesRequest>,
  ctx: Context,
  settings: Settings,
): StartInstancesResult {
  const rows = allowed(InstanceIds, 'ec2:StartInstances', ctx)
  for (const { InstanceId, StateName } of rows) {
    if (StateName === 'stopped' || StateName === 'pending' || StateName === 'running') continue
    throw incorrectInstanceState(
      `The instance '${InstanceId}' is not in a state from which it can be started.`,
    )
  }
  for (const row of rows) if (row.StateName === 'stopped') checkSpotStart(row, ctx)
  const StartingInstances = rows.map((row) =>
    change(row, row.StateName === 'stopped' ? enter('pending', row, ctx, settings) : row),
  )
  return { StartingInstances }
}

/** running → stopping; what is stopped or stopping stays as it is. */
export function stopInstances(
  { InstanceIds, Hibernate = false }: Checked<StopInstancesRequest>,
  ctx: Context,
  settings: Settings,
): StopInstancesResult {
  const rows = allowed(InstanceIds, 'ec2:StopInstances', ctx)
  for (const row of rows) checkStoppable(row, Hibernate)
  for (const row of rows) if (row.StateName === 'running') checkSpotStop(row, ctx)
  const reason = userInitiated(ctx, Hibernate)
  const StoppingInstances = rows.map((row) =>
    change(row, row.StateName === 'running' ? enter('stopping', row, ctx, settings, reason) : row),
  )
  return { StoppingInstances }
}

function checkStoppable(row: Instance, hibernate: boolean): void {
  const { InstanceId, StateName, RunningSince, DisableApiStop, HibernationOptions } = row
  if (StateName === 'pending' && RunningSince === undefined) {
    throw incorrectInstanceState(
      `Instance '${InstanceId}' cannot be stopped as it has never reached the 'running' state.`,
    )
  }
  if (StateName === 'stopping' || StateName === 'stopped') return
  if (StateName !== 'running') {
    throw incorrectInstanceState(
      `This instance '${InstanceId}' is not in a state from which it can be stopped.`,
    )
  }
  if (DisableApiStop) {
    // UNCERTAIN: formed like the message about termination, which is recorded.
    throw operationNotPermitted(
      `The instance '${InstanceId}' may not be stopped. Modify its 'disableApiStop' instance ` +
        'attribute and try again.',
    )
  }
  if (hibernate && !HibernationOptions?.Configured) {
    // UNCERTAIN: the code is documented, the wording is not.
    throw new AwsError(
      'UnsupportedHibernationConfiguration',
      `The instance '${InstanceId}' is not enabled for hibernation.`,
    )
  }
}

/** The state stays running, so nothing is published; terminated instances are passed over. */
export function rebootInstances(
  { InstanceIds }: Checked<RebootInstancesRequest>,
  ctx: Context,
): object {
  for (const { InstanceId, StateName } of allowed(InstanceIds, 'ec2:RebootInstances', ctx)) {
    if (StateName !== 'stopped' && StateName !== 'stopping') continue
    throw incorrectInstanceState(
      `The instance '${InstanceId}' is not in a state from which it can be rebooted.`,
    )
  }
  return {}
}

/**
 * Ends instances. A protected one keeps those of its availability zone from being terminated, and
 * fails the request, but not the instances of other zones.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
 */
export function terminateInstances(
  { InstanceIds, DryRun }: Checked<TerminateInstancesRequest>,
  ctx: Context,
  settings: Settings,
): TerminateInstancesResult | KeptFailure {
  const rows = allowed(InstanceIds, 'ec2:TerminateInstances', ctx)
  const kept = rows.filter((row) => row.DisableApiTermination && row.StateName !== 'terminated')
  const error = kept[0] && isProtected(kept[0])
  if (DryRun && error) throw error
  const zones = new Set(kept.map(({ Placement }) => Placement.AvailabilityZone))
  const reason = userInitiated(ctx)
  const TerminatingInstances = rows
    .filter(({ Placement }) => !zones.has(Placement.AvailabilityZone))
    .map((row) => {
      const to = nextOf(row)
      return change(row, to ? enter(to, row, ctx, settings, reason) : row)
    })
  return error ? new KeptFailure(error) : { TerminatingInstances }
}

/** Ends those of these instances that have not ended, for what made them. */
export function terminateAlive(ids: readonly string[], ctx: Context, settings: Settings): void {
  const reason = userInitiated(ctx)
  for (const row of ids.flatMap((id) => ctx.tx.get(instances, id) ?? [])) {
    const to = nextOf(row)
    if (to) enter(to, row, ctx, settings, reason)
  }
}

function nextOf({ StateName }: Instance): 'terminated' | 'shutting-down' | undefined {
  if (StateName === 'terminated' || StateName === 'shutting-down') return undefined
  return StateName === 'stopped' ? 'terminated' : 'shutting-down'
}

function isProtected({ InstanceId }: Instance): AwsError {
  return operationNotPermitted(
    `The instance '${InstanceId}' may not be terminated. Modify its 'disableApiTermination' ` +
      'instance attribute and try again.',
  )
}
