import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2'
import { describe, ec2Cloud, running, statesOf } from '../../../test/ec2.ts'

const tagged = (Key: string, Value: string) => ({
  TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key, Value }] }],
})

test('a launch may fail: pending, then terminated, with the reason', async () => {
  const on = await ec2Cloud()
  const code = 'Server.InsufficientInstanceCapacity'
  const id = await running(on, tagged('windtunnel:launch-failure', code))
  const { State, StateReason, StateTransitionReason } = await describe(on, id)
  assert.equal(State?.Name, 'terminated')
  assert.deepEqual(StateReason, {
    Code: code,
    Message: `${code}: There was insufficient capacity available to satisfy the launch request.`,
  })
  assert.equal(StateTransitionReason, code)
  assert.deepEqual(statesOf(on, id), ['pending', 'terminated'])
  const fine = await running(on, tagged('windtunnel:launch-failure', 'constructor'))
  assert.equal((await describe(on, fine)).State?.Name, 'running')
})

test('an operating system may shut down by itself, which stops or terminates', async () => {
  const on = await ec2Cloud()
  const tags = tagged('windtunnel:shut-down-after', '60')
  const stops = await running(on, tags)
  const ends = await running(on, { ...tags, InstanceInitiatedShutdownBehavior: 'terminate' })
  await on.cloud.advance(50)
  assert.equal((await describe(on, stops)).State?.Name, 'running')
  await on.cloud.advance(20)
  const { State, StateReason, StateTransitionReason } = await describe(on, stops)
  assert.equal(State?.Name, 'stopped')
  assert.deepEqual(StateReason, {
    Code: 'Client.InstanceInitiatedShutdown',
    Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  })
  assert.equal(StateTransitionReason, '')
  assert.deepEqual(statesOf(on, stops), ['pending', 'running', 'stopping', 'stopped'])
  assert.deepEqual(statesOf(on, ends), ['pending', 'running', 'shutting-down', 'terminated'])
})

test('a shutdown of an earlier boot does nothing', async () => {
  const on = await ec2Cloud()
  const id = await running(on, tagged('windtunnel:shut-down-after', '60'))
  const InstanceIds = [id]
  await on.ec2.send(new StopInstancesCommand({ InstanceIds }))
  await on.cloud.advance(30)
  await on.ec2.send(new StartInstancesCommand({ InstanceIds }))
  await on.cloud.advance(50)
  assert.equal((await describe(on, id)).State?.Name, 'running')
})
