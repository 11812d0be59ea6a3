import type { FieldPattern } from './compile.ts'
import { satisfies } from './condition.ts'
import type { Membership, Occurrence } from './event.ts'

/** A field of a sub-rule with the values that an event has for it. */
export interface Candidate {
  readonly pattern: FieldPattern
  readonly occurrences: readonly Occurrence[]
}

/**
 * Whether one value can be chosen for each field such that, for every array, all chosen values
 * below it lie in the same element. Fields are decided in the order of their paths, and a field
 * counts as absent when none of its values fits what has been chosen before it.
 */
export function matchesConsistently(candidates: readonly Candidate[]): boolean {
  return new Search(candidates).decideFrom(0, [])
}

/** Whether a field's absence is among what its pattern accepts. */
export function acceptsAbsence({ alternatives }: FieldPattern): boolean {
  return alternatives.some((condition) => condition.kind === 'exists' && !condition.exists)
}

/** A field's values by the element of one array that they lie in. */
interface Grouping {
  readonly byElement: ReadonlyMap<number, readonly Occurrence[]>
  /** The values that are not in that array. */
  readonly elsewhere: readonly Occurrence[]
}

class Search {
  readonly #candidates: readonly Candidate[]
  readonly #groupings = new Map<string, Grouping>()
  /** By field: the arrays in which it or a later one has values. */
  readonly #arraysFrom: Set<number>[] = []
  /** Situations that are known to lead to no match. */
  readonly #deadEnds = new Set<string>()

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates
    let arrays = new Set<number>()
    for (let index = candidates.length - 1; index >= 0; index--) {
      arrays = new Set(arrays)
      for (const { membership } of candidates[index]!.occurrences) {
        for (let i = 0; i < membership.length; i += 2) arrays.add(membership[i]!)
      }
      this.#arraysFrom[index] = arrays
    }
  }

  /** Whether the fields from one on match, given the elements that earlier ones have chosen. */
  decideFrom(index: number, chosen: Membership): boolean {
    const candidate = this.#candidates[index]
    if (candidate === undefined) return true
    const situation = this.#situation(index, chosen)
    if (this.#deadEnds.has(situation)) return false
    let isAbsent = true
    for (const { value, membership } of this.#within(chosen, index)) {
      const next = combine(chosen, membership)
      if (next === undefined) continue
      isAbsent = false
      if (
        candidate.pattern.alternatives.some((condition) => satisfies(condition, value)) &&
        this.decideFrom(index + 1, next)
      ) {
        return true
      }
    }
    if (isAbsent && acceptsAbsence(candidate.pattern) && this.decideFrom(index + 1, chosen)) {
      return true
    }
    this.#deadEnds.add(situation)
    return false
  }

  /** A field's values, less many of those that cannot fit: there may be thousands. */
  #within(chosen: Membership, field: number): readonly Occurrence[] {
    let { occurrences } = this.#candidates[field]!
    for (let i = 0; i < chosen.length; i += 2) {
      if (!this.#arraysFrom[field]!.has(chosen[i]!)) continue
      const { byElement, elsewhere } = this.#grouping(field, chosen[i]!)
      const fitting = byElement.get(chosen[i + 1]!) ?? []
      if (fitting.length + elsewhere.length < occurrences.length) {
        occurrences = elsewhere.length === 0 ? fitting : [...fitting, ...elsewhere]
      }
    }
    return occurrences
  }

  #grouping(field: number, array: number): Grouping {
    const key = `${field}/${array}`
    let grouping = this.#groupings.get(key)
    if (grouping === undefined) {
      grouping = groupBy(array, this.#candidates[field]!.occurrences)
      this.#groupings.set(key, grouping)
    }
    return grouping
  }

  /** What of the past matters to a field and those after it. */
  #situation(index: number, chosen: Membership): string {
    const arrays = this.#arraysFrom[index]!
    const elements: string[] = []
    for (let i = 0; i < chosen.length; i += 2) {
      if (arrays.has(chosen[i]!)) elements.push(`${chosen[i]}[${chosen[i + 1]}]`)
    }
    return `${index}:${elements.sort()}`
  }
}

function groupBy(array: number, occurrences: readonly Occurrence[]): Grouping {
  const byElement = new Map<number, Occurrence[]>()
  const elsewhere: Occurrence[] = []
  for (const occurrence of occurrences) {
    const element = elementOf(occurrence.membership, array)
    if (element === undefined) elsewhere.push(occurrence)
    else if (byElement.has(element)) byElement.get(element)!.push(occurrence)
    else byElement.set(element, [occurrence])
  }
  return { byElement, elsewhere }
}

/** Both memberships together; undefined if they name different elements of one array. */
function combine(chosen: Membership, added: Membership): Membership | undefined {
  let combined: number[] | undefined
  for (let i = 0; i < added.length; i += 2) {
    const array = added[i]!
    const index = added[i + 1]!
    const known = elementOf(chosen, array)
    if (known === undefined) {
      combined ??= [...chosen]
      combined.push(array, index)
    } else if (known !== index) {
      return undefined
    }
  }
  return combined ?? chosen
}

function elementOf(chosen: Membership, array: number): number | undefined {
  for (let i = 0; i < chosen.length; i += 2) {
    if (chosen[i] === array) return chosen[i + 1]
  }
  return undefined
}
