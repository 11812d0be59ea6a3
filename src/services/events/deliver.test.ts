import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { RemoveTargetsCommand } from '@aws-sdk/client-eventbridge'
import { testCloud } from '../../../test/cloud.ts'
import { Actor, deliveries, policy } from './testing/delivery.ts'

let user: Actor
beforeEach(async () => {
  user = new Actor(await testCloud())
})

const document = (id: string, members: object = {}) => ({
  version: '0',
  id,
  'detail-type': 'core.update-account-command',
  source: 'core.update-account-command',
  account: '000000000000',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { command: 'update-account', payload: { acc_id: '0a787ecb-4015', sf_id: 'baz' } },
  ...members,
})

describe('delivery', () => {
  it('gives the document, its members in order, to every target of every rule', async () => {
    const one = await user.queue('one')
    const two = await user.queue('two')
    await user.rule('first', [{ Arn: one }, { Arn: two }])
    await user.rule('second', [{ Arn: two }])
    const id = await user.put()
    const [message, ...rest] = await user.receive(one)
    assert.equal(rest.length, 0)
    assert.equal(message?.Body, JSON.stringify(document(id)))
    const bodies = (await user.receive(two)).map(({ Body }) => Body)
    assert.deepEqual(bodies, [message?.Body, message?.Body])
  })

  it('keeps numbers, times and resources as they were put', async () => {
    const queue = await user.queue('queue')
    await user.rule('rule', [{ Arn: queue }])
    const Detail = '{ "a" : 1.50 , "b": 12345678901234567890, "c": "x \\" { , }" }'
    const Time = new Date('2022-01-01T01:02:03.999Z')
    await user.put({ Detail, Time, Resources: ['arn:a', 'b'] })
    const [message] = await user.receive(queue)
    assert.match(
      message?.Body ?? '',
      /"time":"2022-01-01T01:02:03Z","region":"us-east-1","resources":\["arn:a","b"\],"detail"/,
    )
    assert.match(
      message?.Body ?? '',
      /"detail":\{"a":1\.50,"b":12345678901234567890,"c":"x \\" \{ , \}"\}\}$/,
    )
  })

  it('follows changes of rules', async () => {
    const queue = await user.queue('queue')
    await user.rule('rule', [{ Arn: queue }])
    await user.put()
    assert.equal((await user.receive(queue)).length, 1)
    const remove = new RemoveTargetsCommand({ Rule: 'rule', Ids: ['target-0'] })
    await user.events.send(remove)
    await user.put()
    assert.equal((await user.receive(queue)).length, 0)
  })

  it('ends with a reset', async () => {
    await user.rule('rule', [{ Arn: await user.queue('queue') }])
    await user.put()
    await user.cloud.reset()
    const queue = await user.queue('queue')
    assert.deepEqual(deliveries(user.cloud, await user.put()), [])
    await user.rule('rule', [{ Arn: queue }])
    assert.equal(deliveries(user.cloud, await user.put()).length, 1)
  })

  it('without permission ends in the dead-letter queue, at once', async () => {
    const closed = await user.queue('closed', { open: false })
    const letters = await user.queue('letters')
    const rule = await user.rule('rule', [{ Arn: closed, DeadLetterConfig: { Arn: letters } }])
    const id = await user.put()
    const [letter] = await user.receive(letters)
    assert.deepEqual(JSON.parse(letter?.Body ?? ''), document(id))
    const attributes = Object.entries(letter?.MessageAttributes ?? {}).map(
      ([name, { DataType, StringValue }]) => [name, DataType, StringValue],
    )
    const [step] = deliveries(user.cloud, id)
    assert.equal(step?.outcome, 'dead-letter')
    const [[, , message = ''] = []] = attributes.splice(
      attributes.findIndex(([name]) => name === 'ERROR_MESSAGE'),
      1,
    )
    assert.equal(
      message.replace(/[0-9a-f-]{36}/, 'ID'),
      'User: events.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: ' +
        `${closed} because no resource-based policy allows the sqs:sendmessage action (Service: ` +
        'AmazonSQS; Status Code: 403; Error Code: AccessDenied; Request ID: ID; Proxy: null)',
    )
    assert.deepEqual(attributes.sort(), [
      ['ERROR_CODE', 'String', 'NO_PERMISSIONS'],
      ['RULE_ARN', 'String', rule],
      ['TARGET_ARN', 'String', closed],
    ])
  })

  it('leaves in the dead-letter queue what the target should have had', async () => {
    const closed = await user.queue('closed', { open: false })
    const letters = await user.queue('letters')
    const DeadLetterConfig = { Arn: letters }
    const InputTemplate = '{"a": "<a>"}'
    const template = (a: string) => ({ InputTransformer: { InputPathsMap: { a }, InputTemplate } })
    await user.rule('rule', [
      { Arn: closed, DeadLetterConfig, ...template('$.detail.command') },
      { Arn: closed, DeadLetterConfig, ...template('$.detail.payload') },
    ])
    await user.put()
    const told = (await user.receive(letters)).map(({ Body, MessageAttributes = {} }) => [
      Body,
      MessageAttributes.ERROR_CODE?.StringValue,
    ])
    assert.deepEqual(told.sort(), [
      ['{"a": "update-account"}', 'NO_PERMISSIONS'],
      ['{"a": "{"acc_id":"0a787ecb-4015","sf_id":"baz"}"}', 'INVALID_JSON'],
    ])
  })

  it('is dropped when the dead-letter queue refuses too, and says so', async () => {
    const closed = await user.queue('closed', { open: false })
    await user.rule('rule', [{ Arn: closed, DeadLetterConfig: { Arn: closed } }])
    const [step] = deliveries(user.cloud, await user.put())
    assert.equal(step?.outcome, 'dropped')
    assert.equal(step?.errorCode, 'NO_PERMISSIONS')
    assert.match(step?.because ?? '', /The dead-letter queue refused it: Denied: .*SendMessage/)
  })

  it('to what does not exist is dropped', async () => {
    await user.rule('rule', [{ Arn: 'arn:aws:sqs:us-east-1:000000000000:none' }])
    const [step] = deliveries(user.cloud, await user.put())
    assert.equal(step?.outcome, 'dropped')
    assert.equal(step?.errorCode, 'NO_RESOURCE')
  })

  it('to a kind of target that is not there says so', async () => {
    const Arn = 'arn:aws:sns:us-east-1:000000000000:topic'
    await user.rule('rule', [{ Arn }])
    const [step] = deliveries(user.cloud, await user.put())
    assert.equal(step?.outcome, 'dropped')
    assert.match(step?.because ?? '', /^Windtunnel does not deliver to arn:aws:sns:/)
  })

  it('records the event, and each attempt as its consequence', async () => {
    const queue = await user.queue('queue')
    await user.rule('rule', [{ Arn: queue }])
    const id = await user.put()
    const records = user.cloud.trace.records().filter(({ refs }) => refs.includes(id))
    const [event, delivery] = records
    assert.deepEqual(event?.step, {
      kind: 'event',
      bus: 'default',
      event: document(id),
      matched: ['rule'],
    })
    assert.equal(delivery?.step.kind, 'delivery')
    assert.equal(delivery?.cause, event?.id)
    const call = user.cloud.trace.records().find(({ id: record }) => record === event?.cause)
    assert.equal(call?.step.kind, 'call')
  })
})

describe('FIFO queues', () => {
  it('take events with their message group, which may be part of the event', async () => {
    const queue = await user.queue('queue', { fifo: true })
    const MessageGroupId = '$.detail.payload.sf_id'
    await user.rule('rule', [{ Arn: queue, SqsParameters: { MessageGroupId } }])
    const id = await user.put()
    const [message] = await user.receive(queue)
    assert.deepEqual(JSON.parse(message?.Body ?? ''), document(id))
    assert.equal(deliveries(user.cloud, id)[0]?.outcome, 'accepted')
  })
})

describe('log groups', () => {
  const group = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/all'

  it('take events when a resource policy lets EventBridge in', async () => {
    const logs = user.cloud.client(CloudWatchLogsClient)
    const logGroupName = '/aws/events/all'
    await logs.send(new CreateLogGroupCommand({ logGroupName }))
    await user.rule('rule', [{ Arn: group }])
    const refused = deliveries(user.cloud, await user.put())
    assert.equal(refused[0]?.errorCode, 'NO_PERMISSIONS')
    const policyDocument = policy({
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `${group}:*`,
    })
    await logs.send(new PutResourcePolicyCommand({ policyName: 'events', policyDocument }))
    const id = await user.put()
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName }))
    assert.deepEqual(
      found.events?.map(({ message }) => JSON.parse(message ?? '')),
      [document(id)],
    )
  })
})
