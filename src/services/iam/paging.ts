/** Lists in pages: Marker, MaxItems, IsTruncated. */
import { validationError } from './errors.ts'

/** The largest page, and the one given unless MaxItems says otherwise. */
const DEFAULT_PAGE_ITEMS = 100

export interface PageRequest {
  Marker?: string
  MaxItems?: number
}

export interface Page<T> {
  items: T[]
  IsTruncated: boolean
  Marker?: string
}

/**
 * A page of the items in the order of their keys, which a marker carries, so that pages stay right
 * while items come and go.
 */
export function pageOf<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  { Marker, MaxItems = DEFAULT_PAGE_ITEMS }: PageRequest,
): Page<T> {
  const after = Marker === undefined ? undefined : decodeMarker(Marker)
  const keyed = [...items].map((item) => [keyOf(item), item] as const)
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const start = after === undefined ? 0 : keyed.findIndex(([key]) => key > after)
  const rest = start === -1 ? [] : keyed.slice(start)
  const page = rest.slice(0, MaxItems)
  const last = page.at(-1)
  return {
    items: page.map(([, item]) => item),
    IsTruncated: rest.length > page.length,
    ...(rest.length > page.length && last && { Marker: encodeMarker(last[0]) }),
  }
}

/** The same for a list whose own order counts. */
export function pageInOrder<T>(items: readonly T[], request: PageRequest): Page<T> {
  const DIGITS = 9
  const numbered = items.map((item, index) => ({ item, at: String(index).padStart(DIGITS, '0') }))
  const { items: page, ...rest } = pageOf(numbered, ({ at }) => at, request)
  return { items: page.map(({ item }) => item), ...rest }
}

const MARKER_FORM = /^[A-Za-z0-9_-]+$/

function encodeMarker(key: string): string {
  return Buffer.from(JSON.stringify([key])).toString('base64url')
}

function decodeMarker(marker: string): string {
  if (MARKER_FORM.test(marker)) {
    try {
      const [key] = JSON.parse(Buffer.from(marker, 'base64url').toString())
      if (typeof key === 'string') return key
    } catch {
      // Not one of ours: answered below.
    }
  }
  throw validationError(`Invalid Marker.`)
}
