/** Why rules did or did not match an event: worked out when someone asks, not when it came. */
import type { Tx } from '../../store/store.ts'
import { compilePattern, matchesPattern } from './pattern/index.ts'
import { type Rule, rulesOf } from './rule-rows.ts'

export interface RuleExplanation {
  rule: string
  state: string
  matched: boolean
  /** One sentence. */
  explanation: string
}

/**
 * For every rule of a bus, as it is now, whether it matches an event and why not. The event is a
 * whole document; `tx` is in the account and region of the bus.
 */
export function explainEvent(event: object, bus: string, tx: Tx): RuleExplanation[] {
  const document = JSON.stringify(event)
  return rulesOf(bus, tx).map((rule) => explainRule(rule, event, document))
}

function explainRule(rule: Rule, event: object, document: string): RuleExplanation {
  const { name, state, pattern } = rule
  const told = (matched: boolean, explanation: string) => ({
    rule: name,
    state,
    matched,
    explanation,
  })
  if (pattern === undefined) return told(false, 'It has a schedule and no event pattern.')
  const matches = matchesPattern(compilePattern(pattern), document)
  if (state === 'DISABLED') {
    return told(false, `It is disabled; its pattern ${matches ? 'matches' : 'does not match'}.`)
  }
  return matches
    ? told(true, 'Every field of its pattern matches.')
    : told(false, reasons(pattern, event, document))
}

/** A field of a pattern: the names that lead to it, and what it may be. */
interface Field {
  path: string[]
  wanted: unknown[]
}

function reasons(pattern: string, event: object, document: string): string {
  const failing = fieldsOf(JSON.parse(pattern), []).filter(
    (field) => !matchesPattern(compilePattern(patternOf(field)), document),
  )
  if (failing.length === 0) return 'Each of its fields matches, but not all together.'
  return `${failing.map((field) => reason(field, event)).join('; ')}.`
}

function fieldsOf(pattern: object, path: string[]): Field[] {
  return Object.entries(pattern).flatMap(([name, value]) => {
    const at = [...path, name]
    return Array.isArray(value) ? [{ path: at, wanted: value }] : fieldsOf(value, at)
  })
}

/** A pattern of this field alone; that of an `$or` is the list of its branches. */
function patternOf({ path, wanted }: Field): string {
  return JSON.stringify(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), wanted))
}

function reason({ path, wanted }: Field, event: object): string {
  const want = wanted.map((each) => JSON.stringify(each)).join(' or ')
  if (path.at(-1) === '$or') return `No branch of ${path.join('.')} matches: ${want}`
  const found = valuesAt(path, event)
  const has = found.length === 0 ? 'has none' : `has ${found.map(shown).join(', ')}`
  return `${path.join('.')} must be ${want}, but the event ${has}`
}

/** The values of a field; lists on the way are entered. */
function valuesAt(path: readonly string[], event: unknown): unknown[] {
  let values: unknown[] = [event]
  for (const name of path) {
    values = values.flat().flatMap((value) => {
      const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      return isObject ? [(value as Record<string, unknown>)[name]] : []
    })
  }
  return values
}

const MAX_SHOWN_CHARACTERS = 200

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`
}
