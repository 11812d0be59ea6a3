/**
 * The archive tier of snapshots: ModifySnapshotTier moves them there, RestoreSnapshotTier back, for
 * good or for a number of days.
 * https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
 */
import type {
  DescribeSnapshotTierStatusRequest,
  DescribeSnapshotTierStatusResult,
  ModifySnapshotTierRequest,
  ModifySnapshotTierResult,
  RestoreSnapshotTierRequest,
  RestoreSnapshotTierResult,
  TieringOperationStatus,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoSeconds, MS_PER_DAY } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { incorrectState, invalidCombination, invalidParameter, missingParameter } from './errors.ts'
import { ec2Arn, existing, SNAPSHOT } from './ids.ts'
import { images } from './images.ts'
import { type Listing, list } from './listing.ts'
import type { Settings } from './settings.ts'
import { publishSnapshot, type SnapshotNotification } from './snapshot-events.ts'
import { putSnapshot, type Snapshot, snapshotKeys, snapshots } from './snapshot-rows.ts'
import { tagsOf } from './tag-rows.ts'

const MAX_RESTORE_DAYS = 180
const COMPLETE_PERCENT = 100

type Move = 'archival' | 'temporary-restore' | 'permanent-restore'

/** The latest move of a snapshot between the tiers. */
interface Tiering {
  readonly SnapshotId: string
  readonly VolumeId: string
  readonly LastTieringStartTime: number
  readonly LastTieringOperationStatus: TieringOperationStatus
  readonly ArchivalCompleteTime?: number
  /** Days, of a temporary restore. */
  readonly days?: number
  /** Of the request, for the event to come. */
  readonly requestId: string
}

const tierings = table<Tiering>('ec2.snapshot-tierings')

function allowed(action: string, id: string, ctx: Context): Snapshot {
  const snapshot = existing(SNAPSHOT, snapshots, id, 'snapshotId', ctx)
  ctx.allow(action, ec2Arn('snapshot', id, ctx), { keys: snapshotKeys(snapshot, ctx) })
  const moving = ctx.tx.get(tierings, id)?.LastTieringOperationStatus.endsWith('-in-progress')
  if (snapshot.State === 'completed' && !moving) return snapshot
  const state = moving ? 'being moved to another tier' : `in the '${snapshot.State}' state`
  throw incorrectState(`Snapshot '${id}' is ${state}.`)
}

function begin(
  { SnapshotId, VolumeId }: Snapshot,
  move: Move,
  ctx: Context,
  { durations }: Settings,
  days?: number,
): void {
  const { ArchivalCompleteTime } = ctx.tx.get(tierings, SnapshotId) ?? {}
  const tiering: Tiering = {
    SnapshotId,
    VolumeId,
    LastTieringStartTime: ctx.now,
    LastTieringOperationStatus: `${move}-in-progress`,
    ...(move !== 'archival' && { ArchivalCompleteTime }),
    ...(days !== undefined && { days }),
    requestId: ctx.requestId,
  }
  ctx.tx.put(tierings, SnapshotId, tiering)
  const step: TierStep = { id: SnapshotId, move, startedAt: ctx.now }
  ctx.later(durations.tieringMs, 'ec2.snapshot-tiered', step)
}

/** Begins to archive a snapshot that no AMI uses. */
export function modifySnapshotTier(
  { SnapshotId }: Checked<ModifySnapshotTierRequest>,
  ctx: Context,
  settings: Settings,
): Answer<ModifySnapshotTierResult> {
  const snapshot = allowed('ec2:ModifySnapshotTier', SnapshotId, ctx)
  if (snapshot.StorageTier === 'archive') {
    throw incorrectState(`Snapshot '${SnapshotId}' is in the archive tier.`)
  }
  const [image] = ctx.tx.by(images, 'snapshot', SnapshotId)
  if (image) {
    throw new AwsError(
      'InvalidSnapshot.InUse',
      `The snapshot ${SnapshotId} is currently in use by ${image.ImageId}`,
    )
  }
  begin(snapshot, 'archival', ctx, settings)
  return { SnapshotId, TieringStartTime: ctx.now }
}

/** Begins to restore an archived snapshot, or changes for how long it is restored. */
export function restoreSnapshotTier(
  input: Checked<RestoreSnapshotTierRequest>,
  ctx: Context,
  settings: Settings,
): Answer<RestoreSnapshotTierResult> {
  const { SnapshotId, TemporaryRestoreDays: days, PermanentRestore = false } = input
  const snapshot = allowed('ec2:RestoreSnapshotTier', SnapshotId, ctx)
  if (snapshot.StorageTier !== 'archive') {
    throw incorrectState(`Snapshot '${SnapshotId}' is not in the archive tier.`)
  }
  if (PermanentRestore && days !== undefined) {
    throw invalidCombination(
      'Only one of TemporaryRestoreDays and PermanentRestore can be specified.',
    )
  }
  if (!PermanentRestore && days === undefined) throw missingParameter('TemporaryRestoreDays')
  if (days !== undefined && (days < 1 || days > MAX_RESTORE_DAYS)) {
    throw invalidParameter('TemporaryRestoreDays', days)
  }
  begin(snapshot, PermanentRestore ? 'permanent-restore' : 'temporary-restore', ctx, settings, days)
  return {
    SnapshotId,
    RestoreStartTime: ctx.now,
    RestoreDuration: days,
    IsPermanentRestore: PermanentRestore,
  }
}

export interface TierStep {
  readonly id: string
  readonly move: Move
  /** Of the move that the step ends. */
  readonly startedAt: number
}

const EVENTS: Readonly<Record<Move, SnapshotNotification['event']>> = {
  archival: 'archiveSnapshot',
  'permanent-restore': 'permanentRestoreSnapshot',
  'temporary-restore': 'temporaryRestoreSnapshot',
}

/** The snapshot has come to the other tier; a temporary restore leaves it in the archive too. */
export function snapshotTiered({ id, move, startedAt }: TierStep, ctx: Context): void {
  const tiering = ctx.tx.get(tierings, id)
  const snapshot = ctx.tx.get(snapshots, id)
  if (!snapshot || tiering?.LastTieringStartTime !== startedAt) return
  const expiry = tiering.days === undefined ? undefined : ctx.now + tiering.days * MS_PER_DAY
  ctx.tx.put(tierings, id, {
    ...tiering,
    LastTieringOperationStatus: `${move}-completed`,
    ...(move === 'archival' && { ArchivalCompleteTime: ctx.now }),
  })
  const { RestoreExpiryTime: _, ...rest } = snapshot
  const StorageTier = move === 'permanent-restore' ? 'standard' : 'archive'
  const moved = { ...rest, StorageTier, ...(expiry && { RestoreExpiryTime: expiry }) } as const
  putSnapshot(moved, snapshot.State, ctx)
  publish(EVENTS[move], moved, tiering, ctx)
  if (expiry === undefined) return
  const step: ExpiryStep = { id, expiry }
  ctx.later(expiry - ctx.now, 'ec2.snapshot-restore-expired', step)
}

function publish(
  event: SnapshotNotification['event'],
  { SnapshotId, RestoreExpiryTime: expiry }: Snapshot,
  { LastTieringStartTime, requestId }: Tiering,
  ctx: Context,
): void {
  const to = event
  ctx.record({ kind: 'change', resource: SnapshotId, to, because: 'its tier' }, [SnapshotId])
  const notification = {
    event,
    snapshotId: SnapshotId,
    // Events of archiving have an ARN of the usual form.
    arn: ec2Arn('snapshot', SnapshotId, ctx),
    requestId,
    startedAt: LastTieringStartTime,
    more: {
      ...(event === 'archiveSnapshot' && { recycleBinExitTime: '' }),
      ...(expiry !== undefined && { restoreExpiryTime: isoSeconds(Number(expiry)) }),
    },
  }
  publishSnapshot(notification, ctx)
}

export interface ExpiryStep {
  readonly id: string
  /** Of the restore that ends, unless its period was changed since. */
  readonly expiry: number
}

/** A temporary restore is over: the snapshot is in the archive only. */
export function restoreExpired({ id, expiry }: ExpiryStep, ctx: Context): void {
  const snapshot = ctx.tx.get(snapshots, id)
  const tiering = ctx.tx.get(tierings, id)
  if (snapshot?.RestoreExpiryTime !== expiry || !tiering) return
  const { RestoreExpiryTime: _, ...rest } = snapshot
  putSnapshot(rest, snapshot.State, ctx)
  publish('restoreExpiry', snapshot, tiering, ctx)
}

/** A snapshot that goes takes the record of its moves with it. */
export function forgetTiering(id: string, ctx: Context): void {
  ctx.tx.delete(tierings, id)
}

const STATUSES: Listing<Snapshot> = {
  kind: SNAPSHOT,
  table: snapshots,
  idOf: ({ SnapshotId }) => SnapshotId,
  fields: {
    'last-tiering-operation': ({ SnapshotId }, ctx) =>
      ctx.tx.get(tierings, SnapshotId)?.LastTieringOperationStatus,
    'snapshot-id': ({ SnapshotId }) => SnapshotId,
    'volume-id': ({ VolumeId }) => VolumeId,
  },
}

/** In which tier snapshots are, and how the latest move of each goes. */
export function describeSnapshotTierStatus(
  input: DescribeSnapshotTierStatusRequest,
  ctx: Context,
  { durations }: Settings,
): Answer<DescribeSnapshotTierStatusResult> {
  ctx.allow('ec2:DescribeSnapshotTierStatus', '*')
  const { rows, NextToken } = list(STATUSES, input, ctx)
  const SnapshotTierStatuses = rows.map((snapshot) => {
    const { SnapshotId, VolumeId, State, OwnerId, StorageTier, RestoreExpiryTime } = snapshot
    const tiering = ctx.tx.get(tierings, SnapshotId)
    const { days: _, requestId: __, ...shown } = tiering ?? ({} as Partial<Tiering>)
    const LastTieringProgress = tiering && progressOf(tiering, ctx.now, durations.tieringMs)
    const own = { SnapshotId, VolumeId, Status: State, OwnerId, StorageTier, RestoreExpiryTime }
    return { ...shown, ...own, LastTieringProgress, Tags: tagsOf(SnapshotId, ctx) ?? [] }
  })
  return { SnapshotTierStatuses, NextToken }
}

/** Percent. */
function progressOf(tiering: Tiering, now: number, tieringMs: number): number {
  if (!tiering.LastTieringOperationStatus.endsWith('-in-progress')) return COMPLETE_PERCENT
  const done = (now - tiering.LastTieringStartTime) / Math.max(1, tieringMs)
  return Math.min(COMPLETE_PERCENT - 1, Math.floor(done * COMPLETE_PERCENT))
}
