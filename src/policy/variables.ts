/**
 * Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`,
 * `${$}` for the characters themselves. Only Version 2012-10-17 knows them.
 */
import type { RequestContext } from './types.ts'
import { matcherOf, type Token, tokensOf } from './wildcard.ts'

interface Variable {
  key: string
  fallback: string | undefined
}

export type Part = Token | Variable
/** Compares an actual value with a pattern of the policy. */
export type ValueMatcher = (actual: string, context: RequestContext) => boolean

const VARIABLE = /\$\{([^,{}]+)(?:,\s*'([^']*)'\s*)?\}/g
const CHARACTERS = new Set(['*', '?', '$'])

/** The parts of a text; without `wildcards`, `*` and `?` are literal. */
export function partsOf(text: string, variables: boolean, wildcards: boolean): Part[] {
  const parts: Part[] = []
  const literal = (piece: string) => {
    if (piece !== '') for (const token of wildcards ? tokensOf(piece) : [piece]) parts.push(token)
  }
  let at = 0
  for (const found of variables ? text.matchAll(VARIABLE) : []) {
    const [whole, name = '', fallback] = found
    const key = name.trim()
    literal(text.slice(at, found.index))
    parts.push(CHARACTERS.has(key) ? key : { key: key.toLowerCase(), fallback })
    at = found.index + whole.length
  }
  literal(text.slice(at))
  return parts
}

/**
 * Compiles parts for a way of comparing. Values put in for variables are literal text: a `*` in
 * them is no wildcard. A variable that has no value and no default matches nothing.
 */
export function valueMatcher(
  parts: readonly Part[],
  compile: (tokens: readonly Token[]) => (actual: string) => boolean,
): ValueMatcher {
  if (parts.every(isToken)) return compile(parts)
  return (actual, context) => {
    const tokens: Token[] = []
    for (const part of parts) {
      const token = isToken(part) ? part : resolve(part, context)
      if (token === undefined) return false
      tokens.push(token)
    }
    return compile(tokens)(actual)
  }
}

/** Whole-text matching with wildcards: Resource and StringLike. */
export function likeMatcher(text: string, variables: boolean): ValueMatcher {
  return valueMatcher(partsOf(text, variables, true), matcherOf)
}

/** Keys of several values cannot be variables. */
function resolve({ key, fallback }: Variable, context: RequestContext): string | undefined {
  const value = context.get(key)
  if (value === undefined) return fallback
  if (typeof value === 'string') return value
  return value.length === 1 ? value[0] : fallback
}

function isToken(part: Part): part is Token {
  return typeof part !== 'object'
}
