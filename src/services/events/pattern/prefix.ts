import { type ByteString, bytesAt, quote, toByteString } from './bytes.ts'
import { describeFolded, type FoldedText, foldedEnd } from './equals-ignore-case.ts'
import type { EventValue } from './value.ts'

/** `{"prefix": "us-"}`. */
export interface PrefixCondition {
  readonly kind: 'prefix'
  readonly text: ByteString
}

/** `{"prefix": {"equals-ignore-case": "us-"}}`. */
export interface PrefixIgnoreCaseCondition {
  readonly kind: 'prefix-ignore-case'
  readonly text: FoldedText
}

export function prefix(text: string): PrefixCondition {
  return { kind: 'prefix', text: toByteString(text) }
}

export function describePrefix(condition: PrefixCondition | PrefixIgnoreCaseCondition): string {
  return condition.kind === 'prefix'
    ? `a string that begins with ${quote(condition.text)}`
    : `a string that begins with ${describeFolded(condition.text)}`
}

export function matchesPrefix(
  { text }: PrefixCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  return type === 'string' && start + text.length <= end + 1 && bytesAt(bytes, start, text)
}

export function matchesPrefixIgnoreCase(
  { text }: PrefixIgnoreCaseCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  if (type !== 'string') return false
  const found = foldedEnd(text, bytes, start)
  return found !== -1 && found <= end + 1
}
