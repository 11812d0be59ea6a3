/** CancelSpotInstanceRequests. */
import type {
  CancelSpotInstanceRequestsRequest,
  CancelSpotInstanceRequestsResult,
} from '@aws-sdk/client-ec2'
import { resourceTagKeys } from '../../../aws/condition-keys.ts'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { allExisting, ec2Arn } from '../ids.ts'
import { enter, userInitiated } from '../lifecycle.ts'
import type { Settings } from '../settings.ts'
import { tagsOf } from '../tag-rows.ts'
import {
  hasEnded,
  instanceOf,
  putStatus,
  SPOT_REQUEST,
  type SpotRequest,
  spotRequests,
} from './rows.ts'

/**
 * Ends requests; instances go on running, but those that are stopped are terminated.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CancelSpotInstanceRequests.html
 */
export function cancelSpotInstanceRequests(
  { SpotInstanceRequestIds }: Checked<CancelSpotInstanceRequestsRequest>,
  ctx: Context,
  settings: Settings,
): CancelSpotInstanceRequestsResult {
  const parameter = 'spotInstanceRequestId'
  const rows = allExisting(SPOT_REQUEST, spotRequests, SpotInstanceRequestIds, parameter, ctx)
  for (const { SpotInstanceRequestId: id } of rows) {
    const tags = tagsOf(id, ctx) ?? []
    const keys = { ...resourceTagKeys(tags), ...resourceTagKeys(tags, 'ec2') }
    const arn = ec2Arn(SPOT_REQUEST.resourceType, id, ctx)
    ctx.allow('ec2:CancelSpotInstanceRequests', arn, { keys })
  }
  const CancelledSpotInstanceRequests = rows.map((row) => {
    const { SpotInstanceRequestId, State } = cancelled(row, ctx, settings)
    // States of the answer have a type of their own, without those that a request cannot be in.
    return { SpotInstanceRequestId, State: State === 'closed' ? State : ('cancelled' as const) }
  })
  return { CancelledSpotInstanceRequests }
}

function cancelled(request: SpotRequest, ctx: Context, settings: Settings): SpotRequest {
  if (hasEnded(request)) return request
  const instance = instanceOf(request, ctx)
  if (!instance) return putStatus(request, 'canceled-before-fulfillment', ctx)
  if (request.State !== 'disabled') {
    return putStatus(request, 'request-canceled-and-instance-running', ctx)
  }
  const ended = putStatus(request, 'instance-terminated-by-service', ctx)
  if (instance.StateName === 'stopped') {
    enter('terminated', instance, ctx, settings, userInitiated(ctx))
  }
  return ended
}
