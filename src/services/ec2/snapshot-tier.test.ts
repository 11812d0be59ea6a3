import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeSnapshotTierStatusCommand,
  ModifySnapshotTierCommand,
  RestoreSnapshotTierCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, eventsOf, REGION } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

const DAY_SECONDS = 86_400
const VOLUME = { AvailabilityZone: 'us-east-1a', Size: 1 }

async function archived(on: Ec2Cloud): Promise<string> {
  const { VolumeId } = await on.ec2.send(new CreateVolumeCommand(VOLUME))
  await on.cloud.advance(1)
  const { SnapshotId = '' } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const archive = new ModifySnapshotTierCommand({ SnapshotId, StorageTier: 'archive' })
  assert.match(await fault(on.ec2.send(archive)), /^IncorrectState: .*'pending'/)
  await on.cloud.advance(1)
  await on.ec2.send(archive)
  return SnapshotId
}

async function statusOf({ ec2 }: Ec2Cloud, id: string) {
  const Filters = [{ Name: 'snapshot-id', Values: [id] }]
  const found = await ec2.send(new DescribeSnapshotTierStatusCommand({ Filters }))
  const { StorageTier, LastTieringOperationStatus } = found.SnapshotTierStatuses?.[0] ?? {}
  return [StorageTier, LastTieringOperationStatus]
}

const restoresOf = (on: Ec2Cloud) =>
  eventsOf(on, 'EBS Snapshot Notification')
    .map(({ detail }) => (detail as { event: string }).event)
    .filter((event) => event !== 'createSnapshot')

test('an archived snapshot makes no volumes until it is restored', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await archived(on)
  assert.deepEqual(await statusOf(on, SnapshotId), ['standard', 'archival-in-progress'])
  await on.cloud.advance(1)
  assert.deepEqual(await statusOf(on, SnapshotId), ['archive', 'archival-completed'])
  const [event] = eventsOf(on, 'EBS Snapshot Notification').slice(-1)
  assert.deepEqual(event?.resources, [`arn:aws:ec2:${REGION}::snapshot/${SnapshotId}`])
  const volume = () => on.ec2.send(new CreateVolumeCommand({ ...VOLUME, SnapshotId }))
  assert.match(await fault(volume()), /^IncorrectState: .*archive/)
  const restore = new RestoreSnapshotTierCommand({ SnapshotId, PermanentRestore: true })
  assert.equal((await on.ec2.send(restore)).IsPermanentRestore, true)
  await on.cloud.advance(1)
  assert.deepEqual(await statusOf(on, SnapshotId), ['standard', 'permanent-restore-completed'])
  await volume()
  assert.deepEqual(restoresOf(on), ['archiveSnapshot', 'permanentRestoreSnapshot'])
  assert.match(await fault(on.ec2.send(restore)), /^IncorrectState/)
})

test('a temporary restore ends by itself', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await archived(on)
  await on.cloud.advance(1)
  const restore = new RestoreSnapshotTierCommand({ SnapshotId, TemporaryRestoreDays: 2 })
  assert.equal((await on.ec2.send(restore)).RestoreDuration, 2)
  await on.cloud.advance(1)
  assert.deepEqual(await statusOf(on, SnapshotId), ['archive', 'temporary-restore-completed'])
  const described = async () => {
    const ask = new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })
    return (await on.ec2.send(ask)).Snapshots?.[0]
  }
  assert.ok((await described())?.RestoreExpiryTime)
  await on.ec2.send(new CreateVolumeCommand({ ...VOLUME, SnapshotId }))
  await on.cloud.advance(2 * DAY_SECONDS)
  assert.equal((await described())?.RestoreExpiryTime, undefined)
  assert.deepEqual(restoresOf(on), ['archiveSnapshot', 'temporaryRestoreSnapshot', 'restoreExpiry'])
  const neither = new RestoreSnapshotTierCommand({ SnapshotId })
  assert.match(await fault(on.ec2.send(neither)), /^MissingParameter/)
})
