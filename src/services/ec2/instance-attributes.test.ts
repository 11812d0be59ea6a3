import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeInstanceAttributeCommand,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ResetInstanceAttributeCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, type Ec2Cloud, ec2Cloud, running } from '../../../test/ec2.ts'

type Change = Omit<ModifyInstanceAttributeCommandInput, 'InstanceId'>

const modify = ({ ec2 }: Ec2Cloud, InstanceId: string, change: Change) =>
  ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...change }))

async function attribute({ ec2 }: Ec2Cloud, InstanceId: string, Attribute: InstanceAttributeName) {
  const command = new DescribeInstanceAttributeCommand({ InstanceId, Attribute })
  const { $metadata: _, InstanceId: __, ...found } = await ec2.send(command)
  return found
}

async function stopped(on: Ec2Cloud, id: string): Promise<void> {
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
}

test('every attribute can be described', async () => {
  const on = await ec2Cloud()
  const id = await running(on, { UserData: 'aGVsbG8=' })
  assert.deepEqual(await attribute(on, id, 'userData'), { UserData: { Value: 'aGVsbG8=' } })
  assert.deepEqual(await attribute(on, id, 'instanceType'), { InstanceType: { Value: 't3.micro' } })
  assert.deepEqual(await attribute(on, id, 'disableApiStop'), { DisableApiStop: { Value: false } })
  assert.deepEqual(await attribute(on, id, 'rootDeviceName'), {
    RootDeviceName: { Value: '/dev/xvda' },
  })
  assert.deepEqual(await attribute(on, id, 'instanceInitiatedShutdownBehavior'), {
    InstanceInitiatedShutdownBehavior: { Value: 'stop' },
  })
  assert.deepEqual(await attribute(on, id, 'sourceDestCheck'), { SourceDestCheck: { Value: true } })
  const { BlockDeviceMappings } = await attribute(on, id, 'blockDeviceMapping')
  assert.equal(BlockDeviceMappings?.[0]?.DeviceName, '/dev/xvda')
  const { Groups } = await attribute(on, id, 'groupSet')
  assert.equal(Groups?.[0]?.GroupName, 'default')
  const kernel = await attribute(on, id, 'kernel')
  assert.equal(kernel.KernelId?.Value, undefined)
})

test('some attributes change at any time', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  await modify(on, id, { DisableApiTermination: { Value: true } })
  await modify(on, id, { Attribute: 'disableApiStop', Value: 'true' })
  await modify(on, id, { SourceDestCheck: { Value: false } })
  await modify(on, id, { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } })
  const device = { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }
  await modify(on, id, { BlockDeviceMappings: [device] })
  assert.deepEqual(await attribute(on, id, 'disableApiTermination'), {
    DisableApiTermination: { Value: true },
  })
  assert.deepEqual(await attribute(on, id, 'disableApiStop'), { DisableApiStop: { Value: true } })
  const found = await describe(on, id)
  assert.equal(found.SourceDestCheck, false)
  assert.equal(found.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, false)
  await on.ec2.send(
    new ResetInstanceAttributeCommand({ InstanceId: id, Attribute: 'sourceDestCheck' }),
  )
  assert.equal((await describe(on, id)).SourceDestCheck, true)
})

test('type and user data change only when the instance is stopped', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const larger = { InstanceType: { Value: 'm5.large' } }
  const error = await failure(modify(on, id, larger))
  assert.deepEqual(
    [error.name, error.message],
    ['IncorrectInstanceState', `The instance '${id}' is not in the 'stopped' state.`],
  )
  await stopped(on, id)
  await modify(on, id, larger)
  await modify(on, id, { UserData: { Value: Buffer.from('echo') } })
  const found = await describe(on, id)
  assert.equal(found.InstanceType, 'm5.large')
  assert.deepEqual(found.CpuOptions, { CoreCount: 1, ThreadsPerCore: 2 })
  assert.deepEqual(await attribute(on, id, 'userData'), { UserData: { Value: 'ZWNobw==' } })
  const arm = await failure(modify(on, id, { InstanceType: { Value: 't4g.micro' } }))
  assert.equal(arm.name, 'InvalidParameterValue')
})

test('a request changes one attribute', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  assert.equal((await failure(modify(on, id, {}))).name, 'InvalidParameterCombination')
  const two = { DisableApiStop: { Value: true }, DisableApiTermination: { Value: true } }
  const error = await failure(modify(on, id, two))
  assert.equal(error.message, 'Fields for multiple attribute types specified')
  assert.equal(
    (await failure(modify(on, 'i-0123456789abcdef0', two))).name,
    'InvalidInstanceID.NotFound',
  )
})
