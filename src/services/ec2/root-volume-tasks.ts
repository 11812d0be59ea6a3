/**
 * CreateReplaceRootVolumeTask: a new root volume under a running instance, as at its launch or from
 * a snapshot or image. pending → in-progress → succeeded; the instance reboots and stays running.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/replace-root.html
 */
import type {
  CreateReplaceRootVolumeTaskRequest,
  CreateReplaceRootVolumeTaskResult,
  DescribeReplaceRootVolumeTasksRequest,
  DescribeReplaceRootVolumeTasksResult,
  ReplaceRootVolumeTask,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoSeconds } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { incorrectInstanceState, invalidCombination, invalidValue } from './errors.ts'
import { earlier, identityOf, type RequestIdentity } from './idempotency.ts'
import {
  ec2Arn,
  existing,
  INSTANCE,
  newId,
  REPLACE_ROOT_VOLUME_TASK,
  SNAPSHOT,
  VOLUME,
} from './ids.ts'
import { imageKeys, launchableImage } from './images.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { type Listing, list, listByIds } from './listing.ts'
import { type Settings, wholeSeconds } from './settings.ts'
import { checkRestorable, readableSnapshot, type Snapshot, snapshotKeys } from './snapshot-rows.ts'
import { tagsOf } from './tag-rows.ts'
import { allowTagging, type RequestedTags, tagNew, tagsFor } from './tag-specifications.ts'
import { publishVolume, putVolume, type Volume, volumes } from './volume-rows.ts'
import { removeVolume } from './volumes.ts'

const MOST_RESULTS = 50

export type Task = Answer<Omit<ReplaceRootVolumeTask, 'Tags'>> &
  RequestIdentity & {
    readonly ReplaceRootVolumeTaskId: string
    readonly InstanceId: string
    readonly TaskState: NonNullable<ReplaceRootVolumeTask['TaskState']>
    /** Of the new volume; what it is made from may be gone by the time that it is. */
    readonly shape: Pick<Volume, 'Encrypted' | 'Size' | 'SnapshotId' | 'VolumeType'>
  }

export const replaceRootVolumeTasks = table<Task>('ec2.replace-root-volume-tasks', {
  indexes: { instance: ({ InstanceId }) => InstanceId },
})

type Input = Checked<CreateReplaceRootVolumeTaskRequest>

/** Begins to replace the root volume of a running instance. */
export function createReplaceRootVolumeTask(
  input: Input,
  ctx: Context,
  settings: Settings,
): Answer<CreateReplaceRootVolumeTaskResult> {
  const { InstanceId, DeleteReplacedRootVolume = false, ImageId } = input
  const tags = tagsFor(input.TagSpecifications, [REPLACE_ROOT_VOLUME_TASK.resourceType])
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  const source = sourceOf(input, instance, ctx, settings)
  allow(instance, source, tags, ctx)
  const identity = identityOf(input)
  const own = ctx.tx.by(replaceRootVolumeTasks, 'instance', InstanceId)
  const repeated = earlier(own, identity)
  if (repeated) return { ReplaceRootVolumeTask: shown(repeated, ctx) }
  if (instance.StateName !== 'running') {
    throw incorrectInstanceState(`The instance '${InstanceId}' is not in the 'running' state.`)
  }
  if (own.some(({ TaskState }) => TaskState === 'pending' || TaskState === 'in-progress')) {
    throw incorrectInstanceState(`A root volume of '${InstanceId}' is being replaced already.`)
  }
  const task: Task = {
    ReplaceRootVolumeTaskId: newId(REPLACE_ROOT_VOLUME_TASK, ctx),
    InstanceId,
    TaskState: 'pending',
    StartTime: isoSeconds(ctx.now),
    ...(ImageId && { ImageId }),
    ...(source.SnapshotId && { SnapshotId: source.SnapshotId }),
    DeleteReplacedRootVolume,
    shape: shapeOf(source),
    ...identity,
  }
  const id = task.ReplaceRootVolumeTaskId
  ctx.tx.put(replaceRootVolumeTasks, id, task)
  tagNew(id, REPLACE_ROOT_VOLUME_TASK.resourceType, tags, ctx)
  const step: ReplaceStep = { id, from: 'pending', requestId: ctx.requestId }
  ctx.later(settings.durations.createVolumeMs, 'ec2.root-volume-replaced', step)
  return { ReplaceRootVolumeTask: shown(task, ctx) }
}

type Source = Pick<Volume, 'Encrypted' | 'Size' | 'VolumeType'> & {
  readonly SnapshotId: string | undefined
  readonly snapshot: Partial<Snapshot> | undefined
  readonly image: ReturnType<typeof launchableImage> | undefined
}

const isRoot = ({ RootDeviceName, InstanceId }: Instance, { Attachments }: Volume) =>
  Attachments.some((each) => each.Device === RootDeviceName && each.InstanceId === InstanceId)

function rootOf(instance: Instance, ctx: Context): Volume | undefined {
  const found = instance.VolumeIds.flatMap((id) => ctx.tx.get(volumes, id) ?? [])
  return found.find((volume) => isRoot(instance, volume))
}

/** What the new volume is made from: the snapshot or image of the request, or that of the old. */
function sourceOf(input: Input, instance: Instance, ctx: Context, settings: Settings): Source {
  const { SnapshotId, ImageId, InstanceId } = input
  if (SnapshotId && ImageId) {
    throw invalidCombination('Only one of SnapshotId and ImageId can be specified.')
  }
  const root = rootOf(instance, ctx)
  if (!root) throw invalidValue(`The instance '${InstanceId}' has no root volume.`)
  const image = ImageId ? launchableImage(ImageId, instance.Architecture, ctx, settings) : undefined
  const device = image?.BlockDeviceMappings.find((each) => each.DeviceName === image.RootDeviceName)
  const id = SnapshotId ?? (image ? device?.Ebs?.SnapshotId : root.SnapshotId || undefined)
  const snapshot = SnapshotId ? readableSnapshot(SnapshotId, 'snapshotId', ctx) : undefined
  if (snapshot) checkRestorable(snapshot)
  return {
    SnapshotId: id,
    snapshot,
    image,
    Size: Math.max(root.Size, snapshot?.VolumeSize ?? device?.Ebs?.VolumeSize ?? 0),
    VolumeType: root.VolumeType,
    Encrypted: root.Encrypted || (snapshot?.Encrypted ?? false),
  }
}

const shapeOf = ({ Encrypted, Size, SnapshotId = '', VolumeType }: Source): Task['shape'] => ({
  Encrypted,
  Size,
  SnapshotId,
  VolumeType,
})

function allow(
  instance: Instance,
  { image, snapshot, SnapshotId = '' }: Source,
  tags: RequestedTags,
  ctx: Context,
): void {
  const action = 'ec2:CreateReplaceRootVolumeTask'
  const region = { 'ec2:Region': ctx.region }
  ctx.allow(action, ec2Arn('instance', instance.InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  const { resourceType } = REPLACE_ROOT_VOLUME_TASK
  ctx.allow(action, ec2Arn(resourceType, '*', ctx), {
    keys: { ...region, ...tags.keys(resourceType) },
  })
  ctx.allow(action, ec2Arn('volume', '*', ctx), { keys: region })
  if (image) {
    ctx.allow(action, ec2Arn('image', image.ImageId, ctx), { keys: imageKeys(image, ctx) })
  }
  if (snapshot) {
    const arn = ec2Arn(SNAPSHOT.resourceType, SnapshotId, ctx)
    const { 'ec2:Encrypted': _, ...keys } = snapshotKeys(snapshot, ctx)
    ctx.allow(action, arn, { keys })
  }
  allowTagging('CreateReplaceRootVolumeTask', tags, ctx)
}

function shown(task: Task, ctx: Context): Answer<ReplaceRootVolumeTask> {
  return { ...task, Tags: tagsOf(task.ReplaceRootVolumeTaskId, ctx) ?? [] }
}

export interface ReplaceStep {
  readonly id: string
  /** The state that the task is expected to leave. */
  readonly from: Task['TaskState']
  readonly requestId: string
}

/** pending → in-progress → succeeded, or failed when the instance has gone meanwhile. */
export function rootVolumeReplaced(step: ReplaceStep, ctx: Context, settings: Settings): void {
  const { id, from, requestId } = step
  const task = ctx.tx.get(replaceRootVolumeTasks, id)
  if (task?.TaskState !== from) return
  const instance = ctx.tx.get(instances, task.InstanceId)
  const root = instance && rootOf(instance, ctx)
  if (instance?.StateName !== 'running' || !root) arrive(task, 'failed', ctx)
  else if (from === 'pending') {
    arrive(task, 'in-progress', ctx)
    const next: ReplaceStep = { ...step, from: 'in-progress' }
    ctx.later(settings.durations.attachMs, 'ec2.root-volume-replaced', next)
  } else {
    replace(task, instance, root, requestId, ctx)
    arrive(task, 'succeeded', ctx)
  }
}

function arrive(task: Task, TaskState: Task['TaskState'], ctx: Context): void {
  const ends = TaskState !== 'in-progress' && { CompleteTime: isoSeconds(ctx.now) }
  ctx.tx.put(replaceRootVolumeTasks, task.ReplaceRootVolumeTaskId, { ...task, ...ends, TaskState })
  const { ReplaceRootVolumeTaskId: resource, InstanceId, TaskState: from } = task
  ctx.record({ kind: 'change', resource, from, to: TaskState }, [resource, InstanceId])
}

function replace(
  task: Task,
  instance: Instance,
  old: Volume,
  requestId: string,
  ctx: Context,
): void {
  const { InstanceId } = instance
  const VolumeId = newId(VOLUME, ctx)
  const attachments = old.Attachments.filter((each) => each.InstanceId === InstanceId)
  const { ClientToken: _token, RequestDigest: _digest, ...same } = old
  const volume: Volume = {
    ...same,
    ...task.shape,
    VolumeId,
    CreateTime: ctx.now,
    Attachments: attachments.map((each) => ({
      ...each,
      VolumeId,
      AttachTime: wholeSeconds(ctx.now),
    })),
  }
  const VolumeIds = instance.VolumeIds.map((id) => (id === old.VolumeId ? VolumeId : id))
  ctx.tx.put(instances, InstanceId, { ...instance, VolumeIds })
  putVolume({ ...old, State: 'available', Attachments: [] }, old.State, ctx)
  putVolume(volume, undefined, ctx)
  publishVolume(VolumeId, { event: 'createVolume', result: 'available', requestId }, ctx)
  if (task.DeleteReplacedRootVolume) removeVolume(old, requestId, ctx)
}

const TASKS: Listing<Task> = {
  kind: REPLACE_ROOT_VOLUME_TASK,
  table: replaceRootVolumeTasks,
  idOf: ({ ReplaceRootVolumeTaskId }) => ReplaceRootVolumeTaskId,
  fields: { 'instance-id': ({ InstanceId }) => InstanceId },
  indexes: { 'instance-id': 'instance' },
}

/** Tasks by id, or all that match. */
export function describeReplaceRootVolumeTasks(
  input: DescribeReplaceRootVolumeTasksRequest,
  ctx: Context,
): Answer<DescribeReplaceRootVolumeTasksResult> {
  ctx.allow('ec2:DescribeReplaceRootVolumeTasks', '*')
  const ids = input.ReplaceRootVolumeTaskIds ?? []
  const parameters = { set: 'replaceRootVolumeTaskIdSet', one: 'replaceRootVolumeTaskId' }
  const { rows, NextToken } =
    ids.length > 0
      ? { rows: listByIds(TASKS, ids, input, parameters, ctx), NextToken: undefined }
      : list(TASKS, input, ctx, { least: 1, most: MOST_RESULTS })
  return { ReplaceRootVolumeTasks: rows.map((row) => shown(row, ctx)), NextToken }
}
