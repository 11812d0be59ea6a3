import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  DeleteFleetsCommand,
  DescribeFleetsCommand,
  type SpotAllocationStrategy,
} from '@aws-sdk/client-ec2'
import { describe, type Ec2Cloud, ec2Cloud, publicImage } from '../../../test/ec2.ts'

async function fleetCloud(): Promise<Ec2Cloud> {
  const on = await ec2Cloud()
  const LaunchTemplateData = { ImageId: publicImage(), InstanceType: 't3.micro' as const }
  const template = { LaunchTemplateName: 'web', LaunchTemplateData }
  await on.ec2.send(new CreateLaunchTemplateCommand(template))
  return on
}

function create(
  { ec2 }: Ec2Cloud,
  Overrides: NonNullable<
    NonNullable<CreateFleetCommandInput['LaunchTemplateConfigs']>[number]['Overrides']
  >,
  more: Partial<CreateFleetCommandInput> = {},
) {
  const LaunchTemplateSpecification = { LaunchTemplateName: 'web', Version: '$Default' }
  return ec2.send(
    new CreateFleetCommand({
      Type: 'instant',
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification, Overrides }],
      TargetCapacitySpecification: {
        TotalTargetCapacity: 3,
        DefaultTargetCapacityType: 'on-demand',
      },
      ...more,
    }),
  )
}

test('an instant fleet launches at once, and says what it could not', async () => {
  const on = await fleetCloud()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const TagSpecifications = [
    { ResourceType: 'fleet' as const, Tags },
    { ResourceType: 'instance' as const, Tags },
  ]
  const overrides = [
    { InstanceType: 'm6g.large' as const },
    { InstanceType: 't3.large' as const, AvailabilityZone: 'us-east-1b', WeightedCapacity: 2 },
  ]
  const { FleetId = '', Instances, Errors } = await create(on, overrides, { TagSpecifications })
  assert.match(FleetId, /^fleet-[0-9a-f-]{36}$/)
  assert.equal(Errors?.length, 1)
  assert.equal(Errors?.[0]?.LaunchTemplateAndOverrides?.Overrides?.InstanceType, 'm6g.large')
  assert.equal(Errors?.[0]?.ErrorCode, 'InvalidParameterValue')
  assert.equal(Instances?.[0]?.InstanceType, 't3.large')
  assert.equal(Instances?.[0]?.Lifecycle, 'on-demand')
  assert.equal(Instances?.[0]?.InstanceIds?.length, 2)
  const [id = ''] = Instances?.[0]?.InstanceIds ?? []
  const instance = await describe(on, id)
  assert.equal(instance.Placement?.AvailabilityZone, 'us-east-1b')
  const keys = instance.Tags?.map(({ Key }) => Key)
  assert.deepEqual(keys?.slice(0, 1), ['team'])
  assert.ok(keys?.includes('aws:ec2:fleet-id'))
  const { Fleets } = await on.ec2.send(new DescribeFleetsCommand({ FleetIds: [FleetId] }))
  assert.equal(Fleets?.[0]?.FulfilledCapacity, 4)
  assert.deepEqual(Fleets?.[0]?.Tags, Tags)
  assert.deepEqual((await on.ec2.send(new DescribeFleetsCommand({}))).Fleets, [])
})

test('priorities decide on the order, and the token on the fleet', async () => {
  const on = await fleetCloud()
  const overrides = [
    { InstanceType: 't3.large' as const, Priority: 2 },
    { InstanceType: 't3.small' as const, Priority: 1 },
  ]
  const more = {
    OnDemandOptions: { AllocationStrategy: 'prioritized' as const },
    ClientToken: 'once',
  }
  const first = await create(on, overrides, more)
  assert.equal(first.Instances?.[0]?.InstanceType, 't3.small')
  const again = await create(on, overrides, more)
  assert.deepEqual(again.Instances, first.Instances)
})

test('a part of a fleet may be in the Spot market', async () => {
  const on = await fleetCloud()
  const TargetCapacitySpecification = {
    TotalTargetCapacity: 3,
    OnDemandTargetCapacity: 1,
    DefaultTargetCapacityType: 'spot' as const,
  }
  const { FleetId = '', Instances } = await create(on, [], { TargetCapacitySpecification })
  assert.deepEqual(
    Instances?.map(({ Lifecycle, InstanceIds }) => [Lifecycle, InstanceIds?.length]),
    [
      ['on-demand', 1],
      ['spot', 2],
    ],
  )
  const [id = ''] = Instances?.[1]?.InstanceIds ?? []
  assert.equal((await describe(on, id)).InstanceLifecycle, 'spot')
  const { Fleets } = await on.ec2.send(new DescribeFleetsCommand({ FleetIds: [FleetId] }))
  assert.equal(Fleets?.[0]?.FulfilledOnDemandCapacity, 1)
})

test('a fleet goes with its instances', async () => {
  const on = await fleetCloud()
  const { FleetId = '', Instances } = await create(on, [])
  const FleetIds = [FleetId, 'fleet-00000000-0000-4000-8000-000000000000']
  const kept = await on.ec2.send(new DeleteFleetsCommand({ FleetIds, TerminateInstances: false }))
  assert.equal(kept.SuccessfulFleetDeletions?.length, 0)
  const gone = await on.ec2.send(new DeleteFleetsCommand({ FleetIds, TerminateInstances: true }))
  assert.deepEqual(gone.SuccessfulFleetDeletions, [
    { FleetId, CurrentFleetState: 'deleted_terminating', PreviousFleetState: 'active' },
  ])
  assert.equal(gone.UnsuccessfulFleetDeletions?.[0]?.Error?.Code, 'fleetIdDoesNotExist')
  await on.cloud.advance(1)
  const [id = ''] = Instances?.[0]?.InstanceIds ?? []
  assert.equal((await describe(on, id)).State?.Name, 'terminated')
})

test('a fleet that was deleted without its instances can end them later', async () => {
  const on = await fleetCloud()
  const SpotOptions = { AllocationStrategy: 'lowestPrice' as SpotAllocationStrategy }
  const { FleetId = '' } = await create(on, [], { Type: 'maintain', SpotOptions })
  const states: (string | undefined)[] = []
  for (const TerminateInstances of [false, true]) {
    const command = new DeleteFleetsCommand({ FleetIds: [FleetId], TerminateInstances })
    const { SuccessfulFleetDeletions } = await on.ec2.send(command)
    states.push(SuccessfulFleetDeletions?.[0]?.CurrentFleetState)
  }
  assert.deepEqual(states, ['deleted_running', 'deleted_terminating'])
  const state = async () => {
    const { Fleets } = await on.ec2.send(new DescribeFleetsCommand({ FleetIds: [FleetId] }))
    return Fleets?.[0]?.FleetState
  }
  assert.equal(await state(), 'deleted_terminating')
  await on.cloud.advance(60)
  assert.equal(await state(), 'deleted')
})
