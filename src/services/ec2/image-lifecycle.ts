/**
 * The states of an AMI and their events: pending → available | failed, disabled, deregistered.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-ami-events.html
 */
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { isoMillis } from '../../clock.ts'
import { ec2Arn, IMAGE, newId } from './ids.ts'
import type { Image } from './image-catalogue.ts'
import { deregistered, type ImageRow, images } from './images.ts'
import type { Settings } from './settings.ts'
import { unshare } from './sharing.ts'
import { snapshots } from './snapshot-rows.ts'
import { forgetTags } from './tag-rows.ts'

type Final = 'available' | 'failed' | 'disabled' | 'deregistered'

const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/

function publish(imageId: string, State: Final, requestId: string, ctx: Context, why = ''): void {
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EC2 AMI State Change',
    resources: [ec2Arn('image', imageId, ctx)],
    detail: { RequestId: requestId, ImageId: imageId, State, ErrorMessage: why },
  })
}

function record(id: string, from: string | undefined, to: string, ctx: Context): void {
  ctx.record({ kind: 'change', resource: id, from, to }, [id])
}

/** Throws for a name that is malformed or taken. */
export function checkName(name: string, ctx: Context): void {
  if (!NAME.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      'AMI names must be between 3 and 128 characters long, and may contain letters, numbers, ' +
        "'(', ')', '.', '-', '/' and '_'",
    )
  }
  const [taken] = ctx.tx.by(images, 'ownName', name)
  if (!taken) return
  throw new AwsError(
    'InvalidAMIName.Duplicate',
    `AMI name ${name} is already in use by AMI ${taken.ImageId}`,
  )
}

export type NewImage = Omit<
  Image,
  'ImageId' | 'OwnerId' | 'State' | 'CreationDate' | 'Public' | 'ImageType' | 'Hypervisor'
>

/** Stores a pending image of this account and books its end. */
export function beginImage(
  parts: NewImage,
  ImageId: string,
  readyAfterMs: number,
  ctx: Context,
): ImageRow {
  const row: ImageRow = {
    ...parts,
    ImageId,
    ImageLocation: parts.ImageLocation ?? `${ctx.account}/${parts.Name}`,
    ImageType: 'machine',
    Hypervisor: 'xen',
    OwnerId: ctx.account,
    Public: false,
    State: 'pending',
    CreationDate: isoMillis(ctx.now),
  }
  ctx.tx.put(images, ImageId, row)
  record(ImageId, undefined, 'pending', ctx)
  const step: ImageStep = { id: ImageId, requestId: ctx.requestId }
  ctx.later(readyAfterMs, 'ec2.image-ready', step)
  return row
}

export function newImageId(ctx: Context): string {
  return newId(IMAGE, ctx)
}

/** How long an image takes whose snapshots are made first. */
export function withSnapshotsMs({ durations }: Settings): number {
  return durations.snapshotMs + durations.imageMs
}

export interface ImageStep {
  readonly id: string
  /** Of the request that began it, which the event names. */
  readonly requestId: string
}

/** pending → available, or failed when a snapshot of it is gone or in error. */
export function imageReady({ id, requestId }: ImageStep, ctx: Context): void {
  const image = ctx.tx.get(images, id)
  if (image?.State !== 'pending') return
  const bad = image.BlockDeviceMappings.find(({ Ebs }) => {
    const snapshot = ctx.tx.get(snapshots, Ebs?.SnapshotId ?? '')
    return Ebs && snapshot?.State !== 'completed'
  })
  if (!bad) {
    changeState(image, 'available', requestId, ctx)
    return
  }
  const why = `Snapshot ${bad.Ebs?.SnapshotId} could not be created`
  const StateReason = { Code: 'Client.InternalError', Message: why }
  ctx.tx.put(images, id, { ...image, State: 'failed', StateReason })
  record(id, 'pending', 'failed', ctx)
  publish(id, 'failed', requestId, ctx, why)
}

/** Moves an image to another state and publishes it. */
export function changeState(
  image: ImageRow,
  State: 'available' | 'disabled',
  requestId: string,
  ctx: Context,
): void {
  ctx.tx.put(images, image.ImageId, { ...image, State })
  record(image.ImageId, image.State, State, ctx)
  publish(image.ImageId, State, requestId, ctx)
}

/** Removes an image for good; its id is never taken for that of an unknown image. */
export function removeImage({ ImageId, State }: ImageRow, ctx: Context): void {
  ctx.tx.delete(images, ImageId)
  ctx.tx.put(deregistered, ImageId, { ImageId })
  forgetTags(ImageId, ctx)
  unshare(ImageId, ctx)
  record(ImageId, State, 'deregistered', ctx)
  publish(ImageId, 'deregistered', ctx.requestId, ctx)
}
