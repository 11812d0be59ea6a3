/** Creating, describing and deleting EBS volumes. */
import type {
  CreateVolumeRequest,
  DeleteVolumeRequest,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  Volume as SdkVolume,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis, isoSeconds } from '../../clock.ts'
import { encryptionOf } from './ebs-settings.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { isFastRestored } from './fast-restore.ts'
import { checkRepeated, identityOf } from './idempotency.ts'
import { ec2Arn, existing, newId, VOLUME } from './ids.ts'
import type { Instance } from './instance-rows.ts'
import { type Listing, list, listByIds } from './listing.ts'
import { forgetModification } from './modify-volume.ts'
import { zonesOf } from './regions.ts'
import type { Settings } from './settings.ts'
import { checkRestorable, readableSnapshot } from './snapshot-rows.ts'
import { forgetTags, tagsOf } from './tag-rows.ts'
import { allowTagging, tagNew, tagsFor } from './tag-specifications.ts'
import { performanceOf } from './volume-limits.ts'
import { publishVolume, putVolume, type Volume, volumeKeys, volumes } from './volume-rows.ts'

/** Creates a volume, empty or from a snapshot. */
export function createVolume(
  input: Checked<CreateVolumeRequest>,
  ctx: Context,
  { durations }: Settings,
): Answer<SdkVolume> {
  const tags = tagsFor(input.TagSpecifications, ['volume'])
  const volume = newVolume(input, ctx)
  const keys = { ...volumeKeys({ ...volume, VolumeId: undefined }, ctx), ...tags.keys('volume') }
  ctx.allow('ec2:CreateVolume', ec2Arn('volume', '*', ctx), { keys })
  allowTagging('CreateVolume', tags, ctx)
  const repeated = repeatedVolume(volume, ctx)
  if (repeated) return madeVolume(repeated, ctx)
  putVolume(volume, undefined, ctx)
  tagNew(volume.VolumeId, 'volume', tags, ctx)
  const payload: VolumeStep = { id: volume.VolumeId, requestId: ctx.requestId }
  ctx.later(durations.createVolumeMs, 'ec2.volume-created', payload)
  return madeVolume(volume, ctx)
}

/** The answer to a creation has the tags even when there are none; descriptions leave them out. */
function madeVolume(volume: Volume, ctx: Context): Answer<SdkVolume> {
  return { ...shownVolume(volume, ctx), Tags: tagsOf(volume.VolumeId, ctx) ?? [] }
}

function repeatedVolume(volume: Volume, ctx: Context): Volume | undefined {
  if (!volume.ClientToken) return undefined
  const [earlier] = ctx.tx.by(volumes, 'clientToken', volume.ClientToken)
  if (earlier) checkRepeated(earlier, volume)
  return earlier
}

function newVolume(input: Checked<CreateVolumeRequest>, ctx: Context): Volume {
  const zone = requestedZone(input, ctx)
  const { SnapshotId, VolumeType = 'gp2', Iops, Throughput } = input
  const snapshot = SnapshotId ? readableSnapshot(SnapshotId, 'snapshotId', ctx) : undefined
  if (snapshot) checkRestorable(snapshot)
  const Size = input.Size ?? snapshot?.VolumeSize
  if (Size === undefined) throw missingParameter('size/snapshot')
  if (snapshot && Size < snapshot.VolumeSize) {
    throw invalidValue(
      `The size of the volume (${Size}GiB) is smaller than that of the snapshot ` +
        `'${SnapshotId}', expect size >= ${snapshot.VolumeSize}GiB`,
    )
  }
  if (input.MultiAttachEnabled && VolumeType !== 'io1' && VolumeType !== 'io2') {
    throw invalidValue(
      `The parameter multiAttachEnabled is not supported for ${VolumeType} volumes.`,
    )
  }
  return {
    VolumeId: newId(VOLUME, ctx),
    VolumeType,
    Size,
    ...performanceOf({ VolumeType, Size, Iops, Throughput }),
    SnapshotId: SnapshotId ?? '',
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    State: 'creating',
    CreateTime: ctx.now,
    ...encryptionOf(input, snapshot?.Encrypted ?? false, ctx),
    ...(SnapshotId && isFastRestored(SnapshotId, zone.name, ctx) && { FastRestored: true }),
    MultiAttachEnabled: input.MultiAttachEnabled ?? false,
    Attachments: [],
    ...identityOf(input),
  }
}

function requestedZone(
  { AvailabilityZone, AvailabilityZoneId }: CreateVolumeRequest,
  ctx: Context,
) {
  const wanted = AvailabilityZone ?? AvailabilityZoneId
  if (!wanted) throw missingParameter('AvailabilityZone')
  const zone = zonesOf(ctx.region).find(({ name, id }) =>
    AvailabilityZone ? name === wanted : id === wanted,
  )
  if (zone) return zone
  throw new AwsError('InvalidZone.NotFound', `The zone '${wanted}' does not exist.`)
}

export interface VolumeStep {
  readonly id: string
  /** Of the request that began it, for the event that ends it. */
  readonly requestId: string
}

/** creating → available; one from a snapshot still has to get its blocks. */
export function volumeCreated(step: VolumeStep, ctx: Context, { durations }: Settings): void {
  const { id, requestId } = step
  const volume = ctx.tx.get(volumes, id)
  if (volume?.State !== 'creating') return
  putVolume({ ...volume, State: 'available' }, 'creating', ctx)
  publishVolume(id, { event: 'createVolume', result: 'available', requestId }, ctx)
  const lacksBlocks = volume.SnapshotId && !volume.FastRestored
  if (lacksBlocks) ctx.later(durations.initializeVolumeMs, 'ec2.volume-initialized', step)
}

/**
 * Publishes that all blocks of the snapshot are on the volume. The guide's example has a blank
 * before the name of the event, which we take for a slip. UNCERTAIN: it speaks of volumes that are
 * created from snapshots, so nothing is sent of those that come with instances.
 */
export function volumeInitialized({ id, requestId }: VolumeStep, ctx: Context): void {
  if (!ctx.tx.has(volumes, id)) return
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EBS Volume Notification',
    resources: [ec2Arn('volume', id, ctx)],
    detail: {
      event: 'initializeVolume',
      result: 'succeeded',
      completionTime: isoSeconds(ctx.now),
      'request-id': requestId,
    },
  })
}

/** Deletes a volume that is attached to nothing. */
export function deleteVolume(
  { VolumeId }: Checked<DeleteVolumeRequest>,
  ctx: Context,
  { durations }: Settings,
): object {
  const volume = existing(VOLUME, volumes, VolumeId ?? '', 'volumeId', ctx)
  ctx.allow('ec2:DeleteVolume', ec2Arn('volume', volume.VolumeId, ctx), {
    keys: volumeKeys(volume, ctx),
  })
  const [attachment] = volume.Attachments
  if (attachment) {
    throw new AwsError(
      'VolumeInUse',
      `Volume ${VolumeId} is currently attached to ${attachment.InstanceId}`,
    )
  }
  if (volume.State === 'creating') {
    throw new AwsError('IncorrectState', `The volume '${VolumeId}' is '${volume.State}'`)
  }
  if (volume.State === 'deleting') throw VOLUME.missing([volume.VolumeId])
  putVolume({ ...volume, State: 'deleting' }, volume.State, ctx)
  const payload: VolumeStep = { id: volume.VolumeId, requestId: ctx.requestId }
  ctx.later(durations.deleteVolumeMs, 'ec2.volume-deleted', payload)
  return {}
}

/** deleting → gone */
export function volumeDeleted({ id, requestId }: VolumeStep, ctx: Context): void {
  const volume = ctx.tx.get(volumes, id)
  if (volume?.State === 'deleting') removeVolume(volume, requestId, ctx)
}

/** Removes a volume for good, and publishes that it is deleted. */
export function removeVolume({ VolumeId, State }: Volume, requestId: string, ctx: Context): void {
  ctx.tx.delete(volumes, VolumeId)
  forgetModification(VolumeId, ctx)
  forgetTags(VolumeId, ctx)
  ctx.record({ kind: 'change', resource: VolumeId, from: State, to: 'deleted' }, [VolumeId])
  publishVolume(VolumeId, { event: 'deleteVolume', result: 'deleted', requestId }, ctx)
}

/** The volumes of a terminated instance are deleted, or become available. */
export function releaseVolumes({ InstanceId, VolumeIds }: Instance, ctx: Context): void {
  for (const id of VolumeIds) {
    const volume = ctx.tx.get(volumes, id)
    if (!volume) continue
    const mine = volume.Attachments.find((attachment) => attachment.InstanceId === InstanceId)
    const Attachments = volume.Attachments.filter((attachment) => attachment !== mine)
    if (Attachments.length > 0) putVolume({ ...volume, Attachments }, volume.State, ctx)
    else if (mine?.DeleteOnTermination) removeVolume(volume, ctx.requestId, ctx)
    else putVolume({ ...volume, Attachments, State: 'available' }, volume.State, ctx)
  }
}

const eachAttachment =
  (value: (attachment: Volume['Attachments'][number]) => string | boolean | undefined) =>
  ({ Attachments }: Volume) =>
    Attachments.map(value)

export const VOLUMES: Listing<Volume> = {
  kind: VOLUME,
  table: volumes,
  idOf: ({ VolumeId }) => VolumeId,
  fields: {
    'attachment.attach-time': eachAttachment(({ AttachTime }) => isoMillis(AttachTime)),
    'attachment.delete-on-termination': eachAttachment((each) => each.DeleteOnTermination),
    'attachment.device': eachAttachment(({ Device }) => Device),
    'attachment.instance-id': eachAttachment(({ InstanceId }) => InstanceId),
    'attachment.status': eachAttachment(({ State }) => State),
    'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
    'availability-zone-id': ({ AvailabilityZoneId }) => AvailabilityZoneId,
    'create-time': ({ CreateTime }) => isoMillis(CreateTime),
    encrypted: ({ Encrypted }) => Encrypted,
    'fast-restored': ({ FastRestored }) => FastRestored ?? false,
    'multi-attach-enabled': ({ MultiAttachEnabled }) => MultiAttachEnabled,
    'operator.managed': () => false,
    'operator.principal': () => undefined,
    size: ({ Size }) => Size,
    'snapshot-id': ({ SnapshotId }) => SnapshotId,
    status: ({ State }) => State,
    'volume-id': ({ VolumeId }) => VolumeId,
    'volume-type': ({ VolumeType }) => VolumeType,
  },
  indexes: { 'attachment.instance-id': 'instance', status: 'state' },
}

/** A volume as it is answered. */
export function shownVolume(volume: Volume, ctx: Context): Answer<SdkVolume> {
  return { ...volume, Tags: tagsOf(volume.VolumeId, ctx) }
}

/** Volumes by id, or all that match. */
export function describeVolumes(
  input: DescribeVolumesRequest,
  ctx: Context,
): Answer<DescribeVolumesResult> {
  ctx.allow('ec2:DescribeVolumes', '*')
  const ids = input.VolumeIds ?? []
  if (ids.length > 0) {
    const parameters = { set: 'volumesSet', one: 'volumeId' }
    const rows = listByIds(VOLUMES, ids, input, parameters, ctx)
    return { Volumes: rows.map((row) => shownVolume(row, ctx)) }
  }
  const { rows, NextToken } = list(VOLUMES, input, ctx)
  return { Volumes: rows.map((row) => shownVolume(row, ctx)), NextToken }
}
