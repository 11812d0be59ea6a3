import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, eventsOf } from '../../../test/ec2.ts'

async function volume({ cloud, ec2 }: Ec2Cloud): Promise<string> {
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8 }),
  )
  await cloud.advance(10)
  return VolumeId ?? ''
}

test('a snapshot makes progress, completes, and that is an event', async () => {
  const on = await ec2Cloud({ timing: 'aws' })
  const VolumeId = await volume(on)
  const created = await on.ec2.send(new CreateSnapshotCommand({ VolumeId, Description: 'mine' }))
  const { SnapshotId, State, Progress, OwnerId, VolumeSize, Description, Encrypted } = created
  assert.deepEqual(
    [State, Progress, OwnerId, VolumeSize, Description, Encrypted],
    ['pending', '', '000000000000', 8, 'mine', false],
  )
  const now = async () => {
    const command = new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId ?? ''] })
    const [snapshot] = (await on.ec2.send(command)).Snapshots ?? []
    return [snapshot?.State, snapshot?.Progress]
  }
  assert.deepEqual(await now(), ['pending', '0%'])
  await on.cloud.advance(30)
  assert.deepEqual(await now(), ['pending', '50%'])
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification'), [])
  await on.cloud.advance(30)
  assert.deepEqual(await now(), ['completed', '100%'])
  const snapshotArn = `arn:aws:ec2::us-east-1:snapshot/${SnapshotId}`
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification'), [
    {
      version: '0',
      id: '',
      'detail-type': 'EBS Snapshot Notification',
      source: 'aws.ec2',
      account: '000000000000',
      time: '2026-01-01T00:01:10Z',
      region: 'us-east-1',
      resources: [snapshotArn],
      detail: {
        event: 'createSnapshot',
        result: 'succeeded',
        cause: '',
        'request-id': '',
        snapshot_id: snapshotArn,
        source: `arn:aws:ec2::us-east-1:volume/${VolumeId}`,
        startTime: '2026-01-01T00:00:10Z',
        endTime: '2026-01-01T00:01:10Z',
      },
    },
  ])
})

test('snapshots are found by owner and filter, and can be deleted', async () => {
  const on = await ec2Cloud()
  const VolumeId = await volume(on)
  const { SnapshotId } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const find = async (input = {}) => {
    const { Snapshots } = await on.ec2.send(new DescribeSnapshotsCommand(input))
    return Snapshots?.map(({ SnapshotId }) => SnapshotId)
  }
  assert.deepEqual(await find({ OwnerIds: ['self'] }), [SnapshotId])
  assert.deepEqual(await find({ OwnerIds: ['111122223333'] }), [])
  assert.deepEqual(await find({ Filters: [{ Name: 'volume-id', Values: [VolumeId] }] }), [
    SnapshotId,
  ])
  assert.deepEqual(await find({ Filters: [{ Name: 'status', Values: ['completed'] }] }), [])
  await on.ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  const gone = await failure(find({ SnapshotIds: [SnapshotId] }))
  assert.equal(gone.name, 'InvalidSnapshot.NotFound')
  assert.equal(gone.message, `The snapshot '${SnapshotId}' does not exist.`)
  await on.cloud.advance(60)
  assert.deepEqual(eventsOf(on, 'EBS Snapshot Notification'), [])
})

test('malformed and unknown volumes are refused', async () => {
  const on = await ec2Cloud()
  const snapshot = (VolumeId: string) => on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const malformed = await failure(snapshot('None'))
  assert.deepEqual(
    [malformed.name, malformed.message],
    [
      'InvalidParameterValue',
      "Value (None) for parameter volumeId is invalid. Expected: 'vol-...'.",
    ],
  )
  const unknown = await failure(snapshot('vol-0123456789abcdef0'))
  assert.equal(unknown.name, 'InvalidVolume.NotFound')
})
