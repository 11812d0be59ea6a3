/** RunInstances. */
import type { Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { launchedVolume } from './block-devices.ts'
import { checkRepeated } from './idempotency.ts'
import { ec2Arn, INSTANCE, newId } from './ids.ts'
import { imageKeys } from './images.ts'
import { interfaceKeys, launchKeys, securityGroupKeys, subnetKeys } from './instance-keys.ts'
import { allowPassRole } from './instance-profiles.ts'
import { type Instance, instances } from './instance-rows.ts'
import { keyPairKeys } from './key-pairs.ts'
import {
  completed,
  templateKeys,
  type UsedTemplate,
  usedTemplate,
  usedTemplateKeys,
  withTemplateTags,
} from './launch-from-template.ts'
import { type LaunchPlan, planLaunch, zoneOf } from './launch-plan.ts'
import { launch } from './lifecycle.ts'
import { launchedInterface } from './network/placement.ts'
import { placementGroupKeys } from './placement-groups.ts'
import type { Settings } from './settings.ts'
import { launchingInstance } from './shown-instance.ts'
import { fulfilled, newRequest, ofRequest, zoneNameOf } from './spot/fulfilment.ts'
import { checkPrice } from './spot/market-options.ts'
import { SPOT_REQUEST } from './spot/rows.ts'
import { allowTagging, tagNew } from './tag-specifications.ts'
import { publishVolume, putVolume, volumeKeys } from './volume-rows.ts'

/** Launches up to MaxCount instances as one reservation; fewer than MinCount is none. */
export function runInstances(
  input: Checked<RunInstancesRequest>,
  ctx: Context,
  settings: Settings,
): Answer<Reservation> {
  const { used, request, plan } = prepared(input, ctx, settings)
  allowLaunch(plan, used, ctx)
  const launched =
    repeatedLaunch(plan, ctx) ?? launchAll(withTemplateTags(plan, used), request, ctx, settings)
  return reservation(launched, plan, ctx)
}

/** The same for a service that acts for itself, as fleets do: nobody's permissions are asked. */
export function runInstancesUnasked(
  input: Checked<RunInstancesRequest>,
  ctx: Context,
  settings: Settings,
): Answer<Reservation> {
  const { used, request, plan } = prepared(input, ctx, settings)
  return reservation(launchAll(withTemplateTags(plan, used), request, ctx, settings), plan, ctx)
}

function prepared(input: Checked<RunInstancesRequest>, ctx: Context, settings: Settings) {
  const used = usedTemplate(input, ctx)
  const request = completed(input, used)
  return { used, request, plan: planLaunch(request, ctx, settings) }
}

function reservation(
  launched: readonly Instance[],
  { template }: LaunchPlan,
  ctx: Context,
): Answer<Reservation> {
  return {
    ReservationId: launched[0]?.ReservationId ?? template.ReservationId,
    OwnerId: ctx.account,
    Groups: [],
    Instances: launched.map((instance) => launchingInstance(instance, ctx)),
  }
}

/** The instances that an earlier request with the same token launched. */
function repeatedLaunch({ template }: LaunchPlan, ctx: Context): Instance[] | undefined {
  const { ClientToken } = template
  if (!ClientToken) return undefined
  const earlier = ctx.tx.by(instances, 'clientToken', ClientToken)
  const [first] = earlier
  if (!first) return undefined
  checkRepeated(first, template)
  if (first.StateName === 'terminated') {
    throw new AwsError(
      'IdempotentInstanceTerminated',
      'The request to launch an instance uses the same client token as a previous request for ' +
        'which the instance has been terminated.',
    )
  }
  return earlier
}

/** Everything that a launch uses or makes is asked for, each with its own condition keys. */
function allowLaunch(plan: LaunchPlan, used: UsedTemplate | undefined, ctx: Context): void {
  const { image, interfaces, devices, tags, template, keyPair, placementGroup, profile } = plan
  const allow = (type: string, id: string, own: ConditionKeys) => {
    const keys = { ...own, ...templateKeys(type, used, ctx) }
    ctx.allow('ec2:RunInstances', ec2Arn(type, id, ctx), { keys })
  }
  if (used) allow('launch-template', used.template.LaunchTemplateId, usedTemplateKeys(used, ctx))
  allow('image', image.ImageId, imageKeys(image, ctx))
  allow('instance', '*', { ...launchKeys(template, ctx), ...tags.keys('instance') })
  for (const { subnet, groups, associatePublicIp, existing } of interfaces) {
    const keys = interfaceKeys(subnet, associatePublicIp, ctx)
    const id = existing?.NetworkInterfaceId ?? '*'
    allow('network-interface', id, { ...keys, ...tags.keys('network-interface') })
    for (const group of groups) {
      allow('security-group', group.GroupId, securityGroupKeys(group, ctx))
    }
    allow('subnet', subnet.SubnetId, subnetKeys(subnet, ctx))
  }
  const { AvailabilityZone } = template.Placement
  for (const { volume } of devices) {
    const keys = volumeKeys({ ...volume, AvailabilityZone }, ctx)
    allow('volume', '*', { ...keys, ...tags.keys('volume') })
  }
  if (keyPair) allow('key-pair', keyPair.KeyName, keyPairKeys(keyPair, ctx))
  if (placementGroup) {
    allow('placement-group', placementGroup.GroupName, placementGroupKeys(placementGroup, ctx))
  }
  if (profile) allowPassRole(profile, ctx)
  if (plan.market) {
    const keys = tags.keys(SPOT_REQUEST.resourceType)
    allow(SPOT_REQUEST.resourceType, '*', { 'ec2:Region': ctx.region, ...keys })
  }
  allowTagging('RunInstances', tags, ctx)
}

function launchAll(
  plan: LaunchPlan,
  input: Checked<RunInstancesRequest>,
  ctx: Context,
  settings: Settings,
): Instance[] {
  const { market: options, template, count } = plan
  if (options) checkPrice(options, template.InstanceType, zoneNameOf(plan), ctx)
  return Array.from({ length: count }, (_, index) => {
    if (!options) return launchOne(plan, index, ctx, settings)
    const request = newRequest({ options, input }, ctx)
    const instance = launchOne(plan, index, ctx, settings, ofRequest(request))
    fulfilled(request, instance, ctx)
    const { resourceType } = SPOT_REQUEST
    tagNew(request.SpotInstanceRequestId, resourceType, plan.tags, ctx)
    return instance
  })
}

/** Launches the instance number `index` of a plan; `market` is what a Spot request makes of it. */
export function launchOne(
  plan: LaunchPlan,
  index: number,
  ctx: Context,
  settings: Settings,
  market: Pick<Instance, 'InstanceLifecycle' | 'SpotInstanceRequestId'> = {},
): Instance {
  const { tags } = plan
  const InstanceId = newId(INSTANCE, ctx)
  const NetworkInterfaceIds = plan.interfaces.map(
    (planned) => launchedInterface(planned, InstanceId, ctx).NetworkInterfaceId,
  )
  const zone = zoneOf(plan, ctx)
  const volumes = plan.devices.map((device) => launchedVolume(device, InstanceId, zone, ctx))
  const VolumeIds = volumes.map(({ VolumeId }) => VolumeId)
  for (const volume of volumes) putVolume(volume, undefined, ctx)
  const own = { InstanceId, AmiLaunchIndex: index, VolumeIds, NetworkInterfaceIds }
  const instance = launch({ ...plan.template, ...market, ...own }, ctx, settings)
  for (const id of VolumeIds) {
    const notification = { event: 'createVolume', result: 'available' } as const
    publishVolume(id, { ...notification, requestId: ctx.requestId }, ctx)
  }
  tagNew(InstanceId, 'instance', tags, ctx)
  for (const id of VolumeIds) tagNew(id, 'volume', tags, ctx)
  for (const id of NetworkInterfaceIds) tagNew(id, 'network-interface', tags, ctx)
  return instance
}
