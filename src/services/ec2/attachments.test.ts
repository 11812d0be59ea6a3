import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, type Ec2Cloud, ec2Cloud, eventsOf, run, running } from '../../../test/ec2.ts'

async function available({ cloud, ec2 }: Ec2Cloud, AvailabilityZone = 'us-east-1a') {
  const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }))
  await cloud.advance(1)
  return VolumeId
}

const attach = ({ ec2 }: Ec2Cloud, VolumeId: string, InstanceId: string, Device = '/dev/sdf') =>
  ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }))

async function refusal(call: Promise<unknown>) {
  const { name, message } = await failure(call)
  return [name, message]
}

test('attaching and detaching go through their states', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const VolumeId = await available(on)
  const attaching = await attach(on, VolumeId, InstanceId)
  assert.equal(attaching.State, 'attaching')
  await on.cloud.advance(1)
  const volume = async () => {
    const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))
    return [Volumes?.[0]?.State, Volumes?.[0]?.Attachments?.map(({ State }) => State)]
  }
  assert.deepEqual(await volume(), ['in-use', ['attached']])
  const devices = (await describe(on, InstanceId)).BlockDeviceMappings
  assert.deepEqual(devices?.[1], {
    DeviceName: '/dev/sdf',
    Ebs: {
      AttachTime: attaching.AttachTime,
      DeleteOnTermination: false,
      Status: 'attached',
      VolumeId,
    },
  })
  const [event] = eventsOf(on, 'EBS Volume Notification').slice(-1)
  assert.deepEqual(event, {
    version: '0',
    id: '',
    'detail-type': 'EBS Volume Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time: '2026-01-01T00:00:02Z',
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:volume/${VolumeId}`],
    detail: {
      result: 'attached',
      cause: '',
      event: 'attachVolume',
      'request-id': attaching.$metadata.requestId,
    },
  })
  const detaching = await on.ec2.send(new DetachVolumeCommand({ VolumeId }))
  assert.equal(detaching.State, 'detaching')
  assert.deepEqual(await refusal(attach(on, VolumeId, InstanceId)), [
    'VolumeInUse',
    `${VolumeId} is already attached to an instance`,
  ])
  await on.cloud.advance(1)
  assert.deepEqual(await volume(), ['available', []])
  assert.equal((await describe(on, InstanceId)).BlockDeviceMappings?.length, 1)
})

test('a volume goes only where it fits', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const VolumeId = await available(on)
  const elsewhere = await available(on, 'us-east-1b')
  assert.deepEqual(await refusal(attach(on, elsewhere, InstanceId)), [
    'InvalidVolume.ZoneMismatch',
    `The volume '${elsewhere}' is not in the same availability zone as instance '${InstanceId}'`,
  ])
  assert.deepEqual(await refusal(attach(on, VolumeId, InstanceId, '/dev/xvda')), [
    'InvalidParameterValue',
    "Invalid value '/dev/xvda' for unixDevice. Attachment point /dev/xvda is already in use",
  ])
  assert.deepEqual(await refusal(attach(on, VolumeId, InstanceId, 'disk')), [
    'InvalidParameterValue',
    'Value (disk) for parameter device is invalid. disk is not a valid EBS device name.',
  ])
  const [pending] = await run(on)
  const booting = pending?.InstanceId ?? ''
  assert.deepEqual(await refusal(attach(on, VolumeId, booting)), [
    'IncorrectState',
    `Instance '${booting}' is not 'running'.`,
  ])
  const { VolumeId: fresh = '' } = await on.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }),
  )
  assert.equal((await failure(attach(on, fresh, InstanceId))).name, 'IncorrectState')
})

test('only what is attached can be detached, and a root volume only when stopped', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const VolumeId = await available(on)
  const detach = (VolumeId: string, more = {}) =>
    on.ec2.send(new DetachVolumeCommand({ VolumeId, ...more }))
  assert.deepEqual(await refusal(detach(VolumeId)), [
    'IncorrectState',
    `Volume '${VolumeId}' is in the 'available' state.`,
  ])
  await attach(on, VolumeId, InstanceId)
  const other = await running(on)
  const elsewhere = detach(VolumeId, { InstanceId: other })
  assert.equal((await failure(elsewhere)).name, 'InvalidAttachment.NotFound')
  const root = (await describe(on, InstanceId)).BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ''
  assert.deepEqual(await refusal(detach(root)), [
    'OperationNotPermitted',
    `Unable to detach root volume '/dev/xvda' from instance '${InstanceId}'`,
  ])
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  assert.equal((await detach(root)).State, 'detaching')
})

test('an instance that goes takes the attachment with it, whatever state that is in', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const VolumeId = await available(on)
  await attach(on, VolumeId, InstanceId)
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  await on.ec2.send(new DetachVolumeCommand({ VolumeId }))
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))
  assert.equal(Volumes?.[0]?.State, 'available')
})
