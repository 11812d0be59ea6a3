/** Lists in pages: sorted by name, continued behind the last name that was given. */
import { invalidParameter } from './errors.ts'

/** A list's page when the request sets no limit. */
const DEFAULT_PAGE_ITEMS = 100

export interface PageRequest {
  Limit?: number | undefined
  NextToken?: string | undefined
}

export interface Page<T> {
  items: T[]
  NextToken?: string
}

/** One page of `all`. A token stays good when items come and go between pages. */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { Limit = DEFAULT_PAGE_ITEMS, NextToken }: PageRequest,
): Page<T> {
  const after = NextToken === undefined ? undefined : decodeToken(NextToken)
  const sorted = all.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter((item) => nameOf(item) > after)
  const items = rest.slice(0, Limit)
  const last = items.at(-1)
  if (rest.length <= Limit || last === undefined) return { items }
  return { items, NextToken: Buffer.from(nameOf(last)).toString('base64url') }
}

function decodeToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  const isOurs = Buffer.from(name).toString('base64url') === token
  if (!isOurs) throw invalidParameter('NextToken')
  return name
}
