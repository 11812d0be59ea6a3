import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeInstanceStatusCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, ec2Cloud, eventsOf, run, running, statesOf } from '../../../test/ec2.ts'

const STATE_CHANGE = 'EC2 Instance State-change Notification'

test('a launched instance is pending, then running, and both are events', async () => {
  const on = await ec2Cloud()
  const [instance] = await run(on)
  assert.ok(instance)
  const { InstanceId: id } = instance
  assert.deepEqual(instance.State, { Code: 0, Name: 'pending' })
  assert.deepEqual(instance.StateReason, { Code: 'pending', Message: 'pending' })
  assert.equal(instance.StateTransitionReason, '')
  await on.cloud.advance(1)
  const envelope = (state: string, time: string) => ({
    version: '0',
    id: '',
    'detail-type': STATE_CHANGE,
    source: 'aws.ec2',
    account: '000000000000',
    time,
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:instance/${id}`],
    detail: { 'instance-id': id, state },
  })
  assert.deepEqual(eventsOf(on, STATE_CHANGE), [
    envelope('pending', '2026-01-01T00:00:00Z'),
    envelope('running', '2026-01-01T00:00:00Z'),
  ])
  const { State, StateReason, StateTransitionReason } = await describe(on, id)
  assert.deepEqual(State, { Code: 16, Name: 'running' })
  assert.equal(StateReason, undefined)
  assert.equal(StateTransitionReason, '')
})

test('stop and start go through their states, with reasons and a new public address', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const before = await describe(on, id)
  const InstanceIds = [id]
  const stopping = await on.ec2.send(new StopInstancesCommand({ InstanceIds }))
  assert.deepEqual(stopping.StoppingInstances, [
    {
      InstanceId: id,
      CurrentState: { Code: 64, Name: 'stopping' },
      PreviousState: { Code: 16, Name: 'running' },
    },
  ])
  await on.cloud.advance(1)
  const stopped = await describe(on, id)
  assert.deepEqual(stopped.State, { Code: 80, Name: 'stopped' })
  assert.deepEqual(stopped.StateReason, {
    Code: 'Client.UserInitiatedShutdown',
    Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  })
  assert.equal(stopped.StateTransitionReason, 'User initiated (2026-01-01 00:00:01 GMT)')
  assert.equal(stopped.PublicIpAddress, undefined)
  assert.equal(stopped.PublicDnsName, '')
  assert.equal(stopped.PrivateIpAddress, before.PrivateIpAddress)
  const starting = await on.ec2.send(new StartInstancesCommand({ InstanceIds }))
  assert.deepEqual(starting.StartingInstances?.[0]?.CurrentState, { Code: 0, Name: 'pending' })
  await on.cloud.advance(1)
  const again = await describe(on, id)
  assert.equal(again.State?.Name, 'running')
  assert.equal(again.StateReason, undefined)
  assert.equal(again.PrivateIpAddress, before.PrivateIpAddress)
  assert.ok(again.PublicIpAddress)
  assert.notEqual(again.PublicIpAddress, before.PublicIpAddress)
  assert.equal(again.LaunchTime?.toISOString(), '2026-01-01T00:00:02.000Z')
  const states = ['pending', 'running', 'stopping', 'stopped', 'pending', 'running']
  assert.deepEqual(statesOf(on, id), states)
})

test('a terminated instance stays describable for an hour, without its network', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const InstanceIds = [id]
  const answer = await on.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  assert.deepEqual(answer.TerminatingInstances?.[0]?.CurrentState, {
    Code: 32,
    Name: 'shutting-down',
  })
  await on.cloud.advance(1)
  const gone = await describe(on, id)
  assert.equal(gone.State?.Name, 'terminated')
  assert.equal(gone.VpcId, undefined)
  assert.equal(gone.PrivateIpAddress, undefined)
  assert.deepEqual(gone.NetworkInterfaces ?? [], [])
  assert.deepEqual(gone.BlockDeviceMappings ?? [], [])
  assert.deepEqual(statesOf(on, id).slice(2), ['shutting-down', 'terminated'])
  const again = await on.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  assert.deepEqual(again.TerminatingInstances?.[0], {
    InstanceId: id,
    CurrentState: { Code: 48, Name: 'terminated' },
    PreviousState: { Code: 48, Name: 'terminated' },
  })
  await on.cloud.advance(3598)
  assert.equal((await describe(on, id)).State?.Name, 'terminated')
  await on.cloud.advance(60)
  assert.equal((await failure(describe(on, id))).name, 'InvalidInstanceID.NotFound')
})

test('a stopped instance is terminated at once', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
  const { TerminatingInstances } = await on.ec2.send(
    new TerminateInstancesCommand({ InstanceIds: [id] }),
  )
  assert.deepEqual(TerminatingInstances?.[0], {
    InstanceId: id,
    CurrentState: { Code: 48, Name: 'terminated' },
    PreviousState: { Code: 80, Name: 'stopped' },
  })
  assert.deepEqual(statesOf(on, id).slice(-2), ['stopped', 'terminated'])
})

test('terminating while it boots or stops drops the transition that was booked', async () => {
  const on = await ec2Cloud()
  const [booting] = await run(on)
  const stopping = await running(on)
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [stopping] }))
  const [fresh] = await run(on)
  const InstanceIds = [stopping, fresh?.InstanceId ?? '']
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  await on.cloud.advance(2)
  assert.deepEqual(statesOf(on, fresh?.InstanceId ?? ''), [
    'pending',
    'shutting-down',
    'terminated',
  ])
  assert.deepEqual(statesOf(on, stopping), [
    'pending',
    'running',
    'stopping',
    'shutting-down',
    'terminated',
  ])
  assert.deepEqual(statesOf(on, booting?.InstanceId ?? ''), ['pending', 'running'])
})

test('a reboot changes no state', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  await on.ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(5)
  assert.deepEqual(statesOf(on, id), ['pending', 'running'])
})

test('status checks of running instances are initializing at first, then ok', async () => {
  const on = await ec2Cloud({ timing: 'aws' })
  const [instance] = await run(on)
  const InstanceIds = [instance?.InstanceId ?? '']
  const status = async (IncludeAllInstances = false) => {
    const command = new DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances })
    const { InstanceStatuses } = await on.ec2.send(command)
    return InstanceStatuses?.map(({ InstanceState, SystemStatus }) => [
      InstanceState?.Name,
      SystemStatus?.Status,
      SystemStatus?.Details?.[0]?.Status,
    ])
  }
  assert.deepEqual(await status(), [])
  assert.deepEqual(await status(true), [['pending', 'not-applicable', undefined]])
  await on.cloud.advance(30)
  assert.deepEqual(await status(), [['running', 'initializing', 'initializing']])
  await on.cloud.advance(120)
  assert.deepEqual(await status(), [['running', 'ok', 'passed']])
})

test('without time, pending is still an event and the answer', async () => {
  const on = await ec2Cloud({ timing: 'instant' })
  const [instance] = await run(on)
  assert.equal(instance?.State?.Name, 'pending')
  await on.cloud.settle()
  assert.deepEqual(statesOf(on, instance?.InstanceId ?? ''), ['pending', 'running'])
})
