import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rolesThatMay, transactions } from '../../../test/transactions.ts'
import { streamArn } from './arns.ts'
import { addGroup } from './groups.ts'
import { putResourcePolicyRow } from './resource-policies.ts'
import { logWriter } from './sink.ts'
import { events, groups, streams } from './state.ts'

const GROUP = '/aws/lambda/f'
const STREAM = '2026/01/01/[$LATEST]abc'
const LINES = [{ timestamp: 1, message: 'START' }]
const GROUP_ARN = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`
const SENDER = {
  roleArn: 'arn:aws:iam::000000000000:role/r',
  service: 'lambda.amazonaws.com',
  sessionName: 'f',
}

describe('writing under a role', () => {
  it('creates what is missing, then only asks to write', () => {
    const transact = transactions()
    const roles = rolesThatMay('logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents')
    const write = logWriter(roles)
    for (const _ of ['first', 'second']) {
      const { accepted } = transact((ctx) => write(GROUP, STREAM, LINES, SENDER, ctx))
      assert.equal(accepted, true)
    }
    assert.deepEqual(roles.asked, [
      `logs:CreateLogGroup ${GROUP_ARN}:log-stream:`,
      `logs:CreateLogStream ${GROUP_ARN}:log-stream:${STREAM}`,
      `logs:PutLogEvents ${GROUP_ARN}:log-stream:${STREAM}`,
      `logs:PutLogEvents ${GROUP_ARN}:log-stream:${STREAM}`,
    ])
    transact((ctx) => assert.equal(ctx.tx.size(events, streamArn(ctx, GROUP, STREAM)), 2))
  })

  it('stops at the first permission that is missing', () => {
    const transact = transactions()
    const nothing = logWriter(rolesThatMay())
    const refused = transact((ctx) => nothing(GROUP, STREAM, LINES, SENDER, ctx))
    assert.deepEqual(refused, {
      accepted: false,
      code: 'NO_PERMISSIONS',
      message: 'denied',
      retryable: false,
      because: 'logs:CreateLogGroup as the test has it',
    })
    transact((ctx) => assert.equal(ctx.tx.has(groups, GROUP), false))
    const write = logWriter(rolesThatMay('logs:CreateLogGroup', 'logs:CreateLogStream'))
    const { accepted } = transact((ctx) => write(GROUP, STREAM, LINES, SENDER, ctx))
    assert.equal(accepted, false)
    transact((ctx) => {
      assert.equal(ctx.tx.count(streams), 1)
      assert.equal(ctx.tx.size(events, streamArn(ctx, GROUP, STREAM)), 0)
    })
  })
})

describe('writing as a service', () => {
  const RULE = 'arn:aws:events:us-east-1:000000000000:rule/r'
  const RULE_SENDER = { service: 'events.amazonaws.com', sourceArn: RULE }
  const write = logWriter(rolesThatMay())
  const policy = (service: string, action: string | string[], condition?: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: action,
        Resource: `${GROUP_ARN}:*`,
        Condition: condition,
      },
    })

  it('needs a group', () => {
    const outcome = transactions()((ctx) => write(GROUP, STREAM, LINES, RULE_SENDER, ctx))
    assert.ok(!outcome.accepted)
    assert.equal(outcome.code, 'NO_RESOURCE')
    assert.equal(outcome.message, 'The specified log group does not exist.')
  })

  it('needs a resource policy that names the service and fits the rule', () => {
    const transact = transactions()
    const attempt = () => transact((ctx) => write(GROUP, STREAM, LINES, RULE_SENDER, ctx))
    transact((ctx) => addGroup(GROUP, ctx))
    assert.equal(attempt().accepted, false)
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const put = (document: string) => transact((ctx) => putResourcePolicyRow('p', document, ctx))
    put(policy('events.amazonaws.com', actions, { ArnEquals: { 'aws:SourceArn': `${RULE}x` } }))
    const refused = attempt()
    assert.ok(!refused.accepted)
    assert.match(refused.because, /ArnEquals aws:SourceArn ".*rule\/rx" did not hold/)
    put(policy('events.amazonaws.com', actions, { ArnEquals: { 'aws:SourceArn': RULE } }))
    assert.equal(attempt().accepted, true)
  })

  it('is also let in as the delivery service', () => {
    const transact = transactions()
    transact((ctx) => {
      addGroup(GROUP, ctx)
      putResourcePolicyRow('p', policy('delivery.logs.amazonaws.com', 'logs:*'), ctx)
    })
    const { accepted } = transact((ctx) => write(GROUP, STREAM, LINES, RULE_SENDER, ctx))
    assert.equal(accepted, true)
  })
})
