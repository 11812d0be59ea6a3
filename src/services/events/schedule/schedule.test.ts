import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import fc from 'fast-check'
import { testCloud } from '../../../../test/cloud.ts'
import { MS_PER_DAY, MS_PER_MINUTE, parseTime, toDate, VirtualClock } from '../../../clock.ts'
import { openCloud } from '../../../cloud.ts'
import { Actor, settingsOf } from '../testing/delivery.ts'
import { nextCron, parseCron } from './cron.ts'
import { parseRate } from './rate.ts'

const nextOf = (cron: string, after: string) => {
  const parsed = parseCron(cron)
  assert.ok(parsed, cron)
  const next = nextCron(parsed, parseTime(after))
  return next === undefined ? undefined : toDate(next).toISOString().slice(0, 16)
}

describe('rate', () => {
  it('takes what AWS takes', () => {
    assert.equal(parseRate('rate(1 minute)'), MS_PER_MINUTE)
    assert.equal(parseRate('rate(2 days)'), 2 * MS_PER_DAY)
  })
  const refused = [
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(0 minutes)',
    'rate(+1 minute)',
    'rate(01 minutes)',
    'rate(-1 minutes)',
    'rate(1.5 minutes)',
    'rate(10 seconds)',
    'rate(10 years)',
    'rate(5  minutes)',
    'rate( 5 minutes)',
    ' rate(5 minutes)',
    'rate(5 minutes) ',
    'rate(5 Minutes)',
    'rate(5minutes)',
    'rate()',
    'RATE(5 minutes)',
  ]
  for (const text of refused) it(`refuses ${text}`, () => assert.equal(parseRate(text), undefined))
})

describe('cron', () => {
  const refused = [
    'cron(INVALID)',
    'cron(0 dummy ? * MON-FRI *)',
    'cron(7 20 * * NOT *)',
    'cron(71 8 1 * ? *)',
    'cron(0 1 * * * *)',
    'cron(0 1 ? * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 0 32 * ? *)',
    'cron(0 0 1 13 ? *)',
    'cron(0 0 ? * 8 *)',
    'cron(0 0 ? * 0 *)',
    'cron(0 0 ? * 2#6 *)',
    'cron(0 0 ? * 2#1,3#1 *)',
    'cron(0 0 1W,15W * ? *)',
    'cron(0 0 * * ?)',
    'cron(0 0 * * ? * *)',
    'cron(0  0 * * ? *)',
    'cron( 0 0 * * ? *)',
    'cron(? 0 * * ? *)',
    '0 0 * * ? *',
  ]
  for (const text of refused) it(`refuses ${text}`, () => assert.equal(parseCron(text), undefined))

  const runs: [cron: string, after: string, next: string | undefined][] = [
    ['cron(0 10 * * ? *)', '2026-01-01T09:59:59Z', '2026-01-01T10:00'],
    ['cron(0 10 * * ? *)', '2026-01-01T10:00:00Z', '2026-01-02T10:00'],
    ['cron(15 12 * * ? *)', '2026-12-31T12:15:00Z', '2027-01-01T12:15'],
    ['cron(0 18 ? * MON-FRI *)', '2026-01-02T18:00:00Z', '2026-01-05T18:00'],
    ['cron(0 8 1 * ? *)', '2026-01-01T08:00:00Z', '2026-02-01T08:00'],
    ['cron(0/15 * * * ? *)', '2026-01-01T00:45:00Z', '2026-01-01T01:00'],
    ['cron(5,35 14 * * ? *)', '2026-01-01T14:05:00Z', '2026-01-01T14:35'],
    ['cron(15 10 ? * 6L 2002-2005)', '2026-01-01T00:00:00Z', undefined],
    ['cron(15 10 ? * 6L *)', '2026-01-01T00:00:00Z', '2026-01-30T10:15'],
    ['cron(* * ? * SAT#3 *)', '2026-01-01T00:00:00Z', '2026-01-17T00:00'],
    ['cron(0 2 ? * 1 *)', '2026-01-01T00:00:00Z', '2026-01-04T02:00'],
    ['cron(0 0 L * ? *)', '2026-02-01T00:00:00Z', '2026-02-28T00:00'],
    ['cron(0 0 ? * L *)', '2026-01-01T00:00:00Z', '2026-01-03T00:00'],
    ['cron(0 0 29 2 ? *)', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
    ['cron(0 0 * * ? 1969)', '2026-01-01T00:00:00Z', undefined],
    ['cron(0 0 * * ? 2200)', '2026-01-01T00:00:00Z', undefined],
    ['cron(0 0 1 1 ? 1000/2)', '2026-01-01T00:00:00Z', '2028-01-01T00:00'],
    ['cron(5/0 0 * * ? *)', '2026-01-01T00:00:00Z', '2026-01-01T00:05'],
    ['cron(5/60 * * * ? *)', '2026-01-01T00:05:00Z', '2026-01-01T01:05'],
    ['cron(0 0 L-15 * ? *)', '2026-01-01T00:00:00Z', '2026-01-16T00:00'],
    ['cron(0 0 3W * ? *)', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
    ['cron(0 0 4W * ? *)', '2026-01-01T00:00:00Z', '2026-01-05T00:00'],
    ['cron(0 0 1W * ? *)', '2026-07-31T00:00:00Z', '2026-08-03T00:00'],
    ['cron(0 0 31W * ? *)', '2026-05-01T00:00:00Z', '2026-05-29T00:00'],
    ['cron(0 22-2 * * ? *)', '2026-01-01T03:00:00Z', '2026-01-01T22:00'],
    ['cron(0 0 ? * FRI-MON *)', '2026-01-05T00:00:00Z', '2026-01-09T00:00'],
    ['cron(0 0 1 JAN,JUL ? 2027)', '2026-01-01T00:00:00Z', '2027-01-01T00:00'],
    ['cron(0 0 1 jan ? *)', '2026-01-01T00:00:00Z', '2027-01-01T00:00'],
  ]
  for (const [cron, after, next] of runs) {
    it(`${cron} after ${after}`, () => assert.equal(nextOf(cron, after), next))
  }

  it('agrees with trying every minute', () => {
    const list = (min: number, max: number) =>
      fc.oneof(
        fc.constant({ text: '*', has: (_: number) => true }),
        fc
          .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 })
          .map((all) => ({ text: all.join(','), has: (n: number) => all.includes(n) })),
        fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => ({
          text: `${Math.min(a, b)}-${Math.max(a, b)}`,
          has: (n: number) => n >= Math.min(a, b) && n <= Math.max(a, b),
        })),
      )
    const schedules = fc.record({
      minute: list(0, 59),
      hour: list(0, 23),
      day: list(1, 31),
      month: list(1, 12),
      weekday: list(1, 7),
      byWeekday: fc.boolean(),
      start: fc.integer({ min: 0, max: 365 * 24 * 60 }),
    })
    const check = fc.property(schedules, (s) => {
      const [day, weekday] = s.byWeekday ? ['?', s.weekday.text] : [s.day.text, '?']
      const text = `cron(${s.minute.text} ${s.hour.text} ${day} ${s.month.text} ${weekday} *)`
      const cron = parseCron(text)
      assert.ok(cron, text)
      const matches = (at: number) => {
        const date = toDate(at)
        const dayMatches = s.byWeekday
          ? s.weekday.has(date.getUTCDay() + 1)
          : s.day.has(date.getUTCDate())
        const time = s.minute.has(date.getUTCMinutes()) && s.hour.has(date.getUTCHours())
        return dayMatches && time && s.month.has(date.getUTCMonth() + 1)
      }
      const start = Date.UTC(2026, 0, 1) + s.start * MS_PER_MINUTE
      const found = nextCron(cron, start)
      const end = Math.min(found ?? Number.POSITIVE_INFINITY, start + 3 * MS_PER_DAY)
      for (let at = start + MS_PER_MINUTE; at < end; at += MS_PER_MINUTE) {
        assert.equal(matches(at), false, `${text} at ${toDate(at).toISOString()}`)
      }
      if (found !== undefined) assert.equal(matches(found), true, text)
    })
    fc.assert(check, { numRuns: 200 })
  })
})

describe('rules with a schedule', () => {
  async function scheduled(ScheduleExpression: string, target: object = {}) {
    const cloud = await testCloud()
    const user = new Actor(cloud)
    const queue = await user.queue('queue')
    await user.events.send(new PutRuleCommand({ Name: 'rule', ScheduleExpression }))
    const Targets = [{ Id: '1', Arn: queue, ...target }]
    await user.events.send(new PutTargetsCommand({ Rule: 'rule', Targets }))
    const bodies = async () => (await user.receive(queue)).map(({ Body }) => JSON.parse(Body ?? ''))
    return { cloud, user, bodies }
  }

  it('run at their rate, with a document of their own', async () => {
    const { cloud, bodies } = await scheduled('rate(5 minutes)')
    await cloud.advance(299)
    assert.deepEqual(await bodies(), [])
    await cloud.advance(301)
    const events = await bodies()
    assert.deepEqual(
      events.map(({ time }) => time),
      ['2026-01-01T00:05:00Z', '2026-01-01T00:10:00Z'],
    )
    const { id, ...event } = events[0]
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.deepEqual(event, {
      version: '0',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-01-01T00:05:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/rule'],
      detail: {},
    })
  })

  it('come to other rules that match them, too, and to their own only once', async () => {
    const { cloud, user, bodies } = await scheduled('rate(1 minute)')
    const other = await user.queue('other')
    const EventPattern = '{"detail-type":["Scheduled Event"]}'
    const both = { Name: 'rule', EventPattern, ScheduleExpression: 'rate(1 minute)' }
    await user.events.send(new PutRuleCommand(both))
    await user.events.send(new PutRuleCommand({ Name: 'other', EventPattern }))
    const Targets = [{ Id: '1', Arn: other }]
    await user.events.send(new PutTargetsCommand({ Rule: 'other', Targets }))
    await cloud.advance(60)
    const [event, ...rest] = await bodies()
    assert.deepEqual(rest, [])
    const [same] = await user.receive(other)
    assert.deepEqual(JSON.parse(same?.Body ?? ''), event)
  })

  it('replace the document by a constant input', async () => {
    const { cloud, bodies } = await scheduled('rate(1 day)', { Input: '{"action":"scan"}' })
    await cloud.advance(24 * 3600)
    assert.deepEqual(await bodies(), [{ action: 'scan' }])
  })

  it('run at the minutes of a cron expression', async () => {
    const { cloud, bodies } = await scheduled('cron(0 7 ? * MON-FRI *)')
    const times: string[] = []
    for (let day = 1; day <= 5; day++) {
      await cloud.advance(24 * 3600)
      for (const { time } of await bodies()) times.push(time)
    }
    assert.deepEqual(times, [
      '2026-01-01T07:00:00Z',
      '2026-01-02T07:00:00Z',
      '2026-01-05T07:00:00Z',
    ])
  })

  it('rest while disabled, and count anew when enabled', async () => {
    const { cloud, user, bodies } = await scheduled('rate(10 minutes)')
    await cloud.advance(60)
    await user.events.send(new DisableRuleCommand({ Name: 'rule' }))
    await cloud.advance(3600)
    assert.deepEqual(await bodies(), [])
    await user.events.send(new EnableRuleCommand({ Name: 'rule' }))
    await cloud.advance(600)
    assert.deepEqual(
      (await bodies()).map(({ time }) => time),
      ['2026-01-01T01:11:00Z'],
    )
  })

  it('go on counting when put again, unless their schedule changes', async () => {
    const { cloud, user, bodies } = await scheduled('rate(10 minutes)')
    await cloud.advance(300)
    const put = { Name: 'rule', ScheduleExpression: 'rate(10 minutes)', Description: 'text' }
    await user.events.send(new PutRuleCommand(put))
    await cloud.advance(300)
    assert.equal((await bodies()).length, 1)
    const other = { Name: 'rule', ScheduleExpression: 'rate(7 minutes)' }
    await user.events.send(new PutRuleCommand(other))
    await cloud.advance(14 * 60)
    assert.equal((await bodies()).length, 2)
  })

  it('go on after a restart, without making up for what they missed', async () => {
    const data = mkdtempSync(join(tmpdir(), 'schedule-'))
    try {
      const before = await openCloud({ port: 0, data }, { clock: new VirtualClock() })
      const events = new EventBridgeClient({ ...settingsOf({}), endpoint: before.endpoint })
      const put = { Name: 'rule', ScheduleExpression: 'rate(5 minutes)' }
      await events.send(new PutRuleCommand(put))
      const Arn = 'arn:aws:sqs:us-east-1:000000000000:queue'
      await events.send(new PutTargetsCommand({ Rule: 'rule', Targets: [{ Id: '1', Arn }] }))
      await before.close()
      const clock = new VirtualClock(Date.UTC(2026, 0, 1, 1))
      const after = await testCloud({ data }, { clock })
      await after.advance(300)
      const times = after.trace
        .records()
        .flatMap(({ step }) => (step.kind === 'event' ? [step.event.time] : []))
      assert.deepEqual(times, ['2026-01-01T00:05:00Z', '2026-01-01T01:05:00Z'])
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  })
})
