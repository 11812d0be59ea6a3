import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventBuffer, NO_END } from './event-buffer.ts'

const QUOTES = '""'

/** The ends of all containers in a JSON text, by where they start, as a buffer finds them. */
function ends(buffer: EventBuffer, json: string): number[] {
  const text = new TextEncoder().encode(json + QUOTES)
  const bytes = buffer.reserve(text.length)
  bytes.set(text)
  const end = text.length - QUOTES.length
  return containerStarts(json).map((at) => buffer.containerEnd(at + 1, end, bytes[at]!))
}

function containerStarts(json: string): number[] {
  const outside = json.replace(/"(?:[^"\\]|\\.)*"/g, (string) => '"'.repeat(string.length))
  return Array.from(outside.matchAll(/[[{]/g), ({ index }) => index)
}

const ascii = fc.string({ unit: fc.constantFrom(...'\\"{}[]a ,:'), maxLength: 90 })
const json = fc
  .letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, ascii, fc.integer(), tie('array'), tie('object')),
    array: fc.array(tie('value'), { maxLength: 6 }),
    object: fc.dictionary(ascii, tie('value'), { maxKeys: 6 }),
  }))
  .array.map((value) => JSON.stringify(value))

test('finds the end of every container, with vectors and without', () => {
  const fast = new EventBuffer()
  const plain = new EventBuffer(false)
  fc.assert(
    fc.property(json, (text) => {
      const found = ends(fast, text)
      assert.deepEqual(ends(plain, text), found)
      const starts = containerStarts(text)
      for (const [index, end] of found.entries()) {
        assert.doesNotThrow(() => JSON.parse(text.slice(starts[index], end)))
      }
    }),
    { numRuns: 1000 },
  )
})

test('finds no end where there is none', () => {
  for (const text of ['[', '{"a":[1]', '[{"]":"]"}', `{"${'x'.repeat(200)}`, '["\\"]']) {
    for (const buffer of [new EventBuffer(), new EventBuffer(false)]) {
      assert.equal(ends(buffer, text)[0], NO_END, text)
    }
  }
})

test('grows', () => {
  for (const buffer of [new EventBuffer(), new EventBuffer(false)]) {
    const text = `[${'[],'.repeat(200_000)}0]`
    const all = new TextEncoder().encode(text + QUOTES)
    buffer.reserve(all.length).set(all)
    assert.equal(buffer.containerEnd(1, text.length, '['.charCodeAt(0)), text.length)
  }
})
