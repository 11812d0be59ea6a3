import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeVolumeAttributeCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  ModifyVolumeAttributeCommand,
  ModifyVolumeCommand,
  type ModifyVolumeCommandInput,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, eventsOf } from '../../../test/ec2.ts'

async function volume({ cloud, ec2 }: Ec2Cloud, input = {}): Promise<string> {
  const { VolumeId = '' } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...input }),
  )
  await cloud.advance(10)
  return VolumeId
}

const modify = ({ ec2 }: Ec2Cloud, input: ModifyVolumeCommandInput) =>
  ec2.send(new ModifyVolumeCommand(input))

async function modification({ ec2 }: Ec2Cloud, VolumeId: string) {
  const command = new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] })
  const [found] = (await ec2.send(command)).VolumesModifications ?? []
  return [found?.ModificationState, found?.Progress]
}

test('a modification goes through its states, with events', async () => {
  const on = await ec2Cloud({ timing: 'aws' })
  const VolumeId = await volume(on)
  const answer = await modify(on, { VolumeId, VolumeType: 'gp3', Size: 16 })
  const { VolumeModification } = answer
  assert.equal(VolumeModification?.ModificationState, 'modifying')
  assert.deepEqual(
    [VolumeModification?.OriginalVolumeType, VolumeModification?.TargetVolumeType],
    ['gp2', 'gp3'],
  )
  await on.cloud.advance(10)
  assert.deepEqual(await modification(on, VolumeId), ['optimizing', 1])
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))
  const [{ Size, VolumeType, Iops, State } = {}] = Volumes ?? []
  assert.deepEqual([Size, VolumeType, Iops, State], [16, 'gp3', 3000, 'available'])
  const again = await failure(modify(on, { VolumeId, Size: 32 }))
  assert.equal(again.name, 'IncorrectModificationState')
  await on.cloud.advance(300)
  assert.deepEqual(await modification(on, VolumeId), ['completed', 100])
  const envelope = (time: string, result: string) => ({
    version: '0',
    id: '',
    'detail-type': 'EBS Volume Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time,
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:volume/${VolumeId}`],
    detail: { result, cause: '', event: 'modifyVolume', 'request-id': answer.$metadata.requestId },
  })
  assert.deepEqual(eventsOf(on, 'EBS Volume Notification').slice(1), [
    envelope('2026-01-01T00:00:15Z', 'optimizing'),
    envelope('2026-01-01T00:05:15Z', 'completed'),
  ])
})

test('volumes never shrink, and are modified only so often', async () => {
  const on = await ec2Cloud()
  const VolumeId = await volume(on)
  const smaller = await failure(modify(on, { VolumeId, Size: 4 }))
  assert.equal(smaller.name, 'InvalidParameterValue')
  for (let i = 0; i < 4; i++) {
    await modify(on, { VolumeId, Size: 9 + i })
    await on.cloud.advance(10)
  }
  const often = await failure(modify(on, { VolumeId, Size: 20 }))
  assert.equal(often.name, 'VolumeModificationRateExceeded')
  await on.cloud.advance(24 * 3600)
  await modify(on, { VolumeId, Size: 20 })
  const other = await volume(on)
  assert.equal((await failure(modification(on, other))).name, 'InvalidVolumeModification.NotFound')
})

test('a volume from a snapshot is initialized some time later', async () => {
  const on = await ec2Cloud()
  const source = await volume(on)
  const { SnapshotId } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId: source }))
  await on.cloud.advance(1)
  const created = await on.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', SnapshotId }),
  )
  await on.cloud.advance(1)
  assert.deepEqual(eventsOf(on, 'EBS Volume Notification').at(-1), {
    version: '0',
    id: '',
    'detail-type': 'EBS Volume Notification',
    source: 'aws.ec2',
    account: '000000000000',
    time: '2026-01-01T00:00:11Z',
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:volume/${created.VolumeId}`],
    detail: {
      event: 'initializeVolume',
      result: 'succeeded',
      completionTime: '2026-01-01T00:00:11Z',
      'request-id': created.$metadata.requestId,
    },
  })
})

test('volumes are well, and have an attribute', async () => {
  const on = await ec2Cloud()
  const VolumeId = await volume(on)
  const command = new DescribeVolumeStatusCommand({ VolumeIds: [VolumeId] })
  const { VolumeStatuses } = await on.ec2.send(command)
  assert.equal(VolumeStatuses?.[0]?.VolumeStatus?.Status, 'ok')
  await on.ec2.send(new ModifyVolumeAttributeCommand({ VolumeId, AutoEnableIO: { Value: true } }))
  const attribute = await on.ec2.send(
    new DescribeVolumeAttributeCommand({ VolumeId, Attribute: 'autoEnableIO' }),
  )
  assert.equal(attribute.AutoEnableIO?.Value, true)
})
