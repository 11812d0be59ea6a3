/** Creating, describing and deleting EBS snapshots. */
import type {
  CreateSnapshotRequest,
  DeleteSnapshotRequest,
  DescribeSnapshotsRequest,
  DescribeSnapshotsResult,
  Snapshot as SdkSnapshot,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis } from '../../clock.ts'
import { incorrectState } from './errors.ts'
import { endFastRestores } from './fast-restore.ts'
import { checkedFilters, predicate } from './filters.ts'
import { ec2Arn, existing, newId, SNAPSHOT, VOLUME } from './ids.ts'
import { images } from './images.ts'
import { type Listing, list, listByIds } from './listing.ts'
import type { Settings } from './settings.ts'
import { grantsOn, sharedRow, sharedRows, unshare } from './sharing.ts'
import { publishSnapshot } from './snapshot-events.ts'
import { checkUnlocked, forgetLock } from './snapshot-lock.ts'
import { eventArn, putSnapshot, type Snapshot, snapshotKeys, snapshots } from './snapshot-rows.ts'
import { forgetTiering } from './snapshot-tier.ts'
import { forgetTags, tagsOf } from './tag-rows.ts'
import { allowTagging, tagNew, tagsFor } from './tag-specifications.ts'
import { type Volume, volumeKeys, volumes } from './volume-rows.ts'

const COMPLETE_PERCENT = 100

/** Begins a snapshot of a volume; it completes later. */
export function createSnapshot(
  { VolumeId, Description = '', TagSpecifications }: Checked<CreateSnapshotRequest>,
  ctx: Context,
  settings: Settings,
): Answer<SdkSnapshot> {
  const tags = tagsFor(TagSpecifications, ['snapshot'])
  const volume = existing(VOLUME, volumes, VolumeId ?? '', 'volumeId', ctx)
  ctx.allow('ec2:CreateSnapshot', ec2Arn('volume', volume.VolumeId, ctx), {
    keys: volumeKeys(volume, ctx),
  })
  const planned = { VolumeId: volume.VolumeId, VolumeSize: volume.Size, OwnerId: ctx.account }
  ctx.allow('ec2:CreateSnapshot', ec2Arn('snapshot', '*', ctx), {
    keys: { ...snapshotKeys(planned, ctx), ...tags.keys('snapshot') },
  })
  allowTagging('CreateSnapshot', tags, ctx)
  const snapshot = newSnapshot(volume, Description, ctx)
  const step: SnapshotStep = { id: snapshot.SnapshotId }
  ctx.later(settings.durations.snapshotMs, 'ec2.snapshot-completed', step)
  tagNew(snapshot.SnapshotId, 'snapshot', tags, ctx)
  const Tags = tagsOf(snapshot.SnapshotId, ctx) ?? []
  return { ...shownSnapshot(snapshot, ctx, settings, ''), Tags }
}

/** Stores a pending snapshot of a volume; its completion is the caller's to book. */
export function newSnapshot(volume: Volume, Description: string, ctx: Context): Snapshot {
  if (volume.State === 'creating' || volume.State === 'deleting') {
    throw incorrectState(`Volume '${volume.VolumeId}' is in the '${volume.State}' state.`)
  }
  const snapshot: Snapshot = {
    SnapshotId: newId(SNAPSHOT, ctx),
    VolumeId: volume.VolumeId,
    VolumeSize: volume.Size,
    Description,
    State: 'pending',
    StartTime: ctx.now,
    OwnerId: ctx.account,
    Encrypted: volume.Encrypted,
    ...(volume.KmsKeyId && { KmsKeyId: volume.KmsKeyId, SseType: volume.SseType }),
    StorageTier: 'standard',
  }
  putSnapshot(snapshot, undefined, ctx)
  return snapshot
}

export interface SnapshotStep {
  readonly id: string
}

/** pending → completed */
export function snapshotCompleted({ id }: SnapshotStep, ctx: Context): void {
  const snapshot = ctx.tx.get(snapshots, id)
  if (snapshot?.State !== 'pending') return
  putSnapshot({ ...snapshot, State: 'completed', CompletionTime: ctx.now }, 'pending', ctx)
  const notification = {
    event: 'createSnapshot',
    snapshotId: id,
    source: eventArn(`volume/${snapshot.VolumeId}`, ctx.region),
    startedAt: snapshot.StartTime,
  } as const
  publishSnapshot(notification, ctx)
}

/** Deletes a snapshot that no AMI uses. */
export function deleteSnapshot(
  { SnapshotId }: Checked<DeleteSnapshotRequest>,
  ctx: Context,
): object {
  const snapshot = existing(SNAPSHOT, snapshots, SnapshotId ?? '', 'snapshotId', ctx)
  const { SnapshotId: id } = snapshot
  ctx.allow('ec2:DeleteSnapshot', ec2Arn('snapshot', id, ctx), {
    keys: snapshotKeys(snapshot, ctx),
  })
  checkUnlocked(id, ctx)
  const [image] = ctx.tx.by(images, 'snapshot', id)
  if (image) {
    throw new AwsError(
      'InvalidSnapshot.InUse',
      `The snapshot ${id} is currently in use by ${image.ImageId}`,
    )
  }
  removeSnapshot(snapshot, ctx)
  return {}
}

export function removeSnapshot({ SnapshotId, State }: Snapshot, ctx: Context): void {
  ctx.tx.delete(snapshots, SnapshotId)
  forgetTags(SnapshotId, ctx)
  unshare(SnapshotId, ctx)
  endFastRestores(SnapshotId, ctx)
  forgetLock(SnapshotId, ctx)
  forgetTiering(SnapshotId, ctx)
  ctx.record({ kind: 'change', resource: SnapshotId, from: State, to: 'deleted' }, [SnapshotId])
}

const progressOf = (snapshot: Snapshot, now: number, { durations }: Settings): string => {
  if (snapshot.State !== 'pending') return `${COMPLETE_PERCENT}%`
  const done = (now - snapshot.StartTime) / Math.max(1, durations.snapshotMs)
  return `${Math.min(COMPLETE_PERCENT - 1, Math.floor(done * COMPLETE_PERCENT))}%`
}

function listing(settings: Settings): Listing<Snapshot> {
  return {
    kind: SNAPSHOT,
    table: snapshots,
    idOf: ({ SnapshotId }) => SnapshotId,
    fields: {
      description: ({ Description }) => Description,
      encrypted: ({ Encrypted }) => Encrypted,
      'owner-alias': ({ OwnerAlias }) => OwnerAlias,
      'owner-id': ({ OwnerId }) => OwnerId,
      progress: (snapshot, { now }) => progressOf(snapshot, now, settings),
      'snapshot-id': ({ SnapshotId }) => SnapshotId,
      'start-time': ({ StartTime }) => isoMillis(StartTime),
      status: ({ State }) => State,
      'storage-tier': ({ StorageTier }) => StorageTier,
      'transfer-type': ({ TransferType }) => TransferType,
      'volume-id': ({ VolumeId }) => VolumeId,
      'volume-size': ({ VolumeSize }) => VolumeSize,
    },
    indexes: { 'volume-id': 'volume', status: 'state' },
  }
}

/** A snapshot as it is answered. */
export function shownSnapshot(
  snapshot: Snapshot,
  ctx: Context,
  settings: Settings,
  Progress = progressOf(snapshot, ctx.now, settings),
): Answer<SdkSnapshot> {
  return { ...snapshot, Progress, Tags: tagsOf(snapshot.SnapshotId, ctx) }
}

/** Own snapshots and shared ones, by id or all that match. */
export function describeSnapshots(
  input: DescribeSnapshotsRequest,
  ctx: Context,
  settings: Settings,
): Answer<DescribeSnapshotsResult> {
  ctx.allow('ec2:DescribeSnapshots', '*')
  const all = listing(settings)
  const { rows, NextToken } =
    input.SnapshotIds && input.SnapshotIds.length > 0
      ? { rows: named(input.SnapshotIds, input, all, ctx), NextToken: undefined }
      : list(all, input, ctx)
  // Those of other accounts come with the last page.
  const shared = NextToken || input.SnapshotIds?.length ? [] : sharedMatching(input, all, ctx)
  const owners = input.OwnerIds?.map((owner) => (owner === 'self' ? ctx.account : owner))
  const Snapshots = [...rows, ...shared]
    .filter(({ OwnerId }) => !owners || owners.length === 0 || owners.includes(OwnerId))
    .filter(({ SnapshotId }) => isRestorable(SnapshotId, input.RestorableByUserIds ?? [], ctx))
    .map((row) => shownSnapshot(row, ctx, settings))
  return { Snapshots, NextToken }
}

/** `all` are public snapshots, `self` those that this account can use. */
function isRestorable(id: string, by: readonly string[], ctx: Context): boolean {
  if (by.length === 0 || by.includes('self') || by.includes(ctx.account)) return true
  return grantsOn(id, ctx).some(({ UserId, Group }) => by.includes(UserId ?? Group ?? ''))
}

function sharedMatching(
  { Filters }: DescribeSnapshotsRequest,
  { fields }: Listing<Snapshot>,
  ctx: Context,
): Snapshot[] {
  const tests = checkedFilters(Filters).map((filter) =>
    predicate(filter, fields, ({ SnapshotId }) => tagsOf(SnapshotId, ctx)),
  )
  const shared = sharedRows(snapshots, 'snapshot', ctx)
  return shared.filter((row) => tests.every((test) => test(row, ctx)))
}

function named(
  ids: readonly string[],
  input: DescribeSnapshotsRequest,
  all: Listing<Snapshot>,
  ctx: Context,
): Snapshot[] {
  const others = ids.filter((id) => !ctx.tx.has(snapshots, id))
  const shared = others.flatMap((id) => sharedRow(snapshots, id, ctx) ?? [])
  const foreign = new Set(shared.map(({ SnapshotId }) => SnapshotId))
  const own = ids.filter((id) => !foreign.has(id))
  const parameters = { set: 'snapshotsSet', one: 'snapshotId' }
  return [...listByIds(all, own, input, parameters, ctx), ...shared]
}
