import { hashOf } from './bytes.ts'
import type { FieldPattern } from './compile.ts'
import { type Condition, satisfies } from './condition.ts'
import { FieldIndex } from './field-index.ts'
import type { PathNode } from './path-trie.ts'
import { type Filter, filterBy, note } from './posting.ts'
import type { ScannedField, ScannedValue } from './scanner.ts'

/** How the values that an event has for a field meet a clause. */
export const NOT_MET = 0
/** Met by values in arrays only, which other fields' values may be at odds with. */
export const MET_IN_ARRAY = 1
const MET = 2
type Met = typeof NOT_MET | typeof MET_IN_ARRAY | typeof MET

/** A field that patterns look at. */
export class Field<SubRule> implements ScannedField {
  readonly number: number
  readonly node: PathNode<Field<SubRule>>
  /** The sub-rules that are found by a value of this field. */
  readonly index = new FieldIndex<SubRule>()
  firstValue: ScannedValue | undefined
  /** How many sub-rules ask for the field. */
  users = 0
  /** How many sub-rules filter by this field's values. */
  filters = 0
  /** Made when a clause is shared, for there may be many fields. */
  #shared: Map<string, Clause<SubRule>> | undefined

  constructor(number: number, node: PathNode<Field<SubRule>>) {
    this.number = number
    this.node = node
  }

  /** The clause of a pattern that other sub-rules may have, too. */
  share(pattern: FieldPattern): Clause<SubRule> {
    const key = JSON.stringify(pattern.alternatives)
    this.#shared ??= new Map()
    let clause = this.#shared.get(key)
    if (clause === undefined) {
      clause = new Clause(this, pattern, key)
      this.#shared.set(key, clause)
    }
    clause.users++
    return clause
  }

  /** Forgets a shared clause when nobody shares it any more. */
  release(clause: Clause<SubRule>): void {
    if (clause.key === undefined) return
    clause.users--
    if (clause.users === 0) this.#shared?.delete(clause.key)
  }

  /** Notes the texts that the field has. */
  note(words: number[]): void {
    for (let value = this.firstValue; value !== undefined; value = value.next) {
      if (value.type === 'string') note(this.number, value.hash(), words)
    }
  }
}

/** What a sub-rule asks of one field. */
export class Clause<SubRule> {
  readonly field: Field<SubRule>
  readonly pattern: FieldPattern
  /** What a shared clause is known by, and how many sub-rules share it. */
  readonly key: string | undefined
  users = 0
  #event = 0
  #met: Met = NOT_MET

  constructor(field: Field<SubRule>, pattern: FieldPattern, key?: string) {
    this.field = field
    this.pattern = pattern
    this.key = key
  }

  /** How the current event, given by number, meets the clause. Found out once an event. */
  met(event: number): Met {
    if (this.#event !== event) {
      this.#event = event
      this.#met = howMet(this.pattern.alternatives, this.field.firstValue)
    }
    return this.#met
  }

  /** Lets pass what meets the clause; undefined where that is not texts alone. */
  filter(): Filter | undefined {
    const hashes: number[] = []
    for (const condition of this.pattern.alternatives) {
      if (condition.kind !== 'exact') return undefined
      hashes.push(hashOf(condition.text))
    }
    return filterBy(this.field.number, hashes)
  }
}

function howMet(alternatives: readonly Condition[], firstValue: ScannedValue | undefined): Met {
  let met: Met = NOT_MET
  for (let value = firstValue; value !== undefined; value = value.next) {
    if (met === MET_IN_ARRAY && value.element !== 0) continue
    for (const condition of alternatives) {
      if (!satisfies(condition, value)) continue
      if (value.element === 0) return MET
      met = MET_IN_ARRAY
      break
    }
  }
  return met
}
