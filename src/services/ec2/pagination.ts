/** Pages of Describe operations: at most MaxResults rows, and a token for the rest. */
import { invalidParameter, invalidValue } from './errors.ts'

export interface PageRequest {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

export interface Page<Row> {
  rows: Row[]
  /** Absent at the end. */
  NextToken?: string
}

export interface Bounds {
  least: number
  most: number
}

/** What most Describe operations take as MaxResults. */
export const USUAL_BOUNDS: Bounds = { least: 5, most: 1000 }

/** Tokens of other makes are refused. */
const TOKEN = /^ec2:(\d{1,15})$/

/**
 * The page that a request asks for. `rows` come in the order of their positions, which stay the
 * same from page to page, whatever is created or removed in between.
 */
export function pageOf<Row>(
  rows: Iterable<Row>,
  positionOf: (row: Row) => number,
  { MaxResults, NextToken }: PageRequest,
  bounds: Bounds = USUAL_BOUNDS,
): Page<Row> {
  if (MaxResults !== undefined) checkBounds(MaxResults, bounds)
  const after = NextToken === undefined ? -1 : read(NextToken)
  const limit = MaxResults ?? Number.POSITIVE_INFINITY
  const page: Row[] = []
  let last = after
  for (const row of rows) {
    const position = positionOf(row)
    if (position <= after) continue
    if (page.length === limit) return { rows: page, NextToken: write(last) }
    page.push(row)
    last = position
  }
  return { rows: page }
}

/** Numbers the items of a list that does not change while the server runs. */
export function pageOfList<Row>(
  list: readonly Row[],
  request: PageRequest,
  bounds?: Bounds,
): Page<Row> {
  const { rows, NextToken } = pageOf(list.entries(), ([i]) => i, request, bounds)
  return { rows: rows.map(([, row]) => row), NextToken }
}

function checkBounds(maxResults: number, { least, most }: Bounds): void {
  if (maxResults >= least && maxResults <= most) return
  const bound = maxResults < least ? `greater than ${least}` : `less than ${most}`
  throw invalidParameter('maxResults', ` ${maxResults} `, `Expecting a value ${bound}.`)
}

function write(position: number): string {
  return Buffer.from(`ec2:${position}`).toString('base64url')
}

function read(token: string): number {
  const found = TOKEN.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw invalidValue(`The token '${token}' is invalid`)
  return Number(found[1])
}
