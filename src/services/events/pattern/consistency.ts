import type { FieldPattern, SubRule } from './compile.ts'
import { satisfies } from './condition.ts'
import type { Membership, Occurrence } from './event.ts'

/** The values that an event has for each field of a sub-rule, in the sub-rule's order. */
export type Candidates = (field: FieldPattern) => readonly Occurrence[]

/** The element of each array that the fields decided so far lie in: array, index, array, ... */
type Chosen = Membership

/**
 * Whether one value can be chosen for each field such that, for every array, all chosen values
 * below it lie in the same element. Fields are decided in the order of their paths, and a field
 * counts as absent when none of its values fits what has been chosen before it.
 */
export function matchesConsistently(subRule: SubRule, occurrencesOf: Candidates): boolean {
  return decide(subRule, 0, [], occurrencesOf)
}

function decide(
  subRule: SubRule,
  index: number,
  chosen: Chosen,
  occurrencesOf: Candidates,
): boolean {
  const field = subRule[index]
  if (field === undefined) return true
  let isAbsent = true
  for (const { value, membership } of occurrencesOf(field)) {
    const next = combine(chosen, membership)
    if (next === undefined) continue
    isAbsent = false
    if (
      field.alternatives.some((condition) => satisfies(condition, value)) &&
      decide(subRule, index + 1, next, occurrencesOf)
    ) {
      return true
    }
  }
  return isAbsent && acceptsAbsence(field) && decide(subRule, index + 1, chosen, occurrencesOf)
}

export function acceptsAbsence({ alternatives }: FieldPattern): boolean {
  return alternatives.some((condition) => condition.kind === 'exists' && !condition.exists)
}

/** Both memberships together; undefined if they name different elements of one array. */
function combine(chosen: Chosen, added: Membership): Chosen | undefined {
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

function elementOf(chosen: Chosen, array: number): number | undefined {
  for (let i = 0; i < chosen.length; i += 2) {
    if (chosen[i] === array) return chosen[i + 1]
  }
  return undefined
}
