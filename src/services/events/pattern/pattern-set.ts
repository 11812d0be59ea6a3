import type { CompiledPattern, FieldPattern } from './compile.ts'
import { type Condition, satisfies } from './condition.ts'
import { acceptsAbsence, matchesConsistently } from './consistency.ts'
import type { Occurrence } from './event.ts'
import { FieldIndex, type Posting } from './field-index.ts'
import { PathNode } from './path-trie.ts'
import { EventScanner, type ScannedField, type ScannedValue } from './scanner.ts'

/** A field that patterns of a set look at. */
interface Field<Id> extends ScannedField {
  firstValue: ScannedValue | undefined
  readonly node: PathNode<Field<Id>>
  /** The sub-rules that are found by a value of this field. */
  readonly index: FieldIndex<SubRule<Id>>
  /** How many sub-rules look at the field. */
  users: number
}

interface Clause<Id> {
  readonly field: Field<Id>
  readonly pattern: FieldPattern
}

interface Rule<Id> {
  readonly id: Id
  readonly subRules: SubRule<Id>[]
  /** The event that the rule was last found to match, by number. */
  matchedEvent: number
}

interface SubRule<Id> {
  readonly rule: Rule<Id>
  readonly clauses: readonly Clause<Id>[]
  /** The clause by which the sub-rule is found; undefined if it may match in absence of all. */
  readonly access: Clause<Id> | undefined
  /** The event that the sub-rule was last tried on, by number. */
  triedEvent: number
}

/** What a clause costs by which a sub-rule is found, in sub-rules that are tried in vain. */
const COSTS: Readonly<Record<Condition['kind'], number>> = {
  exact: 0,
  number: 0,
  'equals-ignore-case': 0,
  cidr: 2,
  prefix: 4,
  'prefix-ignore-case': 4,
  suffix: 4,
  'suffix-ignore-case': 4,
  wildcard: 8,
  numeric: 8,
  constant: 32,
  'anything-but': 1000,
  exists: 1000,
}

/**
 * The patterns of many rules, each under its rule's id. Matching an event costs what the fields
 * cost that patterns look at, and hardly depends on the number of rules: a sub-rule is tried only
 * on events that meet one chosen clause of it, the one that is likely to be met least often.
 */
export class PatternSet<Id> {
  readonly #rules = new Map<Id, Rule<Id>>()
  readonly #root = new PathNode<Field<Id>>()
  readonly #scanner = new EventScanner<Field<Id>>()
  /** Sub-rules that may match events that have none of their fields. */
  readonly #alwaysTried = new Set<SubRule<Id>>()
  readonly #postings: Posting<SubRule<Id>>[] = []
  #event = 0

  get size(): number {
    return this.#rules.size
  }

  /** Adds a rule's pattern, in place of the one that the rule had. */
  add(id: Id, pattern: CompiledPattern): void {
    this.remove(id)
    const rule: Rule<Id> = { id, subRules: [], matchedEvent: 0 }
    for (const fields of pattern.subRules) rule.subRules.push(this.#addSubRule(rule, fields))
    this.#rules.set(id, rule)
  }

  /** Removes a rule's pattern; false if there was none. */
  remove(id: Id): boolean {
    const rule = this.#rules.get(id)
    if (rule === undefined) return false
    for (const subRule of rule.subRules) this.#removeSubRule(subRule)
    return this.#rules.delete(id)
  }

  /**
   * The ids of the rules whose pattern matches an event, given as JSON text, in no order. The text
   * is taken for well-formed JSON: check it with `validateEvent` where it enters. Throws
   * EventError if it is not an object.
   */
  match(event: string | Uint8Array): Id[] {
    this.#event++
    const scanner = this.#scanner
    scanner.scan(event, this.#root)
    const matched: Id[] = []
    for (const subRule of this.#alwaysTried) this.#try(subRule, false, matched)
    for (const field of scanner.found) {
      for (let value = field.firstValue; value !== undefined; value = value.next) {
        this.#tryFoundBy(field.index, value, matched)
      }
    }
    return matched
  }

  /** As match, of an event that has been parsed already. */
  matchParsed(event: object): Id[] {
    return this.match(JSON.stringify(event))
  }

  #tryFoundBy(index: FieldIndex<SubRule<Id>>, value: ScannedValue, matched: Id[]): void {
    const postings = this.#postings
    postings.length = 0
    index.find(value, postings)
    for (const { entries, isProof } of postings) {
      for (const subRule of entries) this.#try(subRule, isProof, matched)
    }
  }

  /** Adds a sub-rule's rule to those matched, if it matches; `isMet` if its access clause does. */
  #try(subRule: SubRule<Id>, isMet: boolean, matched: Id[]): void {
    const { rule, clauses } = subRule
    if (rule.matchedEvent === this.#event) return
    if (!isMet || clauses.length > 1) {
      if (subRule.triedEvent === this.#event) return
      subRule.triedEvent = this.#event
      if (!this.#matches(subRule)) return
    }
    rule.matchedEvent = this.#event
    matched.push(rule.id)
  }

  #matches({ clauses }: SubRule<Id>): boolean {
    let inArrays = 0
    let absences = 0
    for (const { field, pattern } of clauses) {
      const met = howMet(pattern, field.firstValue)
      if (met === 'free') continue
      if (met === 'in an array') inArrays++
      else if (!acceptsAbsence(pattern)) return false
      else if (field.firstValue !== undefined) absences++
    }
    // Only values within arrays can be at odds, and need two; or be out of sight of one another.
    if (inArrays < 2 && absences === 0) return true
    const values = new Map(clauses.map(({ field, pattern }) => [pattern, this.#occurrences(field)]))
    const subRule = clauses.map(({ pattern }) => pattern)
    return matchesConsistently(subRule, (pattern) => values.get(pattern)!)
  }

  #occurrences({ firstValue }: Field<Id>): Occurrence[] {
    const occurrences: Occurrence[] = []
    for (let value = firstValue; value !== undefined; value = value.next) {
      occurrences.push({ value, membership: this.#scanner.membership(value.element) })
    }
    return occurrences
  }

  #addSubRule(rule: Rule<Id>, patterns: readonly FieldPattern[]): SubRule<Id> {
    const clauses = patterns.map((pattern) => ({ field: this.#use(pattern.path), pattern }))
    const access = cheapest(clauses)
    const subRule: SubRule<Id> = { rule, clauses, access, triedEvent: 0 }
    if (access === undefined) this.#alwaysTried.add(subRule)
    else for (const one of access.pattern.alternatives) access.field.index.add(one, subRule)
    return subRule
  }

  #removeSubRule(subRule: SubRule<Id>): void {
    const { clauses, access } = subRule
    if (access === undefined) this.#alwaysTried.delete(subRule)
    else for (const one of access.pattern.alternatives) access.field.index.remove(one, subRule)
    for (const { field } of clauses) {
      if (--field.users > 0) continue
      field.node.field = undefined
      field.node.prune()
    }
  }

  #use(path: string): Field<Id> {
    const node = this.#root.descend(path)
    node.field ??= { firstValue: undefined, node, index: new FieldIndex(), users: 0 }
    node.field.users++
    return node.field
  }
}

/** How a field's values meet its pattern: one that is in no array, one that is, or none. */
function howMet(
  { alternatives }: FieldPattern,
  firstValue: ScannedValue | undefined,
): 'free' | 'in an array' | 'not' {
  let isMet = false
  for (let value = firstValue; value !== undefined; value = value.next) {
    if (isMet && value.element !== 0) continue
    for (const condition of alternatives) {
      if (!satisfies(condition, value)) continue
      if (value.element === 0) return 'free'
      isMet = true
      break
    }
  }
  return isMet ? 'in an array' : 'not'
}

function cheapest<Id>(clauses: readonly Clause<Id>[]): Clause<Id> | undefined {
  let best: Clause<Id> | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const clause of clauses) {
    if (acceptsAbsence(clause.pattern)) continue
    const cost = costOf(clause)
    if (cost >= bestCost) continue
    best = clause
    bestCost = cost
  }
  return best
}

function costOf<Id>({ field, pattern }: Clause<Id>): number {
  let cost = 0
  for (const one of pattern.alternatives) cost += COSTS[one.kind] + field.index.count(one)
  return cost
}
