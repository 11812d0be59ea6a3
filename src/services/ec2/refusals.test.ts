/** What EC2 refuses with codes and words of the operation's own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  EnableImageDeprecationCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, run, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

const AMI_NAME =
  'InvalidAMIName.Malformed: AMI names must be between 3 and 128 characters long, and may ' +
  "contain letters, numbers, '(', ')', '.', '-', '/' and '_'"
const TEMPLATE_NAME =
  'A launch template name must be between 3 and 128 characters, and may contain letters, ' +
  'numbers, and the following characters: - ( ) . / _.'

test('names that AMIs and launch templates cannot have', async () => {
  const { ec2, ...on } = await ec2Cloud()
  const InstanceId = await running({ ec2, ...on })
  for (const Name of ['ab', 'a'.repeat(129), 'what?']) {
    assert.equal(await fault(ec2.send(new CreateImageCommand({ InstanceId, Name }))), AMI_NAME)
  }
  const LaunchTemplateData = { InstanceType: 't3.micro' } as const
  for (const LaunchTemplateName of ['ab', 'a'.repeat(129), 'two words']) {
    const create = new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData })
    assert.equal(
      await fault(ec2.send(create)),
      `InvalidLaunchTemplateName.MalformedException: ${TEMPLATE_NAME}`,
    )
    const LaunchTemplate = { LaunchTemplateName }
    const use = new RunInstancesCommand({ LaunchTemplate, MinCount: 1, MaxCount: 1 })
    assert.equal(
      await fault(ec2.send(use)),
      `InvalidLaunchTemplateName.Malformed: ${TEMPLATE_NAME}`,
    )
  }
})

test('what a request lacks', async () => {
  const { ec2 } = await ec2Cloud()
  const missing = (name: string) =>
    `MissingParameter: The request must contain the parameter ${name}`
  const Tags = [{ Key: 'a', Value: 'b' }]
  const nothing = new CreateTagsCommand({ Resources: [], Tags })
  assert.equal(await fault(ec2.send(nothing)), missing('resourceIdSet'))
  const noTags = new CreateTagsCommand({ Resources: ['i-0123456789abcdef0'], Tags: [] })
  assert.equal(await fault(ec2.send(noTags)), missing('tagSet'))
  const noInstance = new StopInstancesCommand({ InstanceIds: [] })
  assert.equal(await fault(ec2.send(noInstance)), missing('InstanceId'))
  const noName = new CreateSecurityGroupCommand({ GroupName: '', Description: 'd' })
  assert.equal(await fault(ec2.send(noName)), missing('GroupName'))
})

test('attributes of an instance cannot be of types and devices that there are not', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  const InstanceType = { Value: 't3.tiny' }
  const command = new ModifyInstanceAttributeCommand({ InstanceId, InstanceType })
  assert.equal(
    await fault(on.ec2.send(command)),
    "InvalidInstanceAttributeValue: Invalid value 't3.tiny' for InstanceType.",
  )
  const BlockDeviceMappings = [{ DeviceName: '/dev/sdz', Ebs: { DeleteOnTermination: true } }]
  const device = new ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings })
  assert.equal(
    await fault(on.ec2.send(device)),
    'InvalidInstanceAttributeValue: No device is currently mapped at /dev/sdz',
  )
})

async function zoneOf(on: Ec2Cloud): Promise<{ InstanceId: string; AvailabilityZone: string }> {
  const [instance] = await run(on)
  await on.cloud.advance(1)
  const { InstanceId = '', Placement } = instance ?? {}
  return { InstanceId, AvailabilityZone: Placement?.AvailabilityZone ?? '' }
}

test('a volume that is being created cannot be attached', async () => {
  const on = await ec2Cloud()
  const { InstanceId, AvailabilityZone } = await zoneOf(on)
  const volume = await on.ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }))
  const { VolumeId = '' } = volume
  const attach = new AttachVolumeCommand({ InstanceId, VolumeId, Device: '/dev/sdf' })
  assert.equal(await fault(on.ec2.send(attach)), `IncorrectState: ${VolumeId} is not 'available'.`)
})

test('the answers to creations have tags even when there are none', async () => {
  const on = await ec2Cloud()
  const { AvailabilityZone } = await zoneOf(on)
  const volume = await on.ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }))
  assert.deepEqual(volume.Tags, [])
  await on.cloud.advance(1)
  const { VolumeId } = volume
  const snapshot = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  assert.deepEqual(snapshot.Tags, [])
})

test('a launch tells of no public address and of no volume yet', async () => {
  const on = await ec2Cloud()
  const [instance] = await run(on)
  const [card] = instance?.NetworkInterfaces ?? []
  assert.deepEqual(
    [instance?.PublicDnsName, instance?.PublicIpAddress, instance?.BlockDeviceMappings],
    ['', undefined, []],
  )
  assert.deepEqual(
    [card?.Status, card?.Attachment?.Status, card?.Association],
    ['in-use', 'attaching', undefined],
  )
  assert.match(instance?.PrivateIpAddress ?? '', /^172\.31\./)
})

test('the time of a deprecation is one of whole minutes', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const { ImageId = '' } = await on.ec2.send(new CreateImageCommand({ InstanceId, Name: 'web' }))
  const minute = Math.ceil(on.cloud.clock.now() / 60_000) * 60_000
  const DeprecateAt = new Date(minute + 90_000)
  await on.ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }))
  const { Images } = await on.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))
  const expected = new Date(minute + 120_000).toISOString()
  assert.equal(Images?.[0]?.DeprecationTime, expected)
})
