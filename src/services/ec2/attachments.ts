/** AttachVolume and DetachVolume: attaching → attached → detaching → detached. */
import type {
  AttachVolumeRequest,
  DetachVolumeRequest,
  VolumeAttachment,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { incorrectState, invalidParameter, invalidValue, operationNotPermitted } from './errors.ts'
import { ec2Arn, existing, INSTANCE, VOLUME } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { instanceType } from './instance-types.ts'
import { type Settings, wholeSeconds } from './settings.ts'
import { blockDevicesOf } from './shown-instance.ts'
import {
  type Attachment,
  publishVolume,
  putVolume,
  type Volume,
  volumeKeys,
  volumes,
} from './volume-rows.ts'

const MAX_MULTI_ATTACHMENTS = 16
/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
const DEVICE_NAME = /^(\/dev\/)?(sd[a-z]\d{0,2}|xvd[a-z]{1,2}\d{0,2}|hd[a-z]\d{0,2})$/

function allowBoth(action: string, volume: Volume, instance: Instance, ctx: Context): void {
  ctx.allow(action, ec2Arn('volume', volume.VolumeId, ctx), { keys: volumeKeys(volume, ctx) })
  ctx.allow(action, ec2Arn('instance', instance.InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
}

/** Attaches an available volume to an instance of its zone. */
export function attachVolume(
  { VolumeId, InstanceId, Device }: Checked<AttachVolumeRequest>,
  ctx: Context,
  { durations }: Settings,
): Answer<VolumeAttachment> {
  const volume = existing(VOLUME, volumes, VolumeId, 'volumeId', ctx)
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  allowBoth('ec2:AttachVolume', volume, instance, ctx)
  checkAttachable(volume, instance, Device, ctx)
  const attachment: Attachment = {
    VolumeId,
    InstanceId,
    Device,
    State: 'attaching',
    AttachTime: wholeSeconds(ctx.now),
    DeleteOnTermination: false,
  }
  const Attachments = [...volume.Attachments, attachment]
  putVolume({ ...volume, State: 'in-use', Attachments }, volume.State, ctx)
  const VolumeIds = [...instance.VolumeIds, VolumeId]
  ctx.tx.put(instances, InstanceId, { ...instance, VolumeIds })
  const step: AttachmentStep = { VolumeId, InstanceId, requestId: ctx.requestId }
  ctx.later(durations.attachMs, 'ec2.volume-attached', step)
  return attachment
}

function checkAttachable(volume: Volume, instance: Instance, device: string, ctx: Context): void {
  const { VolumeId, State, Attachments } = volume
  const { InstanceId, StateName, Placement } = instance
  const shared = volume.MultiAttachEnabled && Attachments.length < MAX_MULTI_ATTACHMENTS
  const here = Attachments.some((attachment) => attachment.InstanceId === InstanceId)
  if (State === 'in-use' && (here || !shared)) {
    throw new AwsError('VolumeInUse', `${VolumeId} is already attached to an instance`)
  }
  if (State !== 'available' && State !== 'in-use') {
    throw incorrectState(`${VolumeId} is not 'available'.`)
  }
  if (StateName !== 'running' && StateName !== 'stopped') {
    throw incorrectState(`Instance '${InstanceId}' is not 'running'.`)
  }
  if (volume.AvailabilityZone !== Placement.AvailabilityZone) {
    throw new AwsError(
      'InvalidVolume.ZoneMismatch',
      `The volume '${VolumeId}' is not in the same availability zone as instance '${InstanceId}'`,
    )
  }
  if (!DEVICE_NAME.test(device)) {
    throw invalidParameter('device', device, `${device} is not a valid EBS device name.`)
  }
  const devices = blockDevicesOf(instance, ctx)
  if (devices.some(({ DeviceName }) => DeviceName === device)) {
    throw invalidValue(
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    )
  }
  const limit = instanceType(instance.InstanceType)?.EbsInfo?.MaximumEbsAttachments
  if (limit !== undefined && devices.length >= limit) {
    throw new AwsError(
      'AttachmentLimitExceeded',
      `You have reached the maximum number of attachments (${limit}) for the instance ` +
        `'${InstanceId}'.`,
    )
  }
}

/** Detaches a volume; InstanceId and Device, when given, must be those of its attachment. */
export function detachVolume(
  { VolumeId, InstanceId, Device }: Checked<DetachVolumeRequest>,
  ctx: Context,
  { durations }: Settings,
): Answer<VolumeAttachment> {
  const volume = existing(VOLUME, volumes, VolumeId ?? '', 'volumeId', ctx)
  const named = InstanceId
    ? existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
    : ctx.tx.get(instances, volume.Attachments[0]?.InstanceId ?? '')
  if (named) allowBoth('ec2:DetachVolume', volume, named, ctx)
  else {
    ctx.allow('ec2:DetachVolume', ec2Arn('volume', volume.VolumeId, ctx), {
      keys: volumeKeys(volume, ctx),
    })
  }
  const attachment = detachable(volume, InstanceId, Device)
  const instance = existing(INSTANCE, instances, attachment.InstanceId, 'instanceId', ctx)
  checkNotRoot(instance, attachment)
  const detaching: Attachment = { ...attachment, State: 'detaching' }
  const Attachments = volume.Attachments.map((each) => (each === attachment ? detaching : each))
  putVolume({ ...volume, Attachments }, volume.State, ctx)
  const step: AttachmentStep = {
    VolumeId: volume.VolumeId,
    InstanceId: instance.InstanceId,
    requestId: ctx.requestId,
  }
  ctx.later(durations.detachMs, 'ec2.volume-detached', step)
  return detaching
}

function detachable(
  { VolumeId, State, Attachments }: Volume,
  instanceId: string | undefined,
  device: string | undefined,
): Attachment {
  if (Attachments.length === 0) {
    throw incorrectState(`Volume '${VolumeId}' is in the '${State}' state.`)
  }
  const found = Attachments.find(
    ({ InstanceId, Device }) =>
      (!instanceId || instanceId === InstanceId) && (!device || device === Device),
  )
  if (!found) {
    const where = instanceId ? ` to instance '${instanceId}'` : ''
    const as = device ? ` as ${device}` : ''
    throw new AwsError(
      'InvalidAttachment.NotFound',
      `The volume '${VolumeId}' is not attached${where}${as}.`,
    )
  }
  if (found.State === 'detaching') {
    throw incorrectState(`Volume '${VolumeId}' is in the 'detaching' state.`)
  }
  return found
}

function checkNotRoot({ InstanceId, RootDeviceName, StateName }: Instance, { Device }: Attachment) {
  if (Device !== RootDeviceName || StateName === 'stopped') return
  throw operationNotPermitted(
    `Unable to detach root volume '${Device}' from instance '${InstanceId}'`,
  )
}

export interface AttachmentStep {
  readonly VolumeId: string
  readonly InstanceId: string
  /** Of the request that began it, for the event that ends it. */
  readonly requestId: string
}

function find({ VolumeId, InstanceId }: AttachmentStep, state: Attachment['State'], ctx: Context) {
  const volume = ctx.tx.get(volumes, VolumeId)
  const attachment = volume?.Attachments.find((each) => each.InstanceId === InstanceId)
  return attachment?.State === state && volume ? { volume, attachment } : undefined
}

/** attaching → attached */
export function volumeAttached(step: AttachmentStep, ctx: Context): void {
  const found = find(step, 'attaching', ctx)
  if (!found) return
  const { volume, attachment } = found
  const attached: Attachment = { ...attachment, State: 'attached' }
  const Attachments = volume.Attachments.map((each) => (each === attachment ? attached : each))
  putVolume({ ...volume, Attachments }, volume.State, ctx)
  // UNCERTAIN: the guide says that success is sent too, but shows no document of it.
  const { VolumeId, requestId } = step
  publishVolume(VolumeId, { event: 'attachVolume', result: 'attached', requestId }, ctx)
}

/** detaching → detached. EBS sends no event of it: only CloudTrail tells. */
export function volumeDetached(step: AttachmentStep, ctx: Context): void {
  const found = find(step, 'detaching', ctx)
  if (!found) return
  const { volume, attachment } = found
  const Attachments = volume.Attachments.filter((each) => each !== attachment)
  const State = Attachments.length > 0 ? 'in-use' : 'available'
  putVolume({ ...volume, State, Attachments }, volume.State, ctx)
  const instance = ctx.tx.get(instances, step.InstanceId)
  if (!instance) return
  const VolumeIds = instance.VolumeIds.filter((id) => id !== step.VolumeId)
  ctx.tx.put(instances, step.InstanceId, { ...instance, VolumeIds })
}
