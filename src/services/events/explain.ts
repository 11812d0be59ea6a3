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
}

/**
 * For every rule of a bus, as it is now, whether it matches an event and why not. The event is a
 * whole document; `tx` is in the account and region of the bus.
 */
export function explainEvent(event: object, bus: string, tx: Tx): RuleExplanation[] {
  const document = JSON.stringify(event)
  return rulesOf(bus, tx).map((rule) => explainRule(rule, document))
}

function explainRule({ name: rule, state, pattern }: Rule, document: string): RuleExplanation {
  if (pattern === undefined) {
    const explanation = 'The rule has a schedule and no event pattern.'
    return { rule, state, matched: false, explanation }
  }
  const { matched, summary } = explain(compilePattern(pattern), document)
  if (state !== 'DISABLED') return { rule, state, matched, explanation: summary }
  return { rule, state, matched: false, explanation: `The rule is disabled. ${summary}` }
}
