/** CreateImage, RegisterImage and CopyImage. */
import type {
  BlockDeviceMapping,
  CopyImageRequest,
  CopyImageResult,
  CreateImageRequest,
  CreateImageResult,
  RegisterImageRequest,
  RegisterImageResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { beginCopy } from './copy-snapshot.ts'
import { incorrectInstanceState, invalidValue, missingParameter } from './errors.ts'
import { checkForm, ec2Arn, existing, IMAGE, INSTANCE } from './ids.ts'
import { type Image, LINUX } from './image-catalogue.ts'
import { beginImage, checkName, newImageId, withSnapshotsMs } from './image-lifecycle.ts'
import { findImage, imageKeys } from './images.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import type { Settings } from './settings.ts'
import { findReadable, readableSnapshot, snapshotKeys } from './snapshot-rows.ts'
import { newSnapshot, type SnapshotStep } from './snapshots.ts'
import { allowTagging, type RequestedTags, tagNew, tagsFor } from './tag-specifications.ts'
import { volumes } from './volume-rows.ts'

type Mapping = Image['BlockDeviceMappings'][number]

function allowNew(action: string, tags: RequestedTags, ctx: Context): void {
  const region = { 'ec2:Region': ctx.region }
  ctx.allow(`ec2:${action}`, ec2Arn('image', '*', ctx), {
    keys: { ...region, 'ec2:Owner': ctx.account, ...tags.keys('image') },
  })
  ctx.allow(`ec2:${action}`, ec2Arn('snapshot', '*', ctx), {
    keys: { ...snapshotKeys({ OwnerId: ctx.account }, ctx), ...tags.keys('snapshot') },
  })
  allowTagging(action, tags, ctx)
}

/** Makes an AMI of an instance and snapshots of its volumes; rebooting leaves no trace. */
export function createImage(
  input: Checked<CreateImageRequest>,
  ctx: Context,
  settings: Settings,
): CreateImageResult {
  const tags = tagsFor(input.TagSpecifications, ['image', 'snapshot'])
  const instance = existing(INSTANCE, instances, input.InstanceId, 'instanceId', ctx)
  ctx.allow('ec2:CreateImage', ec2Arn('instance', instance.InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  allowNew('CreateImage', tags, ctx)
  checkName(input.Name, ctx)
  if (instance.StateName === 'terminated' || instance.StateName === 'shutting-down') {
    throw incorrectInstanceState(
      `Instance '${instance.InstanceId}' is not in a state from which an image can be created.`,
    )
  }
  const ImageId = newImageId(ctx)
  const BlockDeviceMappings = snapshotDevices(instance, ImageId, input, tags, ctx, settings)
  const source = findImage(instance.ImageId, ctx)
  const parts = {
    Name: input.Name,
    Description: input.Description ?? '',
    Architecture: instance.Architecture ?? 'x86_64',
    Platform: instance.Platform,
    PlatformDetails: instance.PlatformDetails,
    UsageOperation: instance.UsageOperation,
    BootMode: instance.BootMode,
    EnaSupport: true,
    SriovNetSupport: 'simple',
    ImdsSupport: source?.ImdsSupport,
    VirtualizationType: 'hvm' as const,
    RootDeviceType: 'ebs' as const,
    RootDeviceName: instance.RootDeviceName ?? '/dev/xvda',
    SourceInstanceId: instance.InstanceId,
    SourceImageId: instance.ImageId,
    SourceImageRegion: ctx.region,
    BlockDeviceMappings,
  }
  beginImage(parts, ImageId, withSnapshotsMs(settings), ctx)
  tagNew(ImageId, 'image', tags, ctx)
  return { ImageId }
}

/** The devices of the image: the instance's volumes, as the request changes or leaves them out. */
function snapshotDevices(
  instance: Instance,
  imageId: string,
  input: Checked<CreateImageRequest>,
  tags: RequestedTags,
  ctx: Context,
  { durations }: Settings,
): Mapping[] {
  const asked = new Map(input.BlockDeviceMappings?.map((each) => [each.DeviceName, each]))
  return instance.VolumeIds.flatMap((id) => {
    const volume = ctx.tx.get(volumes, id)
    const device = volume?.Attachments.find((each) => each.InstanceId === instance.InstanceId)
    if (!volume || !device) return []
    const change = asked.get(device.Device)
    if (change?.NoDevice !== undefined) return []
    const about = `Created by CreateImage(${instance.InstanceId}) for ${imageId}`
    const snapshot = newSnapshot(volume, about, ctx)
    const step: SnapshotStep = { id: snapshot.SnapshotId }
    ctx.later(durations.snapshotMs, 'ec2.snapshot-completed', step)
    tagNew(snapshot.SnapshotId, 'snapshot', tags, ctx)
    const Ebs = {
      DeleteOnTermination: change?.Ebs?.DeleteOnTermination ?? device.DeleteOnTermination,
      Encrypted: volume.Encrypted,
      SnapshotId: snapshot.SnapshotId,
      VolumeSize: change?.Ebs?.VolumeSize ?? volume.Size,
      VolumeType: change?.Ebs?.VolumeType ?? volume.VolumeType,
      ...(volume.VolumeType !== 'gp2' && { Iops: volume.Iops, Throughput: volume.Throughput }),
    }
    return [{ DeviceName: device.Device, Ebs }]
  })
}

/** Makes an AMI of snapshots that exist. */
export function registerImage(
  input: Checked<RegisterImageRequest>,
  ctx: Context,
  { durations }: Settings,
): RegisterImageResult {
  const tags = tagsFor(input.TagSpecifications, ['image', 'snapshot'])
  const mappings = input.BlockDeviceMappings ?? []
  const snapshots = mappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? [])
  for (const id of snapshots) readableSnapshot(id, 'snapshotId', ctx)
  allowNew('RegisterImage', tags, ctx)
  checkName(input.Name, ctx)
  if (input.ImageLocation !== undefined) {
    throw invalidValue('Windtunnel registers images of snapshots only, not of S3 manifests.')
  }
  const RootDeviceName = input.RootDeviceName ?? mappings[0]?.DeviceName
  if (!RootDeviceName) throw missingParameter('rootDeviceName')
  const root = mappings.find(({ DeviceName }) => DeviceName === RootDeviceName)
  if (!root?.Ebs?.SnapshotId) {
    throw invalidValue(`No root snapshot is given: '${RootDeviceName}' has to have a snapshot.`)
  }
  const ImageId = newImageId(ctx)
  const parts = {
    ...LINUX,
    Name: input.Name,
    Description: input.Description ?? '',
    // As documented, for requests that name none.
    Architecture: input.Architecture ?? 'i386',
    BootMode: input.BootMode,
    EnaSupport: input.EnaSupport ?? false,
    SriovNetSupport: input.SriovNetSupport,
    ImdsSupport: input.ImdsSupport,
    TpmSupport: input.TpmSupport,
    VirtualizationType: input.VirtualizationType === 'hvm' ? ('hvm' as const) : 'paravirtual',
    RootDeviceType: 'ebs' as const,
    RootDeviceName,
    BlockDeviceMappings: mappings.map((mapping) => registeredDevice(mapping, ctx)),
  } as const
  beginImage(parts, ImageId, durations.imageMs, ctx)
  tagNew(ImageId, 'image', tags, ctx)
  return { ImageId }
}

function registeredDevice(mapping: BlockDeviceMapping, ctx: Context): Mapping {
  const { Ebs, ...rest } = mapping
  if (!Ebs) return rest
  const snapshot = Ebs.SnapshotId ? findReadable(Ebs.SnapshotId, ctx) : undefined
  return {
    ...rest,
    Ebs: {
      ...Ebs,
      DeleteOnTermination: Ebs.DeleteOnTermination ?? true,
      Encrypted: snapshot?.Encrypted ?? false,
      VolumeSize: Ebs.VolumeSize ?? snapshot?.VolumeSize,
      VolumeType: Ebs.VolumeType ?? 'gp2',
    },
  }
}

/** Copies an own, shared or public AMI of any region, with its snapshots. */
export function copyImage(
  input: Checked<CopyImageRequest>,
  ctx: Context,
  settings: Settings,
): Answer<CopyImageResult> {
  const tags = tagsFor(input.TagSpecifications, ['image', 'snapshot'])
  const { SourceImageId, SourceRegion, Name } = input
  checkForm(IMAGE, [SourceImageId], 'sourceImageId')
  const there = ctx.in({ account: ctx.account, region: SourceRegion })
  const source = findImage(SourceImageId, there)
  if (!source) throw IMAGE.missing([SourceImageId])
  ctx.allow('ec2:CopyImage', ec2Arn('image', SourceImageId, there), {
    keys: imageKeys(source, there),
  })
  allowNew('CopyImage', tags, ctx)
  checkName(Name, ctx)
  const BlockDeviceMappings = source.BlockDeviceMappings.map((mapping): Mapping => {
    const { Ebs } = mapping
    const snapshot = Ebs?.SnapshotId ? findReadable(Ebs.SnapshotId, there) : undefined
    if (!Ebs || !snapshot) return mapping
    const { Encrypted, KmsKeyId } = input
    const options = { SourceRegion, Encrypted, KmsKeyId }
    const SnapshotId = beginCopy(snapshot, options, ctx, settings)
    tagNew(SnapshotId, 'snapshot', tags, ctx)
    return { ...mapping, Ebs: { ...Ebs, SnapshotId, Encrypted: Encrypted ?? Ebs.Encrypted } }
  })
  const ImageId = newImageId(ctx)
  const { ImageOwnerAlias: _, ImageLocation: __, Adopted: ___, ...parts } = source
  const copied = {
    ...parts,
    Name,
    Description: input.Description ?? '',
    SourceImageId,
    SourceImageRegion: SourceRegion,
    BlockDeviceMappings,
  }
  beginImage(copied, ImageId, withSnapshotsMs(settings), ctx)
  tagNew(ImageId, 'image', tags, ctx)
  return { ImageId }
}
