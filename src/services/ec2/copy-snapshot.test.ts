import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CopySnapshotCommand,
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifySnapshotAttributeCommand,
  ResetSnapshotAttributeCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, type Ec2Cloud, ec2Cloud, eventsOf, running } from '../../../test/ec2.ts'

const OTHER_ACCOUNT = '111122223333'

async function snapshot({ cloud, ec2 }: Ec2Cloud, volume = {}): Promise<string> {
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...volume }),
  )
  await cloud.advance(1)
  const { SnapshotId = '' } = await ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await cloud.advance(1)
  return SnapshotId
}

const elsewhere = (on: Ec2Cloud, region = 'eu-west-1'): Ec2Cloud => ({
  ...on,
  ec2: on.cloud.client(EC2Client, { region }),
})

const otherAccount = (on: Ec2Cloud): Ec2Cloud => {
  const credentials = { accessKeyId: OTHER_ACCOUNT, secretAccessKey: 'test' }
  return { ...on, ec2: on.cloud.client(EC2Client, { credentials }) }
}

const copy = ({ ec2 }: Ec2Cloud, SourceSnapshotId: string) =>
  ec2.send(new CopySnapshotCommand({ SourceSnapshotId, SourceRegion: 'us-east-1' }))

async function found({ ec2 }: Ec2Cloud, SnapshotId = '') {
  const command = new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })
  return (await ec2.send(command)).Snapshots?.[0]
}

test('a copy completes in the region that it was sent to, and its event is there', async () => {
  const on = await ec2Cloud()
  const there = elsewhere(on)
  const source = await snapshot(on)
  const { SnapshotId } = await copy(there, source)
  assert.equal((await found(there, SnapshotId))?.State, 'pending')
  await on.cloud.advance(1)
  const done = await found(there, SnapshotId)
  assert.deepEqual(
    [done?.State, done?.VolumeId, done?.Description, done?.VolumeSize],
    ['completed', 'vol-ffffffff', `[Copied ${source} from us-east-1]`, 8],
  )
  const snapshotArn = `arn:aws:ec2::eu-west-1:snapshot/${SnapshotId}`
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification').at(-1), {
    version: '0',
    id: '',
    'detail-type': 'EBS Snapshot Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time: '2026-01-01T00:00:02Z',
    region: 'eu-west-1',
    resources: [snapshotArn],
    detail: {
      event: 'copySnapshot',
      result: 'succeeded',
      cause: '',
      'request-id': '',
      snapshot_id: snapshotArn,
      source: `arn:aws:ec2::us-east-1:snapshot/${source}`,
      startTime: '2026-01-01T00:00:02Z',
      endTime: '2026-01-01T00:00:02Z',
      incremental: 'false',
      transferType: 'standard',
    },
  })
})

test('a copy whose source goes away fails', async () => {
  const on = await ec2Cloud()
  const source = await snapshot(on)
  const { SnapshotId } = await copy(on, source)
  await on.ec2.send(new DeleteSnapshotCommand({ SnapshotId: source }))
  await on.cloud.advance(1)
  assert.equal((await found(on, SnapshotId))?.State, 'error')
  const detail = eventsOf(on, 'EBS Snapshot Notification').at(-1)?.detail as Record<string, string>
  assert.deepEqual([detail.result, detail.cause], ['failed', 'Source snapshot ID is not valid'])
})

test('copies are limited to twenty at a time, of snapshots that are complete', async () => {
  const on = await ec2Cloud()
  const source = await snapshot(on)
  for (let i = 0; i < 20; i++) await copy(on, source)
  const error = await failure(copy(on, source))
  assert.deepEqual(
    [error.name, error.message],
    [
      'ResourceLimitExceeded',
      'Too many snapshot copies in progress. The limit is 20 for this destination region.',
    ],
  )
  await on.cloud.advance(1)
  const { SnapshotId } = await copy(on, source)
  assert.equal((await failure(copy(on, SnapshotId ?? ''))).name, 'IncorrectState')
  const unknown = await failure(copy(on, 'snap-0123456789abcdef0'))
  assert.equal(unknown.name, 'InvalidSnapshot.NotFound')
})

test('all volumes of an instance are taken at once, and told of once', async () => {
  const on = await ec2Cloud()
  const id = await running(on, {
    BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 5 } }],
  })
  const [root = '', data = ''] =
    (await describe(on, id)).BlockDeviceMappings?.map(({ Ebs }) => Ebs?.VolumeId ?? '') ?? []
  const { Snapshots = [] } = await on.ec2.send(
    new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: id } }),
  )
  assert.deepEqual(
    Snapshots.map(({ VolumeId, State }) => [VolumeId, State]),
    [
      [root, 'pending'],
      [data, 'pending'],
    ],
  )
  await on.cloud.advance(1)
  const arns = Snapshots.map(({ SnapshotId }) => `arn:aws:ec2::us-east-1:snapshot/${SnapshotId}`)
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification'), [])
  assert.deepEqual(eventsOf(on, 'EBS Multi-Volume Snapshots Completion Status'), [
    {
      version: '0',
      id: '',
      'detail-type': 'EBS Multi-Volume Snapshots Completion Status',
      source: 'aws.ec2',
      account: '000000000000',
      time: '2026-01-01T00:00:01Z',
      region: 'us-east-1',
      resources: arns,
      detail: {
        event: 'createSnapshots',
        result: 'succeeded',
        cause: '',
        'request-id': '',
        startTime: '2026-01-01T00:00:01Z',
        endTime: '2026-01-01T00:00:01Z',
        snapshots: [root, data].map((volume, i) => ({
          snapshot_id: arns[i],
          source: `arn:aws:ec2::us-east-1:volume/${volume}`,
          status: 'completed',
        })),
      },
    },
  ])
  const InstanceSpecification = { InstanceId: id, ExcludeBootVolume: true }
  const others = await on.ec2.send(new CreateSnapshotsCommand({ InstanceSpecification }))
  assert.deepEqual(
    others.Snapshots?.map(({ VolumeId }) => VolumeId),
    [data],
  )
})

test('a shared snapshot can be seen, copied and used, and its user is told', async () => {
  const on = await ec2Cloud()
  const others = otherAccount(on)
  const SnapshotId = await snapshot(on)
  assert.equal((await failure(found(others, SnapshotId))).name, 'InvalidSnapshot.NotFound')
  const modify = (Add: { UserId?: string; Group?: 'all' }[]) =>
    on.ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { Add } }))
  await modify([{ UserId: OTHER_ACCOUNT }])
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification').at(-1), {
    version: '0',
    id: '',
    'detail-type': 'EBS Snapshot Notification',
    source: 'aws.ec2',
    account: OTHER_ACCOUNT,
    time: '2026-01-01T00:00:02Z',
    region: 'us-east-1',
    resources: [`arn:aws:ec2::us-east-1:snapshot/${SnapshotId}`],
    detail: {
      event: 'shareSnapshot',
      result: 'succeeded',
      cause: '',
      'request-id': '',
      snapshot_id: `arn:aws:ec2::us-east-1:snapshot/${SnapshotId}`,
      source: '000000000000',
      startTime: '2026-01-01T00:00:02Z',
      endTime: '2026-01-01T00:00:02Z',
    },
  })
  assert.equal((await found(others, SnapshotId))?.OwnerId, '000000000000')
  await copy(others, SnapshotId)
  const AvailabilityZone = 'us-east-1a'
  await others.ec2.send(new CreateVolumeCommand({ AvailabilityZone, SnapshotId }))
  const events = eventsOf(on, 'EBS Snapshot Notification').length
  await modify([{ Group: 'all' }])
  assert.equal(eventsOf(on, 'EBS Snapshot Notification').length, events)
  const attribute = new DescribeSnapshotAttributeCommand({
    SnapshotId,
    Attribute: 'createVolumePermission',
  })
  assert.deepEqual((await on.ec2.send(attribute)).CreateVolumePermissions, [
    { UserId: OTHER_ACCOUNT },
    { Group: 'all' },
  ])
  const reset = { SnapshotId, Attribute: 'createVolumePermission' as const }
  await on.ec2.send(new ResetSnapshotAttributeCommand(reset))
  assert.equal((await failure(found(others, SnapshotId))).name, 'InvalidSnapshot.NotFound')
})
