/**
 * Trails. Nobody has made one here; still EventBridge receives all management events, as it does
 * on AWS in accounts with a trail that logs.
 */
import type {
  DescribeTrailsResponse,
  GetTrailRequest,
  ListTrailsResponse,
} from '@aws-sdk/client-cloudtrail'
import { arn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { unknownTrail } from './errors.ts'

export function describeTrails(_input: object, ctx: Context): DescribeTrailsResponse {
  ctx.allow('cloudtrail:DescribeTrails', '*')
  return { trailList: [] }
}

export function listTrails(_input: object, ctx: Context): ListTrailsResponse {
  ctx.allow('cloudtrail:ListTrails', '*')
  return { Trails: [] }
}

/** GetTrail and GetTrailStatus: there is no trail of the name. */
export function noTrail(action: string) {
  return ({ Name }: Checked<GetTrailRequest>, ctx: Context): never => {
    const { region, account } = ctx
    const trail = Name.startsWith('arn:')
      ? Name
      : arn('cloudtrail', region, account, `trail/${Name}`)
    ctx.allow(action, trail)
    throw unknownTrail(trail, account)
  }
}
