/** Lists in pages: a marker carries the key of the last item that was given. */
import { invalidParameter } from './errors.ts'

/** What AWS gives when nothing is asked, and at most. */
export const MAX_PAGE_ITEMS = 50

export interface Page<T> {
  items: T[]
  NextMarker?: string
}

export interface PageRequest {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

/** The page of `all`, which come in their order, behind the request's marker. */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { Marker, MaxItems = MAX_PAGE_ITEMS }: PageRequest,
): Page<T> {
  const start = Marker === undefined ? 0 : placeBehind(all.map(keyOf), Marker)
  const end = start + Math.min(MaxItems, MAX_PAGE_ITEMS)
  const items = all.slice(start, end)
  const last = items.at(-1)
  if (last === undefined || end >= all.length) return { items }
  const NextMarker = Buffer.from(`${end} ${keyOf(last)}`).toString('base64url')
  return { items, NextMarker }
}

/** Behind the item itself, wherever it stands by now; where it stood when it is gone. */
function placeBehind(keys: readonly string[], marker: string): number {
  const [, place, key] = /^(\d+) (.*)$/.exec(Buffer.from(marker, 'base64url').toString()) ?? []
  if (place === undefined || key === undefined) {
    throw invalidParameter('The provided marker is invalid.')
  }
  const found = keys.indexOf(key)
  return found < 0 ? Number(place) : found + 1
}
