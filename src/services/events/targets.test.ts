import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:queue'

describe('targets', () => {
  let events: EventBridgeClient
  let cloud: TestCloud

  beforeEach(async () => {
    cloud = await testCloud()
    events = cloud.client(EventBridgeClient)
    await events.send(new PutRuleCommand({ Name: 'rule', EventPattern: '{"source":["a"]}' }))
  })

  const put = (...Targets: Target[]) =>
    events.send(new PutTargetsCommand({ Rule: 'rule', Targets }))
  const list = async () =>
    (await events.send(new ListTargetsByRuleCommand({ Rule: 'rule' }))).Targets

  it('are put, replaced by id, listed and removed', async () => {
    const { FailedEntryCount, FailedEntries } = await put({ Id: '1', Arn: QUEUE })
    assert.deepEqual(
      { FailedEntryCount, FailedEntries },
      { FailedEntryCount: 0, FailedEntries: [] },
    )
    await put({ Id: '2', Arn: QUEUE, InputPath: '$.detail' }, { Id: '1', Arn: `${QUEUE}-b` })
    assert.deepEqual(await list(), [
      { Id: '1', Arn: `${QUEUE}-b` },
      { Id: '2', Arn: QUEUE, InputPath: '$.detail' },
    ])
    const remove = new RemoveTargetsCommand({ Rule: 'rule', Ids: ['1', '3'] })
    const removed = await events.send(remove)
    assert.equal(removed.FailedEntryCount, 1)
    assert.equal(removed.FailedEntries?.[0]?.TargetId, '3')
    assert.deepEqual(await list(), [{ Id: '2', Arn: QUEUE, InputPath: '$.detail' }])
  })

  it('are at most five', async () => {
    const five = ['1', '2', '3', '4', '5'].map((Id) => ({ Id, Arn: QUEUE }))
    await put(...five)
    await put({ Id: '5', Arn: QUEUE })
    const error = await failure(put({ Id: '6', Arn: QUEUE }))
    assert.equal(error.name, 'LimitExceededException')
    assert.equal(error.message, 'The requested resource exceeds the maximum number allowed.')
  })

  it('have ids of a certain form', async () => {
    const error = await failure(put({ Id: '!@#$@!#$', Arn: QUEUE }))
    assert.equal(error.name, 'ValidationException')
    assert.equal(
      error.message,
      "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy " +
        'constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+',
    )
  })

  it('take one way of input', async () => {
    const both = { InputPath: '$.detail', InputTransformer: { InputTemplate: '"x"' } }
    assert.equal(
      (await failure(put({ Id: 'x', Arn: QUEUE, ...both }))).message,
      'Only one of Input, InputPath, or InputTransformer must be provided for target x.',
    )
  })

  it('have templates whose placeholders are known', async () => {
    const InputTransformer = {
      InputPathsMap: { known: '$.detail' },
      InputTemplate: '"<known> <aws.events.rule-name> <notdefinedkey>"',
    }
    assert.equal(
      (await failure(put({ Id: 'x', Arn: QUEUE, InputTransformer }))).message,
      'InputTemplate for target x contains invalid placeholder notdefinedkey.',
    )
  })

  it('need a role that EventBridge can assume where AWS needs one', async () => {
    const Arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:x'
    assert.equal(
      (await failure(put({ Id: 'x', Arn }))).message,
      `RoleArn is required for target ${Arn}.`,
    )
    const RoleArn = 'arn:aws:iam::000000000000:role/none'
    assert.equal(
      (await failure(put({ Id: 'x', Arn, RoleArn }))).message,
      `Provided role '${RoleArn}' cannot be assumed by principal 'events.amazonaws.com'.`,
    )
  })

  it('in other accounts that are buses take no input of their own', async () => {
    const Arn = 'arn:aws:events:us-east-1:111111111111:event-bus/default'
    const RoleArn = 'arn:aws:iam::000000000000:role/none'
    const error = await failure(put({ Id: 'x', Arn, RoleArn, Input: '{}' }))
    assert.match(error.message, /^Input, InputPath, and InputTransformer are not available/)
  })

  it('that are FIFO queues need a message group', async () => {
    const error = await failure(put({ Id: 'x', Arn: `${QUEUE}.fifo` }))
    assert.equal(error.message, 'Parameter(s) MessageGroupId must be specified for target: x.')
    await put({ Id: 'x', Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'g' } })
  })

  it('tell which rules they belong to, in pages', async () => {
    for (const Name of ['b', 'a', 'c']) {
      await events.send(new PutRuleCommand({ Name, EventPattern: '{"source":["a"]}' }))
      const Targets = [{ Id: '1', Arn: QUEUE }]
      await events.send(new PutTargetsCommand({ Rule: Name, Targets }))
    }
    const ask = { TargetArn: QUEUE, Limit: 2 }
    const first = await events.send(new ListRuleNamesByTargetCommand(ask))
    assert.deepEqual(first.RuleNames, ['a', 'b'])
    const next = new ListRuleNamesByTargetCommand({ ...ask, NextToken: first.NextToken })
    assert.deepEqual((await events.send(next)).RuleNames, ['c'])
    const none = new ListRuleNamesByTargetCommand({ TargetArn: `${QUEUE}-other` })
    assert.deepEqual((await events.send(none)).RuleNames, [])
  })
})
