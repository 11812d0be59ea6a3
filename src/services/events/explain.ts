/** Why rules did or did not match an event: worked out when someone asks, not when it came. */
import type { Tx } from '../../store/store.ts'
import { compilePattern, explain } from './pattern/index.ts'
import { type Rule, rulesOf } from './rule-rows.ts'

export interface RuleExplanation {
  rule: string
  state: string
  matched: boolean
  /** In English. */
  explanation: string
  /** How many fields of its pattern the event does not have as wanted; 0 when it has none. */
  mismatches: number
}

/**
 * For every rule of a bus, as it is now, whether it matches an event and why not; those that come
 * nearest first. The event is a whole document; `tx` is in the account and region of the bus.
 */
export function explainEvent(event: object, bus: string, tx: Tx): RuleExplanation[] {
  const document = JSON.stringify(event)
  return rulesOf(bus, tx)
    .map((rule) => explainRule(rule, document))
    .sort((a, b) => a.mismatches - b.mismatches)
}

function explainRule({ name: rule, state, pattern }: Rule, document: string): RuleExplanation {
  if (pattern === undefined) {
    const explanation = 'The rule has a schedule and no event pattern.'
    return { rule, state, matched: false, explanation, mismatches: 0 }
  }
  const { matched, summary, mismatches } = explain(compilePattern(pattern), document)
  const isDisabled = state === 'DISABLED'
  return {
    rule,
    state,
    matched: matched && !isDisabled,
    explanation: isDisabled ? `The rule is disabled. ${summary}` : summary,
    mismatches: mismatches.length,
  }
}
