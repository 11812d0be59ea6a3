/** CreateSnapshots: all volumes of an instance at one moment. */
import type { CreateSnapshotsRequest, CreateSnapshotsResult, Tag } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { invalidValue } from './errors.ts'
import { ec2Arn, existing, INSTANCE } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import type { Settings } from './settings.ts'
import { publishSnapshotSet } from './snapshot-events.ts'
import { putSnapshot, type Snapshot, snapshotKeys, snapshots } from './snapshot-rows.ts'
import { newSnapshot } from './snapshots.ts'
import { changeTags } from './tag-changes.ts'
import { tagsOf } from './tag-rows.ts'
import { allowTagging, type RequestedTags, tagsFor } from './tag-specifications.ts'
import { type Volume, volumeKeys, volumes } from './volume-rows.ts'

/** Begins a snapshot of each volume of an instance; they complete together. */
export function createSnapshots(
  input: Checked<CreateSnapshotsRequest>,
  ctx: Context,
  { durations }: Settings,
): Answer<CreateSnapshotsResult> {
  const tags = tagsFor(input.TagSpecifications, ['snapshot'])
  const { InstanceId = '' } = input.InstanceSpecification
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  const chosen = chosenVolumes(instance, input, ctx)
  allow(instance, chosen, tags, ctx)
  const taken = chosen.map((volume) => {
    const snapshot = newSnapshot(volume, input.Description ?? '', ctx)
    const copied = input.CopyTagsFromSource === 'volume' ? tagsOf(volume.VolumeId, ctx) : []
    const all = merged(copied ?? [], tags.of('snapshot'))
    changeTags({ id: snapshot.SnapshotId, type: 'snapshot' }, all, [], ctx)
    return snapshot
  })
  const step: SetStep = { ids: taken.map(({ SnapshotId }) => SnapshotId), startedAt: ctx.now }
  ctx.later(durations.snapshotMs, 'ec2.snapshots-completed', step)
  const Snapshots = taken.map((snapshot) => ({
    ...snapshot,
    Progress: '',
    Tags: tagsOf(snapshot.SnapshotId, ctx) ?? [],
  }))
  return { Snapshots }
}

/** Tags of the request replace those of the volume. */
function merged(copied: readonly Required<Tag>[], requested: readonly Required<Tag>[]) {
  const keys = new Set(requested.map(({ Key }) => Key))
  return [...copied.filter(({ Key }) => !keys.has(Key)), ...requested]
}

function chosenVolumes(
  instance: Instance,
  { InstanceSpecification }: Checked<CreateSnapshotsRequest>,
  ctx: Context,
): Volume[] {
  const { ExcludeBootVolume = false, ExcludeDataVolumeIds = [] } = InstanceSpecification
  const all = instance.VolumeIds.flatMap((id) => ctx.tx.get(volumes, id) ?? [])
  const isBoot = ({ Attachments }: Volume) =>
    Attachments.some(({ Device }) => Device === instance.RootDeviceName)
  for (const id of ExcludeDataVolumeIds) {
    const volume = all.find(({ VolumeId }) => VolumeId === id)
    if (!volume || isBoot(volume)) {
      throw invalidValue(`Volume '${id}' is no data volume of instance '${instance.InstanceId}'`)
    }
  }
  const chosen = all
    .filter((volume) => !ExcludeBootVolume || !isBoot(volume))
    .filter(({ VolumeId }) => !ExcludeDataVolumeIds.includes(VolumeId))
  if (chosen.length === 0) {
    throw invalidValue(`Instance '${instance.InstanceId}' has no volumes to take snapshots of.`)
  }
  return chosen
}

function allow(instance: Instance, chosen: readonly Volume[], tags: RequestedTags, ctx: Context) {
  const action = 'ec2:CreateSnapshots'
  ctx.allow(action, ec2Arn('instance', instance.InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  for (const volume of chosen) {
    ctx.allow(action, ec2Arn('volume', volume.VolumeId, ctx), { keys: volumeKeys(volume, ctx) })
  }
  ctx.allow(action, ec2Arn('snapshot', '*', ctx), {
    keys: { ...snapshotKeys({ OwnerId: ctx.account }, ctx), ...tags.keys('snapshot') },
  })
  allowTagging('CreateSnapshots', tags, ctx)
}

export interface SetStep {
  readonly ids: readonly string[]
  readonly startedAt: number
}

/** pending → completed, for those that have not been deleted since. */
export function snapshotsCompleted({ ids, startedAt }: SetStep, ctx: Context): void {
  const found = ids
    .flatMap((id) => ctx.tx.get(snapshots, id) ?? [])
    .filter(({ State }) => State === 'pending')
  if (found.length === 0) return
  for (const snapshot of found) {
    const completed: Snapshot = { ...snapshot, State: 'completed', CompletionTime: ctx.now }
    putSnapshot(completed, 'pending', ctx)
  }
  const members = found.map(({ SnapshotId, VolumeId }) => ({
    snapshotId: SnapshotId,
    volumeId: VolumeId,
  }))
  publishSnapshotSet(members, startedAt, ctx)
}
