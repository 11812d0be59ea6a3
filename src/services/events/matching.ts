/**
 * The compiled rules of each bus. They are derived from the rows alone: a matcher knows which
 * version of its bus's rules it holds, and takes over what changed when it is next asked. So it is
 * also right after a transaction was undone, after a reset and after a restart.
 */
import type { Context } from '../../aws/context.ts'
import type { Tx } from '../../store/store.ts'
import type { EventKind } from '../ports.ts'
import type { Bus } from './buses.ts'
import { compilePattern, PatternSet } from './pattern/index.ts'
import {
  ALL_EVENTS,
  changedSince,
  findRule,
  matchable,
  type Rule,
  rulesOf,
  rulesVersion,
} from './rule-rows.ts'

interface Matcher {
  version: string | undefined
  patterns: PatternSet<string>
  /** Whether some rule may match events of a kind, for the kinds that were asked for. */
  interest: Map<string, boolean>
}

export class Matchers {
  /** By the bus's ARN. */
  readonly #matchers = new Map<string, Matcher>()

  /** The enabled rules of a bus whose pattern matches an event's document. */
  match({ name: bus, arn }: Bus, document: string, { tx }: Context): Rule[] {
    const { patterns } = this.#current(bus, arn, tx)
    const names = patterns.size === 0 ? [] : patterns.match(document)
    return names.flatMap((name) => findRule(bus, name, tx) ?? [])
  }

  /** Whether a rule may match events of a kind, going by their source and detail-type alone. */
  mayMatch({ name: bus, arn }: Bus, kind: EventKind, { tx }: Context): boolean {
    const { patterns, interest } = this.#current(bus, arn, tx)
    if (patterns.size === 0) return false
    const key = `${kind.readOnly === true} ${kind.source} ${kind.detailType}`
    const known = interest.get(key)
    if (known !== undefined) return known
    const found = rulesOf(bus, tx).some((rule) => mayMatch(rule, kind))
    interest.set(key, found)
    return found
  }

  #current(bus: string, arn: string, tx: Tx): Matcher {
    const version = rulesVersion(bus, tx)
    const known = this.#matchers.get(arn)
    if (known && known.version === version) return known
    const changed = known && changedSince(known.version, bus, tx)
    if (!known || !changed) {
      const made = { version, patterns: compileAll(rulesOf(bus, tx)), interest: new Map() }
      this.#matchers.set(arn, made)
      return made
    }
    for (const name of changed) {
      const pattern = matchable(findRule(bus, name, tx))
      if (pattern === undefined) known.patterns.remove(name)
      else known.patterns.add(name, compilePattern(pattern))
    }
    known.version = version
    known.interest.clear()
    return known
  }
}

function mayMatch(rule: Rule, { source, detailType, readOnly }: EventKind): boolean {
  const pattern = matchable(rule)
  if (pattern === undefined || (readOnly && rule.state !== ALL_EVENTS)) return false
  const fields: Record<string, unknown> = JSON.parse(pattern)
  return admits(fields.source, source) && admits(fields['detail-type'], detailType)
}

/** Only plain texts are compared; whatever else a field asks for may be fulfilled. */
function admits(field: unknown, value: string): boolean {
  if (!Array.isArray(field)) return true
  return field.some((wanted) => typeof wanted !== 'string' || wanted === value)
}

function compileAll(rules: readonly Rule[]): PatternSet<string> {
  const patterns = new PatternSet<string>()
  for (const rule of rules) {
    const pattern = matchable(rule)
    if (pattern !== undefined) patterns.add(rule.name, compilePattern(pattern))
  }
  return patterns
}
