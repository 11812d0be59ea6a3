import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutPermissionCommand,
  PutRuleCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge'
import { failure, testCloud } from '../../../test/cloud.ts'

const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus'

let events: EventBridgeClient
beforeEach(async () => {
  events = (await testCloud()).client(EventBridgeClient)
})

const create = (Name: string) => events.send(new CreateEventBusCommand({ Name }))
const describeBus = (Name?: string) => events.send(new DescribeEventBusCommand({ Name }))
const policyOf = async (name: string) => JSON.parse((await describeBus(name)).Policy ?? 'null')

describe('buses', () => {
  it('are created, described, listed and deleted', async () => {
    const { EventBusArn } = await create('orders')
    assert.equal(EventBusArn, `${BUS}/orders`)
    const bus = await describeBus('orders')
    assert.equal(bus.Name, 'orders')
    assert.equal(bus.CreationTime?.getTime(), Date.UTC(2026, 0, 1))
    const { EventBuses } = await events.send(new ListEventBusesCommand({}))
    assert.deepEqual(
      EventBuses?.map(({ Arn }) => Arn),
      [`${BUS}/default`, `${BUS}/orders`],
    )
    await events.send(new DeleteEventBusCommand({ Name: 'orders' }))
    const error = await failure(describeBus('orders'))
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.message, 'Event bus orders does not exist.')
  })

  it('have names of their own', async () => {
    await create('orders')
    const error = await failure(create('orders'))
    assert.equal(error.name, 'ResourceAlreadyExistsException')
    assert.equal(error.message, 'Event bus orders already exists.')
  })

  it('include one that always is', async () => {
    assert.equal((await describeBus()).Arn, `${BUS}/default`)
    const error = await failure(events.send(new DeleteEventBusCommand({ Name: 'default' })))
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.message, 'Cannot delete event bus default.')
  })

  it('with rules cannot be deleted', async () => {
    await create('orders')
    const rule = { Name: 'rule', EventPattern: '{"source":["a"]}', EventBusName: 'orders' }
    await events.send(new PutRuleCommand(rule))
    const error = await failure(events.send(new DeleteEventBusCommand({ Name: 'orders' })))
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.message, "EventBus can't be deleted since it has rules.")
  })

  it('have no slash in their names, unless they are of partners', async () => {
    const error = await failure(create('a/b'))
    assert.equal(error.name, 'ValidationException')
    assert.match(error.message, /can't contain the \/ character/)
  })

  it('that are not there are deleted all the same', async () => {
    await events.send(new DeleteEventBusCommand({ Name: 'none' }))
  })
})

describe('bus policies', () => {
  const statement = (Sid: string, account: string) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'events:PutEvents',
    Resource: `${BUS}/default`,
  })
  const permit = (StatementId: string, Principal: string) =>
    events.send(new PutPermissionCommand({ Action: 'events:PutEvents', StatementId, Principal }))

  it('gain and lose statements', async () => {
    await permit('a', '111111111111')
    await permit('b', '222222222222')
    await permit('a', '333333333333')
    assert.deepEqual(await policyOf('default'), {
      Version: '2012-10-17',
      Statement: [statement('b', '222222222222'), statement('a', '333333333333')],
    })
    await events.send(new RemovePermissionCommand({ StatementId: 'b' }))
    assert.deepEqual((await policyOf('default')).Statement, [statement('a', '333333333333')])
    const error = await failure(events.send(new RemovePermissionCommand({ StatementId: 'b' })))
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.message, 'Statement with the provided id does not exist.')
    await events.send(new RemovePermissionCommand({ RemoveAllPermissions: true }))
    assert.equal(await policyOf('default'), null)
  })

  it('take conditions on the organisation', async () => {
    const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1234567890' }
    const open = { Action: 'events:PutEvents', StatementId: 'org', Principal: '*', Condition }
    await events.send(new PutPermissionCommand(open))
    const [found] = (await policyOf('default')).Statement
    assert.equal(found.Principal, '*')
    assert.deepEqual(found.Condition, { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } })
  })

  it('are replaced as a whole, if they are valid and not too long', async () => {
    const policy = { Version: '2012-10-17', Statement: [statement('x', '111111111111')] }
    const Policy = JSON.stringify(policy)
    await events.send(new PutPermissionCommand({ Policy }))
    assert.deepEqual(await policyOf('default'), policy)
    const broken = await failure(events.send(new PutPermissionCommand({ Policy: '{' })))
    assert.equal(broken.name, 'ValidationException')
    const long = JSON.stringify({ ...policy, Id: 'x'.repeat(10_240) })
    const error = await failure(events.send(new PutPermissionCommand({ Policy: long })))
    assert.equal(error.name, 'PolicyLengthExceededException')
  })

  it('are for their own bus', async () => {
    const other = { ...statement('x', '111111111111'), Resource: [`${BUS}/orders`] }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: other })
    assert.equal(
      (await failure(events.send(new PutPermissionCommand({ Policy })))).message,
      `The relative-id "event-bus/orders" is invalid for ARN "${BUS}/orders"`,
    )
    assert.equal(await policyOf('default'), null)
  })

  it('need a bus', async () => {
    const EventBusName = 'none'
    const remove = new RemovePermissionCommand({ EventBusName, StatementId: 'x' })
    assert.equal((await failure(events.send(remove))).message, 'Event bus none does not exist.')
  })
})

describe('tags', () => {
  it('are put on buses and rules, and removed', async () => {
    await create('orders')
    const ResourceARN = `${BUS}/orders`
    const list = async () =>
      (await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: '__proto__', Value: '2' },
    ]
    await events.send(new TagResourceCommand({ ResourceARN, Tags }))
    await events.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: '3' }] }))
    assert.deepEqual(await list(), [{ Key: 'a', Value: '3' }, Tags[1]])
    await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a', 'absent'] }))
    assert.deepEqual(await list(), [Tags[1]])
  })

  it('cannot have keys that AWS keeps for itself', async () => {
    const Tags = [{ Key: 'AWS:owner', Value: '1' }]
    const EventPattern = '{"source":["a"]}'
    for (const call of [
      events.send(new CreateEventBusCommand({ Name: 'orders', Tags })),
      events.send(new PutRuleCommand({ Name: 'rule', EventPattern, Tags })),
      events.send(new TagResourceCommand({ ResourceARN: `${BUS}/default`, Tags })),
    ]) {
      assert.equal((await failure(call)).name, 'ValidationException')
    }
    assert.equal((await events.send(new ListEventBusesCommand({}))).EventBuses?.length, 1)
  })

  it('need a resource', async () => {
    const ask = (ResourceARN: string) =>
      failure(events.send(new ListTagsForResourceCommand({ ResourceARN })))
    assert.equal((await ask(`${BUS}/none`)).message, 'Event bus none does not exist.')
    const rule = 'arn:aws:events:us-east-1:000000000000:rule/none'
    assert.equal((await ask(rule)).message, 'Rule none does not exist on EventBus default.')
  })
})
