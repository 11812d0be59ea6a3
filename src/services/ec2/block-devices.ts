/** The volumes that instances are launched with: those of the AMI, as the request changes them. */
import type { BlockDeviceMapping, EbsBlockDevice, VolumeType } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer } from '../../aws/service.ts'
import { encryptionOf } from './ebs-settings.ts'
import { missingParameter } from './errors.ts'
import { newId, VOLUME } from './ids.ts'
import type { ImageRow } from './images.ts'
import type { Zone } from './regions.ts'
import { wholeSeconds } from './settings.ts'
import { checkRestorable, readableSnapshot } from './snapshot-rows.ts'
import { performanceOf } from './volume-limits.ts'
import type { Volume } from './volume-rows.ts'

export interface Device {
  readonly name: string
  readonly deleteOnTermination: boolean
  /** The volume to be, less its id and place. */
  readonly volume: Omit<
    Volume,
    'VolumeId' | 'AvailabilityZone' | 'State' | 'CreateTime' | 'Attachments'
  >
}

type Ebs = Answer<EbsBlockDevice>

/** The devices of instances from this image; throws for mappings that make no sense. */
export function plannedDevices(
  image: ImageRow,
  requested: readonly BlockDeviceMapping[] = [],
  ctx: Context,
): Device[] {
  const mappings = new Map<string, Ebs>()
  for (const { DeviceName, Ebs } of image.BlockDeviceMappings) {
    if (DeviceName && Ebs) mappings.set(DeviceName, Ebs)
  }
  const seen = new Set<string>()
  for (const { DeviceName, Ebs, NoDevice, VirtualName } of requested) {
    if (!DeviceName) throw missingParameter('deviceName')
    if (seen.has(DeviceName)) throw usedTwice(DeviceName)
    seen.add(DeviceName)
    if (NoDevice !== undefined) mappings.delete(DeviceName)
    else if (Ebs) mappings.set(DeviceName, { ...mappings.get(DeviceName), ...chosen(Ebs) })
    else if (!VirtualName) throw missingParameter('ebs')
  }
  return [...mappings].map(([name, ebs]) => plannedDevice(name, ebs, image, ctx))
}

/** What a request sets; a new type brings its own performance. */
function chosen(ebs: EbsBlockDevice): Ebs {
  const set = Object.fromEntries(Object.entries(ebs).filter(([, value]) => value !== undefined))
  return ebs.VolumeType ? { Iops: undefined, Throughput: undefined, ...set } : set
}

function plannedDevice(name: string, ebs: Ebs, image: ImageRow, ctx: Context): Device {
  const ofImage = image.BlockDeviceMappings.some(({ Ebs }) => Ebs?.SnapshotId === ebs.SnapshotId)
  const snapshot =
    ebs.SnapshotId && !ofImage ? readableSnapshot(ebs.SnapshotId, 'snapshotId', ctx) : undefined
  if (snapshot) checkRestorable(snapshot)
  const Size = ebs.VolumeSize ?? snapshot?.VolumeSize
  if (Size === undefined) throw missingParameter('size or snapshotId')
  const least = snapshot?.VolumeSize ?? sizeInImage(image, ebs.SnapshotId)
  if (ebs.SnapshotId && Size < least) throw tooSmall(Size, ebs.SnapshotId, least)
  const VolumeType: VolumeType = ebs.VolumeType ?? 'gp2'
  const { Iops, Throughput } = ebs
  return {
    name,
    deleteOnTermination: ebs.DeleteOnTermination ?? name === image.RootDeviceName,
    volume: {
      VolumeType,
      Size,
      ...performanceOf({ VolumeType, Size, Iops, Throughput }),
      SnapshotId: ebs.SnapshotId ?? '',
      ...encryptionOf(ebs, snapshot?.Encrypted ?? false, ctx),
      MultiAttachEnabled: false,
    },
  }
}

function sizeInImage(image: ImageRow, snapshotId: string | undefined): number {
  const mapping = image.BlockDeviceMappings.find(({ Ebs }) => Ebs?.SnapshotId === snapshotId)
  return mapping?.Ebs?.VolumeSize ?? 0
}

/** The volume of a device, attached to an instance that is being launched. */
export function launchedVolume(
  { name, deleteOnTermination, volume }: Device,
  InstanceId: string,
  zone: Zone,
  ctx: Context,
): Volume {
  const VolumeId = newId(VOLUME, ctx)
  return {
    VolumeId,
    ...volume,
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    State: 'in-use',
    CreateTime: ctx.now,
    Attachments: [
      {
        VolumeId,
        InstanceId,
        Device: name,
        State: 'attached',
        AttachTime: wholeSeconds(ctx.now),
        DeleteOnTermination: deleteOnTermination,
      },
    ],
  }
}

function usedTwice(device: string): AwsError {
  return new AwsError(
    'InvalidBlockDeviceMapping',
    `The device '${device}' is used in more than one block-device mapping`,
  )
}

function tooSmall(size: number, snapshotId: string, least: number): AwsError {
  return new AwsError(
    'InvalidBlockDeviceMapping',
    `Volume of size ${size}GB is smaller than snapshot '${snapshotId}', expect size >= ${least}GB`,
  )
}
