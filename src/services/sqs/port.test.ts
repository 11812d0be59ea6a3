import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rolesThatMay, transactions } from '../../../test/transactions.ts'
import type { Context } from '../../aws/context.ts'
import { Arrivals } from './arrivals.ts'
import { queuePort } from './port.ts'
import { effectiveAttributes } from './settings.ts'
import { messages, queues } from './state.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q'
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/r'
const SERVICE = { service: 'events.amazonaws.com', sourceArn: RULE }
const ROLE = {
  roleArn: 'arn:aws:iam::000000000000:role/r',
  service: 'lambda.amazonaws.com',
  sessionName: 's',
}

function addQueue(ctx: Context, attributes: Record<string, string> = {}, name = 'q') {
  const isFifo = name.endsWith('.fifo')
  ctx.tx.put(queues, name, {
    name,
    arn: QUEUE.replace(/q$/, name),
    isFifo,
    attributes: effectiveAttributes(attributes, isFifo),
    tags: {},
    createdAt: 0,
    modifiedAt: 0,
  })
}

function policy(condition: object, service = SERVICE.service): string {
  const Statement = {
    Sid: 'Rules',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: condition,
  }
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

function refusal(condition: object | undefined, service?: string) {
  const port = queuePort(rolesThatMay(), new Arrivals())
  const outcome = transactions()((ctx) => {
    addQueue(ctx, condition ? { Policy: policy(condition, service) } : {})
    return port.send(QUEUE, { body: 'x' }, SERVICE, ctx)
  })
  assert.ok(!outcome.accepted)
  return outcome
}

describe('sending as a service', () => {
  const port = queuePort(rolesThatMay(), new Arrivals())

  it('needs a queue', () => {
    const outcome = transactions()((ctx) => port.send(QUEUE, { body: 'x' }, SERVICE, ctx))
    assert.ok(!outcome.accepted)
    assert.equal(outcome.code, 'NO_RESOURCE')
  })

  it('is let in by the statement that names it', () => {
    const transact = transactions()
    const attributes = { a: { dataType: 'String', value: 'v' } } as const
    const outcome = transact((ctx) => {
      addQueue(ctx, { Policy: policy({ ArnEquals: { 'aws:SourceArn': RULE } }) })
      return port.send(QUEUE, { body: 'x', attributes }, SERVICE, ctx)
    })
    assert.equal(outcome.accepted, true)
    assert.match(outcome.because, /allowed by statement 1 \(Rules\)/)
    const [sent] = transact((ctx) => ctx.tx.read(messages, QUEUE))
    assert.equal(sent?.row.body, 'x')
    assert.deepEqual(sent?.row.attributes, { a: { type: 'String', text: 'v' } })
  })

  it('is refused with what came nearest', () => {
    const other = refusal({ ArnEquals: { 'aws:SourceArn': `${RULE}2` } })
    assert.equal(other.code, 'NO_PERMISSIONS')
    assert.match(other.because, /ArnEquals aws:SourceArn/)
    assert.match(refusal({}, 'sns.amazonaws.com').because, /Principal "sns.amazonaws.com"/)
    const account = refusal({ StringEquals: { 'aws:SourceAccount': '111122223333' } })
    assert.match(account.because, /the request has "000000000000"/)
    assert.match(refusal(undefined).because, /no resource-based policy/)
  })

  it('keeps to the rules of FIFO queues', () => {
    const transact = transactions()
    const arn = `${QUEUE}.fifo`
    transact((ctx) => addQueue(ctx, { Policy: policy({}) }, 'q.fifo'))
    const send = (groupId?: string, deduplicationId?: string) =>
      transact((ctx) =>
        port.send(
          arn,
          { body: 'x', ...(groupId && { groupId }), ...(deduplicationId && { deduplicationId }) },
          SERVICE,
          ctx,
        ),
      )
    const groupless = send()
    assert.ok(!groupless.accepted)
    assert.equal(groupless.code, 'INVALID_PARAMETER')
    assert.equal(groupless.message, 'The request must contain the parameter MessageGroupId.')
    assert.equal(send('g').accepted, false)
    for (const id of ['1', '1', '2']) assert.equal(send('g', id).accepted, true)
    transact((ctx) => assert.equal(ctx.tx.size(messages, arn), 2))
  })
})

describe('sending under a role', () => {
  it('asks for the role', () => {
    const transact = transactions()
    const send = (...allowed: string[]) =>
      transact((ctx) => {
        addQueue(ctx)
        const port = queuePort(rolesThatMay(...allowed), new Arrivals())
        return port.send(QUEUE, { body: 'x' }, ROLE, ctx)
      })
    assert.equal(send(`sqs:SendMessage ${QUEUE}`).accepted, true)
    const refused = send()
    assert.ok(!refused.accepted)
    assert.deepEqual([refused.code, refused.message], ['NO_PERMISSIONS', 'denied'])
  })
})
