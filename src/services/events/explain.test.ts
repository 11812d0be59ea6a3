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
  detail: { State: 'available' },
}

function told(rule: object) {
  const events = new EventsAlone()
  events.call('PutRule', { Name: 'rule', ...rule })
  return events.transact((ctx) => explainEvent(event, 'default', ctx.tx))[0]
}

describe('explanations', () => {
  it('say why a rule does not match', () => {
    const found = told({ EventPattern: '{"detail":{"state":["available"]}}' })
    assert.equal(found?.matched, false)
    assert.match(found?.explanation ?? '', /detail\.state is absent.*"available"/)
  })

  it('tell matches, disabled rules and schedules apart', () => {
    const EventPattern = '{"source":["aws.ec2"]}'
    assert.equal(told({ EventPattern })?.matched, true)
    const disabled = told({ EventPattern, State: 'DISABLED' })
    assert.equal(disabled?.matched, false)
    assert.match(disabled?.explanation ?? '', /^The rule is disabled\. The event matches/)
    const scheduled = told({ ScheduleExpression: 'rate(1 day)' })
    assert.equal(scheduled?.explanation, 'The rule has a schedule and no event pattern.')
  })
})
