import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, eventsOf, running } from '../../../test/ec2.ts'

const create = ({ ec2 }: Ec2Cloud, input: CreateVolumeCommandInput = {}) =>
  ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...input }))

async function states({ ec2 }: Ec2Cloud): Promise<(string | undefined)[]> {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({}))
  return Volumes?.map(({ State }) => State) ?? []
}

test('a volume is creating, available, deleting and gone, with an event at each end', async () => {
  const on = await ec2Cloud()
  const created = await create(on, { VolumeType: 'gp3' })
  const { VolumeId, State, Iops, Throughput, Encrypted, $metadata } = created
  assert.deepEqual([State, Iops, Throughput, Encrypted], ['creating', 3000, 125, false])
  await on.cloud.advance(1)
  assert.deepEqual(await states(on), ['available'])
  const deleted = await on.ec2.send(new DeleteVolumeCommand({ VolumeId }))
  assert.deepEqual(await states(on), ['deleting'])
  await on.cloud.advance(1)
  const gone = await failure(on.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] })))
  assert.equal(gone.name, 'InvalidVolume.NotFound')
  assert.equal(gone.message, `The volume '${VolumeId}' does not exist.`)
  const envelope = (time: string, result: string, event: string, requestId?: string) => ({
    version: '0',
    id: '',
    'detail-type': 'EBS Volume Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time,
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:volume/${VolumeId}`],
    detail: { result, cause: '', event, 'request-id': requestId },
  })
  assert.deepEqual(eventsOf(on, 'EBS Volume Notification'), [
    envelope('2026-01-01T00:00:00Z', 'available', 'createVolume', $metadata.requestId),
    envelope('2026-01-01T00:00:01Z', 'deleted', 'deleteVolume', deleted.$metadata.requestId),
  ])
})

test('what a type cannot be is refused', async () => {
  const on = await ec2Cloud()
  const refused: [CreateVolumeCommandInput, string, string][] = [
    [
      { Size: undefined },
      'MissingParameter',
      'The request must contain the parameter size/snapshot',
    ],
    [
      { AvailabilityZone: undefined },
      'MissingParameter',
      'The request must contain the parameter AvailabilityZone',
    ],
    [
      { AvailabilityZone: 'us-west-2a' },
      'InvalidZone.NotFound',
      "The zone 'us-west-2a' does not exist.",
    ],
    [
      { VolumeType: 'gp2', Size: 16_385 },
      'InvalidParameterValue',
      'Volume of 16385GiB is too large for volume type gp2; maximum is 16384GiB',
    ],
    [
      { VolumeType: 'st1', Size: 8 },
      'InvalidParameterValue',
      'Volume of 8GiB is too small for volume type st1; minimum is 125GiB',
    ],
    [
      { VolumeType: 'io1' },
      'MissingParameter',
      'The parameter iops must be specified for io1 volumes.',
    ],
    [
      { VolumeType: 'gp2', Iops: 3000 },
      'InvalidParameterCombination',
      'The parameter iops is not supported for gp2 volumes.',
    ],
    [
      { VolumeType: 'io1', Iops: 500 },
      'InvalidParameterValue',
      'Iops to volume size ratio of 62.500000 is too high; maximum is 50.000000',
    ],
    [
      { SnapshotId: 'snap-0123456789abcdef0' },
      'InvalidSnapshot.NotFound',
      "The snapshot 'snap-0123456789abcdef0' does not exist.",
    ],
    [
      { SnapshotId: 'none' },
      'InvalidParameterValue',
      "Value (none) for parameter snapshotId is invalid. Expected: 'snap-...'.",
    ],
  ]
  for (const [input, code, message] of refused) {
    const error = await failure(create(on, input))
    assert.deepEqual([error.name, error.message], [code, message])
  }
})

test('the same token creates once', async () => {
  const on = await ec2Cloud()
  const first = await create(on, { ClientToken: 'once' })
  assert.equal((await create(on, { ClientToken: 'once' })).VolumeId, first.VolumeId)
  const error = await failure(create(on, { ClientToken: 'once', Size: 9 }))
  assert.equal(error.name, 'IdempotentParameterMismatch')
})

test('a volume from a snapshot has its size and encryption at least', async () => {
  const on = await ec2Cloud()
  const { VolumeId } = await create(on, { Encrypted: true, Size: 10 })
  await on.cloud.advance(1)
  const { SnapshotId } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const early = await failure(create(on, { SnapshotId }))
  assert.deepEqual(
    [early.name, early.message],
    ['IncorrectState', 'Snapshot is in invalid state - pending'],
  )
  await on.cloud.advance(1)
  const copy = await create(on, { SnapshotId, Size: undefined })
  assert.equal(copy.Size, 10)
  assert.equal(copy.Encrypted, true)
  assert.match(copy.KmsKeyId ?? '', /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/)
  const small = await failure(create(on, { SnapshotId, Size: 9 }))
  assert.equal(small.name, 'InvalidParameterValue')
})

test('an attached volume cannot be deleted; terminating decides what becomes of it', async () => {
  const on = await ec2Cloud()
  const id = await running(on, {
    BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 5 } }],
  })
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({}))
  const VolumeId = Volumes?.[0]?.VolumeId
  const error = await failure(on.ec2.send(new DeleteVolumeCommand({ VolumeId })))
  assert.deepEqual(
    [error.name, error.message],
    ['VolumeInUse', `Volume ${VolumeId} is currently attached to ${id}`],
  )
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
  assert.deepEqual(await states(on), ['available'])
  const events = eventsOf(on, 'EBS Volume Notification').map(({ detail }) => detail)
  assert.deepEqual((events.at(-1) as { event: string }).event, 'deleteVolume')
})

test('volumes are found by their filters, page by page', async () => {
  const on = await ec2Cloud()
  for (let i = 0; i < 6; i++) await create(on, { Size: i + 1 })
  const find = async (Name: string, ...Values: string[]) => {
    const command = new DescribeVolumesCommand({ Filters: [{ Name, Values }] })
    return (await on.ec2.send(command)).Volumes?.map(({ Size }) => Size)
  }
  assert.deepEqual(await find('size', '2', '4'), [2, 4])
  assert.deepEqual(await find('status', 'available'), [])
  assert.deepEqual(await find('volume-type', 'gp?'), [1, 2, 3, 4, 5, 6])
  const page = await on.ec2.send(new DescribeVolumesCommand({ MaxResults: 5 }))
  assert.equal(page.Volumes?.length, 5)
  const { NextToken } = page
  const rest = await on.ec2.send(new DescribeVolumesCommand({ MaxResults: 5, NextToken }))
  assert.deepEqual([rest.Volumes?.length, rest.NextToken], [1, undefined])
})
