import type { CompiledPattern, FieldPattern, SubRule } from './compile.ts'
import { describe, satisfies } from './condition.ts'
import { acceptsAbsence, matchesConsistently } from './consistency.ts'
import { type EventContent, readEvent } from './event.ts'
import { hintsFor } from './hints.ts'
import type { EventValue } from './value.ts'

/** Whether an event matches a pattern, and if not, why. */
export interface Explanation {
  readonly matched: boolean
  /** The same in one English sentence. */
  readonly summary: string
  /** The fields that kept the event from matching; of `$or`'s branches, those of the closest. */
  readonly mismatches: readonly Mismatch[]
  /** If each field is met for itself: the fields that no one element of an array meets together. */
  readonly apart: readonly string[]
}

/** A field that does not have what the pattern wants. */
export interface Mismatch {
  /** The names that lead to the field, joined by dots. */
  readonly field: string
  /** In English, such as `"running" or a string that begins with "stop"`. */
  readonly wanted: string
  readonly found: Found
  /** What may have been meant, or overlooked. One sentence each, without a full stop. */
  readonly hints: readonly string[]
}

/** What an event has at a path: values, as JSON, or none, for one of three reasons. */
export type Found =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'absent' | 'object' | 'empty array' }

const MAX_VALUES_IN_SUMMARY = 3

/**
 * Explains whether and why an event, given as JSON text, matches a pattern. Throws EventError if
 * the event is not a JSON object.
 */
export function explain(pattern: CompiledPattern, event: string | Uint8Array): Explanation {
  const content = readEvent(event)
  if (pattern.subRules.some((subRule) => matches(subRule, content))) {
    return { matched: true, summary: 'The event matches.', mismatches: [], apart: [] }
  }
  const closest = pattern.subRules
    .map((subRule) => subRule.filter((field) => !isMet(field, content)))
    .reduce((best, unmet) => (unmet.length < best.length ? unmet : best))
  const mismatches = closest.map((field) => mismatch(field, content))
  const apart = mismatches.length > 0 ? [] : fieldsApart(pattern.subRules, content)
  const summary =
    mismatches.length > 0
      ? `The event does not match: ${mismatches.map(inWords).join('; ')}.`
      : `The event does not match: no one element of an array meets ${list(apart, 'and')} together.`
  return { matched: false, summary, mismatches, apart }
}

function matches(subRule: SubRule, { values }: EventContent): boolean {
  return matchesConsistently(
    subRule.map((pattern) => ({ pattern, occurrences: values.get(pattern.path) ?? [] })),
  )
}

function isMet(pattern: FieldPattern, { values }: EventContent): boolean {
  const occurrences = values.get(pattern.path)
  if (occurrences === undefined) return acceptsAbsence(pattern)
  return (
    // Absence may yet hold in sight of other fields' values, if these are in arrays.
    (acceptsAbsence(pattern) && occurrences.every(({ membership }) => membership.length > 0)) ||
    occurrences.some(({ value }) =>
      pattern.alternatives.some((condition) => satisfies(condition, value)),
    )
  )
}

/** The fields in arrays of the first sub-rule whose fields are all met for themselves. */
function fieldsApart(subRules: readonly SubRule[], content: EventContent): string[] {
  const subRule = subRules.find((fields) => fields.every((field) => isMet(field, content)))!
  return subRule
    .map(({ path }) => path)
    .filter((path) => content.values.get(path)?.some(({ membership }) => membership.length > 0))
}

function mismatch(pattern: FieldPattern, content: EventContent): Mismatch {
  const { path, alternatives } = pattern
  return {
    field: path,
    wanted: list(alternatives.map(describe), 'or'),
    found: foundAt(path, content),
    hints: hintsFor(pattern, content),
  }
}

function foundAt(path: string, { values, containers }: EventContent): Found {
  const occurrences = values.get(path)
  if (occurrences !== undefined) {
    return { kind: 'values', values: occurrences.map(({ value }) => toJson(value)) }
  }
  switch (containers.get(path)) {
    case 'object':
      return { kind: 'object' }
    case 'array':
      return { kind: 'empty array' }
    default:
      return { kind: 'absent' }
  }
}

function toJson(value: EventValue): string {
  switch (value.type) {
    case 'string':
      return JSON.stringify(value.text())
    case 'number':
      return value.text()
    default:
      return value.type
  }
}

function inWords({ field, wanted, found, hints }: Mismatch): string {
  const hint = hints.length > 0 ? ` (${hints.join('; ')})` : ''
  return `${field} is ${foundInWords(found)}, but the pattern wants ${wanted}${hint}`
}

function foundInWords(found: Found): string {
  switch (found.kind) {
    case 'values': {
      const shown = found.values.slice(0, MAX_VALUES_IN_SUMMARY)
      const more = found.values.length - shown.length
      return list(more > 0 ? [...shown, `${more} more`] : shown, 'and')
    }
    case 'absent':
      return 'absent'
    default:
      return `an ${found.kind}`
  }
}

function list(items: readonly string[], conjunction: 'and' | 'or'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`
}
