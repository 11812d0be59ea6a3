import { Clause, Field, MET_IN_ARRAY, NOT_MET } from './clause.ts'
import type { CompiledPattern, FieldPattern } from './compile.ts'
import type { Condition } from './condition.ts'
import { acceptsAbsence, matchesConsistently } from './consistency.ts'
import type { Occurrence } from './event.ts'
import { PathNode } from './path-trie.ts'
import { ALL_BITS, FIELD_WORDS, NO_FILTER, type Posting } from './posting.ts'
import { EventScanner, type ScannedValue } from './scanner.ts'

interface Rule<Id> {
  readonly subRules: SubRule<Id>[]
  /** The event that the rule was last found to match, by number. */
  matchedEvent: number
}

interface SubRule<Id> {
  readonly id: Id
  /** The rule, if it has other sub-rules, too. */
  readonly rule: Rule<Id> | undefined
  /** Whether there is no other clause than the access clause. */
  readonly isSimple: boolean
  /** In the order of their fields' paths. */
  readonly clauses: readonly Clause<SubRule<Id>>[]
  /** The clause by which the sub-rule is found; undefined if it may match in absence of all. */
  readonly access: Clause<SubRule<Id>> | undefined
  /** The clause whose field filters what the access clause finds. */
  readonly filter: Clause<SubRule<Id>> | undefined
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
  readonly #root = new PathNode<Field<SubRule<Id>>>()
  readonly #scanner = new EventScanner<Field<SubRule<Id>>>()
  /** Sub-rules that may match events that have none of their fields. */
  readonly #alwaysTried = new Set<SubRule<Id>>()
  /** What filters look at: words for each field, by its number, that tell of the event's values. */
  readonly #words: number[] = new Array(FIELD_WORDS).fill(ALL_BITS)
  readonly #freeNumbers: number[] = []
  readonly #found: Posting<SubRule<Id>>[] = []
  /** The number of the event being matched, or last matched. */
  #event = 0
  #matched: Id[] = []

  get size(): number {
    return this.#rules.size
  }

  /** Adds a rule's pattern, in place of the one that the rule had. */
  add(id: Id, pattern: CompiledPattern): void {
    this.remove(id)
    const rule: Rule<Id> = { subRules: [], matchedEvent: 0 }
    const shared = pattern.subRules.length > 1 ? rule : undefined
    for (const fields of pattern.subRules) {
      rule.subRules.push(this.#addSubRule(id, shared, fields))
    }
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
    const { found } = this.#scanner
    for (const field of found) this.#clear(field.number)
    this.#scanner.scan(event, this.#root)
    for (const field of found) if (field.filters > 0) field.note(this.#words)
    this.#matched = []
    for (const subRule of this.#alwaysTried) this.#try(subRule, false)
    for (const field of found) {
      for (let value = field.firstValue; value !== undefined; value = value.next) {
        this.#tryFoundBy(field, value)
      }
    }
    return this.#matched
  }

  /** As match, of an event that has been parsed already. */
  matchParsed(event: object): Id[] {
    return this.match(JSON.stringify(event))
  }

  #tryFoundBy(field: Field<SubRule<Id>>, value: ScannedValue): void {
    const found = this.#found
    found.length = 0
    field.index.find(value, found)
    for (let i = 0; i < found.length; i++) found[i]!.visit(this.#words, this.#try)
  }

  /** Adds a sub-rule's rule to those matched, if it matches; `isMet` if its access clause is. */
  readonly #try = (subRule: SubRule<Id>, isMet: boolean): void => {
    const { rule } = subRule
    if (subRule.triedEvent === this.#event || rule?.matchedEvent === this.#event) return
    subRule.triedEvent = this.#event
    if (!(isMet && subRule.isSimple) && !this.#matches(subRule, isMet)) return
    if (rule !== undefined) rule.matchedEvent = this.#event
    this.#matched.push(subRule.id)
  }

  #matches({ clauses, access }: SubRule<Id>, isMet: boolean): boolean {
    let inArrays = 0
    let absences = 0
    for (const clause of clauses) {
      if (isMet && clause === access) continue
      const met = clause.met(this.#event)
      if (met === MET_IN_ARRAY) inArrays++
      if (met !== NOT_MET) continue
      if (!acceptsAbsence(clause.pattern)) return false
      // The field has values, but those may be out of sight of the other fields' values.
      if (clause.field.firstValue !== undefined) absences++
    }
    if (inArrays === 0 && absences === 0) return true
    if (isMet && access!.met(this.#event) === MET_IN_ARRAY) inArrays++
    if (inArrays < 2 && absences === 0) return true
    return matchesConsistently(
      clauses.map(({ pattern, field }) => ({ pattern, occurrences: this.#read(field) })),
    )
  }

  #read({ firstValue }: Field<SubRule<Id>>): Occurrence[] {
    const occurrences: Occurrence[] = []
    for (let value = firstValue; value !== undefined; value = value.next) {
      occurrences.push({ value, membership: this.#scanner.membership(value.element) })
    }
    return occurrences
  }

  #addSubRule(id: Id, rule: Rule<Id> | undefined, patterns: readonly FieldPattern[]): SubRule<Id> {
    const candidates = patterns.map((pattern) => ({ pattern, field: this.#fieldAt(pattern.path) }))
    const best = cheapest(candidates)
    const clauses = candidates.map(({ pattern, field }, index) =>
      index === best ? new Clause(field, pattern) : field.share(pattern),
    )
    const access = clauses[best]
    const filter = access && filterOf(clauses.filter((clause) => clause !== access))
    const isSimple = access !== undefined && clauses.length === 1
    const subRule = { id, rule, isSimple, clauses, access, filter, triedEvent: 0 }
    if (filter !== undefined) filter.field.filters++
    for (const { field } of clauses) field.users++
    if (access === undefined) this.#alwaysTried.add(subRule)
    else this.#register(subRule, access, filter)
    return subRule
  }

  #register(
    subRule: SubRule<Id>,
    access: Clause<SubRule<Id>>,
    filter: Clause<SubRule<Id>> | undefined,
  ): void {
    const passing = filter?.filter() ?? NO_FILTER
    for (const condition of access.pattern.alternatives) {
      access.field.index.add(condition, subRule, passing)
    }
  }

  #removeSubRule(subRule: SubRule<Id>): void {
    const { clauses, access, filter } = subRule
    if (access === undefined) this.#alwaysTried.delete(subRule)
    for (const condition of access?.pattern.alternatives ?? []) {
      access?.field.index.remove(condition, subRule)
    }
    if (filter !== undefined) filter.field.filters--
    for (const clause of clauses) {
      const { field } = clause
      field.release(clause)
      if (--field.users > 0) continue
      field.node.field = undefined
      field.node.prune()
      this.#clear(field.number)
      this.#freeNumbers.push(field.number)
    }
  }

  #clear(field: number): void {
    const base = field * FIELD_WORDS
    for (let word = base; word < base + FIELD_WORDS; word++) this.#words[word] = 0
  }

  #fieldAt(path: string): Field<SubRule<Id>> {
    const node = this.#root.descend(path)
    if (node.field === undefined) {
      const number = this.#freeNumbers.pop() ?? this.#words.length / FIELD_WORDS
      this.#clear(number)
      node.field = new Field(number, node)
    }
    return node.field
  }
}

/** The index of the clause to find a sub-rule by; -1 if the absence of fields may meet them all. */
function cheapest<SubRule>(
  candidates: readonly { pattern: FieldPattern; field: Field<SubRule> }[],
): number {
  let best = -1
  let bestCost = Number.POSITIVE_INFINITY
  candidates.forEach(({ pattern, field }, index) => {
    if (acceptsAbsence(pattern)) return
    let cost = 0
    for (const one of pattern.alternatives) cost += COSTS[one.kind] + field.index.count(one)
    if (cost >= bestCost) return
    best = index
    bestCost = cost
  })
  return best
}

/** The clause to filter by: of those that can, one that few sub-rules share. */
function filterOf<SubRule>(clauses: readonly Clause<SubRule>[]): Clause<SubRule> | undefined {
  return clauses
    .filter((clause) => clause.filter() !== undefined)
    .reduce<Clause<SubRule> | undefined>(
      (best, clause) => (best === undefined || clause.users < best.users ? clause : best),
      undefined,
    )
}
