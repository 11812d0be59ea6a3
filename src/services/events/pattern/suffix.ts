import { type ByteString, bytesAt, quote, toByteString } from './bytes.ts'
import { describeFolded, type FoldedText, foldedStart } from './equals-ignore-case.ts'
import type { EventValue } from './value.ts'

/** `{"suffix": ".png"}`. */
export interface SuffixCondition {
  readonly kind: 'suffix'
  readonly text: ByteString
}

/** `{"suffix": {"equals-ignore-case": ".png"}}`. */
export interface SuffixIgnoreCaseCondition {
  readonly kind: 'suffix-ignore-case'
  readonly text: FoldedText
}

export function suffix(text: string): SuffixCondition {
  return { kind: 'suffix', text: toByteString(text) }
}

export function describeSuffix(condition: SuffixCondition | SuffixIgnoreCaseCondition): string {
  return condition.kind === 'suffix'
    ? `a string that ends with ${quote(condition.text)}`
    : `a string that ends with ${describeFolded(condition.text)}`
}

export function matchesSuffix(
  { text }: SuffixCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  const from = end - text.length
  return type === 'string' && from >= start - 1 && bytesAt(bytes, from, text)
}

export function matchesSuffixIgnoreCase(
  { text }: SuffixIgnoreCaseCondition,
  { type, bytes, start, end }: EventValue,
): boolean {
  if (type !== 'string') return false
  const found = foldedStart(text, bytes, end)
  return found !== -1 && found >= start - 1
}
