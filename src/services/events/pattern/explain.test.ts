import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, type Explanation, explain } from './index.ts'

const EVENT = {
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  detail: { 'instance-id': 'i-1', state: 'running', Count: '3', tags: [], n: 3 },
}

function explained(pattern: object, event: object = EVENT): Explanation {
  return explain(compilePattern(JSON.stringify(pattern)), JSON.stringify(event))
}

function summary(pattern: object, event?: object): string {
  return explained(pattern, event).summary
}

test('says that an event matches', () => {
  assert.deepEqual(explained({ source: ['aws.ec2'] }), {
    matched: true,
    summary: 'The event matches.',
    mismatches: [],
    apart: [],
  })
})

test('says which field has what, and what the pattern wants', () => {
  assert.deepEqual(explained({ source: ['aws.ec2'], detail: { state: ['stopped', 'pending'] } }), {
    matched: false,
    summary:
      'The event does not match: detail.state is "running", but the pattern wants ' +
      '"stopped" or "pending".',
    mismatches: [
      {
        field: 'detail.state',
        wanted: '"stopped" or "pending"',
        found: { kind: 'values', values: ['"running"'] },
        hints: [],
      },
    ],
    apart: [],
  })
})

test('tells absent fields from objects and empty arrays, and looks for them elsewhere', () => {
  assert.equal(
    summary({ state: ['running'] }),
    'The event does not match: state is absent, but the pattern wants "running" ' +
      '(the event has detail.state).',
  )
  assert.equal(
    summary({ Detail: { state: ['running'] } }),
    'The event does not match: Detail.state is absent, but the pattern wants "running" ' +
      '(the event has detail.state: names are case-sensitive).',
  )
  assert.match(summary({ detail: [{ exists: true }] }), /detail is an object, .* name a field/)
  assert.match(summary({ detail: { tags: ['a'] } }), /detail\.tags is an empty array/)
})

test('sees near misses: letter case, white space, types', () => {
  assert.match(summary({ detail: { state: ['Running'] } }), /only the letter case differs/)
  assert.match(summary({ detail: { state: [{ prefix: 'RUN' }] } }), /only the letter case differs/)
  assert.match(summary({ a: ['x'] }, { a: 'x ' }), /white space around it/)
  assert.match(summary({ detail: { Count: [3] } }), /"3" is not the same as 3 without quotes/)
  assert.match(summary({ detail: { n: ['3'] } }), /3 is not the string "3"/)
})

test('of $or, explains the branch that came closest', () => {
  const branches = [{ source: ['a'], detail: { state: ['b'] } }, { detail: { state: ['c'] } }]
  const { mismatches } = explained({ 'detail-type': [{ exists: true }], $or: branches })
  assert.deepEqual(
    mismatches.map(({ field, wanted }) => [field, wanted]),
    [['detail.state', '"c"']],
  )
})

test('says when fields match, but not within one element of an array', () => {
  const event = {
    items: [
      { sku: 'a', n: 1 },
      { sku: 'b', n: 2 },
    ],
  }
  const explanation = explained({ items: { sku: ['a'], n: [2] } }, event)
  assert.deepEqual(explanation.apart, ['items.n', 'items.sku'])
  assert.equal(
    explanation.summary,
    'The event does not match: no one element of an array meets items.n and items.sku together.',
  )
})

test('puts every kind of condition in words', () => {
  const wanted = (...alternatives: unknown[]) =>
    explained({ x: alternatives }, { y: 1 }).mismatches[0]!.wanted
  assert.equal(wanted('a', 1.5, true, null), '"a", 1.5, true or null')
  assert.equal(wanted({ prefix: 'é' }), 'a string that begins with "é"')
  assert.equal(
    wanted({ suffix: { 'equals-ignore-case': 'B' } }),
    'a string that ends with "B" in any letter case',
  )
  assert.equal(wanted({ 'equals-ignore-case': 'Ab' }), '"Ab" in any letter case')
  assert.equal(wanted({ wildcard: 'a*\\*b' }), 'a string like "a*\\\\*b"')
  assert.equal(wanted({ numeric: ['>', 0, '<=', 5] }), 'a number > 0 and <= 5')
  assert.equal(wanted({ numeric: ['=', 5] }), 'the number 5')
  assert.equal(wanted({ numeric: ['<', -1] }), 'a number < -1')
  assert.equal(wanted({ cidr: '10.1.2.3/8' }), 'an IP address in 10.0.0.0/8')
  assert.equal(wanted('::1'), 'the IP address 0:0:0:0:0:0:0:1')
  assert.equal(wanted({ 'anything-but': ['a', 'b'] }), 'anything but "a" or "b"')
  assert.equal(
    wanted({ 'anything-but': { prefix: 'a' } }),
    'anything but a string that begins with "a"',
  )
  assert.equal(wanted({ exists: true }), 'any value')
})

test('explains what should be absent', () => {
  assert.equal(
    summary({ detail: { state: [{ exists: false }] } }),
    'The event does not match: detail.state is "running", but the pattern wants no value.',
  )
})
