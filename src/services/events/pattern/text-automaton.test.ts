import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringValue } from './event.ts'
import { TextAutomaton } from './text-automaton.ts'
import { STAR } from './text-steps.ts'

/** A text with stars, up to and with the closing quote or to a star. */
const text = fc
  .tuple(fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 5 }), fc.boolean())
  .map(([inside, endsWithStar]) => (inside + (endsWithStar ? '*' : '"')).replace(/\*+/g, '*'))

function steps(wild: string): number[] {
  return wild.split('').map((char) => (char === '*' ? STAR : char.charCodeAt(0)))
}

function expectedIn(texts: Iterable<string>, value: string): string[] {
  return Array.from(texts)
    .filter((wild) => new RegExp(`^${wild.replaceAll('*', '.*')}$`).test(`${value}"`))
    .sort()
}

function foundIn(automaton: TextAutomaton<string>, value: string): string[] {
  const found: string[] = []
  automaton.find(stringValue(value), found)
  return Array.from(new Set(found)).sort()
}

test('finds the texts with stars that a string is, as they come and go', () => {
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, value), { maxLength: 40 }), (changes) => {
      const automaton = new TextAutomaton<string>(false)
      const texts = new Set<string>()
      for (const [wild, one] of changes) {
        assert.equal(automaton.get(steps(wild)), texts.has(wild) ? wild : undefined)
        if (texts.delete(wild)) automaton.delete(steps(wild))
        else automaton.set(steps(wild), [...texts.add(wild)].at(-1)!)
        assert.deepEqual(foundIn(automaton, one), expectedIn(texts, one))
      }
    }),
    { numRuns: 300 },
  )
})

test('goes on without states when there are too many', () => {
  const automaton = new TextAutomaton<string>(false)
  const texts = Array.from({ length: 20_000 }, (_, index) => `${index}*`)
  for (const one of texts) automaton.set(steps(one), one)
  for (let index = 0; index < 20_000; index += 7) {
    const digits = `${index}`
    const prefixes = Array.from(digits, (_, i) => `${digits.slice(0, i + 1)}*`)
    assert.deepEqual(foundIn(automaton, `${digits}x`), prefixes.sort())
  }
})
