/** Whether a pattern can match an event of the catalogue, and what keeps it from it. */
import { CATALOGUE, type Entry, type EventDocument, exampleOf } from '../catalogue/index.ts'
import { type CompiledPattern, explain, type Mismatch } from '../services/events/pattern/index.ts'
import { API_CALL, CHOICES, FIXED, OPEN, OPTIONAL } from './catalogue-fields.ts'

/** Patterns with more combinations are not judged: each is held against the whole catalogue. */
export const MAX_JUDGED_SUB_RULES = 32

type SubRule = CompiledPattern['subRules'][number]

export interface Obstacle {
  entry: Entry
  /** What no event of the entry can have. */
  mismatches: readonly Mismatch[]
}

/** What keeps a conjunction of a pattern from ever matching an entry's events, if anything. */
export function obstacle(subRule: SubRule, entry: Entry): Obstacle | undefined {
  const obstacles = documentsOf(entry).map((document) => obstacleIn(subRule, entry, document))
  if (obstacles.includes(undefined)) return undefined
  return obstacles.reduce((best, each) => (count(each) < count(best) ? each : best))
}

/**
 * The same for one document of the entry, whose choices are as they are.
 * @param decisive Fields that are as they are too, though others of the entry's events differ.
 */
export function obstacleIn(
  subRule: SubRule,
  entry: Entry,
  document: EventDocument,
  decisive: readonly string[] = [],
): Obstacle | undefined {
  const { mismatches } = explain({ text: '', subRules: [subRule] }, JSON.stringify(document))
  const impossible = mismatches.filter(
    (mismatch) => decisive.includes(mismatch.field) || !isPossible(mismatch, entry),
  )
  return impossible.length === 0 ? undefined : { entry, mismatches: impossible }
}

/** `detail.state is absent, but the pattern wants "available" (the event has detail.State: …)` */
export function inWords({ entry, mismatches }: Obstacle): string {
  return mismatches
    .map(({ field, wanted, found, hints }) => {
      const has = found.kind === 'values' ? valuesOf(field, entry).join(' or ') : found.kind
      const hint = hints.length > 0 ? ` (${hints.join('; ')})` : ''
      return `${field} is ${has}, but the pattern wants ${wanted}${hint}`
    })
    .join('; ')
}

/** All that events of the entry's detail-type have in a field, as JSON. */
function valuesOf(field: string, { detailType }: Entry): string[] {
  const same = Object.values(CATALOGUE).filter((each) => each.detailType === detailType)
  const documents = same.flatMap(documentsOf)
  const values = documents.map((document) =>
    field.split('.').reduce((at: unknown, step) => (isObject(at) ? at[step] : undefined), document),
  )
  return [
    ...new Set(values.filter((each) => each !== undefined).map((each) => JSON.stringify(each))),
  ]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function count(obstacle: Obstacle | undefined): number {
  return obstacle?.mismatches.length ?? 0
}

function documentsOf(entry: Entry): EventDocument[] {
  const example = exampleOf(entry)
  const choices = Object.entries(CHOICES[entry.detailType] ?? {})
  return choices.reduce(
    (documents, [path, values]) =>
      documents.flatMap((document) =>
        values.map((value) => ({
          ...document,
          detail: { ...document.detail, [path.slice('detail.'.length)]: value },
        })),
      ),
    [example],
  )
}

/** Whether some other event of the entry has what the example has not. */
function isPossible({ field, found }: Mismatch, { detailType, detail }: Entry): boolean {
  if (field === 'detail-type') return false
  if (field === 'source') return detailType === API_CALL
  const isOpen = OPEN.includes(detailType) || Object.keys(detail).length === 0
  if (field.startsWith('detail.') && isOpen) return true
  if (OPTIONAL.some((path) => field === path || field.startsWith(`${path}.`))) return true
  if (found.kind !== 'values') return found.kind === 'empty array'
  return !FIXED.includes(field) && CHOICES[detailType]?.[field] === undefined
}
