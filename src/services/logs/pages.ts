/** Pages of what is sorted by a text, with the last one's text as the token. */
import { invalidToken } from './errors.ts'

export interface PageRequest<T> {
  keyOf: (item: T) => string
  limit: number
  token: string | undefined
  descending?: boolean
}

export interface Page<T> {
  items: T[]
  nextToken: string | undefined
}

/** Sorts by code units, as the service does, and continues behind the token's place. */
export function pageOf<T>(items: Iterable<T>, request: PageRequest<T>): Page<T> {
  const { keyOf, limit, token, descending = false } = request
  const direction = descending ? -1 : 1
  const compare = (one: string, other: string) =>
    one === other ? 0 : one < other ? -direction : direction
  const after = token === undefined ? undefined : fromToken(token)
  const rest = [...items]
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || compare(key, after) > 0)
    .sort((one, other) => compare(one.key, other.key))
  const last = rest[limit - 1]
  const nextToken = rest.length > limit && last ? toToken(last.key) : undefined
  return { items: rest.slice(0, limit).map(({ item }) => item), nextToken }
}

export function toToken(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** Throws unless the text has the form that `toToken` makes. */
export function fromToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString()
  if (toToken(key) !== token) throw invalidToken()
  return key
}
