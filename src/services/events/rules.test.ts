import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge'
import { failure, testCloud } from '../../../test/cloud.ts'

const PATTERN = '{"source":["core.update-account-command"]}'
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:queue'
const RULE = 'arn:aws:events:us-east-1:000000000000:rule'

async function client() {
  return (await testCloud()).client(EventBridgeClient)
}

describe('rules', () => {
  it('are put, described, listed and deleted', async () => {
    const events = await client()
    const put = await events.send(new PutRuleCommand({ Name: 'one', EventPattern: PATTERN }))
    assert.equal(put.RuleArn, `${RULE}/one`)
    const { $metadata, ...rule } = await events.send(new DescribeRuleCommand({ Name: 'one' }))
    const listed = {
      Name: 'one',
      Arn: `${RULE}/one`,
      EventBusName: 'default',
      EventPattern: PATTERN,
      State: 'ENABLED',
    }
    assert.deepEqual(rule, { ...listed, CreatedBy: '000000000000' })
    const { Rules } = await events.send(new ListRulesCommand({ NamePrefix: 'o' }))
    assert.deepEqual(Rules, [listed])
    await events.send(new DeleteRuleCommand({ Name: 'one' }))
    await events.send(new DeleteRuleCommand({ Name: 'one' }))
    const error = await failure(events.send(new DescribeRuleCommand({ Name: 'one' })))
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.message, 'Rule one does not exist on EventBus default.')
  })

  it('of custom buses have the bus in their ARN', async () => {
    const events = await client()
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const byArn = { Name: 'one', EventPattern: PATTERN, EventBusName: EventBusArn }
    const put = await events.send(new PutRuleCommand(byArn))
    assert.equal(put.RuleArn, `${RULE}/orders/one`)
    const described = { Name: 'one', EventBusName: 'orders' }
    const rule = await events.send(new DescribeRuleCommand(described))
    assert.equal(rule.EventBusName, 'orders')
  })

  it('need a bus that exists', async () => {
    const events = await client()
    const put = { Name: 'one', EventPattern: PATTERN, EventBusName: 'none' }
    const error = await failure(events.send(new PutRuleCommand(put)))
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.message, 'Event bus none does not exist.')
  })

  it('lose what an update leaves out, but not their targets or tags', async () => {
    const events = await client()
    const Tags = [{ Key: 'team', Value: 'blue' }]
    const full = { Name: 'one', EventPattern: PATTERN, Description: 'text', Tags }
    await events.send(new PutRuleCommand(full))
    const Targets = [{ Id: '1', Arn: QUEUE }]
    await events.send(new PutTargetsCommand({ Rule: 'one', Targets }))
    const other = {
      Name: 'one',
      ScheduleExpression: 'rate(1 day)',
      Tags: [{ Key: 'x', Value: '' }],
    }
    await events.send(new PutRuleCommand(other))
    const rule = await events.send(new DescribeRuleCommand({ Name: 'one' }))
    assert.equal(rule.Description, undefined)
    assert.equal(rule.EventPattern, undefined)
    assert.equal(rule.ScheduleExpression, 'rate(1 day)')
    const left = await events.send(new ListTargetsByRuleCommand({ Rule: 'one' }))
    assert.deepEqual(left.Targets, Targets)
    const tags = new ListTagsForResourceCommand({ ResourceARN: `${RULE}/one` })
    assert.deepEqual((await events.send(tags)).Tags, Tags)
  })

  it('are disabled and enabled', async () => {
    const events = await client()
    await events.send(new PutRuleCommand({ Name: 'one', EventPattern: PATTERN }))
    await events.send(new DisableRuleCommand({ Name: 'one' }))
    const disabled = await events.send(new DescribeRuleCommand({ Name: 'one' }))
    assert.equal(disabled.State, 'DISABLED')
    await events.send(new EnableRuleCommand({ Name: 'one' }))
    const enabled = await events.send(new DescribeRuleCommand({ Name: 'one' }))
    assert.equal(enabled.State, 'ENABLED')
    const error = await failure(events.send(new EnableRuleCommand({ Name: 'two' })))
    assert.equal(error.message, 'Rule two does not exist on EventBus default.')
  })

  it('with targets cannot be deleted', async () => {
    const events = await client()
    await events.send(new PutRuleCommand({ Name: 'one', EventPattern: PATTERN }))
    const Targets = [{ Id: '1', Arn: QUEUE }]
    await events.send(new PutTargetsCommand({ Rule: 'one', Targets }))
    const error = await failure(events.send(new DeleteRuleCommand({ Name: 'one' })))
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.message, "Rule can't be deleted since it has targets.")
  })

  it('are listed in pages', async () => {
    const events = await client()
    for (const Name of ['c', 'a', 'e', 'b', 'd']) {
      await events.send(new PutRuleCommand({ Name, EventPattern: PATTERN }))
    }
    const first = await events.send(new ListRulesCommand({ Limit: 3 }))
    assert.deepEqual(
      first.Rules?.map(({ Name }) => Name),
      ['a', 'b', 'c'],
    )
    const next = new ListRulesCommand({ Limit: 3, NextToken: first.NextToken })
    const second = await events.send(next)
    assert.deepEqual(
      second.Rules?.map(({ Name }) => Name),
      ['d', 'e'],
    )
    assert.equal(second.NextToken, undefined)
  })

  it('are refused with an invalid pattern, in the words of the pattern language', async () => {
    const events = await client()
    const put = new PutRuleCommand({ Name: 'one', EventPattern: '{"source":"x"}' })
    const error = await failure(events.send(put))
    assert.equal(error.name, 'InvalidEventPatternException')
    assert.match(
      error.message,
      /^Event pattern is not valid\. Reason: "source" must be an object or an array/,
    )
  })

  it('have schedules on the default bus only', async () => {
    const events = await client()
    await events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const ScheduleExpression = 'rate(1 minute)'
    const onCustom = { Name: 'one', ScheduleExpression, EventBusName: 'orders' }
    const error = await failure(events.send(new PutRuleCommand(onCustom)))
    assert.equal(error.message, 'ScheduleExpression is supported only on the default event bus.')
    const wrong = new PutRuleCommand({ Name: 'one', ScheduleExpression: 'rate(1 minutes)' })
    assert.equal(
      (await failure(events.send(wrong))).message,
      'Parameter ScheduleExpression is not valid.',
    )
  })

  it('are at most 300 on a bus', async () => {
    const events = await client()
    for (let n = 0; n < 300; n++) {
      await events.send(new PutRuleCommand({ Name: `rule-${n}`, EventPattern: PATTERN }))
    }
    const error = await failure(
      events.send(new PutRuleCommand({ Name: 'more', EventPattern: PATTERN })),
    )
    assert.equal(error.name, 'LimitExceededException')
    assert.equal(error.message, 'The requested resource exceeds the maximum number allowed.')
  })
})

describe('TestEventPattern', () => {
  const event = {
    id: '1',
    account: '000000000000',
    source: 'core.update-account-command',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    'detail-type': 'x',
  }

  it('says whether an event matches', async () => {
    const events = await client()
    const Event = JSON.stringify(event)
    const matches = await events.send(new TestEventPatternCommand({ EventPattern: PATTERN, Event }))
    assert.equal(matches.Result, true)
    const other = JSON.stringify({ ...event, source: 'other' })
    const not = { EventPattern: PATTERN, Event: other }
    assert.equal((await events.send(new TestEventPatternCommand(not))).Result, false)
  })

  it('needs a whole event', async () => {
    const events = await client()
    const { id, ...incomplete } = event
    for (const Event of ['[]', '"x"', '{', '', JSON.stringify(incomplete)]) {
      const test = new TestEventPatternCommand({ EventPattern: PATTERN, Event })
      const error = await failure(events.send(test))
      assert.equal(error.name, 'ValidationException')
      assert.equal(error.message, 'Parameter Event is not valid.')
    }
  })
})
