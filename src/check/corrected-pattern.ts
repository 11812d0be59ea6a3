/** A pattern as it was probably meant: for the events of one entry of the catalogue. */
import { type Entry, exampleOf, likeness } from '../catalogue/index.ts'
import { CHOICES } from './catalogue-fields.ts'

type Json = unknown
type Members = Readonly<Record<string, Json>>

/** Below it a value is not taken for a misspelling of another. */
const LEAST_LIKENESS = 0.5

/** Undefined when nothing would change. */
export function corrected(pattern: string, entry: Entry): string | undefined {
  const before: Json = JSON.parse(pattern)
  const after = JSON.stringify(likeDocument(before, exampleOf(entry), '', entry))
  return after === JSON.stringify(before) ? undefined : after
}

/** Names of members as the document spells them; values as its fields can have them. */
function likeDocument(pattern: Json, document: Json, path: string, entry: Entry): Json {
  if (!isMembers(pattern) || !isMembers(document)) return pattern
  return Object.fromEntries(
    Object.entries(pattern).map(([name, wanted]) => {
      if (name === '$or' && Array.isArray(wanted)) {
        return [name, wanted.map((each) => likeDocument(each, document, path, entry))]
      }
      const own = nameIn(document, name)
      const at = path === '' ? own : `${path}.${own}`
      const inner = likeDocument(wanted, document[own], at, entry)
      return [own, Array.isArray(inner) ? valuesLike(inner, at, entry) : inner]
    }),
  )
}

function nameIn(document: Members, name: string): string {
  if (Object.hasOwn(document, name)) return name
  const same = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return Object.keys(document).find((each) => same(each) === same(name)) ?? name
}

function valuesLike(values: readonly Json[], path: string, entry: Entry): Json[] {
  const possible =
    path === 'source'
      ? [entry.source]
      : path === 'detail-type'
        ? [entry.detailType]
        : CHOICES[entry.detailType]?.[path]
  if (!possible) return [...values]
  const changed = values.map((value) => {
    if (typeof value !== 'string' || possible.includes(value)) return value
    return nearest(value, possible, path) ?? value
  })
  return [...new Set(changed)]
}

/** Source and detail-type are those of the entry; other values only what they resemble. */
function nearest(value: string, possible: readonly string[], path: string): string | undefined {
  const [best] = possible
    .map((each) => ({ each, score: likeness(value, each) }))
    .sort((a, b) => b.score - a.score)
  if (!best) return undefined
  return path.startsWith('detail.') && best.score < LEAST_LIKENESS ? undefined : best.each
}

function isMembers(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
