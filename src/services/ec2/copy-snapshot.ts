/** CopySnapshot, called in the region that the copy goes to. */
import type { CopySnapshotRequest, CopySnapshotResult } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis } from '../../clock.ts'
import { encryptionOf } from './ebs-settings.ts'
import { incorrectState, invalidParameter, invalidValue } from './errors.ts'
import { checkForm, ec2Arn, newId, SNAPSHOT } from './ids.ts'
import type { Settings } from './settings.ts'
import { publishSnapshot } from './snapshot-events.ts'
import {
  eventArn,
  findReadable,
  putSnapshot,
  type Readable,
  type Snapshot,
  snapshotKeys,
  snapshots,
} from './snapshot-rows.ts'
import { tagsOf } from './tag-rows.ts'
import { allowTagging, tagNew, tagsFor } from './tag-specifications.ts'

const MAX_CONCURRENT_COPIES = 20
/** Copies belong to no volume. UNCERTAIN: a longer form of the placeholder is reported too. */
const NO_VOLUME = 'vol-ffffffff'
const DURATION_STEP_MINUTES = 15
const MAX_DURATION_MINUTES = 2880

/** Begins a copy of an own or shared snapshot of any region. */
export function copySnapshot(
  input: Checked<CopySnapshotRequest>,
  ctx: Context,
  settings: Settings,
): Answer<CopySnapshotResult> {
  const tags = tagsFor(input.TagSpecifications, ['snapshot'])
  const { SourceRegion, SourceSnapshotId } = input
  checkForm(SNAPSHOT, [SourceSnapshotId], 'snapshotId')
  checkDuration(input.CompletionDurationMinutes)
  const source = sourceOf(SourceSnapshotId, SourceRegion, ctx)
  if (!source) throw SNAPSHOT.missing([SourceSnapshotId])
  ctx.allow('ec2:CopySnapshot', ec2Arn('snapshot', '*', ctx), {
    keys: { ...snapshotKeys({ OwnerId: ctx.account }, ctx), ...tags.keys('snapshot') },
  })
  allowTagging('CopySnapshot', tags, ctx)
  if (source.State !== 'completed') {
    throw incorrectState(`Snapshot '${SourceSnapshotId}' is in the '${source.State}' state.`)
  }
  const id = beginCopy(source, input, ctx, settings)
  tagNew(id, 'snapshot', tags, ctx)
  return { SnapshotId: id, Tags: tagsOf(id, ctx) }
}

function checkDuration(minutes: number | undefined): void {
  if (minutes === undefined) return
  const fits = minutes >= DURATION_STEP_MINUTES && minutes <= MAX_DURATION_MINUTES
  if (!fits || minutes % DURATION_STEP_MINUTES !== 0) {
    throw invalidParameter('completionDurationMinutes', minutes)
  }
}

function sourceOf(id: string, region: string, ctx: Context): Readable | undefined {
  return findReadable(id, ctx.in({ account: ctx.account, region }))
}

type CopyOptions = Pick<
  Checked<CopySnapshotRequest>,
  'SourceRegion' | 'Description' | 'Encrypted' | 'KmsKeyId' | 'CompletionDurationMinutes'
>

/** Stores the pending copy and books its end; returns its id. */
export function beginCopy(
  source: Readable,
  options: CopyOptions,
  ctx: Context,
  { durations }: Settings,
): string {
  const copying = ctx.tx
    .by(snapshots, 'state', 'pending')
    .filter(({ TransferType }) => TransferType)
  if (copying.length >= MAX_CONCURRENT_COPIES) {
    throw new AwsError(
      'ResourceLimitExceeded',
      'Too many snapshot copies in progress. ' +
        `The limit is ${MAX_CONCURRENT_COPIES} for this destination region.`,
    )
  }
  const { SourceRegion, Description, CompletionDurationMinutes } = options
  if (source.Encrypted && options.Encrypted === false) {
    throw invalidValue('Encrypted snapshots cannot be copied to unencrypted ones.')
  }
  const snapshot: Snapshot = {
    SnapshotId: newId(SNAPSHOT, ctx),
    VolumeId: NO_VOLUME,
    VolumeSize: source.VolumeSize,
    Description: Description ?? `[Copied ${source.SnapshotId} from ${SourceRegion}]`,
    State: 'pending',
    StartTime: ctx.now,
    OwnerId: ctx.account,
    ...encryptionOf(options, source.Encrypted, ctx),
    StorageTier: 'standard',
    TransferType: CompletionDurationMinutes === undefined ? 'standard' : 'time-based',
    CompletionDurationMinutes,
  }
  putSnapshot(snapshot, undefined, ctx)
  const step: CopyStep = { id: snapshot.SnapshotId, source: source.SnapshotId, from: SourceRegion }
  ctx.later(durations.snapshotMs, 'ec2.snapshot-copied', step)
  return snapshot.SnapshotId
}

export interface CopyStep {
  readonly id: string
  readonly source: string
  readonly from: string
}

/** pending → completed, or error when the source is gone. */
export function snapshotCopied({ id, source, from }: CopyStep, ctx: Context): void {
  const snapshot = ctx.tx.get(snapshots, id)
  if (snapshot?.State !== 'pending') return
  const cause = sourceOf(source, from, ctx) ? undefined : 'Source snapshot ID is not valid'
  const ended: Snapshot = cause
    ? { ...snapshot, State: 'error', StateMessage: cause }
    : { ...snapshot, State: 'completed', CompletionTime: ctx.now }
  putSnapshot(ended, 'pending', ctx)
  publishSnapshot(
    {
      event: 'copySnapshot',
      snapshotId: id,
      source: eventArn(`snapshot/${source}`, from),
      startedAt: snapshot.StartTime,
      cause,
      more: cause ? undefined : transfer(snapshot),
    },
    ctx,
  )
}

/** The first copy of a snapshot is a full one, and we keep no blocks to know of others. */
function transfer({ TransferType, StartTime }: Snapshot): object {
  if (TransferType !== 'time-based') return { incremental: 'false', transferType: 'standard' }
  return {
    incremental: 'false',
    completionDurationStartTime: isoMillis(StartTime),
    transferType: 'time-based',
  }
}
