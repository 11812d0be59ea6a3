import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isoSeconds, MS_PER_DAY, MS_PER_SECOND } from '../../clock.ts'
import { spool } from '../../store/store.ts'
import type { Outcome } from '../ports.ts'
import { RETRY } from './deliver.ts'
import { backoffMs } from './retry.ts'
import { EventsAlone, FUNCTION } from './testing/alone.ts'

const RULE = 'arn:aws:events:us-east-1:000000000000:rule/rule'
const ORDERS = 'arn:aws:events:us-east-1:000000000000:event-bus/orders'

const throttled: Outcome = {
  accepted: false,
  code: 'THROTTLING',
  message: 'Rate exceeded',
  retryable: true,
  because: 'The function is throttled.',
}

function failing(RetryPolicy?: object): EventsAlone {
  const events = new EventsAlone()
  events.outcome = throttled
  events.rule({ RetryPolicy })
  events.put()
  return events
}

const attributeOf = (events: EventsAlone, name: string) =>
  events.letters[0]?.attributes?.[name]?.value

describe('retries', () => {
  it('come until the target accepts, further and further apart', async () => {
    const events = failing()
    await events.agenda.advance(60 * MS_PER_SECOND)
    assert.equal(events.invocations.length, 7)
    const waits = events.invocations.slice(1).map(({ at }, n) => at - events.invocations[n]!.at)
    waits.forEach((wait, n) => {
      assert.ok(wait >= 500 * 2 ** n && wait <= 1000 * 2 ** n, `${wait} ms before retry ${n + 1}`)
    })
    events.outcome = { accepted: true, because: 'There is room.' }
    await events.agenda.advance(MS_PER_DAY)
    assert.equal(events.invocations.length, 8)
    assert.equal(events.letters.length, 0)
    assert.equal(events.agenda.waiting, 0)
  })

  it('are as many as the policy says', async () => {
    const events = failing({ MaximumRetryAttempts: 3 })
    await events.agenda.advance(MS_PER_DAY)
    assert.equal(events.invocations.length, 4)
    assert.equal(attributeOf(events, 'ERROR_CODE'), 'THROTTLING')
    assert.equal(attributeOf(events, 'ERROR_MESSAGE'), 'Rate exceeded')
    assert.equal(attributeOf(events, 'TARGET_ARN'), FUNCTION)
    assert.equal(attributeOf(events, 'RETRY_ATTEMPTS'), '3')
    assert.equal(attributeOf(events, 'EXHAUSTED_RETRY_CONDITION'), 'MaximumRetryAttempts')
  })

  it('may be none', async () => {
    const events = failing({ MaximumRetryAttempts: 0 })
    await events.agenda.settle()
    assert.equal(events.invocations.length, 1)
    assert.equal(attributeOf(events, 'RETRY_ATTEMPTS'), '0')
    assert.equal(attributeOf(events, 'EXHAUSTED_RETRY_CONDITION'), 'MaximumRetryAttempts')
  })

  it('end when the event is too old', async () => {
    const events = failing({ MaximumEventAgeInSeconds: 60 })
    await events.agenda.advance(59 * MS_PER_SECOND)
    assert.equal(events.letters.length, 0)
    await events.agenda.advance(1 * MS_PER_SECOND)
    assert.equal(events.letters.length, 1)
    assert.equal(events.invocations.length, 7)
    assert.equal(attributeOf(events, 'RETRY_ATTEMPTS'), '6')
    assert.equal(attributeOf(events, 'EXHAUSTED_RETRY_CONDITION'), 'MaximumEventAgeInSeconds')
  })

  it('are 185 within a day unless said otherwise', async () => {
    const events = failing()
    await events.agenda.advance(2 * MS_PER_DAY)
    assert.equal(events.letters.length, 1)
    const retries = Number(attributeOf(events, 'RETRY_ATTEMPTS'))
    assert.ok(retries > 150 && retries <= 185, `${retries} retries`)
  })

  it('are told, each with its reason', async () => {
    const events = failing({ MaximumRetryAttempts: 1 })
    await events.agenda.advance(MS_PER_DAY)
    const steps = events.records().flatMap(({ step }) => (step.kind === 'delivery' ? [step] : []))
    assert.deepEqual(
      steps.map(({ attempt, outcome, errorCode }) => [attempt, outcome, errorCode]),
      [
        [1, 'retry', 'THROTTLING'],
        [2, 'dead-letter', 'THROTTLING'],
      ],
    )
    assert.match(
      steps[0]!.because,
      /^The function is throttled\. The next attempt is in [01]\.\d s\.$/,
    )
    assert.match(steps[1]!.because, /MaximumRetryAttempts is exhausted\.$/)
  })

  it('go on where hops between buses were not counted yet', async () => {
    const events = new EventsAlone()
    events.call('CreateEventBus', { Name: 'orders' })
    events.rule({ Arn: ORDERS, RoleArn: 'arn:aws:iam::000000000000:role/r' })
    events.transact((ctx) => {
      const { account, region, now, tx } = ctx
      const time = isoSeconds(now)
      const of = { account, region, time, source: 'test', detailType: 'type' }
      const event = { id: 'e', ...of, resources: [], detail: '{}' }
      const job = { event, bus: 'default', rule: 'rule', target: '1', attempt: 2, since: now }
      ctx.later(0, RETRY, { id: tx.append(spool('events.retries'), RULE, now, job) })
    })
    await events.agenda.settle()
    const buses = events.records().flatMap(({ step }) => (step.kind === 'event' ? step.bus : []))
    assert.deepEqual(buses, ['orders'])
  })

  it('end silently when the target is removed', async () => {
    const events = failing()
    await events.agenda.settle()
    events.call('RemoveTargets', { Rule: 'rule', Ids: ['1'] })
    await events.agenda.advance(MS_PER_DAY)
    assert.equal(events.invocations.length, 1)
    assert.equal(events.agenda.waiting, 0)
  })
})

describe('back-off', () => {
  it('doubles up to a limit, and is spread by chance', () => {
    assert.equal(backoffMs({ attempt: 1, since: 0 }, 0), 500)
    assert.equal(backoffMs({ attempt: 3, since: 0 }, 1), 4000)
    assert.equal(backoffMs({ attempt: 185, since: 0 }, 1), 600_000)
  })
})
