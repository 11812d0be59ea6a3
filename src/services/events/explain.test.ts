import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainEvent } from './explain.ts'
import { EventsAlone } from './testing/alone.ts'

const event = {
  version: '0',
  id: '1',
  'detail-type': 'EC2 AMI State Change',
  source: 'aws.ec2',
  account: '000000000000',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { State: 'available', tags: [{ key: 'a' }, { key: 'b', value: 'x' }] },
}

function explanationOf(pattern: object, State = 'ENABLED') {
  const events = new EventsAlone()
  const EventPattern = JSON.stringify(pattern)
  events.call('PutRule', { Name: 'rule', EventPattern, State })
  const [told] = events.transact((ctx) => explainEvent(event, 'default', ctx.tx))
  return [told?.matched, told?.explanation]
}

describe('explanations', () => {
  it('say which field has which value, and what was wanted', () => {
    assert.deepEqual(explanationOf({ source: ['aws.ec2'], detail: { state: ['available'] } }), [
      false,
      'detail.state must be "available", but the event has none.',
    ])
    assert.deepEqual(explanationOf({ 'detail-type': ['A', { prefix: 'B' }], source: ['x'] }), [
      false,
      'detail-type must be "A" or {"prefix":"B"}, but the event has "EC2 AMI State Change"; ' +
        'source must be "x", but the event has "aws.ec2".',
    ])
  })

  it('enter lists, and tell when fields match only in different elements', () => {
    assert.deepEqual(explanationOf({ detail: { tags: { key: ['c'] } } }), [
      false,
      'detail.tags.key must be "c", but the event has "a", "b".',
    ])
    assert.deepEqual(explanationOf({ detail: { tags: { key: ['a'], value: ['x'] } } }), [
      false,
      'Each of its fields matches, but not all together.',
    ])
  })

  it('tell alternatives, matches and disabled rules apart', () => {
    const $or = [{ source: ['x'] }, { region: ['y'] }]
    assert.deepEqual(explanationOf({ $or }), [
      false,
      'No branch of $or matches: {"source":["x"]} or {"region":["y"]}.',
    ])
    const pattern = { source: ['aws.ec2'] }
    assert.deepEqual(explanationOf(pattern), [true, 'Every field of its pattern matches.'])
    const disabled = [false, 'It is disabled; its pattern matches.']
    assert.deepEqual(explanationOf(pattern, 'DISABLED'), disabled)
  })
})
