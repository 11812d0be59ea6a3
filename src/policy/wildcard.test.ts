import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wildcard } from './wildcard.ts'

const CASES: [pattern: string, text: string, matches: boolean][] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'arn:aws:s3:::a/b', true],
  ['?', 'a', true],
  ['?', '', false],
  ['?', 'ab', false],
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a*c', 'ac', true],
  ['ab*ba', 'aba', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c', false],
  ['*b*', 'abc', true],
  ['a?c', 'abc', true],
  ['a??', 'ab', false],
  ['*a?', 'xxab', true],
  ['*?b*', 'b', false],
  ['*?b*', 'ab', true],
  ['arn:aws:ec2:*:*:instance/*', 'arn:aws:ec2:us-east-1:111122223333:instance/i-1', true],
  ['arn:aws:sqs:*:queue', 'arn:aws:sqs:us-east-1:111122223333:queue', true],
  ['A', 'a', false],
  ['a.c', 'abc', false],
  ['[a]\\', '[a]\\', true],
]

test('wildcards match whole texts', () => {
  for (const [pattern, text, matches] of CASES) {
    assert.equal(wildcard(pattern)(text), matches, `${pattern} ~ ${text}`)
  }
})

test('wildcards match what a plain recursive matcher matches', () => {
  const matches = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === ''
    const [head, rest] = [pattern[0], pattern.slice(1)]
    if (head === '*') return matches(rest, text) || (text !== '' && matches(pattern, text.slice(1)))
    return text !== '' && (head === '?' || head === text[0]) && matches(rest, text.slice(1))
  }
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      assert.equal(wildcard(p)(t), matches(p, t))
    }),
    { numRuns: 5000 },
  )
})

test('a hostile pattern is answered at once', () => {
  const hostile = wildcard(`${'*a'.repeat(5000)}*b`)
  assert.equal(hostile('a'.repeat(20_000)), false)
  assert.equal(wildcard(`${'*?'.repeat(2000)}`)('a'.repeat(20_000)), true)
})
