import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateKeyPairCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { CreateInstanceProfileCommand, IAMClient } from '@aws-sdk/client-iam'
import { failure } from '../../../test/cloud.ts'
import { describe, ec2Cloud, eventsOf, publicImage, run, running } from '../../../test/ec2.ts'
import type { NoteStep } from '../../trace/record.ts'

test('a reservation has MaxCount instances, or as few as MinCount', async () => {
  const on = await ec2Cloud()
  const instances = await run(on, { MinCount: 2, MaxCount: 3 })
  assert.deepEqual(
    instances.map(({ AmiLaunchIndex }) => AmiLaunchIndex),
    [0, 1, 2],
  )
  const [first] = instances
  assert.match(first?.InstanceId ?? '', /^i-0[0-9a-f]{16}$/)
  assert.equal(first?.Placement?.AvailabilityZone, 'us-east-1a')
  assert.match(first?.PrivateIpAddress ?? '', /^172\.31\.\d+\.\d+$/)
  const dashed = first?.PrivateIpAddress?.replaceAll('.', '-')
  assert.equal(first?.PrivateDnsName, `ip-${dashed}.ec2.internal`)
  assert.equal(new Set(instances.map(({ PrivateIpAddress }) => PrivateIpAddress)).size, 3)
})

test('requests that make no sense are refused in AWS words', async () => {
  const on = await ec2Cloud()
  const refused: [Partial<RunInstancesCommandInput>, string, RegExp][] = [
    [
      { ImageId: undefined },
      'MissingParameter',
      /^The request must contain the parameter ImageId$/,
    ],
    [{ MinCount: 0 }, 'InvalidParameterValue', /minCount is invalid/],
    [{ MinCount: 3, MaxCount: 2 }, 'InvalidParameterValue', /maxCount is invalid/],
    [
      { ImageId: 'ami-xyz' },
      'InvalidAMIID.Malformed',
      /^Invalid id: "ami-xyz" \(expecting "ami-..."\)$/,
    ],
    [
      { InstanceType: 't9.huge' as never },
      'InvalidParameterValue',
      /^Invalid value 't9.huge' for InstanceType.$/,
    ],
    [{ InstanceType: 'p3.2xlarge' }, 'Unsupported', /not supported/],
    [
      { InstanceType: 't4g.micro' },
      'InvalidParameterValue',
      /^The architecture 'arm64' of the specified instance type .* 'x86_64' of the specified AMI\./,
    ],
    [
      { SubnetId: 'subnet-0123456789abcdef0' },
      'InvalidSubnetID.NotFound',
      /^The subnet ID 'subnet-0123456789abcdef0' does not exist$/,
    ],
    [
      { SecurityGroupIds: ['sg-0123456789abcdef0'] },
      'InvalidGroup.NotFound',
      /^The security group 'sg-0123456789abcdef0' does not exist$/,
    ],
    [{ SecurityGroups: ['nobody'] }, 'InvalidGroup.NotFound', /'nobody' does not exist/],
    [
      { Placement: { AvailabilityZone: 'us-east-1z' } },
      'InvalidParameterValue',
      /^Invalid availability zone: \[us-east-1z\]$/,
    ],
    [{ UserData: '$%&' }, 'InvalidUserData.Malformed', /^Invalid BASE64 encoding of user data.$/],
    [
      { UserData: Buffer.alloc(16_385).toString('base64') },
      'InvalidParameterValue',
      /limited to 16384 bytes/,
    ],
    [{ PrivateIpAddress: '10.0.0.1' }, 'InvalidParameterValue', /address range/],
    [{ PrivateIpAddress: '172.31.0.2' }, 'InvalidParameterValue', /reserved range/],
    [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 1 } }] },
      'InvalidBlockDeviceMapping',
      /^Volume of size 1GB is smaller than snapshot 'snap-\w+', expect size >= 8GB$/,
    ],
    [
      { TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'a', Value: 'b' }] }] },
      'InvalidParameterValue',
      /^'vpc' is not a valid taggable resource type for this operation.$/,
    ],
  ]
  for (const [input, code, message] of refused) {
    const error = await failure(run(on, input))
    assert.equal(error.name, code)
    assert.match(error.message, message)
  }
})

test('an unknown image is adopted as what the type runs, and the trace says so', async () => {
  const on = await ec2Cloud()
  const ImageId = 'ami-0123456789abcdef0'
  const [instance] = await run(on, { ImageId, InstanceType: 't4g.micro' })
  assert.equal(instance?.Architecture, 'arm64')
  const notes = on.cloud.trace
    .records()
    .filter(({ refs }) => refs.includes(ImageId))
    .map(({ step }) => (step as NoteStep).text)
  assert.match(notes[0] ?? '', /^ami-0123456789abcdef0 is no AMI that Windtunnel knows/)
  const [other] = await run(on, { ImageId })
  assert.equal(other?.Architecture, 'x86_64')
})

test('an unknown image may be refused', async () => {
  const on = await ec2Cloud({ unknownImages: 'refuse' })
  const error = await failure(run(on, { ImageId: 'ami-0123456789abcdef0' }))
  assert.equal(error.name, 'InvalidAMIID.NotFound')
  assert.equal(error.message, "The image id '[ami-0123456789abcdef0]' does not exist")
})

test('the same token launches once; with other arguments it is a mistake', async () => {
  const on = await ec2Cloud()
  const input = { ClientToken: 'once', MaxCount: 2 }
  const first = await run(on, input)
  await on.cloud.advance(1)
  const again = await run(on, input)
  assert.deepEqual(
    again.map(({ InstanceId, State }) => [InstanceId, State?.Name]),
    first.map(({ InstanceId }) => [InstanceId, 'running']),
  )
  const error = await failure(run(on, { ...input, InstanceType: 't3.nano' }))
  assert.equal(error.name, 'IdempotentParameterMismatch')
  assert.equal(
    error.message,
    'Arguments on this idempotent request are inconsistent with arguments used in previous ' +
      'request(s).',
  )
})

test('the token of an instance that was terminated launches nothing', async () => {
  const on = await ec2Cloud()
  const id = await running(on, { ClientToken: 'once' })
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
  const error = await failure(run(on, { ClientToken: 'once' }))
  assert.equal(error.name, 'IdempotentInstanceTerminated')
})

test('volumes come with the instance, as image and request say', async () => {
  const on = await ec2Cloud()
  const [instance] = await run(on, {
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp2' } },
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 100, DeleteOnTermination: true } },
      { DeviceName: '/dev/sdc', Ebs: { VolumeSize: 10, VolumeType: 'io1', Iops: 300 } },
    ],
  })
  assert.deepEqual(instance?.BlockDeviceMappings, [])
  const { BlockDeviceMappings } = await describe(on, instance?.InstanceId ?? '')
  const devices = BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [
    DeviceName,
    Ebs?.Status,
    Ebs?.DeleteOnTermination,
  ])
  assert.deepEqual(devices, [
    ['/dev/xvda', 'attached', true],
    ['/dev/sdb', 'attached', true],
    ['/dev/sdc', 'attached', false],
  ])
  const filter = { Name: 'attachment.instance-id', Values: [instance?.InstanceId ?? ''] }
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ Filters: [filter] }))
  assert.deepEqual(
    Volumes?.map(({ Size, VolumeType, Iops, State }) => [Size, VolumeType, Iops, State]),
    [
      [20, 'gp2', 100, 'in-use'],
      [100, 'gp2', 300, 'in-use'],
      [10, 'io1', 300, 'in-use'],
    ],
  )
  const created = eventsOf(on, 'EBS Volume Notification')
  assert.deepEqual(
    created.map(({ detail }) => (detail as { event: string }).event),
    ['createVolume', 'createVolume', 'createVolume'],
  )
})

test('tags go on the instance, its volumes and its interfaces', async () => {
  const on = await ec2Cloud()
  const Tags = [{ Key: 'team', Value: 'blue' }]
  const [instance] = await run(on, {
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
      { ResourceType: 'network-interface', Tags },
    ],
  })
  assert.deepEqual(instance?.Tags, Tags)
  const described = await on.ec2.send(new DescribeTagsCommand({}))
  assert.deepEqual(
    described.Tags?.map(({ ResourceType, Key, Value }) => [ResourceType, Key, Value]),
    [
      ['instance', 'team', 'blue'],
      ['volume', 'team', 'blue'],
      ['network-interface', 'team', 'blue'],
    ],
  )
})

test('what is asked for is what the instance has', async () => {
  const on = await ec2Cloud()
  await on.ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }))
  const profile = new CreateInstanceProfileCommand({ InstanceProfileName: 'profile' })
  await on.cloud.client(IAMClient).send(profile)
  const id = await running(on, {
    KeyName: 'mine',
    EbsOptimized: true,
    PrivateIpAddress: '172.31.1.1',
    Monitoring: { Enabled: true },
    MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 3 },
    Placement: { Tenancy: 'dedicated' },
    CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 },
  })
  const found = await describe(on, id)
  assert.equal(found.KeyName, 'mine')
  assert.equal(found.EbsOptimized, true)
  assert.equal(found.PrivateIpAddress, '172.31.1.1')
  assert.equal(found.Monitoring?.State, 'enabled')
  assert.equal(found.MetadataOptions?.HttpTokens, 'optional')
  assert.equal(found.MetadataOptions?.HttpPutResponseHopLimit, 3)
  assert.equal(found.Placement?.Tenancy, 'dedicated')
  assert.deepEqual(found.CpuOptions, { CoreCount: 1, ThreadsPerCore: 1 })
  const taken = await failure(run(on, { PrivateIpAddress: '172.31.1.1' }))
  assert.equal(taken.name, 'InvalidIPAddress.InUse')
})

test('an interface of the request decides the network', async () => {
  const on = await ec2Cloud()
  const NetworkInterfaces = [
    {
      DeviceIndex: 0,
      AssociatePublicIpAddress: false,
      Description: 'only',
      PrivateIpAddress: '172.31.2.2',
    },
  ]
  const [instance] = await run(on, { NetworkInterfaces })
  assert.equal(instance?.PublicIpAddress, undefined)
  assert.equal(instance?.PrivateIpAddress, '172.31.2.2')
  assert.equal(instance?.NetworkInterfaces?.[0]?.Description, 'only')
  const both = run(on, { NetworkInterfaces, SecurityGroupIds: ['sg-0123456789abcdef0'] })
  assert.equal((await failure(both)).name, 'InvalidParameterCombination')
})

test('a Windows image says what it is', async () => {
  const on = await ec2Cloud()
  const [instance] = await run(on, { ImageId: publicImage('Windows_Server-2022-English-Full') })
  assert.equal(instance?.Platform, 'Windows')
  assert.equal(instance?.UsageOperation, 'RunInstances:0002')
})
