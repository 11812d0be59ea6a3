import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CopyImageCommand,
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DisableImageBlockPublicAccessCommand,
  DisableImageCommand,
  DisableImageDeregistrationProtectionCommand,
  EC2Client,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, eventsOf, publicImage, run, running } from '../../../test/ec2.ts'
import { parseTime, toDate } from '../../clock.ts'

const AMI_CHANGE = 'EC2 AMI State Change'

async function image({ ec2 }: Ec2Cloud, ImageId = '') {
  const command = new DescribeImagesCommand({ ImageIds: [ImageId] })
  return (await ec2.send(command)).Images?.[0]
}

/** An available image of a new instance. */
async function created(on: Ec2Cloud, Name = 'golden'): Promise<string> {
  const InstanceId = await running(on)
  const { ImageId = '' } = await on.ec2.send(new CreateImageCommand({ InstanceId, Name }))
  await on.cloud.advance(1)
  return ImageId
}

const states = (on: Ec2Cloud) =>
  eventsOf(on, AMI_CHANGE).map(({ detail }) => (detail as { State: string }).State)

test('an image of an instance is pending until its snapshots are complete', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const answer = await on.ec2.send(new CreateImageCommand({ InstanceId, Name: 'golden' }))
  const { ImageId } = answer
  assert.equal((await image(on, ImageId))?.State, 'pending')
  const early = await failure(run(on, { ImageId }))
  assert.deepEqual(
    [early.name, early.message],
    ['InvalidAMIID.Unavailable', `The image ID '${ImageId}' is not available`],
  )
  await on.cloud.advance(1)
  const done = await image(on, ImageId)
  assert.deepEqual(
    [done?.State, done?.OwnerId, done?.Public, done?.SourceInstanceId],
    ['available', '000000000000', false, InstanceId],
  )
  assert.deepEqual(eventsOf(on, AMI_CHANGE), [
    {
      version: '0',
      id: '',
      'detail-type': AMI_CHANGE,
      source: 'aws.ec2',
      account: '000000000000',
      time: '2026-01-01T00:00:01Z',
      region: 'us-east-1',
      resources: [`arn:aws:ec2:us-east-1::image/${ImageId}`],
      detail: {
        RequestId: answer.$metadata.requestId,
        ImageId,
        State: 'available',
        ErrorMessage: '',
      },
    },
  ])
  const SnapshotId = done?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId
  const inUse = await failure(on.ec2.send(new DeleteSnapshotCommand({ SnapshotId })))
  assert.deepEqual(
    [inUse.name, inUse.message],
    ['InvalidSnapshot.InUse', `The snapshot ${SnapshotId} is currently in use by ${ImageId}`],
  )
  assert.equal((await run(on, { ImageId })).length, 1)
  const again = on.ec2.send(new CreateImageCommand({ InstanceId, Name: 'golden' }))
  assert.equal((await failure(again)).name, 'InvalidAMIName.Duplicate')
})

test('deregistering ends an image for good, with its snapshots when asked', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  const { DeleteSnapshotResults } = await on.ec2.send(
    new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }),
  )
  assert.equal(DeleteSnapshotResults?.[0]?.ReturnCode, 'success')
  assert.deepEqual(states(on), ['available', 'deregistered'])
  assert.equal((await failure(image(on, ImageId))).name, 'InvalidAMIID.NotFound')
  const { Snapshots } = await on.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))
  assert.deepEqual(Snapshots, [])
  const others = on.ec2.send(new DeregisterImageCommand({ ImageId: publicImage() }))
  assert.equal((await failure(others)).name, 'AuthFailure')
  assert.deepEqual(states(on), ['available', 'deregistered'])
})

test('a deregistered image cannot be launched', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  await on.ec2.send(new DeregisterImageCommand({ ImageId }))
  const error = await failure(run(on, { ImageId }))
  assert.deepEqual(
    [error.name, error.message],
    ['InvalidAMIID.Unavailable', `The image ID '${ImageId}' is not available`],
  )
})

test('a disabled image cannot be launched until it is enabled', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  await on.ec2.send(new DisableImageCommand({ ImageId }))
  assert.equal((await failure(run(on, { ImageId }))).name, 'InvalidAMIID.Unavailable')
  await on.ec2.send(new EnableImageCommand({ ImageId }))
  await run(on, { ImageId })
  assert.deepEqual(states(on), ['available', 'disabled', 'available'])
})

test('an image is registered of snapshots', async () => {
  const on = await ec2Cloud()
  const source = await image(on, await created(on))
  const SnapshotId = source?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? ''
  await on.ec2.send(new DeregisterImageCommand({ ImageId: source?.ImageId }))
  const register = (Name: string) =>
    on.ec2.send(
      new RegisterImageCommand({
        Name,
        Architecture: 'x86_64',
        RootDeviceName: '/dev/xvda',
        VirtualizationType: 'hvm',
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
      }),
    )
  const { ImageId } = await register('registered')
  await on.cloud.advance(1)
  const registered = await image(on, ImageId)
  assert.equal(registered?.State, 'available')
  assert.equal(registered?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize, 8)
  const malformed = await failure(register('what#ever'))
  assert.equal(malformed.name, 'InvalidAMIName.Malformed')
})

test('an image is copied to another region with its snapshots', async () => {
  const on = await ec2Cloud()
  const there = { ...on, ec2: on.cloud.client(EC2Client, { region: 'eu-west-1' }) }
  for (const SourceImageId of [await created(on), publicImage()]) {
    const command = new CopyImageCommand({
      SourceImageId,
      SourceRegion: 'us-east-1',
      Name: `copy of ${SourceImageId}`,
    })
    const { ImageId } = await there.ec2.send(command)
    assert.equal((await image(there, ImageId))?.State, 'pending')
    await on.cloud.advance(1)
    const copied = await image(there, ImageId)
    assert.deepEqual(
      [copied?.State, copied?.SourceImageId, copied?.SourceImageRegion, copied?.OwnerId],
      ['available', SourceImageId, 'us-east-1', '000000000000'],
    )
    await run(there, { ImageId })
  }
  const events = eventsOf(on, AMI_CHANGE).map(({ region }) => region)
  assert.deepEqual(events, ['us-east-1', 'eu-west-1', 'eu-west-1'])
})

test('a copy fails when its source is removed meanwhile', async () => {
  const on = await ec2Cloud()
  const SourceImageId = await created(on)
  const { ImageId } = await on.ec2.send(
    new CopyImageCommand({ SourceImageId, SourceRegion: 'us-east-1', Name: 'a copy' }),
  )
  const removal = { ImageId: SourceImageId, DeleteAssociatedSnapshots: true }
  await on.ec2.send(new DeregisterImageCommand(removal))
  await on.cloud.advance(1)
  const copied = await image(on, ImageId)
  assert.equal(copied?.State, 'failed')
  const detail = eventsOf(on, AMI_CHANGE).at(-1)?.detail as Record<string, string>
  const SnapshotId = copied?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId
  assert.deepEqual(
    [detail.State, detail.ErrorMessage],
    ['failed', `Snapshot ${SnapshotId} could not be created`],
  )
})

test('launch permissions let other accounts launch', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
  const others = { ...on, ec2: on.cloud.client(EC2Client, { credentials }) }
  const LaunchPermission = { Add: [{ UserId: '111122223333' }] }
  await on.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }))
  await run(others, { ImageId })
  const mine = new DescribeImagesCommand({ ExecutableUsers: ['self'] })
  assert.deepEqual(
    (await others.ec2.send(mine)).Images?.map((each) => each.ImageId),
    [ImageId],
  )
  const attribute = new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' })
  assert.deepEqual((await on.ec2.send(attribute)).LaunchPermissions, LaunchPermission.Add)
  const foreign = others.ec2.send(new DeregisterImageCommand({ ImageId }))
  assert.equal((await failure(foreign)).name, 'AuthFailure')
  await on.ec2.send(
    new ModifyImageAttributeCommand({ ImageId, Description: { Value: 'the best' } }),
  )
  assert.equal((await image(on, ImageId))?.Description, 'the best')
})

test('protection keeps an image from being deregistered, for a day longer if asked', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  const deregister = () => on.ec2.send(new DeregisterImageCommand({ ImageId }))
  await on.ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId, WithCooldown: true }))
  assert.equal((await image(on, ImageId))?.DeregistrationProtection, 'enabled-with-cooldown')
  assert.equal((await failure(deregister())).name, 'OperationNotPermitted')
  await on.ec2.send(new DisableImageDeregistrationProtectionCommand({ ImageId }))
  assert.equal((await failure(deregister())).name, 'OperationNotPermitted')
  await on.cloud.advance(24 * 3600)
  await deregister()
})

test('a deprecated image is still listed for its owner', async () => {
  const on = await ec2Cloud()
  const ImageId = await created(on)
  await on.ec2.send(new DisableImageBlockPublicAccessCommand({}))
  const everyone = { Add: [{ Group: 'all' as const }] }
  await on.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: everyone }))
  const DeprecateAt = toDate(parseTime('2026-02-01T00:00:00Z'))
  await on.ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }))
  await on.cloud.advance(60 * 24 * 3600)
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
  const others = on.cloud.client(EC2Client, { credentials })
  const find = async (client: EC2Client, IncludeDeprecated = false) => {
    const input = { Owners: ['000000000000'], IncludeDeprecated }
    return (await client.send(new DescribeImagesCommand(input))).Images?.length
  }
  assert.deepEqual([await find(on.ec2), await find(others), await find(others, true)], [1, 0, 1])
})
