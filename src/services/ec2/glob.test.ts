import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { glob, literal } from './glob.ts'

/** The same as a regular expression. */
function oracle(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\*|\?|\\|[^\\*?]/gsu, (part, escaped) => {
    if (escaped !== undefined) return RegExp.escape(escaped)
    if (part === '*') return '.*'
    return part === '?' ? '.' : RegExp.escape(part)
  })
  return new RegExp(`^${source}$`, 'su')
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\', '😀'), maxLength: 12 })

test('wildcards match as the regular expression of the same meaning does', () => {
  fc.assert(
    fc.property(text, text, (pattern, candidate) => {
      assert.equal(glob(pattern)(candidate), oracle(pattern).test(candidate))
    }),
    { numRuns: 2000 },
  )
})

test('a literal is the one text that its pattern matches', () => {
  fc.assert(
    fc.property(text, (pattern) => {
      const only = literal(pattern)
      if (only !== undefined) assert.ok(glob(pattern)(only))
    }),
  )
  assert.equal(literal('a\\*b'), 'a*b')
  assert.equal(literal('a*'), undefined)
})

test('a hostile pattern takes no time', () => {
  const pattern = '*a'.repeat(100)
  assert.equal(glob(pattern)(`${'a'.repeat(5000)}b`), false)
})
