import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  DeleteFleetsCommand,
  DescribeFleetInstancesCommand,
  DescribeFleetsCommand,
  ModifyFleetCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, eventsOf, publicImage } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

async function fleet(more: Partial<CreateFleetCommandInput> = {}) {
  const on = await ec2Cloud()
  const LaunchTemplateData = { ImageId: publicImage(), InstanceType: 't3.micro' as const }
  const template = { LaunchTemplateName: 'web', LaunchTemplateData }
  await on.ec2.send(new CreateLaunchTemplateCommand(template))
  const LaunchTemplateSpecification = { LaunchTemplateName: 'web', Version: '$Default' }
  const command = new CreateFleetCommand({
    LaunchTemplateConfigs: [{ LaunchTemplateSpecification }],
    TargetCapacitySpecification: { TotalTargetCapacity: 2, DefaultTargetCapacityType: 'spot' },
    ...more,
  })
  const { FleetId = '', Instances, Errors } = await on.ec2.send(command)
  assert.deepEqual([Instances ?? [], Errors ?? []], [[], []])
  return { on, FleetId }
}

async function described({ ec2 }: Ec2Cloud) {
  const { Fleets } = await ec2.send(new DescribeFleetsCommand({}))
  const { Type, FleetState, ActivityStatus, FulfilledCapacity } = Fleets?.[0] ?? {}
  return [Type, FleetState, ActivityStatus, FulfilledCapacity]
}

async function membersOf({ ec2 }: Ec2Cloud, FleetId: string): Promise<string[]> {
  const found = await ec2.send(new DescribeFleetInstancesCommand({ FleetId }))
  return found.ActiveInstances?.map(({ InstanceId = '' }) => InstanceId) ?? []
}

const subTypes = (on: Ec2Cloud, kind: string) =>
  eventsOf(on, `EC2 Fleet ${kind}`).map(
    ({ detail }) => (detail as { 'sub-type': string })['sub-type'],
  )

test('a fleet is maintained unless said otherwise: what ends is launched again', async () => {
  const { on, FleetId } = await fleet()
  assert.deepEqual(await described(on), ['maintain', 'submitted', 'pending_fulfillment', 0])
  await on.cloud.advance(1)
  assert.deepEqual(await described(on), ['maintain', 'active', 'fulfilled', 2])
  const [first = '', ...others] = await membersOf(on, FleetId)
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
  await on.cloud.advance(1)
  const members = await membersOf(on, FleetId)
  assert.deepEqual([members.length, members[0]], [2, others[0]])
  assert.ok(!members.includes(first))
  assert.deepEqual(subTypes(on, 'State Change'), ['submitted', 'active'])
  assert.deepEqual(subTypes(on, 'Instance Change'), [
    'launched',
    'launched',
    'terminated',
    'launched',
  ])
  assert.deepEqual(subTypes(on, 'Spot Instance Request Change').slice(0, 2), [
    'submitted',
    'active',
  ])
  const [event] = eventsOf(on, 'EC2 Fleet Instance Change')
  const region = 'us-east-1'
  assert.equal(event?.source, 'aws.ec2fleet')
  assert.deepEqual(event?.resources, [`arn:aws:ec2:${region}:000000000000:fleet/${FleetId}`])
  const { description = '' } = (event?.detail ?? {}) as { description?: string }
  assert.equal(JSON.parse(description).instanceType, 't3.micro')
})

test('a maintained fleet follows its target, and ends with or without its instances', async () => {
  const { on, FleetId } = await fleet()
  await on.cloud.advance(1)
  const resize = async (TotalTargetCapacity: number) => {
    const TargetCapacitySpecification = { TotalTargetCapacity }
    await on.ec2.send(new ModifyFleetCommand({ FleetId, TargetCapacitySpecification }))
    await on.cloud.advance(1)
    return (await membersOf(on, FleetId)).length
  }
  assert.deepEqual([await resize(4), await resize(1)], [4, 1])
  const FleetIds = [FleetId]
  const end = new DeleteFleetsCommand({ FleetIds, TerminateInstances: true })
  const { SuccessfulFleetDeletions: ended } = await on.ec2.send(end)
  assert.equal(ended?.[0]?.CurrentFleetState, 'deleted_terminating')
  await on.cloud.advance(1)
  assert.deepEqual((await described(on)).slice(0, 2), ['maintain', 'deleted'])
  assert.deepEqual(subTypes(on, 'State Change').slice(-2), ['deleted_terminating', 'deleted'])
  const late = new ModifyFleetCommand({ FleetId })
  assert.match(await fault(on.ec2.send(late)), /^FleetNotInModifiableState/)
})

test('a request launches once, and goes on after its fleet is deleted', async () => {
  const { on, FleetId } = await fleet({ Type: 'request' })
  await on.cloud.advance(1)
  const [first = '', second = ''] = await membersOf(on, FleetId)
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
  await on.cloud.advance(1)
  assert.deepEqual(await membersOf(on, FleetId), [second])
  const FleetIds = [FleetId]
  await on.ec2.send(new DeleteFleetsCommand({ FleetIds, TerminateInstances: false }))
  assert.deepEqual((await described(on)).slice(0, 2), ['request', 'deleted_running'])
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds: [second] }))
  await on.cloud.advance(1)
  assert.equal((await described(on))[1], 'deleted')
})

test('a fleet that finds nothing to launch says so, and tries again', async () => {
  const LaunchTemplateSpecification = { LaunchTemplateName: 'web', Version: '$Default' }
  const Overrides = [{ InstanceType: 'm6g.large' as const }]
  const { on } = await fleet({
    LaunchTemplateConfigs: [{ LaunchTemplateSpecification, Overrides }],
  })
  await on.cloud.advance(1)
  assert.deepEqual(await described(on), ['maintain', 'active', 'error', 0])
  assert.deepEqual(subTypes(on, 'Information'), ['launchSpecUnusable'])
  await on.cloud.advance(61)
  assert.equal(subTypes(on, 'Information').length, 2)
})
