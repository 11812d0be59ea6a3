import type { JsonReader } from './json-reader.ts'
import { comparableNumber } from './number.ts'
import type { EventValue } from './value.ts'

/** `{"numeric": [">", 0, "<=", 5]}`. Equality is a range closed on both sides. */
export interface NumericCondition {
  readonly kind: 'numeric'
  readonly low: number
  readonly lowOpen: boolean
  readonly high: number
  readonly highOpen: boolean
}

const MIN = -Number.MAX_VALUE
const MAX = Number.MAX_VALUE

/** Reads the array that follows `"numeric":`. */
export function readNumeric(reader: JsonReader): NumericCondition {
  if (reader.next() !== 'startArray') reader.fail('Value of numeric must be an array.')
  if (reader.next() !== 'string') reader.fail(`Invalid member in numeric match: ${reader.text()}`)
  const operator = reader.text()
  const isOperand = reader.next() === 'number'
  switch (operator) {
    case '=':
      if (!isOperand) reader.fail('Value of equals must be numeric')
      return equalTo(readLastOperand(reader))
    case '<':
    case '<=':
      if (!isOperand) reader.fail(`Value of ${operator} must be numeric`)
      return range(MIN, false, readLastOperand(reader), operator === '<')
    case '>':
    case '>=':
      if (!isOperand) reader.fail(`Value of ${operator} must be numeric`)
      return readFrom(reader, operator === '>')
    default:
      return reader.fail(`Unrecognized numeric range operator: ${operator}`)
  }
}

export function equalTo(value: number): NumericCondition {
  return range(value, false, value, false)
}

function range(low: number, lowOpen: boolean, high: number, highOpen: boolean): NumericCondition {
  return { kind: 'numeric', low, lowOpen, high, highOpen }
}

function readLastOperand(reader: JsonReader): number {
  const text = reader.text()
  if (reader.next() !== 'endArray') reader.fail('Too many elements in numeric expression')
  return comparable(text, reader)
}

/** Reads the rest of an expression that has a lower bound, the current token being that bound. */
function readFrom(reader: JsonReader, lowOpen: boolean): NumericCondition {
  const low = reader.text()
  const token = reader.next()
  if (token === 'endArray') return range(comparable(low, reader), lowOpen, MAX, false)
  if (token !== 'string') reader.fail(`Bad value in numeric range: ${reader.text()}`)
  const operator = reader.text()
  if (operator !== '<' && operator !== '<=') {
    reader.fail(`Bad numeric range operator: ${operator}`)
  }
  if (reader.next() !== 'number') reader.fail(`Value of ${operator} must be numeric`)
  const high = reader.text()
  if (reader.next() !== 'endArray') reader.fail('Too many terms in numeric range expression')
  const bottom = comparable(low, reader)
  const top = comparable(high, reader)
  if (bottom >= top) reader.fail('Bottom must be less than top')
  return range(bottom, lowOpen, top, operator === '<')
}

function comparable(text: string, reader: JsonReader): number {
  return comparableNumber(text) ?? reader.fail(`Cannot compare number : ${text}`)
}

export function describeNumeric({ low, lowOpen, high, highOpen }: NumericCondition): string {
  if (low === high) return `the number ${low}`
  const from = low === MIN && !lowOpen ? [] : [`${lowOpen ? '>' : '>='} ${low}`]
  const to = high === MAX && !highOpen ? [] : [`${highOpen ? '<' : '<='} ${high}`]
  return `a number ${[...from, ...to].join(' and ')}`
}

export function matchesNumeric(condition: NumericCondition, value: EventValue): boolean {
  if (value.type !== 'number') return false
  const number = value.number()
  return number !== undefined && isWithin(condition, number)
}

export function isWithin(
  { low, lowOpen, high, highOpen }: NumericCondition,
  number: number,
): boolean {
  return (lowOpen ? number > low : number >= low) && (highOpen ? number < high : number <= high)
}
