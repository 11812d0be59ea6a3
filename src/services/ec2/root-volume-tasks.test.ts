import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateReplaceRootVolumeTaskCommand,
  CreateSnapshotCommand,
  DescribeReplaceRootVolumeTasksCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, type Ec2Cloud, ec2Cloud, eventsOf, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

async function rootOf(on: Ec2Cloud, id: string): Promise<string> {
  const { BlockDeviceMappings } = await describe(on, id)
  return BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ''
}

async function statesOf({ ec2 }: Ec2Cloud, InstanceId: string) {
  const Filters = [{ Name: 'instance-id', Values: [InstanceId] }]
  const found = await ec2.send(new DescribeReplaceRootVolumeTasksCommand({ Filters }))
  return found.ReplaceRootVolumeTasks?.map(({ TaskState }) => TaskState)
}

test('a running instance gets another root volume, from a snapshot of the old one', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const VolumeId = await rootOf(on, InstanceId)
  const { SnapshotId } = await on.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await on.cloud.advance(1)
  const input = { InstanceId, SnapshotId, DeleteReplacedRootVolume: true }
  const made = await on.ec2.send(new CreateReplaceRootVolumeTaskCommand(input))
  const { ReplaceRootVolumeTask: task } = made
  assert.match(task?.ReplaceRootVolumeTaskId ?? '', /^replacevol-0[0-9a-f]{16}$/)
  assert.deepEqual([task?.TaskState, task?.SnapshotId], ['pending', SnapshotId])
  await on.cloud.advance(1)
  assert.deepEqual(await statesOf(on, InstanceId), ['succeeded'])
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({}))
  const now = Volumes?.map((volume) => [volume.VolumeId, volume.SnapshotId, volume.State])
  assert.deepEqual(now, [[await rootOf(on, InstanceId), SnapshotId, 'in-use']])
  assert.notEqual(await rootOf(on, InstanceId), VolumeId)
  const last = eventsOf(on, 'EBS Volume Notification').slice(-2)
  assert.deepEqual(
    last.map(({ detail }) => (detail as { event: string }).event),
    ['createVolume', 'deleteVolume'],
  )
})

test('the old root volume is kept unless asked for; tasks need running instances', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const old = await rootOf(on, InstanceId)
  const command = () => on.ec2.send(new CreateReplaceRootVolumeTaskCommand({ InstanceId }))
  await command()
  assert.match(await fault(command()), /^IncorrectInstanceState/)
  await on.cloud.advance(1)
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ VolumeIds: [old] }))
  assert.deepEqual([Volumes?.[0]?.State, Volumes?.[0]?.Attachments], ['available', []])
  await command()
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  assert.deepEqual(await statesOf(on, InstanceId), ['succeeded', 'failed'])
  assert.match(await fault(command()), /^IncorrectInstanceState: .*'running'/)
})
