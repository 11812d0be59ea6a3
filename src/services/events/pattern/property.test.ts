import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePattern, explain, matchesPattern, PatternError, PatternSet } from './index.ts'
import { pattern as anyPattern, event } from './testing/arbitraries.ts'
import { referenceMatches } from './testing/reference.ts'

const pattern = anyPattern.filter((text) => {
  try {
    return compilePattern(text) !== undefined
  } catch (error) {
    if (error instanceof PatternError && error.reason.startsWith('Rule is too complex'))
      return false
    throw error
  }
})

test('random patterns match random events as the slow evaluator says', () => {
  fc.assert(
    fc.property(pattern, event, (patternText, eventText) => {
      const compiled = compilePattern(patternText)
      const expected = referenceMatches(patternText, eventText)
      assert.equal(matchesPattern(compiled, eventText), expected)
      assert.equal(explain(compiled, eventText).matched, expected)
    }),
    { numRuns: 1500 },
  )
})

test('a set matches as each of its patterns alone, through additions and removals', () => {
  const step = fc.record({ id: fc.nat(9), pattern: fc.option(pattern, { freq: 4 }), event })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const set = new PatternSet<number>()
      const texts = new Map<number, string>()
      for (const { id, pattern: text, event: eventText } of steps) {
        if (text === null) {
          assert.equal(set.remove(id), texts.delete(id))
        } else {
          set.add(id, compilePattern(text))
          texts.set(id, text)
        }
        assert.equal(set.size, texts.size)
        const expected = Array.from(texts)
          .filter(([, one]) => referenceMatches(one, eventText))
          .map(([key]) => key)
        assert.deepEqual(set.match(eventText).sort(), expected.sort())
      }
    }),
    { numRuns: 150 },
  )
})
