/** Rules as they are kept, with their targets, and the list of changes that matchers follow. */
import type { RuleState, Target } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../aws/context.ts'
import { type Tx, table } from '../../store/store.ts'
import { noRule } from './errors.ts'
import { dropTags } from './tag-rows.ts'

/** How many changes of a bus's rules a matcher may have missed before it is made anew. */
const MAX_REMEMBERED_CHANGES = 64
const CHANGE_ID_DIGITS = 12
/** The state of rules that read-only management events go to. */
export const ALL_EVENTS: RuleState = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

export interface Rule {
  name: string
  bus: string
  arn: string
  state: RuleState
  pattern?: string
  schedule?: Schedule
  description?: string
  roleArn?: string
  /** The service that made the rule for itself. */
  managedBy?: string
  /** The account that made it. */
  createdBy: string
  targets: Target[]
}

export interface Schedule {
  expression: string
  /** When it began to count, milliseconds since the epoch. */
  since: number
  /** Names this run of the schedule: rows of the agenda that name another are stale. */
  run: string
}

interface Change {
  id: string
  rule: string
}

const rules = table<Rule>('events.rules', {
  indexes: {
    bus: ({ bus }) => bus,
    target: ({ bus, targets }) => targets.map(({ Arn }) => targetKey(bus, Arn ?? '')),
  },
})

/** By bus; empty lists are not kept. */
const changes = table<Change[]>('events.changes')

const key = (bus: string, rule: string) => `${bus}/${rule}`
const targetKey = (bus: string, arn: string) => `${bus} ${arn}`

export function findRule(bus: string, name: string, tx: Tx): Rule | undefined {
  return tx.get(rules, key(bus, name))
}

/** Throws ResourceNotFoundException when there is no such rule. */
export function existingRule(bus: string, name: string, tx: Tx): Rule {
  const rule = findRule(bus, name, tx)
  if (!rule) throw noRule(name, bus)
  return rule
}

/** Of every bus. */
export function allRules(tx: Tx): Rule[] {
  return [...tx.all(rules)]
}

export function rulesOf(bus: string, tx: Tx): Rule[] {
  return tx.by(rules, 'bus', bus)
}

export function rulesWithTarget(bus: string, targetArn: string, tx: Tx): Rule[] {
  return tx.by(rules, 'target', targetKey(bus, targetArn))
}

export function putRuleRow(rule: Rule, ctx: Context): void {
  const before = findRule(rule.bus, rule.name, ctx.tx)
  ctx.tx.put(rules, key(rule.bus, rule.name), rule)
  const isSame = matchable(before) === matchable(rule) && before?.state === rule.state
  if (!isSame) noteChange(rule, ctx)
}

export function dropRuleRow(rule: Rule, ctx: Context): void {
  ctx.tx.delete(rules, key(rule.bus, rule.name))
  dropTags(rule.arn, ctx.tx)
  if (matchable(rule) !== undefined) noteChange(rule, ctx)
}

/** The pattern by which a rule matches events now; undefined when it matches none. */
export function matchable(rule: Rule | undefined): string | undefined {
  return rule?.state === 'DISABLED' ? undefined : rule?.pattern
}

function noteChange({ bus, name }: Rule, { tx, ids }: Context): void {
  const change = { id: ids.hex(CHANGE_ID_DIGITS), rule: name }
  tx.put(changes, bus, [...(tx.get(changes, bus) ?? []), change].slice(-MAX_REMEMBERED_CHANGES))
}

/** The state of a bus's rules, as a name that changes with them. */
export function rulesVersion(bus: string, tx: Tx): string | undefined {
  return tx.get(changes, bus)?.at(-1)?.id
}

/**
 * The rules that changed since a version; undefined when it is not known any more, or was that of
 * a transaction that was undone.
 */
export function changedSince(
  version: string | undefined,
  bus: string,
  tx: Tx,
): Set<string> | undefined {
  const all = tx.get(changes, bus) ?? []
  const at = all.findIndex(({ id }) => id === version)
  return at < 0 ? undefined : new Set(all.slice(at + 1).map(({ rule }) => rule))
}
