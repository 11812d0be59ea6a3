import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, matchesPattern, PatternSet } from './index.ts'

const RULES = 800
const EVENTS = 20
const STATES = ['pending', 'running', 'stopped']

/** The pattern of a rule, of one kind in turn, with values that several rules share. */
function patternOf(rule: number): object {
  const source = [`aws.${rule % 7}`]
  const id = `i-${rule % 400}`
  switch (rule % 10) {
    case 0:
      return { source, detail: { id: [id] } }
    case 1:
      return { source, detail: { id: [{ prefix: `i-${rule % 40}` }] } }
    case 2:
      return {
        source,
        detail: { id: [{ suffix: `${rule % 90}` }, { wildcard: `*-${rule % 9}*` }] },
      }
    case 3:
      return { detail: { id: [{ 'equals-ignore-case': id.toUpperCase() }] } }
    case 4:
      return { detail: { size: [{ numeric: ['>', rule % 50, '<=', (rule % 50) + 3] }] } }
    case 5:
      return { source, detail: { address: [{ cidr: `10.0.${rule % 60}.0/24` }] } }
    case 6:
      return { source, detail: { state: [{ 'anything-but': STATES[rule % 3] }] } }
    case 7:
      return { detail: { disks: { size: [rule % 20], type: [`gp${rule % 4}`] } } }
    case 8:
      return { source, detail: { absent: [{ exists: false }], size: [rule % 50] } }
    default:
      return { $or: [{ source, detail: { size: [rule % 50] } }, { detail: { id: [id] } }] }
  }
}

function eventOf(index: number): string {
  return JSON.stringify({
    source: `aws.${index % 7}`,
    detail: {
      id: `i-${(index * 37) % 400}`,
      size: index % 50,
      address: `10.0.${(index * 11) % 60}.1`,
      state: STATES[index % 3],
      disks: [
        { size: index % 20, type: `gp${index % 3}` },
        { size: (index * 7) % 20, type: `gp${(index + 2) % 4}` },
      ],
      ...(index % 2 === 0 ? { absent: null } : {}),
    },
  })
}

test('matches many rules as each alone, while half of them go and others come back', () => {
  const patterns = Array.from({ length: RULES }, (_, rule) =>
    compilePattern(JSON.stringify(patternOf(rule))),
  )
  const events = Array.from({ length: EVENTS }, (_, index) => eventOf(index))
  const expected = events.map((event) =>
    patterns.flatMap((pattern, rule) => (matchesPattern(pattern, event) ? [rule] : [])),
  )
  assert.ok(expected.every((rules) => rules.length > 0))

  const set = new PatternSet<number>()
  const check = (isIn: (rule: number) => boolean) => {
    for (const [index, event] of events.entries()) {
      const matched = set.match(event).sort((a, b) => a - b)
      assert.deepEqual(matched, expected[index]!.filter(isIn))
    }
  }
  for (const [rule, pattern] of patterns.entries()) set.add(rule, pattern)
  check(() => true)
  for (let rule = 0; rule < RULES; rule += 2) assert.ok(set.remove(rule))
  check((rule) => rule % 2 === 1)
  for (let rule = 0; rule < RULES; rule += 3) set.add(rule, patterns[rule]!)
  check((rule) => rule % 2 === 1 || rule % 3 === 0)
  for (let rule = 0; rule < RULES; rule++) set.remove(rule)
  check(() => false)
  assert.equal(set.size, 0)
})

test('replaces the pattern of a rule', () => {
  const set = new PatternSet<string>()
  set.add('rule', compilePattern('{"a": [1]}'))
  set.add('rule', compilePattern('{"a": [2]}'))
  assert.equal(set.size, 1)
  assert.deepEqual(set.match('{"a": 1}'), [])
  assert.deepEqual(set.match('{"a": 2}'), ['rule'])
})

test('goes on after an event that is not one', () => {
  const set = new PatternSet<string>()
  set.add('rule', compilePattern('{"a": [1], "b": [2]}'))
  assert.throws(() => set.match('{"a": 1, "b"'))
  assert.throws(() => set.match('[1]'))
  assert.deepEqual(set.match('{"b": 2}'), [])
  assert.deepEqual(set.match('{"b": 2, "a": 1}'), ['rule'])
})

test('decides about large arrays quickly', () => {
  const element = (a: number, b: number) => ({ a, b })
  const items = [
    ...Array.from({ length: 5000 }, () => element(1, 0)),
    ...Array.from({ length: 5000 }, () => element(0, 2)),
  ]
  const set = new PatternSet<string>()
  set.add('rule', compilePattern('{"items": {"a": [1], "b": [2]}}'))
  assert.deepEqual(set.match(JSON.stringify({ items })), [])
  assert.deepEqual(set.match(JSON.stringify({ items: [...items, element(1, 2)] })), ['rule'])
})
