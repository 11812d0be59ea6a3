/** RequestSpotInstances, and how requests are evaluated. */
import type {
  RequestSpotInstancesRequest,
  RequestSpotInstancesResult,
  RequestSpotLaunchSpecification,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { MS_PER_MINUTE } from '../../../clock.ts'
import { invalidParameter, missingParameter, unsupportedOperation } from '../errors.ts'
import { checkRepeated, identityOf } from '../idempotency.ts'
import { ec2Arn } from '../ids.ts'
import { imageKeys } from '../images.ts'
import { securityGroupKeys, subnetKeys } from '../instance-keys.ts'
import { allowPassRole } from '../instance-profiles.ts'
import { keyPairKeys } from '../key-pairs.ts'
import { type LaunchPlan, planLaunch } from '../launch-plan.ts'
import { launchOne } from '../run-instances.ts'
import type { Settings } from '../settings.ts'
import { tagsOf } from '../tag-rows.ts'
import { allowTagging, type RequestedTags, tagNew, tagsFor } from '../tag-specifications.ts'
import { fulfilled, newRequest, ofRequest, zoneNameOf } from './fulfilment.ts'
import { EVALUATE } from './instance-changes.ts'
import { checkedOptions, DEFAULT_VALIDITY_MS, futureTime } from './market-options.ts'
import { nextChangeAfter, spotPriceAt } from './prices.ts'
import {
  type LaunchInput,
  putStatus,
  SPOT_REQUEST,
  type SpotRequest,
  spotRequests,
} from './rows.ts'
import { shownRequest } from './shown-request.ts'

const MAX_INSTANCE_COUNT = 1000
/** A request with this tag finds no capacity as long as it has it; the value is free. */
const NO_CAPACITY_TAG = 'windtunnel:no-spot-capacity'
const RETRY_MS = MS_PER_MINUTE

/**
 * Makes one request for each instance. They are open, and evaluated soon.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestSpotInstances.html
 */
export function requestSpotInstances(
  input: Checked<RequestSpotInstancesRequest>,
  ctx: Context,
  settings: Settings,
): Answer<RequestSpotInstancesResult> {
  const { LaunchSpecification, InstanceCount: count = 1, ValidFrom } = input
  if (!LaunchSpecification) throw missingParameter('LaunchSpecification')
  if (count < 1 || count > MAX_INSTANCE_COUNT) throw invalidParameter('instanceCount', count)
  if (input.BlockDurationMinutes) {
    throw unsupportedOperation('Spot blocks of a defined duration are no longer offered.')
  }
  const until = input.ValidUntil && futureTime(input.ValidUntil, 'ValidUntil', ctx)
  const options = {
    ...checkedOptions({ ...input, ValidUntil: until ?? ctx.now + DEFAULT_VALIDITY_MS }),
    ...(ValidFrom && { ValidFrom: futureTime(ValidFrom, 'ValidFrom', ctx) }),
  }
  const launch = launchInput(LaunchSpecification)
  const tags = tagsFor(input.TagSpecifications, [SPOT_REQUEST.resourceType])
  allowRequest(planLaunch(launch, ctx, settings), tags, ctx)
  const identity = identityOf(input)
  const repeated = identity.ClientToken
    ? ctx.tx.by(spotRequests, 'clientToken', identity.ClientToken)
    : []
  if (repeated[0]) checkRepeated(repeated[0], identity)
  const { LaunchGroup, AvailabilityZoneGroup } = input
  const made = () => {
    const request = { ...newRequest({ options, input: launch }, ctx), ...identity }
    const id = request.SpotInstanceRequestId
    tagNew(id, SPOT_REQUEST.resourceType, tags, ctx)
    ctx.later(settings.durations.spotMs, EVALUATE, { id })
    return putStatus({ ...request, LaunchGroup, AvailabilityZoneGroup }, 'pending-evaluation', ctx)
  }
  const requests = repeated.length > 0 ? repeated : Array.from({ length: count }, made)
  return { SpotInstanceRequests: requests.map((request) => shownRequest(request, ctx)) }
}

/** A launch specification as RunInstances would have it. */
function launchInput(specification: RequestSpotLaunchSpecification): LaunchInput {
  const { AddressingType: _, Placement, ...same } = specification
  const { AvailabilityZone, GroupName, Tenancy } = Placement ?? {}
  return {
    ...same,
    ...(Placement && { Placement: { AvailabilityZone, GroupName, Tenancy } }),
    Monitoring: { Enabled: specification.Monitoring?.Enabled ?? false },
    MinCount: 1,
    MaxCount: 1,
  }
}

function allowRequest(plan: LaunchPlan, tags: RequestedTags, ctx: Context): void {
  const action = 'ec2:RequestSpotInstances'
  const type = SPOT_REQUEST.resourceType
  const keys = { 'ec2:Region': ctx.region, ...tags.keys(type) }
  ctx.allow(action, ec2Arn(type, '*', ctx), { keys })
  ctx.allow(action, ec2Arn('image', plan.image.ImageId, ctx), { keys: imageKeys(plan.image, ctx) })
  for (const { subnet, groups } of plan.interfaces) {
    ctx.allow(action, ec2Arn('subnet', subnet.SubnetId, ctx), { keys: subnetKeys(subnet, ctx) })
    for (const group of groups) {
      const arn = ec2Arn('security-group', group.GroupId, ctx)
      ctx.allow(action, arn, { keys: securityGroupKeys(group, ctx) })
    }
  }
  const { keyPair, profile } = plan
  if (keyPair) {
    const arn = ec2Arn('key-pair', keyPair.KeyName, ctx)
    ctx.allow(action, arn, { keys: keyPairKeys(keyPair, ctx) })
  }
  if (profile) allowPassRole(profile, ctx)
  allowTagging('RequestSpotInstances', tags, ctx)
}

/** Launches the instance of an open request, or says why it has to wait. */
export function evaluate({ id }: { id: string }, ctx: Context, settings: Settings): void {
  const request = ctx.tx.get(spotRequests, id)
  if (request?.State !== 'open') return
  const again = (
    code: 'price-too-low' | 'capacity-not-available' | 'not-scheduled-yet',
    at: number,
  ) => {
    putStatus(request, code, ctx)
    const until = request.ValidUntil ?? Number.POSITIVE_INFINITY
    ctx.later(Math.min(at, until) - ctx.now, EVALUATE, { id })
  }
  const { ValidFrom = 0, ValidUntil = Number.POSITIVE_INFINITY, SpotPrice } = request
  if (ValidUntil <= ctx.now) putStatus(request, 'schedule-expired', ctx)
  else if (ValidFrom > ctx.now) again('not-scheduled-yet', ValidFrom)
  else if (tagsOf(id, ctx)?.some(({ Key }) => Key === NO_CAPACITY_TAG)) {
    again('capacity-not-available', ctx.now + RETRY_MS)
  } else {
    const plan = plannedOrFailed(request, ctx, settings)
    if (!plan) return
    const product = request.ProductDescription
    const series = { type: plan.template.InstanceType, product, zone: zoneNameOf(plan) }
    const price = spotPriceAt(series, ctx.now)
    if (Number(SpotPrice) < Number(price)) again('price-too-low', nextChangeAfter(series, ctx.now))
    else fulfilled(request, launchOne(plan, 0, ctx, settings, ofRequest(request)), ctx)
  }
}

/** What was right when it was requested may not be any more. */
function plannedOrFailed(
  request: SpotRequest,
  ctx: Context,
  settings: Settings,
): LaunchPlan | undefined {
  try {
    return planLaunch(request.Launch, ctx, settings)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const Fault = { Code: error.code, Message: error.message }
    putStatus({ ...request, Fault }, 'bad-parameters', ctx)
    return undefined
  }
}
