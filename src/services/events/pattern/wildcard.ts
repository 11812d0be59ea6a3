import { type ByteString, bytesAt, quote, toByteString } from './bytes.ts'
import type { JsonReader } from './json-reader.ts'
import type { EventValue } from './value.ts'

/** `{"wildcard": "arn:*:instance/*"}`: the texts between the `*`s, escapes resolved. */
export interface WildcardCondition {
  readonly kind: 'wildcard'
  readonly parts: readonly ByteString[]
}

/** Reads the string that follows `"wildcard":`. */
export function readWildcard(reader: JsonReader): WildcardCondition {
  if (reader.next() !== 'string') reader.fail('wildcard match pattern must be a string')
  return wildcard(reader.text(), reader)
}

/** `*` is any number of any characters; `\*` and `\\` stand for `*` and `\`. */
export function wildcard(text: string, reader: JsonReader): WildcardCondition {
  const bytes = toByteString(text)
  const parts: ByteString[] = []
  let part = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    const next = bytes[i + 1]
    // event-ruler counts bytes of the quoted text, hence + 1.
    if (byte === '*') {
      if (next === '*') reader.fail(`Consecutive wildcard characters at pos ${i + 1}`)
      parts.push(part)
      part = ''
    } else if (byte === '\\') {
      if (next !== '*' && next !== '\\') {
        reader.fail(`Invalid escape character at pos ${i + 1}`)
      }
      part += next
      i++
    } else {
      part += byte
    }
  }
  parts.push(part)
  return { kind: 'wildcard', parts }
}

export function describeWildcard({ parts }: WildcardCondition): string {
  return `a string like ${quote(parts.map((part) => part.replace(/[*\\]/g, '\\$&')).join('*'))}`
}

export function matchesWildcard(
  { parts }: WildcardCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  if (type !== 'string') return false
  const first = parts[0]!
  if (parts.length === 1) return end - start === first.length && bytesAt(bytes, start, first)
  const last = parts[parts.length - 1]!
  const lastStart = end - last.length
  let at = start + first.length
  if (at > lastStart || !bytesAt(bytes, start, first) || !bytesAt(bytes, lastStart, last)) {
    return false
  }
  for (let i = 1; i < parts.length - 1; i++) {
    const part = parts[i]!
    while (!bytesAt(bytes, at, part)) {
      if (++at + part.length > lastStart) return false
    }
    at += part.length
    if (at > lastStart) return false
  }
  return true
}
