/**
 * The compiled rules of each bus. They are derived from the rows alone: a matcher knows which
 * version of its bus's rules it holds, and takes over what changed when it is next asked. So it is
 * also right after a transaction was undone, after a reset and after a restart.
 */
import type { Context } from '../../aws/context.ts'
import type { Tx } from '../../store/store.ts'
import type { Bus } from './buses.ts'
import { compilePattern, PatternSet } from './pattern/index.ts'
import { changedSince, findRule, matchable, type Rule, rulesOf, rulesVersion } from './rule-rows.ts'

interface Matcher {
  version: string | undefined
  patterns: PatternSet<string>
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

  #current(bus: string, arn: string, tx: Tx): Matcher {
    const version = rulesVersion(bus, tx)
    const known = this.#matchers.get(arn)
    if (known && known.version === version) return known
    const changed = known && changedSince(known.version, bus, tx)
    if (!known || !changed) {
      const made = { version, patterns: compileAll(rulesOf(bus, tx)) }
      this.#matchers.set(arn, made)
      return made
    }
    for (const name of changed) {
      const pattern = matchable(findRule(bus, name, tx))
      if (pattern === undefined) known.patterns.remove(name)
      else known.patterns.add(name, compilePattern(pattern))
    }
    known.version = version
    return known
  }
}

function compileAll(rules: readonly Rule[]): PatternSet<string> {
  const patterns = new PatternSet<string>()
  for (const rule of rules) {
    const pattern = matchable(rule)
    if (pattern !== undefined) patterns.add(rule.name, compilePattern(pattern))
  }
  return patterns
}
