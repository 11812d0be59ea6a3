import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CancelSpotInstanceRequestsCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeSpotInstanceRequestsCommand,
  EC2Client,
  paginateDescribeSpotInstanceRequests,
  RequestSpotInstancesCommand,
  type RequestSpotInstancesCommandInput,
  type SpotInstanceRequest,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilSpotInstanceRequestFulfilled,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../../test/cloud.ts'
import { describe, type Ec2Cloud, ec2Cloud, publicImage, run } from '../../../../test/ec2.ts'
import { user } from '../../../../test/principals.ts'

const LaunchSpecification = { ImageId: publicImage(), InstanceType: 't3.micro' as const }
const SPOT = { InstanceMarketOptions: { MarketType: 'spot' as const } }
const TWO_MINUTES = 120

async function request(
  { ec2 }: Ec2Cloud,
  input: Partial<RequestSpotInstancesCommandInput> = {},
): Promise<string[]> {
  const command = new RequestSpotInstancesCommand({ LaunchSpecification, ...input })
  const { SpotInstanceRequests = [] } = await ec2.send(command)
  return SpotInstanceRequests.map(({ SpotInstanceRequestId }) => SpotInstanceRequestId ?? '')
}

async function shown({ ec2 }: Ec2Cloud, id = ''): Promise<SpotInstanceRequest> {
  const command = new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] })
  const { SpotInstanceRequests } = await ec2.send(command)
  return SpotInstanceRequests?.[0] ?? {}
}

/** `active/fulfilled` */
async function statusOf(on: Ec2Cloud, id = ''): Promise<string> {
  const { State, Status } = await shown(on, id)
  return `${State}/${Status?.Code}`
}

async function stateOf(on: Ec2Cloud, id = ''): Promise<string | undefined> {
  return (await describe(on, id)).State?.Name
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(call)
  return `${name}: ${message}`
}

test('a request is open, then active with an instance; the waiter sees it', async () => {
  const on = await ec2Cloud()
  const [id, ...more] = await request(on)
  assert.match(id ?? '', /^sir-[0-9a-z]{8}$/)
  assert.equal(more.length, 0)
  assert.equal(await statusOf(on, id), 'open/pending-evaluation')
  await on.cloud.advance(1)
  const SpotInstanceRequestIds = [id ?? '']
  const waiter = { client: on.ec2, maxWaitTime: 30 }
  const waited = await waitUntilSpotInstanceRequestFulfilled(waiter, { SpotInstanceRequestIds })
  assert.equal(waited.state, 'SUCCESS')
  const { InstanceId, Status, ...row } = await shown(on, id)
  assert.equal(Status?.Message, 'Your spot request is fulfilled.')
  const { CreateTime, ValidUntil, LaunchSpecification: specification, ...rest } = row
  assert.equal(Number(ValidUntil) - Number(CreateTime), 7 * 24 * 3600 * 1000)
  assert.equal(specification?.InstanceType, 't3.micro')
  assert.deepEqual(rest, {
    InstanceInterruptionBehavior: 'terminate',
    LaunchedAvailabilityZone: 'us-east-1a',
    LaunchedAvailabilityZoneId: 'use1-az6',
    ProductDescription: 'Linux/UNIX',
    SpotInstanceRequestId: id,
    SpotPrice: '1000.000000',
    State: 'active',
    Type: 'one-time',
  })
  const instance = await describe(on, InstanceId ?? '')
  assert.deepEqual(
    [instance.InstanceLifecycle, instance.SpotInstanceRequestId, instance.State?.Name],
    ['spot', id, 'running'],
  )
  const Filters = [{ Name: 'instance-lifecycle', Values: ['spot'] }]
  const { Reservations } = await on.ec2.send(new DescribeInstancesCommand({ Filters }))
  assert.equal(Reservations?.[0]?.Instances?.[0]?.InstanceId, InstanceId)
})

test('RunInstances from the Spot market makes a request for each instance', async () => {
  const on = await ec2Cloud()
  const Tags = [{ Key: 'team', Value: 'a' }]
  const TagSpecifications = [{ ResourceType: 'spot-instances-request' as const, Tags }]
  const instances = await run(on, { ...SPOT, MinCount: 2, MaxCount: 2, TagSpecifications })
  const ids = instances.map(({ SpotInstanceRequestId }) => SpotInstanceRequestId)
  assert.equal(new Set(ids).size, 2)
  const { Tags: tags, InstanceId } = await shown(on, ids[1])
  assert.deepEqual([tags, InstanceId], [Tags, instances[1]?.InstanceId])
  assert.equal(await statusOf(on, ids[0]), 'active/fulfilled')
  const pages = paginateDescribeSpotInstanceRequests(
    { client: on.ec2, pageSize: 5 },
    { Filters: [{ Name: 'tag:team', Values: ['a'] }] },
  )
  const found = []
  for await (const { SpotInstanceRequests = [] } of pages) found.push(...SpotInstanceRequests)
  assert.equal(found.length, 2)
})

test('a price that is too low is refused, or waits for a lower one', async () => {
  const on = await ec2Cloud()
  const low = { MarketType: 'spot' as const, SpotOptions: { MaxPrice: '0.0001' } }
  assert.match(
    await refusal(run(on, { InstanceMarketOptions: low })),
    /^SpotMaxPriceTooLow: Your Spot request price of 0.0001 is lower than the minimum required/,
  )
  const [id] = await request(on, { SpotPrice: '0.0001' })
  await on.cloud.advance(1)
  assert.equal(await statusOf(on, id), 'open/price-too-low')
  await on.cloud.advance(8 * 24 * 3600)
  await assert.rejects(shown(on, id), { name: 'InvalidSpotInstanceRequestID.NotFound' })
})

test('requests wait for their time, for capacity, and not beyond their end', async () => {
  const on = await ec2Cloud()
  const at = (seconds: number) => new Date(on.cloud.clock.now() + seconds * 1000)
  const [later] = await request(on, { ValidFrom: at(60) })
  const [ending] = await request(on, { SpotPrice: '0.0001', ValidUntil: at(90) })
  const Tags = [{ Key: 'windtunnel:no-spot-capacity', Value: '' }]
  const TagSpecifications = [{ ResourceType: 'spot-instances-request' as const, Tags }]
  const [waiting = ''] = await request(on, { TagSpecifications })
  await on.cloud.advance(1)
  assert.equal(await statusOf(on, later), 'open/not-scheduled-yet')
  assert.equal(await statusOf(on, waiting), 'open/capacity-not-available')
  await on.ec2.send(new DeleteTagsCommand({ Resources: [waiting], Tags }))
  await on.cloud.advance(120)
  assert.equal(await statusOf(on, later), 'active/fulfilled')
  assert.equal(await statusOf(on, ending), 'cancelled/schedule-expired')
  assert.equal(await statusOf(on, waiting), 'active/fulfilled')
})

test('cancelling leaves what runs, and ends what is stopped or still open', async () => {
  const on = await ec2Cloud()
  const cancel = (id = '') =>
    on.ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }))
  const [open] = await request(on)
  const { CancelledSpotInstanceRequests } = await cancel(open)
  assert.deepEqual(CancelledSpotInstanceRequests, [
    { SpotInstanceRequestId: open, State: 'cancelled' },
  ])
  const behavior = { Type: 'persistent', InstanceInterruptionBehavior: 'stop' } as const
  const [active, disabled] = [await request(on), await request(on, behavior)].flat()
  await on.cloud.advance(1)
  assert.equal(await statusOf(on, open), 'cancelled/canceled-before-fulfillment')
  await cancel(active)
  assert.equal(await statusOf(on, active), 'cancelled/request-canceled-and-instance-running')
  const running = await shown(on, active)
  assert.equal(await stateOf(on, running.InstanceId), 'running')
  const { InstanceId: stopped = '' } = await shown(on, disabled)
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [stopped] }))
  await on.cloud.advance(1)
  assert.equal(await statusOf(on, disabled), 'disabled/instance-stopped-by-user')
  await cancel(disabled)
  assert.equal(await statusOf(on, disabled), 'cancelled/instance-terminated-by-service')
  assert.equal(await stateOf(on, stopped), 'terminated')
})

test('the user stops and starts instances of persistent requests only', async () => {
  const on = await ec2Cloud()
  const [once] = await run(on, SPOT)
  await on.cloud.advance(1)
  const stop = (id = '') => on.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  const start = (id = '') => on.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))
  assert.equal(
    await refusal(stop(once?.InstanceId)),
    `UnsupportedOperation: You can't stop the Spot Instance '${once?.InstanceId}' because it is ` +
      'associated with a one-time Spot Instance request. You can only stop Spot Instances ' +
      'associated with persistent Spot Instance requests.',
  )
  const [id] = await request(on, { Type: 'persistent', InstanceInterruptionBehavior: 'stop' })
  await on.cloud.advance(1)
  const { InstanceId } = await shown(on, id)
  await stop(InstanceId)
  await on.cloud.advance(1)
  await start(InstanceId)
  await on.cloud.advance(1)
  assert.equal(await statusOf(on, id), 'active/fulfilled')
  assert.equal(await stateOf(on, InstanceId), 'running')
})

test('terminating closes a request; a persistent one looks for another instance', async () => {
  const on = await ec2Cloud()
  const ids = [await request(on), await request(on, { Type: 'persistent' })].flat()
  await on.cloud.advance(1)
  const before = await Promise.all(ids.map((id) => shown(on, id)))
  const InstanceIds = before.map(({ InstanceId }) => InstanceId ?? '')
  await on.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  await on.cloud.advance(2)
  assert.equal(await statusOf(on, ids[0]), 'closed/instance-terminated-by-user')
  assert.equal(await statusOf(on, ids[1]), 'active/fulfilled')
  const { InstanceId } = await shown(on, ids[1])
  assert.notEqual(InstanceId, InstanceIds[1])
})

test('interruption terminates, stops or hibernates, and the request tells', async () => {
  const on = await ec2Cloud()
  const persistent = { Type: 'persistent' as const }
  const HibernationOptions = { Configured: true }
  const hibernating = {
    MarketType: 'spot' as const,
    SpotOptions: {
      SpotInstanceType: 'persistent' as const,
      InstanceInterruptionBehavior: 'hibernate' as const,
    },
  }
  const [instance] = await run(on, { InstanceMarketOptions: hibernating, HibernationOptions })
  const [once, again, stops] = [
    await request(on),
    await request(on, persistent),
    await request(on, { ...persistent, InstanceInterruptionBehavior: 'stop' }),
  ].flat()
  const hibernates = instance?.SpotInstanceRequestId
  await on.cloud.advance(1)
  const rows = await Promise.all([once, again, stops, hibernates].map((id) => shown(on, id)))
  const instanceIds = rows.map(({ InstanceId }) => InstanceId ?? '')
  await on.cloud.interruptSpot({ instanceIds, rebalance: false })
  await on.cloud.settle()
  assert.equal(await statusOf(on, once), 'closed/instance-terminated-no-capacity')
  assert.equal(await statusOf(on, again), 'active/marked-for-termination')
  assert.equal(await statusOf(on, stops), 'active/marked-for-stop')
  assert.equal(await stateOf(on, instanceIds[0]), 'running')
  assert.equal(await stateOf(on, instanceIds[3]), 'stopping')
  await on.cloud.advance(TWO_MINUTES + 2)
  assert.equal(await stateOf(on, instanceIds[0]), 'terminated')
  const { StateReason } = await describe(on, instanceIds[0] ?? '')
  assert.equal(StateReason?.Code, 'Server.SpotInstanceTermination')
  assert.equal(await stateOf(on, instanceIds[2]), 'stopped')
  assert.equal(await statusOf(on, again), 'active/fulfilled')
  assert.notEqual((await shown(on, again)).InstanceId, instanceIds[1])
  assert.equal(await statusOf(on, stops), 'disabled/instance-stopped-no-capacity')
  const start = new StartInstancesCommand({ InstanceIds: instanceIds.slice(2, 3) })
  assert.equal((await failure(on.ec2.send(start))).name, 'InsufficientInstanceCapacity')
  await on.cloud.advance(600)
  assert.equal(await stateOf(on, instanceIds[2]), 'running')
  assert.equal(await statusOf(on, stops), 'active/fulfilled')
})

test('only running Spot Instances are interrupted', async () => {
  const on = await ec2Cloud()
  const [onDemand] = await run(on)
  await on.cloud.advance(1)
  const interrupt = (id = '') => on.cloud.interruptSpot({ instanceIds: [id] })
  await assert.rejects(interrupt(onDemand?.InstanceId), /is no Spot Instance/)
  await assert.rejects(interrupt('i-0123456789abcdef0'), /does not exist/)
  const [pending] = await run(on, SPOT)
  await assert.rejects(interrupt(pending?.InstanceId), /is not running/)
})

test('mistakes are answered as such', async () => {
  const on = await ec2Cloud()
  const cases: [Partial<RequestSpotInstancesCommandInput>, RegExp][] = [
    [{ LaunchSpecification: undefined }, /^MissingParameter/],
    [{ InstanceCount: 0 }, /^InvalidParameterValue/],
    [{ SpotPrice: 'much' }, /^InvalidParameterValue/],
    [{ InstanceInterruptionBehavior: 'stop' }, /^InvalidParameterCombination/],
    [{ ValidUntil: new Date(0) }, /^InvalidParameterValue: The ValidUntil/],
    [{ LaunchSpecification: { InstanceType: 't3.micro' } }, /^MissingParameter/],
  ]
  for (const [input, expected] of cases) assert.match(await refusal(request(on, input)), expected)
  assert.match(await refusal(shown(on, 'sir-1')), /^InvalidSpotInstanceRequestID.Malformed/)
  assert.equal(
    await refusal(shown(on, 'sir-abcdefgh')),
    'InvalidSpotInstanceRequestID.NotFound: ' +
      "The spot instance request ID 'sir-abcdefgh' does not exist",
  )
})

test('the same token requests once', async () => {
  const on = await ec2Cloud()
  const ids = await request(on, { ClientToken: 'once', InstanceCount: 2 })
  assert.deepEqual(await request(on, { ClientToken: 'once', InstanceCount: 2 }), ids)
  const other = request(on, { ClientToken: 'once', InstanceCount: 3 })
  assert.equal((await failure(other)).name, 'IdempotentParameterMismatch')
})

test('requesting and cancelling have permissions of their own', async () => {
  const on = await ec2Cloud()
  const allow = (Action: string, Resource = '*') =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } })
  const as = async (name: string, ...policies: string[]) => {
    const credentials = await user(on.cloud, name, ...policies)
    return { ...on, ec2: on.cloud.client(EC2Client, { credentials }) }
  }
  const eve = await as('eve', allow('ec2:RunInstances'))
  assert.match(await refusal(request(eve)), /ec2:RequestSpotInstances on .*spot-instances-request/)
  const ada = await as('ada', allow('ec2:RequestSpotInstances'))
  const [id = ''] = await request(ada)
  const cancel = new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] })
  assert.match(await refusal(ada.ec2.send(cancel)), /ec2:CancelSpotInstanceRequests on .*\/sir-/)
  const Tags = [{ Key: 'a', Value: 'b' }]
  await on.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }))
  assert.deepEqual((await shown(on, id)).Tags, Tags)
})
