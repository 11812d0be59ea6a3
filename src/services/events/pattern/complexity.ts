import type { ByteString } from './bytes.ts'
import type { FieldPattern, SubRule } from './compile.ts'
import { PatternError } from './errors.ts'
import type { WildcardCondition } from './wildcard.ts'

/**
 * The complexity up to which wildcards are accepted. AWS's figure is not published: it refuses a
 * pattern of complexity 11 and accepts ones of 7; event-ruler's README suggests 10.
 */
const MAX_COMPLEXITY = 10

const CLOSING_QUOTE = 0x22
/** Stands for all bytes that no wildcard names. */
const ANY_OTHER_BYTE = -2

/** A place in wildcards that matching may have come to. */
class Position {
  readonly id: number
  readonly isStar: boolean
  /** Where each byte leads on to. */
  readonly next = new Map<number, Position>()
  /** The stars that may begin here, with an empty string. */
  readonly stars: Position[] = []

  constructor(id: number, isStar: boolean) {
    this.id = id
    this.isStar = isStar
  }
}

/**
 * Refuses patterns whose wildcards are too costly to match. The measure is that of event-ruler's
 * MachineComplexityEvaluator: in how many places of wildcards, over all of a field's, matching can
 * be at once, for the worst possible value.
 */
export function checkComplexity(subRules: readonly SubRule[]): void {
  for (const fields of fieldsMatchedTogether(subRules)) {
    if (isTooComplex(fields)) {
      throw new PatternError(
        'Rule is too complex - try using fewer wildcard characters or fewer repeating ' +
          'character sequences after a wildcard character',
      )
    }
  }
}

/** Groups fields that one state machine of event-ruler's matches: same path, same fields before. */
function fieldsMatchedTogether(subRules: readonly SubRule[]): Iterable<FieldPattern[]> {
  const groups = new Map<string, FieldPattern[]>()
  for (const subRule of subRules) {
    subRule.forEach((field, index) => {
      if (wildcardSets(field).length === 0) return
      const key = JSON.stringify([field.path, subRule.slice(0, index)])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [field])
      else group.push(field)
    })
  }
  return groups.values()
}

/** A field's wildcards, those of one anything-but together. */
function wildcardSets({ alternatives }: FieldPattern): WildcardCondition[][] {
  return alternatives.flatMap((condition) => {
    if (condition.kind === 'wildcard') return [[condition]]
    if (condition.kind !== 'anything-but') return []
    const excluded = condition.excluded.filter((one) => one.kind === 'wildcard')
    return excluded.length === 0 ? [] : [excluded]
  })
}

function isTooComplex(fields: readonly FieldPattern[]): boolean {
  const distinct = new Map(fields.flatMap(wildcardSets).map((set) => [JSON.stringify(set), set]))
  const queue = [withStars(startPositions(Array.from(distinct.values())))]
  const seen = new Set<string>()
  for (const active of queue) {
    if (active.length > MAX_COMPLEXITY) return true
    const bytes = new Set(active.flatMap(({ next }) => Array.from(next.keys())))
    for (const byte of bytes.add(ANY_OTHER_BYTE)) {
      const reached = step(active, byte)
      const key = reached.map(({ id }) => id).join()
      if (reached.length === 0 || seen.has(key)) continue
      seen.add(key)
      queue.push(reached)
    }
  }
  return false
}

function step(active: readonly Position[], byte: number): Position[] {
  const reached = new Set<Position>()
  for (const position of active) {
    if (position.isStar) reached.add(position)
    const next = position.next.get(byte)
    if (next !== undefined) reached.add(next)
  }
  return withStars(reached)
}

function withStars(positions: Iterable<Position>): Position[] {
  const all = new Set(positions)
  for (const { stars } of all) for (const star of stars) all.add(star)
  return Array.from(all).sort((a, b) => a.id - b.id)
}

/** Lays out the wildcards' positions; gives those after the opening quote, one of each set. */
function startPositions(sets: readonly WildcardCondition[][]): Position[] {
  let count = 0
  const create = (isStar: boolean) => new Position(count++, isStar)
  return sets.map((set) => {
    const start = create(false)
    const end = create(false)
    for (const { parts } of set) addWildcard(start, end, parts, create)
    return start
  })
}

/** Within a set, wildcards that begin alike share their positions up to the first star. */
function addWildcard(
  start: Position,
  end: Position,
  parts: readonly ByteString[],
  create: (isStar: boolean) => Position,
): void {
  let position = start
  parts.forEach((part, index) => {
    if (index > 0) {
      const star = create(true)
      position.stars.push(star)
      position = star
    }
    for (const byte of part) {
      const code = byte.charCodeAt(0)
      const next = position.next.get(code) ?? create(false)
      position.next.set(code, next)
      position = next
    }
  })
  position.next.set(CLOSING_QUOTE, end)
}
