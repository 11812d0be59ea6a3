import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventsAlone } from './testing/alone.ts'

async function invoked(events: EventsAlone): Promise<number> {
  const before = events.invocations.length
  events.put()
  await events.agenda.settle()
  return events.invocations.length - before
}

describe('matchers', () => {
  it('follow the rules', async () => {
    const events = new EventsAlone()
    assert.equal(await invoked(events), 0)
    events.rule()
    assert.equal(await invoked(events), 1)
    events.call('DisableRule', { Name: 'rule' })
    assert.equal(await invoked(events), 0)
    events.call('EnableRule', { Name: 'rule' })
    assert.equal(await invoked(events), 1)
    events.call('PutRule', { Name: 'rule', EventPattern: '{"source":["other"]}' })
    assert.equal(await invoked(events), 0)
    events.rule()
    events.call('RemoveTargets', { Rule: 'rule', Ids: ['1'] })
    events.call('DeleteRule', { Name: 'rule' })
    assert.equal(await invoked(events), 0)
  })

  it('are right after many changes that they have not seen', async () => {
    const events = new EventsAlone()
    events.rule()
    assert.equal(await invoked(events), 1)
    events.call('DisableRule', { Name: 'rule' })
    for (let n = 0; n < 100; n++) {
      events.call('PutRule', { Name: `rule-${n}`, EventPattern: '{"source":["other"]}' })
    }
    assert.equal(await invoked(events), 0)
  })

  it('forget what a transaction undoes, though it has been matched meanwhile', async () => {
    const events = new EventsAlone()
    events.rule()
    assert.equal(await invoked(events), 1)
    const undone = () =>
      events.transact((ctx) => {
        events.call('DisableRule', { Name: 'rule' }, ctx)
        ctx.publish({ source: 'test', detailType: 't', resources: [], detail: {} })
        throw new Error('undone')
      })
    assert.throws(undone, /undone/)
    assert.equal(await invoked(events), 1)
    assert.throws(undone, /undone/)
    events.call('PutRule', { Name: 'other', EventPattern: '{"source":["other"]}' })
    assert.equal(await invoked(events), 1)
  })

  it('see read-only management events only in rules that ask for them', async () => {
    const events = new EventsAlone()
    const EventPattern = '{"source":["aws.ec2"]}'
    events.call('PutRule', { Name: 'writes', EventPattern })
    const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
    events.call('PutRule', { Name: 'all', EventPattern, State })
    const call = { source: 'aws.ec2', detailType: 'AWS API Call via CloudTrail', resources: [] }
    events.transact((ctx) => {
      ctx.publish({ ...call, detail: { readOnly: true } })
      ctx.publish({ ...call, detail: { readOnly: false } })
    })
    const matched = events
      .records()
      .flatMap(({ step }) => (step.kind === 'event' ? [step.matched] : []))
    assert.deepEqual(matched, [['all'], ['writes', 'all']])
  })
})
