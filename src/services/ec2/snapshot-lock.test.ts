import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeLockedSnapshotsCommand,
  LockSnapshotCommand,
  type LockSnapshotCommandInput,
  UnlockSnapshotCommand,
} from '@aws-sdk/client-ec2'
import { ACCOUNT, type Ec2Cloud, ec2Cloud, eventsOf, REGION } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

const HOUR_SECONDS = 3600
const DAY_SECONDS = 24 * HOUR_SECONDS

async function snapshot(on: Ec2Cloud): Promise<string> {
  const volume = { AvailabilityZone: 'us-east-1a', Size: 1 }
  const { VolumeId } = await on.ec2.send(new CreateVolumeCommand(volume))
  await on.cloud.advance(1)
  const { SnapshotId = '' } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await on.cloud.advance(1)
  return SnapshotId
}

const lock = (on: Ec2Cloud, input: LockSnapshotCommandInput) =>
  on.ec2.send(new LockSnapshotCommand(input))

const stateOf = async ({ ec2 }: Ec2Cloud, id: string) => {
  const ask = new DescribeLockedSnapshotsCommand({ SnapshotIds: [id] })
  return (await ec2.send(ask)).Snapshots?.map(({ LockState }) => LockState)
}

const details = (on: Ec2Cloud) =>
  eventsOf(on, 'EBS Snapshot Notification')
    .map(({ detail }) => detail as Record<string, unknown>)
    .filter(({ lockState }) => lockState !== undefined)

test('a lock in governance mode keeps a snapshot until it expires or is taken away', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await snapshot(on)
  const made = await lock(on, { SnapshotId, LockMode: 'governance', LockDuration: 1 })
  assert.deepEqual([made.LockState, made.LockDuration], ['governance', 1])
  const deletion = () => on.ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  assert.match(await fault(deletion()), /^OperationNotPermitted: .*is locked/)
  await on.ec2.send(new UnlockSnapshotCommand({ SnapshotId }))
  assert.deepEqual(await stateOf(on, SnapshotId), [])
  const none = on.ec2.send(new UnlockSnapshotCommand({ SnapshotId }))
  assert.match(await fault(none), /^IncorrectState/)
  await lock(on, { SnapshotId, LockMode: 'governance', LockDuration: 2 })
  // The step of the first lock finds another one.
  await on.cloud.advance(DAY_SECONDS)
  assert.deepEqual(await stateOf(on, SnapshotId), ['governance'])
  await on.cloud.advance(DAY_SECONDS)
  assert.deepEqual(await stateOf(on, SnapshotId), ['expired'])
  await deletion()
  const events = details(on).map(({ event, lockState }) => [event, lockState])
  assert.deepEqual(events, [
    ['lockSnapshot', 'governance'],
    ['lockSnapshot', 'governance'],
    ['lockDurationExpiry', 'expired'],
  ])
})

test('a lock in compliance mode can be taken back while it cools off, then only grow', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await snapshot(on)
  const compliance = { SnapshotId, LockMode: 'compliance', LockDuration: 2 } as const
  const made = await lock(on, { ...compliance, CoolOffPeriod: 3 })
  assert.deepEqual([made.LockState, made.CoolOffPeriod], ['compliance-cooloff', 3])
  const [first] = details(on)
  assert.deepEqual(first?.snapshot_id, `arn:aws:ec2::${REGION}:snapshot/${SnapshotId}`)
  assert.deepEqual([first?.source, first?.cooOffPeriod], [ACCOUNT, 3])
  await on.cloud.advance(3 * HOUR_SECONDS)
  assert.deepEqual(await stateOf(on, SnapshotId), ['compliance'])
  const unlock = on.ec2.send(new UnlockSnapshotCommand({ SnapshotId }))
  assert.match(await fault(unlock), /^OperationNotPermitted/)
  assert.match(await fault(lock(on, { ...compliance, LockDuration: 1 })), /^OperationNotPermitted/)
  const governance = { SnapshotId, LockMode: 'governance', LockDuration: 9 } as const
  assert.match(await fault(lock(on, governance)), /^OperationNotPermitted/)
  const longer = await lock(on, { ...compliance, LockDuration: 5 })
  assert.deepEqual([longer.LockState, longer.LockDuration], ['compliance', 5])
  assert.equal(details(on)[1]?.event, 'cooloffperiodExpiry')
})

test('a lock has one duration, and no cooling off in governance mode', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await snapshot(on)
  const mode = { SnapshotId, LockMode: 'governance' } as const
  assert.match(await fault(lock(on, mode)), /^MissingParameter/)
  const both = { ...mode, LockDuration: 1, ExpirationDate: new Date(on.cloud.clock.now()) }
  assert.match(await fault(lock(on, both)), /^InvalidParameterCombination/)
  const cool = { ...mode, LockDuration: 1, CoolOffPeriod: 1 }
  assert.match(await fault(lock(on, cool)), /^InvalidParameterCombination/)
  const soon = { ...mode, ExpirationDate: new Date(on.cloud.clock.now()) }
  assert.match(await fault(lock(on, soon)), /^InvalidParameterValue/)
})
