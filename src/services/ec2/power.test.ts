import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, ec2Cloud, run, running, statesOf } from '../../../test/ec2.ts'

const UNKNOWN = 'i-0123456789abcdef0'
const OTHER = 'i-0fedcba9876543210'

async function refusal(call: Promise<unknown>) {
  const { name, message, $metadata } = await failure(call)
  return [name, message, ($metadata as { httpStatusCode: number }).httpStatusCode]
}

test('ids that are malformed or unknown fail the whole call', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const stop = (...InstanceIds: string[]) => on.ec2.send(new StopInstancesCommand({ InstanceIds }))
  assert.deepEqual(await refusal(stop(id, UNKNOWN)), [
    'InvalidInstanceID.NotFound',
    `The instance ID '${UNKNOWN}' does not exist`,
    400,
  ])
  assert.deepEqual(await refusal(stop(UNKNOWN, OTHER)), [
    'InvalidInstanceID.NotFound',
    `The instance IDs '${UNKNOWN}, ${OTHER}' do not exist`,
    400,
  ])
  assert.deepEqual(await refusal(stop(id, 'i-0224e66eafc2asdfs')), [
    'InvalidInstanceID.Malformed',
    'Invalid id: "i-0224e66eafc2asdfs"',
    400,
  ])
  // The old form of 8 digits is well formed.
  assert.equal((await failure(stop('i-1234abcd'))).name, 'InvalidInstanceID.NotFound')
  assert.equal((await describe(on, id)).State?.Name, 'running')
})

test('a pending instance cannot be stopped before it has run', async () => {
  const on = await ec2Cloud()
  const [instance] = await run(on)
  const InstanceIds = [instance?.InstanceId ?? '']
  assert.deepEqual(await refusal(on.ec2.send(new StopInstancesCommand({ InstanceIds }))), [
    'IncorrectInstanceState',
    `Instance '${InstanceIds[0]}' cannot be stopped as it has never reached the 'running' state.`,
    400,
  ])
})

test('wrong states are refused, states that are reached already are not', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const InstanceIds = [id]
  const start = () => on.ec2.send(new StartInstancesCommand({ InstanceIds }))
  const stop = () => on.ec2.send(new StopInstancesCommand({ InstanceIds }))
  const { StartingInstances } = await start()
  assert.deepEqual(StartingInstances?.[0]?.CurrentState, { Code: 16, Name: 'running' })
  await stop()
  const { StoppingInstances } = await stop()
  assert.deepEqual(StoppingInstances?.[0]?.PreviousState, { Code: 64, Name: 'stopping' })
  const notStartable = `The instance '${id}' is not in a state from which it can be started.`
  assert.deepEqual(await refusal(start()), ['IncorrectInstanceState', notStartable, 400])
  await on.cloud.advance(1)
  assert.equal((await stop()).StoppingInstances?.[0]?.CurrentState?.Name, 'stopped')
  assert.deepEqual(await refusal(on.ec2.send(new RebootInstancesCommand({ InstanceIds }))), [
    'IncorrectInstanceState',
    `The instance '${id}' is not in a state from which it can be rebooted.`,
    400,
  ])
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  assert.deepEqual(await refusal(start()), ['IncorrectInstanceState', notStartable, 400])
  assert.deepEqual(await refusal(stop()), [
    'IncorrectInstanceState',
    `This instance '${id}' is not in a state from which it can be stopped.`,
    400,
  ])
  await on.ec2.send(new RebootInstancesCommand({ InstanceIds }))
})

test('a protected instance saves those of its zone, and fails the call', async () => {
  const on = await ec2Cloud()
  const here = await running(on, { DisableApiTermination: true })
  const neighbour = await running(on)
  const elsewhere = await running(on, { Placement: { AvailabilityZone: 'us-east-1b' } })
  const InstanceIds = [neighbour, here, elsewhere]
  const terminate = (DryRun?: boolean) =>
    on.ec2.send(new TerminateInstancesCommand({ InstanceIds, DryRun }))
  const expected = [
    'OperationNotPermitted',
    `The instance '${here}' may not be terminated. Modify its 'disableApiTermination' instance ` +
      'attribute and try again.',
    400,
  ]
  assert.deepEqual(await refusal(terminate(true)), expected)
  assert.equal((await describe(on, elsewhere)).State?.Name, 'running')
  assert.deepEqual(await refusal(terminate()), expected)
  await on.cloud.advance(1)
  assert.equal((await describe(on, here)).State?.Name, 'running')
  assert.equal((await describe(on, neighbour)).State?.Name, 'running')
  assert.equal((await describe(on, elsewhere)).State?.Name, 'terminated')
})

test('an instance may be protected from being stopped', async () => {
  const on = await ec2Cloud()
  const id = await running(on, { DisableApiStop: true })
  assert.deepEqual(await refusal(on.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))), [
    'OperationNotPermitted',
    `The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and ` +
      'try again.',
    400,
  ])
})

test('hibernation has to be configured, and then has a reason of its own', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const hibernate = (id: string) =>
    on.ec2.send(new StopInstancesCommand({ InstanceIds: [id], Hibernate: true }))
  assert.equal((await failure(hibernate(id))).name, 'UnsupportedHibernationConfiguration')
  const able = await running(on, { HibernationOptions: { Configured: true } })
  await hibernate(able)
  await on.cloud.advance(1)
  assert.deepEqual((await describe(on, able)).StateReason, {
    Code: 'Client.UserInitiatedHibernate',
    Message: 'Client.UserInitiatedHibernate: User initiated hibernate',
  })
  assert.deepEqual(statesOf(on, able).slice(2), ['stopping', 'stopped'])
})

test('a dry run changes nothing', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const dryRun = { InstanceIds: [id], DryRun: true }
  const expected = ['DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412]
  assert.deepEqual(await refusal(on.ec2.send(new StopInstancesCommand(dryRun))), expected)
  assert.deepEqual(await refusal(on.ec2.send(new TerminateInstancesCommand(dryRun))), expected)
  assert.deepEqual(await refusal(run(on, { DryRun: true })), expected)
  await on.cloud.advance(1)
  assert.equal((await describe(on, id)).State?.Name, 'running')
  assert.deepEqual(statesOf(on, id), ['pending', 'running'])
})
