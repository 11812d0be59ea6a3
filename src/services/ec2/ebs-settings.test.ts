import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeFastSnapshotRestoresCommand,
  DisableFastSnapshotRestoresCommand,
  DisableSnapshotBlockPublicAccessCommand,
  EnableEbsEncryptionByDefaultCommand,
  EnableFastSnapshotRestoresCommand,
  EnableSnapshotBlockPublicAccessCommand,
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, eventsOf } from '../../../test/ec2.ts'

const AvailabilityZone = 'us-east-1a'

const volume = ({ ec2 }: Ec2Cloud, input = {}) =>
  ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1, ...input }))

async function snapshot(on: Ec2Cloud): Promise<string> {
  const { VolumeId } = await volume(on)
  await on.cloud.advance(1)
  const { SnapshotId = '' } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await on.cloud.advance(1)
  return SnapshotId
}

test('volumes may be encrypted by default, with a key of the account', async () => {
  const on = await ec2Cloud()
  const state = async () =>
    (await on.ec2.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault
  assert.equal(await state(), false)
  assert.equal((await volume(on)).Encrypted, false)
  await on.ec2.send(new EnableEbsEncryptionByDefaultCommand({}))
  assert.equal(await state(), true)
  assert.equal((await volume(on)).Encrypted, true)
  const key = await on.ec2.send(new GetEbsDefaultKmsKeyIdCommand({}))
  assert.equal(key.KmsKeyId, 'alias/aws/ebs')
  await on.ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: 'alias/mine' }))
  const { KmsKeyId } = await volume(on, { Encrypted: true })
  assert.equal(KmsKeyId, 'arn:aws:kms:us-east-1:000000000000:alias/mine')
})

test('a key without encryption is a mistake', async () => {
  const on = await ec2Cloud()
  assert.equal((await failure(volume(on, { KmsKeyId: 'x' }))).name, 'InvalidParameterValue')
})

test('snapshots may be kept from being public, which is an event', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await snapshot(on)
  const publish = () =>
    on.ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        CreateVolumePermission: { Add: [{ Group: 'all' }] },
      }),
    )
  const State = 'block-new-sharing'
  await on.ec2.send(new EnableSnapshotBlockPublicAccessCommand({ State }))
  assert.equal((await failure(publish())).name, 'OperationNotPermitted')
  await on.ec2.send(new DisableSnapshotBlockPublicAccessCommand({}))
  await publish()
  const envelope = (what: string, state: string, message: string) => ({
    version: '0',
    id: '',
    'detail-type': `EBS Snapshot Block Public Access ${what}`,
    source: 'aws.ec2',
    account: '000000000000',
    time: '2026-01-01T00:00:02Z',
    region: 'us-east-1',
    resources: [],
    detail: { SnapshotBlockPublicAccessState: state, message },
  })
  const done = 'Block Public Access was successfully'
  assert.deepEqual(
    [
      ...eventsOf(on, 'EBS Snapshot Block Public Access Enabled'),
      ...eventsOf(on, 'EBS Snapshot Block Public Access Disabled'),
    ],
    [
      envelope('Enabled', State, `${done} enabled in 'block-new-sharing' mode`),
      envelope('Disabled', 'unblocked', `${done} disabled`),
    ],
  )
})

test('fast restores go through their states, and spare volumes their initialization', async () => {
  const on = await ec2Cloud()
  const SnapshotId = await snapshot(on)
  const request = { AvailabilityZones: [AvailabilityZone], SourceSnapshotIds: [SnapshotId] }
  const enabled = await on.ec2.send(new EnableFastSnapshotRestoresCommand(request))
  assert.equal(enabled.Successful?.[0]?.State, 'enabling')
  await on.cloud.advance(1)
  const fast = await volume(on, { SnapshotId, Size: undefined })
  await on.cloud.advance(1)
  assert.equal(fast.FastRestored, true)
  const names = eventsOf(on, 'EBS Volume Notification').map(
    ({ detail }) => (detail as { event: string }).event,
  )
  assert.deepEqual(names, ['createVolume', 'createVolume'])
  const disabled = await on.ec2.send(new DisableFastSnapshotRestoresCommand(request))
  assert.equal(disabled.Successful?.[0]?.State, 'disabling')
  await on.cloud.advance(1)
  const again = await on.ec2.send(new DisableFastSnapshotRestoresCommand(request))
  assert.equal(again.Unsuccessful?.[0]?.SnapshotId, SnapshotId)
  const { FastSnapshotRestores } = await on.ec2.send(new DescribeFastSnapshotRestoresCommand({}))
  assert.equal(FastSnapshotRestores?.[0]?.State, 'disabled')
  const byUser = 'Client.UserInitiated'
  const byItself = 'Client.UserInitiated - Lifecycle state transition'
  const envelope = (time: string, state: string, message: string) => ({
    version: '0',
    id: '',
    'detail-type': 'EBS Fast Snapshot Restore State-change Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time: `2026-01-01T00:00:0${time}Z`,
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1::snapshot/${SnapshotId}`],
    detail: { 'snapshot-id': SnapshotId, state, zone: AvailabilityZone, message },
  })
  assert.deepEqual(eventsOf(on, 'EBS Fast Snapshot Restore State-change Notification'), [
    envelope('2', 'enabling', byUser),
    envelope('2', 'optimizing', byItself),
    envelope('2', 'enabled', byItself),
    envelope('4', 'disabling', byUser),
    envelope('4', 'disabled', byItself),
  ])
})
