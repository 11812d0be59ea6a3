import type { ByteString } from './bytes.ts'
import type { Condition } from './condition.ts'
import type { FoldedText } from './equals-ignore-case.ts'

/** Any number of any bytes, among the bytes of a text's steps. */
export const STAR = -1

const QUOTE = 0x22

/** A text to find from a string's opening quote (exclusive) to its closing quote (inclusive). */
export interface TextSteps {
  /** Whether ASCII letters, given in lower case, stand for both of their cases. */
  readonly foldsCase: boolean
  readonly steps: readonly number[]
}

/**
 * The steps of a text condition that an automaton can take; undefined for other conditions, and
 * for the rare texts that reach back to the opening quote or have cases beyond ASCII.
 */
export function textSteps(condition: Condition): TextSteps | undefined {
  switch (condition.kind) {
    case 'prefix':
      return { foldsCase: false, steps: [...codes(condition.text), STAR] }
    case 'suffix':
      return condition.text.startsWith('"')
        ? undefined
        : { foldsCase: false, steps: [STAR, ...codes(condition.text), QUOTE] }
    case 'wildcard':
      return { foldsCase: false, steps: [...wildcardCodes(condition.parts), QUOTE] }
    case 'equals-ignore-case':
      return folded(condition.text, (text) => [...text, QUOTE])
    case 'prefix-ignore-case':
      return folded(condition.text, (text) => [...text, STAR])
    case 'suffix-ignore-case':
      return folded(condition.text, (text) =>
        text[0] === QUOTE ? undefined : [STAR, ...text, QUOTE],
      )
    default:
      return undefined
  }
}

function codes(text: ByteString): number[] {
  return Array.from(text, (byte) => byte.charCodeAt(0))
}

function wildcardCodes(parts: readonly ByteString[]): number[] {
  return parts.flatMap((part, index) => (index === 0 ? codes(part) : [STAR, ...codes(part)]))
}

function folded(
  text: FoldedText,
  complete: (steps: number[]) => number[] | undefined,
): TextSteps | undefined {
  const bytes: number[] = []
  for (const { lower, upper } of text) {
    if (lower !== upper && lower.length + upper.length > 2) return undefined
    bytes.push(...codes(lower))
  }
  const steps = complete(bytes)
  return steps && { foldsCase: true, steps }
}
