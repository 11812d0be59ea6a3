import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isWithin, type NumericCondition } from './numeric.ts'
import { RangeIndex } from './range-index.ts'

const bound = fc.integer({ min: 0, max: 30 })
const range: fc.Arbitrary<NumericCondition> = fc
  .tuple(bound, bound, fc.boolean(), fc.boolean())
  .map(([a, b, lowOpen, highOpen]) => ({
    kind: 'numeric',
    low: Math.min(a, b),
    high: Math.max(a, b) + 1,
    lowOpen,
    highOpen,
  }))

test('finds the ranges that hold a number, as they come and go', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
      const index = new RangeIndex<string>()
      const expected = new Map<string, NumericCondition>()
      for (const one of ranges) {
        const key = JSON.stringify(one)
        assert.equal(index.get(one), expected.has(key) ? key : undefined)
        if (expected.delete(key)) {
          index.delete(one)
        } else {
          index.set(one, key)
          expected.set(key, one)
        }
        for (const number of [-1, 0, one.low, one.low + 0.5, one.high, 32]) {
          const found: string[] = []
          index.find(number, found)
          const holding = Array.from(expected).filter(([, held]) => isWithin(held, number))
          assert.deepEqual(found.sort(), holding.map(([held]) => held).sort())
        }
      }
    }),
    { numRuns: 200 },
  )
})
