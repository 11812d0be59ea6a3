/** GetLaunchTemplateData: what a template would hold that launches instances like a given one. */
import type {
  GetLaunchTemplateDataRequest,
  GetLaunchTemplateDataResult,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { ec2Arn, existing, INSTANCE } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { interfacesOf } from './network/interfaces.ts'
import { blockDevicesOf } from './shown-instance.ts'
import { tagsOf } from './tag-rows.ts'
import { volumes } from './volume-rows.ts'

const SYSTEM_TAG = /^aws:/i

/** The data of one instance. What its image and type decide anyway is told too, as AWS does. */
export function getLaunchTemplateData(
  { InstanceId }: Checked<GetLaunchTemplateDataRequest>,
  ctx: Context,
): Answer<GetLaunchTemplateDataResult> {
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  ctx.allow('ec2:GetLaunchTemplateData', ec2Arn('instance', InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  return { LaunchTemplateData: dataOf(instance, ctx) }
}

function dataOf(instance: Instance, ctx: Context): Answer<ResponseLaunchTemplateData> {
  const { IamInstanceProfile: profile, Placement, Monitoring } = instance
  const tags = tagsOf(instance.InstanceId, ctx)?.filter(({ Key }) => !SYSTEM_TAG.test(Key)) ?? []
  return {
    ImageId: instance.ImageId,
    InstanceType: instance.InstanceType,
    KeyName: instance.KeyName,
    UserData: instance.UserData,
    EbsOptimized: instance.EbsOptimized,
    ...(profile && { IamInstanceProfile: { Arn: profile.Arn } }),
    BlockDeviceMappings: devicesOf(instance, ctx),
    NetworkInterfaces: networkOf(instance, ctx),
    Monitoring: { Enabled: Monitoring?.State === 'enabled' },
    Placement: {
      AvailabilityZone: Placement.AvailabilityZone,
      GroupName: Placement.GroupName,
      Tenancy: Placement.Tenancy,
    },
    DisableApiTermination: instance.DisableApiTermination,
    DisableApiStop: instance.DisableApiStop,
    InstanceInitiatedShutdownBehavior: instance.InstanceInitiatedShutdownBehavior,
    ...(instance.CpuCredits && { CreditSpecification: { CpuCredits: instance.CpuCredits } }),
    CpuOptions: instance.CpuOptions,
    HibernationOptions: instance.HibernationOptions,
    MetadataOptions: instance.MetadataOptions,
    ...(tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags: tags }] }),
  }
}

function devicesOf(instance: Instance, ctx: Context) {
  return blockDevicesOf(instance, ctx).map(({ DeviceName, Ebs }) => {
    const volume = ctx.tx.get(volumes, Ebs?.VolumeId ?? '')
    return {
      DeviceName,
      Ebs: {
        DeleteOnTermination: Ebs?.DeleteOnTermination,
        Encrypted: volume?.Encrypted,
        Iops: volume?.Iops,
        SnapshotId: volume?.SnapshotId || undefined,
        Throughput: volume?.Throughput,
        VolumeSize: volume?.Size,
        VolumeType: volume?.VolumeType,
      },
    }
  })
}

function networkOf(instance: Instance, ctx: Context) {
  return interfacesOf(instance, ctx).map((row) => ({
    AssociatePublicIpAddress: row.AssociatePublicIpAddress,
    DeleteOnTermination: row.Attachment?.DeleteOnTermination,
    Description: row.Description,
    DeviceIndex: row.Attachment?.DeviceIndex,
    Groups: row.Groups.flatMap(({ GroupId }) => GroupId ?? []),
    InterfaceType: row.InterfaceType,
    NetworkCardIndex: 0,
    SubnetId: row.SubnetId,
  }))
}
