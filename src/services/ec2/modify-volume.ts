/** ModifyVolume and DescribeVolumesModifications: modifying → optimizing → completed. */
import type {
  DescribeVolumesModificationsRequest,
  DescribeVolumesModificationsResult,
  ModifyVolumeRequest,
  ModifyVolumeResult,
  VolumeModification,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis, MS_PER_DAY } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { incorrectState, invalidValue } from './errors.ts'
import { ec2Arn, existing, VOLUME } from './ids.ts'
import { type Listing, list } from './listing.ts'
import type { Settings } from './settings.ts'
import { performanceOf } from './volume-limits.ts'
import { publishVolume, putVolume, type Volume, volumeKeys, volumes } from './volume-rows.ts'

/** Within a day; before 2026 it was one in six hours. */
const MAX_MODIFICATIONS_PER_DAY = 4
const COMPLETE_PERCENT = 100

type Modification = Answer<VolumeModification> & {
  readonly VolumeId: string
  readonly StartTime: number
  readonly ModificationState: NonNullable<VolumeModification['ModificationState']>
  /** Of the request, for the events to come. */
  readonly RequestId: string
  /** Start times of those of the last day, this one included. */
  readonly Recent: readonly number[]
}

/** The latest modification of each volume. */
const modifications = table<Modification>('ec2.volume-modifications')

/** Changes the size, type or performance of a volume while it is used. */
export function modifyVolume(
  input: Checked<ModifyVolumeRequest>,
  ctx: Context,
  { durations }: Settings,
): Answer<ModifyVolumeResult> {
  const { VolumeId } = input
  const volume = existing(VOLUME, volumes, VolumeId, 'volumeId', ctx)
  ctx.allow('ec2:ModifyVolume', ec2Arn('volume', VolumeId, ctx), { keys: volumeKeys(volume, ctx) })
  if (volume.State !== 'available' && volume.State !== 'in-use') {
    throw incorrectState(`Volume '${VolumeId}' is in the '${volume.State}' state.`)
  }
  const target = targetOf(input, volume)
  const Recent = [...recent(VolumeId, ctx), ctx.now]
  const modification: Modification = {
    VolumeId,
    ModificationState: 'modifying',
    Progress: 0,
    StartTime: ctx.now,
    OriginalSize: volume.Size,
    OriginalVolumeType: volume.VolumeType,
    OriginalIops: volume.Iops,
    OriginalThroughput: volume.Throughput,
    OriginalMultiAttachEnabled: volume.MultiAttachEnabled ?? false,
    TargetSize: target.Size,
    TargetVolumeType: target.VolumeType,
    TargetIops: target.Iops,
    TargetThroughput: target.Throughput,
    TargetMultiAttachEnabled: target.MultiAttachEnabled,
    RequestId: ctx.requestId,
    Recent,
  }
  ctx.tx.put(modifications, VolumeId, modification)
  record(modification, undefined, ctx)
  const step: ModificationStep = { id: VolumeId, from: 'modifying' }
  ctx.later(durations.modifyVolumeMs, 'ec2.volume-modified', step)
  return { VolumeModification: modification }
}

/** What the volume is to become; throws for what it cannot. */
function targetOf(input: Checked<ModifyVolumeRequest>, volume: Volume) {
  const { Size = volume.Size, VolumeType = volume.VolumeType } = input
  if (Size < volume.Size) {
    throw invalidValue(
      `New size cannot be smaller than existing size. New size: ${Size}, ` +
        `existing size: ${volume.Size}`,
    )
  }
  const kept = VolumeType === volume.VolumeType && VolumeType !== 'gp2' ? volume : {}
  const Iops = input.Iops ?? (kept as Partial<Volume>).Iops
  const Throughput = input.Throughput ?? (kept as Partial<Volume>).Throughput
  return {
    Size,
    VolumeType,
    ...performanceOf({ VolumeType, Size, Iops, Throughput }),
    MultiAttachEnabled: input.MultiAttachEnabled ?? volume.MultiAttachEnabled ?? false,
  }
}

/** Start times of the last day's modifications; throws when there may be none now. */
function recent(id: string, ctx: Context): number[] {
  const last = ctx.tx.get(modifications, id)
  if (!last) return []
  const { ModificationState: state } = last
  if (state === 'modifying' || state === 'optimizing') {
    throw new AwsError(
      'IncorrectModificationState',
      `Volume '${id}' is already being modified: its modification is in state '${state}'.`,
    )
  }
  const times = last.Recent.filter((time) => ctx.now - time < MS_PER_DAY)
  if (times.length < MAX_MODIFICATIONS_PER_DAY) return times
  throw new AwsError(
    'VolumeModificationRateExceeded',
    "You've reached the maximum modification rate per volume limit. Wait before the next " +
      `modification of volume '${id}'.`,
  )
}

export interface ModificationStep {
  readonly id: string
  /** The state that the modification is expected to leave. */
  readonly from: Modification['ModificationState']
}

/** modifying → optimizing → completed. The volume is what it is to be once it is optimizing. */
export function volumeModified(
  { id, from }: ModificationStep,
  ctx: Context,
  { durations }: Settings,
): void {
  const modification = ctx.tx.get(modifications, id)
  const volume = ctx.tx.get(volumes, id)
  if (modification?.ModificationState !== from || !volume) return
  if (from === 'modifying') {
    putVolume(modified(volume, modification), volume.State, ctx)
    const step: ModificationStep = { id, from: 'optimizing' }
    ctx.later(durations.optimizeVolumeMs, 'ec2.volume-modified', step)
    arrive({ ...modification, ModificationState: 'optimizing' }, ctx)
  } else {
    const ended = { Progress: COMPLETE_PERCENT, EndTime: ctx.now }
    arrive({ ...modification, ...ended, ModificationState: 'completed' }, ctx)
  }
}

function modified(volume: Volume, target: Modification): Volume {
  return {
    ...volume,
    Size: target.TargetSize ?? volume.Size,
    VolumeType: target.TargetVolumeType ?? volume.VolumeType,
    Iops: target.TargetIops,
    Throughput: target.TargetThroughput,
    MultiAttachEnabled: target.TargetMultiAttachEnabled,
  }
}

/** UNCERTAIN: the guide's only example has the result `optimizing`; the end is told alike. */
function arrive(modification: Modification, ctx: Context): void {
  const { VolumeId, ModificationState: result, RequestId: requestId } = modification
  record(modification, ctx.tx.get(modifications, VolumeId)?.ModificationState, ctx)
  ctx.tx.put(modifications, VolumeId, modification)
  publishVolume(VolumeId, { event: 'modifyVolume', result, requestId }, ctx)
}

function record(
  { VolumeId, ModificationState: to }: Modification,
  from: string | undefined,
  ctx: Context,
) {
  ctx.record({ kind: 'change', resource: VolumeId, from, to, because: 'ModifyVolume' }, [VolumeId])
}

const MODIFICATIONS: Listing<Modification> = {
  kind: VOLUME,
  table: modifications,
  idOf: ({ VolumeId }) => VolumeId,
  fields: {
    'modification-state': ({ ModificationState }) => ModificationState,
    'original-iops': ({ OriginalIops }) => OriginalIops,
    'original-size': ({ OriginalSize }) => OriginalSize,
    'original-volume-type': ({ OriginalVolumeType }) => OriginalVolumeType,
    originalMultiAttachEnabled: ({ OriginalMultiAttachEnabled }) => OriginalMultiAttachEnabled,
    'start-time': ({ StartTime }) => isoMillis(StartTime),
    'target-iops': ({ TargetIops }) => TargetIops,
    'target-size': ({ TargetSize }) => TargetSize,
    'target-volume-type': ({ TargetVolumeType }) => TargetVolumeType,
    targetMultiAttachEnabled: ({ TargetMultiAttachEnabled }) => TargetMultiAttachEnabled,
    'volume-id': ({ VolumeId }) => VolumeId,
  },
}

/** The latest modification of each volume that was ever modified. */
export function describeVolumesModifications(
  input: DescribeVolumesModificationsRequest,
  ctx: Context,
  { durations }: Settings,
): Answer<DescribeVolumesModificationsResult> {
  ctx.allow('ec2:DescribeVolumesModifications', '*')
  const ids = input.VolumeIds ?? []
  for (const id of ids) {
    existing(VOLUME, volumes, id, 'volumeId', ctx)
    if (ctx.tx.has(modifications, id)) continue
    throw new AwsError(
      'InvalidVolumeModification.NotFound',
      `Modification for volume '${id}' does not exist.`,
    )
  }
  const { rows, NextToken } = list(MODIFICATIONS, input, ctx)
  const VolumesModifications = rows
    .filter(({ VolumeId }) => ids.length === 0 || ids.includes(VolumeId))
    .map((row) => ({ ...row, Progress: progressOf(row, ctx.now, durations) }))
  return { VolumesModifications, NextToken }
}

function progressOf(row: Modification, now: number, durations: Settings['durations']): number {
  if (row.ModificationState !== 'optimizing') return row.Progress ?? 0
  const { modifyVolumeMs, optimizeVolumeMs } = durations
  const done = (now - row.StartTime - modifyVolumeMs) / Math.max(1, optimizeVolumeMs)
  return Math.min(COMPLETE_PERCENT - 1, Math.floor(done * COMPLETE_PERCENT))
}

/** A volume that goes takes the record of its modification with it. */
export function forgetModification(volumeId: string, ctx: Context): void {
  ctx.tx.delete(modifications, volumeId)
}
