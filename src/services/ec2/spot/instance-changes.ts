/** What becomes of a Spot request when its instance changes its state. */
import type { Context } from '../../../aws/context.ts'
import type { Instance } from '../instance-rows.ts'
import { hasEnded, putStatus, requestOf, type SpotRequest, type Status } from './rows.ts'

export const EVALUATE = 'ec2.spot-evaluate'
export const RESTART = 'ec2.spot-restart'

export const TERMINATED_BY_SPOT = 'Server.SpotInstanceTermination'
export const STOPPED_BY_SPOT = 'Server.SpotInstanceShutdown'

/** After the instance has entered a state. */
export function spotInstanceEntered(instance: Instance, ctx: Context): void {
  const request = requestOf(instance, ctx)
  if (!request || hasEnded(request) || request.InstanceId !== instance.InstanceId) return
  const reason = instance.StateReason?.Code
  switch (instance.StateName) {
    case 'running':
      if (request.State === 'disabled') putStatus(request, 'fulfilled', ctx)
      return
    case 'stopped': {
      const code = reason === STOPPED_BY_SPOT ? 'no-capacity' : 'by-user'
      putStatus(request, `instance-stopped-${code}`, ctx)
      return
    }
    case 'shutting-down':
      if (request.Type === 'one-time') ended(request, reason, ctx)
      return
    case 'terminated':
      if (request.Type === 'one-time') ended(request, reason, ctx)
      else reopen(request, ctx)
  }
}

function ended(request: SpotRequest, reason: string | undefined, ctx: Context): void {
  const how: Status['Code'] =
    reason === TERMINATED_BY_SPOT
      ? 'instance-terminated-no-capacity'
      : 'instance-terminated-by-user'
  putStatus(request, how, ctx)
}

/** A persistent request looks for another instance, unless its time is over. */
function reopen(request: SpotRequest, ctx: Context): void {
  const { InstanceId: _, LaunchedAvailabilityZone: _zone, ...rest } = request
  const { LaunchedAvailabilityZoneId: _id, ...open } = rest
  if ((open.ValidUntil ?? Number.POSITIVE_INFINITY) <= ctx.now) {
    putStatus(open, 'schedule-expired', ctx)
    return
  }
  putStatus(open, 'pending-evaluation', ctx)
  ctx.later(0, EVALUATE, { id: open.SpotInstanceRequestId })
}
