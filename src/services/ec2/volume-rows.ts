/** EBS volumes as they are stored, and the events that tell of them. */
import type { Volume as SdkVolume, VolumeAttachment, VolumeType } from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import type { RequestIdentity } from './idempotency.ts'
import { ec2Arn } from './ids.ts'
import { tagsOf } from './tag-rows.ts'

export type Attachment = Answer<VolumeAttachment> & {
  readonly VolumeId: string
  readonly InstanceId: string
  readonly Device: string
  readonly State: NonNullable<VolumeAttachment['State']>
  readonly DeleteOnTermination: boolean
  readonly AttachTime: number
}

export type Volume = Answer<Omit<SdkVolume, 'Tags' | 'Attachments'>> &
  RequestIdentity & {
    readonly VolumeId: string
    readonly VolumeType: VolumeType
    /** GiB. */
    readonly Size: number
    readonly AvailabilityZone: string
    readonly State: NonNullable<SdkVolume['State']>
    readonly CreateTime: number
    readonly Encrypted: boolean
    readonly Attachments: readonly Attachment[]
    /** What DescribeVolumeAttribute tells. */
    readonly AutoEnableIO?: boolean
  }

export const volumes = table<Volume>('ec2.volumes', {
  indexes: {
    state: ({ State }) => State,
    instance: ({ Attachments }) => Attachments.map(({ InstanceId }) => InstanceId),
    clientToken: ({ ClientToken }) => ClientToken,
  },
})

/** Stores a volume in another state, and traces the change. */
export function putVolume(volume: Volume, from: Volume['State'] | undefined, ctx: Context): void {
  const { VolumeId, State } = volume
  ctx.tx.put(volumes, VolumeId, volume)
  if (from !== State) {
    ctx.record({ kind: 'change', resource: VolumeId, from, to: State }, [VolumeId])
  }
}

interface VolumeNotification {
  event: 'createVolume' | 'deleteVolume' | 'attachVolume' | 'modifyVolume'
  result: string
  requestId: string
}

/** Publishes "EBS Volume Notification". */
export function publishVolume(
  volumeId: string,
  { event, result, requestId }: VolumeNotification,
  ctx: Context,
): void {
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EBS Volume Notification',
    resources: [ec2Arn('volume', volumeId, ctx)],
    detail: { result, cause: '', event, 'request-id': requestId },
  })
}

/** Condition keys of a volume, as the service authorization reference lists them. */
export function volumeKeys(volume: Partial<Volume>, ctx: Context): ConditionKeys {
  const tags = (volume.VolumeId && tagsOf(volume.VolumeId, ctx)) || []
  return {
    'ec2:AvailabilityZone': volume.AvailabilityZone,
    'ec2:Encrypted': String(volume.Encrypted ?? false),
    'ec2:ParentSnapshot': volume.SnapshotId && ec2Arn('snapshot', volume.SnapshotId, ctx),
    'ec2:Region': ctx.region,
    'ec2:VolumeID': volume.VolumeId,
    'ec2:VolumeIops': volume.Iops === undefined ? undefined : String(volume.Iops),
    'ec2:VolumeSize': volume.Size === undefined ? undefined : String(volume.Size),
    'ec2:VolumeThroughput': volume.Throughput === undefined ? undefined : String(volume.Throughput),
    'ec2:VolumeType': volume.VolumeType,
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}
