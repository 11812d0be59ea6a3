import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { comparableNumberAt } from './fast-number.ts'
import { comparableNumber } from './number.ts'

function agrees(text: string): void {
  const bytes = new TextEncoder().encode(`[${text}]`)
  const fast = comparableNumberAt(bytes, 1, bytes.length - 1)
  const slow = comparableNumber(text)
  assert.equal(fast === 0 ? 0 : fast, slow === 0 ? 0 : slow, text)
}

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength })

test('finds numbers as comparable as their text is', () => {
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), fc.oneof(fc.constant('0'), digits(20)), digits(24))
    .map(([sign, whole, fraction]) => `${sign}${whole.replace(/^0+(?=.)/, '')}.${fraction}`)
  fc.assert(fc.property(decimal, agrees), { numRuns: 10_000 })
})

test('takes the shortest decimal of any double for comparable, and neighbours for not', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(double, fc.constantFrom('', '1', '5', '9'), (number, more) => {
      const text = String(number)
      agrees(text.includes('e') ? text : text + (text.includes('.') ? more : ''))
    }),
    { numRuns: 10_000 },
  )
})

test('finds 0, whole numbers and exponents', () => {
  for (const text of ['0', '-0', '0.0', '-0.00', '5', '-12', '9007199254740993', '1e400']) {
    agrees(text)
  }
  for (const text of [
    '1E-400',
    '2.5e3',
    '0.1e-7',
    '100000000000000000000',
    '0.30000000000000004',
  ]) {
    agrees(text)
  }
})
