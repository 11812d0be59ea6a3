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

  async function refused(target: Partial<Target>, message: string): Promise<void> {
    const error = await failure(put({ Id: 'x', Arn: QUEUE, ...target }))
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.message, message)
  }

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
    assert.equal(removed.FailedEntryCount, 0)
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

  it('need a role where AWS needs one, and one that EventBridge can assume for some', async () => {
    const Arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:x'
    await refused({ Arn }, `RoleArn is required for target ${Arn}.`)
    const RoleArn = 'arn:aws:iam::000000000000:role/none'
    const text = `Provided role '${RoleArn}' cannot be assumed by principal 'events.amazonaws.com'.`
    await refused({ Arn, RoleArn }, text)
    await put({ Id: 'x', Arn: QUEUE, RoleArn })
  })

  it('are refused with input that cannot work, in recorded words', async () => {
    const where = '[Source: (String)"not-json"; line: 1, column: 1]'
    await refused({ Input: 'not-json' }, `JSON syntax error in input for target x: ${where}`)
    const paths = [
      "$['detail']",
      '$["detail"]',
      '$.detail.*',
      '$..text',
      '$.a[-1]',
      '$.a[0:2]',
      'a',
    ]
    for (const InputPath of paths) {
      await refused({ InputPath }, 'InputPath for target x is invalid.')
      const InputTransformer = { InputPathsMap: { a: InputPath }, InputTemplate: '"<a>"' }
      await refused({ InputTransformer }, 'InputPath for target x is invalid.')
    }
    const templates: [InputTemplate: string, text: string][] = [
      [
        'hello <a>',
        'Invalid InputTemplate for target x : ' +
          '[Source: (String)"hello null"; line: 1, column: 1].',
      ],
      ['{"<a>":"b"}', 'InputTemplate placeholder present as a JSON object key for target x.'],
      [
        '[<aws.events.event.json>]',
        'InputTemplate for target x contains placeholder aws.events.event.json valid only for ' +
          'JSON template.',
      ],
    ]
    for (const [InputTemplate, text] of templates) {
      await refused({ InputTransformer: { InputPathsMap: { a: '$.a' }, InputTemplate } }, text)
    }
    await put({ Id: 'x', Arn: QUEUE, Input: '' }, { Id: 'y', Arn: QUEUE, InputPath: '' })
  })

  it('that are buses take neither input nor retries, and lead elsewhere', async () => {
    const RoleArn = 'arn:aws:iam::000000000000:role/none'
    for (const account of ['000000000000', '111111111111']) {
      const Arn = `arn:aws:events:us-east-1:${account}:event-bus/other`
      const bus = { Arn, RoleArn }
      const text = 'Modifying the input for target x is not supported.'
      await refused({ ...bus, Input: '{}' }, text)
      await refused({ ...bus, InputPath: '$.detail' }, text)
      await refused({ ...bus, InputTransformer: { InputTemplate: '{}' } }, text)
      const RetryPolicy = { MaximumRetryAttempts: 0 }
      await refused({ ...bus, RetryPolicy }, 'Retry policy is not supported for Event bus targets.')
      await put({ Id: 'x', ...bus })
    }
    const itself = { Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/default', RoleArn }
    await refused(itself, 'Source EventBus and Target EventBus must not be the same.')
    const Arn = 'arn:aws:events:moon-1:000000000000:event-bus/other'
    const text = `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`
    await refused({ Arn, RoleArn }, text)
  })

  it('that are log groups take a transformer only, and no role', async () => {
    const Arn = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/x'
    const RoleArn = 'arn:aws:iam::000000000000:role/none'
    await refused({ Arn, RoleArn }, `RoleArn is not supported for target ${Arn}.`)
    const text =
      'Input and InputPath are not valid forms of input for target x. The only valid form of ' +
      'input is InputTransformer.'
    await refused({ Arn, Input: '{}' }, text)
    await refused({ Arn, InputPath: '$.detail' }, text)
  })

  it('have dead-letter queues that are queues', async () => {
    for (const Arn of ['x', 'arn:aws:sns:us-east-1:000000000000:topic']) {
      const text = `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`
      await refused({ DeadLetterConfig: { Arn } }, text)
    }
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
