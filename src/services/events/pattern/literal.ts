import { type ByteString, bytesAt, quote, toByteString } from './bytes.ts'
import type { JsonReader } from './json-reader.ts'
import { comparableNumber } from './number.ts'
import type { EventValue } from './value.ts'

/** A string that is to be equal: `"running"`, `{"exactly": "10.0.0.1"}`. */
export interface ExactCondition {
  readonly kind: 'exact'
  readonly text: ByteString
}

/** `true`, `false` or `null`, matched by an explicit one only. */
export interface ConstantCondition {
  readonly kind: 'constant'
  readonly type: 'true' | 'false' | 'null'
}

/**
 * A bare number. Matched by any number of the same value; if it is too precise to be compared
 * (`value` undefined), by a number of the same spelling.
 */
export interface NumberCondition {
  readonly kind: 'number'
  readonly text: ByteString
  readonly value: number | undefined
}

export function exact(text: string): ExactCondition {
  return { kind: 'exact', text: toByteString(text) }
}

/** `{"exactly": "text"}`: as a bare string, but never taken for an IP address. */
export function readExactly(reader: JsonReader): ExactCondition {
  if (reader.next() !== 'string') reader.fail('exact match pattern must be a string')
  return exact(reader.text())
}

export function numberLiteral(text: string): NumberCondition {
  return { kind: 'number', text, value: comparableNumber(text) }
}

export function describeExact({ text }: ExactCondition): string {
  return quote(text)
}

export function matchesExact({ text }: ExactCondition, value: EventValue): boolean {
  return value.type === 'string' && hasText(value, text)
}

export function matchesConstant({ type }: ConstantCondition, value: EventValue): boolean {
  return value.type === type
}

export function matchesNumber(condition: NumberCondition, value: EventValue): boolean {
  if (value.type !== 'number') return false
  return condition.value === undefined
    ? hasText(value, condition.text)
    : value.number() === condition.value
}

function hasText({ bytes, start, end }: EventValue, text: ByteString): boolean {
  return end - start === text.length && bytesAt(bytes, start, text)
}
