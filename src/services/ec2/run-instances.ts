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
import { shownInstance } from './shown-instance.ts'
import { allowTagging, tagNew } from './tag-specifications.ts'
import { publishVolume, putVolume, volumeKeys } from './volume-rows.ts'

/** Launches up to MaxCount instances as one reservation; fewer than MinCount is none. */
export function runInstances(
  input: Checked<RunInstancesRequest>,
  ctx: Context,
  settings: Settings,
): Answer<Reservation> {
  refuseMissingFeatures(input)
  const used = usedTemplate(input, ctx)
  const plan = planLaunch(completed(input, used), ctx, settings)
  allowLaunch(plan, used, ctx)
  const launched =
    repeatedLaunch(plan, ctx) ?? launchAll(withTemplateTags(plan, used), ctx, settings)
  return {
    ReservationId: launched[0]?.ReservationId ?? plan.template.ReservationId,
    OwnerId: ctx.account,
    Groups: [],
    Instances: launched.map((instance) => shownInstance(instance, ctx)),
  }
}

function refuseMissingFeatures({ InstanceMarketOptions }: RunInstancesRequest) {
  if (!InstanceMarketOptions) return
  throw new AwsError('UnsupportedOperation', 'Windtunnel does not launch Spot Instances.')
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
  allowTagging('RunInstances', tags, ctx)
}

function launchAll(plan: LaunchPlan, ctx: Context, settings: Settings): Instance[] {
  return Array.from({ length: plan.count }, (_, index) => launchOne(plan, index, ctx, settings))
}

function launchOne(plan: LaunchPlan, index: number, ctx: Context, settings: Settings): Instance {
  const { tags } = plan
  const InstanceId = newId(INSTANCE, ctx)
  const NetworkInterfaceIds = plan.interfaces.map(
    (planned) => launchedInterface(planned, InstanceId, ctx).NetworkInterfaceId,
  )
  const zone = zoneOf(plan, ctx)
  const volumes = plan.devices.map((device) => launchedVolume(device, InstanceId, zone, ctx))
  const VolumeIds = volumes.map(({ VolumeId }) => VolumeId)
  for (const volume of volumes) putVolume(volume, undefined, ctx)
  const instance = launch(
    { InstanceId, ...plan.template, AmiLaunchIndex: index, VolumeIds, NetworkInterfaceIds },
    ctx,
    settings,
  )
  for (const id of VolumeIds) {
    const notification = { event: 'createVolume', result: 'available' } as const
    publishVolume(id, { ...notification, requestId: ctx.requestId }, ctx)
  }
  tagNew(InstanceId, 'instance', tags, ctx)
  for (const id of VolumeIds) tagNew(id, 'volume', tags, ctx)
  for (const id of NetworkInterfaceIds) tagNew(id, 'network-interface', tags, ctx)
  return instance
}
