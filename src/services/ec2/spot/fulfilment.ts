/** A Spot request comes to its instance. */
import type { Context } from '../../../aws/context.ts'
import { ec2Arn } from '../ids.ts'
import type { Instance } from '../instance-rows.ts'
import type { LaunchPlan } from '../launch-plan.ts'
import type { MarketOptions } from './market-options.ts'
import { LINUX } from './prices.ts'
import { type LaunchInput, newRequestId, putStatus, type SpotRequest } from './rows.ts'

/** What a launch into the Spot market is for. */
export interface SpotLaunch {
  readonly options: MarketOptions
  readonly input: LaunchInput
}

export type NewRequest = Omit<SpotRequest, 'State' | 'Status'>

/** A request that is not stored yet. */
export function newRequest({ options, input }: SpotLaunch, ctx: Context): NewRequest {
  const { InstanceMarketOptions: _, ClientToken: _token, DryRun: _dry, ...Launch } = input
  return {
    SpotInstanceRequestId: newRequestId(ctx),
    ...options,
    ProductDescription: LINUX,
    Launch: { ...Launch, MinCount: 1, MaxCount: 1 },
    CreateTime: ctx.now,
  }
}

/** What an instance has of its request. */
export function ofRequest({ SpotInstanceRequestId }: Pick<NewRequest, 'SpotInstanceRequestId'>) {
  return { InstanceLifecycle: 'spot', SpotInstanceRequestId } as const
}

/** The instance has been launched. */
export function fulfilled(request: NewRequest, instance: Instance, ctx: Context): SpotRequest {
  const { InstanceId, Placement } = instance
  const launched = {
    ...request,
    InstanceId,
    LaunchedAvailabilityZone: Placement.AvailabilityZone,
    LaunchedAvailabilityZoneId: Placement.AvailabilityZoneId,
  }
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EC2 Spot Instance Request Fulfillment',
    resources: [ec2Arn('instance', InstanceId, ctx)],
    detail: {
      'spot-instance-request-id': request.SpotInstanceRequestId,
      'instance-id': InstanceId,
    },
  })
  return putStatus(launched, 'fulfilled', ctx)
}

/** Where the plan would launch. */
export function zoneNameOf({ template }: LaunchPlan): string {
  return template.Placement.AvailabilityZone ?? ''
}
