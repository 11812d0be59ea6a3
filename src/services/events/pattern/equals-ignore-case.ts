import { type ByteString, bytesAt, toByteString } from './bytes.ts'
import type { JsonReader } from './json-reader.ts'
import type { EventValue } from './value.ts'

/** `{"equals-ignore-case": "running"}`. */
export interface EqualsIgnoreCaseCondition {
  readonly kind: 'equals-ignore-case'
  readonly text: FoldedText
}

/** The two byte forms in which a character of a case-blind text may appear, and no other. */
export interface FoldedChar {
  /** The UTF-16 unit that the pattern has. */
  readonly unit: string
  readonly lower: ByteString
  readonly upper: ByteString
}

/** A case-blind text, one item for each UTF-16 unit of it. */
export type FoldedText = readonly FoldedChar[]

const foldedChars = new Map<string, FoldedChar>()

/**
 * Folds as event-ruler does, unit by unit of the pattern: `ß` accepts `ß` and `SS`, but `ss` does
 * not accept `ß`. Half of a surrogate pair becomes `?`.
 */
export function foldText(text: string): FoldedText {
  return text.split('').map(foldChar)
}

function foldChar(char: string): FoldedChar {
  let folded = foldedChars.get(char)
  if (folded === undefined) {
    folded = {
      unit: char,
      lower: toByteString(char.toLowerCase()),
      upper: toByteString(char.toUpperCase()),
    }
    foldedChars.set(char, folded)
  }
  return folded
}

/** Reads the string that follows `"equals-ignore-case":`. */
export function readFoldable(reader: JsonReader): string {
  if (reader.next() !== 'string') {
    reader.fail('equals-ignore-case match pattern must be a string')
  }
  return reader.text()
}

export function equalsIgnoreCase(text: string): EqualsIgnoreCaseCondition {
  return { kind: 'equals-ignore-case', text: foldText(text) }
}

export function describeFolded(text: FoldedText): string {
  return `${JSON.stringify(text.map(({ unit }) => unit).join(''))} in any letter case`
}

export function matchesEqualsIgnoreCase(
  { text }: EqualsIgnoreCaseCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  return type === 'string' && foldedEnd(text, bytes, start) === end
}

/** Where `text`, found at `start`, ends; -1 if it isn't there. The caller checks the bounds. */
export function foldedEnd(text: FoldedText, bytes: Uint8Array, start: number): number {
  let at = start
  for (const { lower, upper } of text) {
    if (bytesAt(bytes, at, lower)) at += lower.length
    else if (bytesAt(bytes, at, upper)) at += upper.length
    else return -1
  }
  return at
}

/** Where `text`, found to end at `end`, begins; -1 if it isn't there. */
export function foldedStart(text: FoldedText, bytes: Uint8Array, end: number): number {
  let at = end
  for (let i = text.length - 1; i >= 0; i--) {
    const { lower, upper } = text[i]!
    if (bytesAt(bytes, at - lower.length, lower)) at -= lower.length
    else if (bytesAt(bytes, at - upper.length, upper)) at -= upper.length
    else return -1
  }
  return at
}
