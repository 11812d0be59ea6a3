/**
 * Locks that keep snapshots from being deleted: governance | compliance-cooloff → compliance, and
 * expired in the end.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshot-lock.html
 */
import type {
  DescribeLockedSnapshotsRequest,
  DescribeLockedSnapshotsResult,
  LockSnapshotRequest,
  LockSnapshotResult,
  LockState,
  UnlockSnapshotRequest,
  UnlockSnapshotResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoSeconds, MS_PER_DAY, MS_PER_HOUR } from '../../clock.ts'
import { table } from '../../store/store.ts'
import {
  incorrectState,
  invalidCombination,
  invalidParameter,
  missingParameter,
  operationNotPermitted,
} from './errors.ts'
import { ec2Arn, existing, SNAPSHOT } from './ids.ts'
import { type Listing, list } from './listing.ts'
import type { Settings } from './settings.ts'
import { publishSnapshot } from './snapshot-events.ts'
import { type Snapshot, snapshotKeys, snapshots } from './snapshot-rows.ts'

interface Lock {
  readonly SnapshotId: string
  readonly OwnerId: string
  readonly LockState: LockState
  /** Days. */
  readonly LockDuration: number
  readonly LockCreatedOn: number
  readonly LockDurationStartTime: number
  readonly LockExpiresOn: number
  /** Hours. */
  readonly CoolOffPeriod?: number
  readonly CoolOffPeriodExpiresOn?: number
}

const locks = table<Lock>('ec2.snapshot-locks')

/** Throws for a snapshot that is locked. UNCERTAIN: AWS documents neither code nor wording. */
export function checkUnlocked(id: string, ctx: Context): void {
  if (isLocked(id, ctx)) throw operationNotPermitted(`The snapshot '${id}' is locked.`)
}

export function isLocked(id: string, ctx: Context): boolean {
  const state = ctx.tx.get(locks, id)?.LockState
  return state !== undefined && state !== 'expired'
}

/** A snapshot that goes takes its expired lock with it. */
export function forgetLock(id: string, ctx: Context): void {
  ctx.tx.delete(locks, id)
}

type LockInput = Checked<LockSnapshotRequest>

/** Locks a snapshot, or changes its lock; what compliance has fixed can only be extended. */
export function lockSnapshot(
  input: LockInput,
  ctx: Context,
  settings: Settings,
): Answer<LockSnapshotResult> {
  const snapshot = existing(SNAPSHOT, snapshots, input.SnapshotId, 'snapshotId', ctx)
  const { CoolOffPeriod: hours, LockDuration: days } = input
  ctx.allow('ec2:LockSnapshot', ec2Arn('snapshot', snapshot.SnapshotId, ctx), {
    keys: {
      ...snapshotKeys(snapshot, ctx),
      'ec2:SnapshotCoolOffPeriod': hours === undefined ? undefined : String(hours),
      'ec2:SnapshotLockDuration': days === undefined ? undefined : String(days),
    },
  })
  if (snapshot.State !== 'completed' && snapshot.State !== 'pending') {
    throw incorrectState(`Snapshot '${snapshot.SnapshotId}' is in the '${snapshot.State}' state.`)
  }
  const lock = plannedLock(input, snapshot, ctx, settings)
  checkAllowed(lock, ctx.tx.get(locks, lock.SnapshotId))
  ctx.tx.put(locks, lock.SnapshotId, lock)
  arrived(lock, 'lockSnapshot', ctx)
  for (const until of [lock.CoolOffPeriodExpiresOn, lock.LockExpiresOn]) {
    if (until === undefined) continue
    const step: LockStep = { id: lock.SnapshotId, until }
    ctx.later(until - ctx.now, 'ec2.snapshot-lock', step)
  }
  return lock
}

function plannedLock(
  { LockMode, CoolOffPeriod, LockDuration: days, ExpirationDate }: LockInput,
  { SnapshotId, OwnerId, State, StartTime }: Snapshot,
  ctx: Context,
  { durations }: Settings,
): Lock {
  if (LockMode === 'governance' && CoolOffPeriod !== undefined) {
    throw invalidCombination('CoolOffPeriod cannot be specified for the governance lock mode.')
  }
  if (days !== undefined && ExpirationDate !== undefined) {
    throw invalidCombination('Only one of LockDuration and ExpirationDate can be specified.')
  }
  // The duration of a lock begins when its snapshot is complete.
  const completed = State === 'completed' ? ctx.now : StartTime + durations.snapshotMs
  const begins = Math.max(ctx.now, completed)
  const expires = days === undefined ? ExpirationDate?.getTime() : begins + days * MS_PER_DAY
  if (expires === undefined) throw missingParameter('LockDuration or ExpirationDate')
  if (expires < begins + MS_PER_DAY) {
    throw invalidParameter('ExpirationDate', isoSeconds(expires), 'It must be a day ahead.')
  }
  const cools = LockMode === 'compliance' && CoolOffPeriod !== undefined
  return {
    SnapshotId,
    OwnerId,
    LockState: cools ? 'compliance-cooloff' : LockMode,
    LockDuration: days ?? Math.floor((expires - begins) / MS_PER_DAY),
    LockCreatedOn: ctx.now,
    LockDurationStartTime: begins,
    LockExpiresOn: expires,
    ...(cools && {
      CoolOffPeriod,
      CoolOffPeriodExpiresOn: ctx.now + CoolOffPeriod * MS_PER_HOUR,
    }),
  }
}

function checkAllowed(lock: Lock, before: Lock | undefined): void {
  if (before?.LockState !== 'compliance') return
  if (lock.LockState === 'compliance' && lock.LockExpiresOn >= before.LockExpiresOn) return
  throw operationNotPermitted(
    `The lock of snapshot '${lock.SnapshotId}' is in compliance mode: it can only be extended.`,
  )
}

function arrived(
  lock: Lock,
  event: 'lockSnapshot' | 'lockDurationExpiry' | 'cooloffperiodExpiry',
  ctx: Context,
): void {
  const { SnapshotId, LockState: to, CoolOffPeriodExpiresOn: coolOffEnds } = lock
  ctx.record({ kind: 'change', resource: SnapshotId, to, because: 'its lock' }, [SnapshotId])
  const times = {
    lockCreatedOn: isoSeconds(lock.LockCreatedOn),
    lockExpiresOn: isoSeconds(lock.LockExpiresOn),
    lockDuration: lock.LockDuration,
    lockStartDurationTime: isoSeconds(lock.LockDurationStartTime),
    ...(coolOffEnds !== undefined && {
      // Spelled so by AWS.
      cooOffPeriod: lock.CoolOffPeriod,
      coolOffPeriodExpiresOn: isoSeconds(coolOffEnds),
    }),
  }
  publishSnapshot(
    {
      event,
      snapshotId: SnapshotId,
      source: ctx.account,
      startedAt: lock.LockCreatedOn,
      more: { lockState: to, ...times },
    },
    ctx,
  )
}

export interface LockStep {
  readonly id: string
  /** The end that the step comes for: a lock that was changed since has others. */
  readonly until: number
}

/** compliance-cooloff → compliance, and governance | compliance → expired */
export function lockEnded({ id, until }: LockStep, ctx: Context): void {
  const lock = ctx.tx.get(locks, id)
  if (!lock || lock.LockState === 'expired') return
  const cooled = lock.LockState === 'compliance-cooloff'
  if ((cooled ? lock.CoolOffPeriodExpiresOn : lock.LockExpiresOn) !== until) return
  const changed: Lock = { ...lock, LockState: cooled ? 'compliance' : 'expired' }
  ctx.tx.put(locks, id, changed)
  arrived(changed, cooled ? 'cooloffperiodExpiry' : 'lockDurationExpiry', ctx)
}

/** Takes a lock away, unless compliance has fixed it. */
export function unlockSnapshot(
  { SnapshotId }: Checked<UnlockSnapshotRequest>,
  ctx: Context,
): UnlockSnapshotResult {
  const snapshot = existing(SNAPSHOT, snapshots, SnapshotId, 'snapshotId', ctx)
  ctx.allow('ec2:UnlockSnapshot', ec2Arn('snapshot', SnapshotId, ctx), {
    keys: snapshotKeys(snapshot, ctx),
  })
  const state = ctx.tx.get(locks, SnapshotId)?.LockState
  if (state === undefined) throw incorrectState(`The snapshot '${SnapshotId}' is not locked.`)
  if (state === 'compliance') {
    throw operationNotPermitted(`The snapshot '${SnapshotId}' is locked in compliance mode.`)
  }
  ctx.tx.delete(locks, SnapshotId)
  return { SnapshotId }
}

const LOCKED: Listing<Lock> = {
  kind: SNAPSHOT,
  table: locks,
  idOf: ({ SnapshotId }) => SnapshotId,
  fields: { 'lock-state': ({ LockState }) => LockState },
}

/** The locks of snapshots, expired ones too. */
export function describeLockedSnapshots(
  input: DescribeLockedSnapshotsRequest,
  ctx: Context,
): Answer<DescribeLockedSnapshotsResult> {
  ctx.allow('ec2:DescribeLockedSnapshots', '*')
  const ids = input.SnapshotIds ?? []
  for (const id of ids) existing(SNAPSHOT, snapshots, id, 'snapshotId', ctx)
  const { rows, NextToken } = list(LOCKED, input, ctx)
  const Snapshots = rows.filter(({ SnapshotId }) => ids.length === 0 || ids.includes(SnapshotId))
  return { Snapshots, NextToken }
}
