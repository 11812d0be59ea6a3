/** What Describe operations share: rows by ids, or all that match the filters, page by page. */
import type { Filter } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Table } from '../../store/store.ts'
import { invalidCombination } from './errors.ts'
import {
  type CheckedFilter,
  checkedFilters,
  type Fields,
  type Predicate,
  predicate,
  tagKeyOf,
} from './filters.ts'
import { literal } from './glob.ts'
import { allExisting, type Kind } from './ids.ts'
import { type Bounds, type Page, type PageRequest, pageOf } from './pagination.ts'
import { taggedWith, tagsOf } from './tag-rows.ts'

/** A kind of resource as Describe operations see it. */
export interface Listing<Row> {
  readonly kind: Kind
  readonly table: Table<Row>
  readonly idOf: (row: Row) => string
  readonly fields: Fields<Row>
  /** Indexes of the table, by the names of the filters that they answer; the best first. */
  readonly indexes?: Readonly<Record<string, string>>
}

export interface ListRequest extends PageRequest {
  Filters?: readonly Filter[] | undefined
}

/** Rows that match, in the order of their creation. Asks no permission. */
export function list<Row>(
  listing: Listing<Row>,
  request: ListRequest,
  ctx: Context,
  bounds?: Bounds,
): Page<Row> {
  const filters = checkedFilters(request.Filters)
  const rows = matching(candidates(listing, filters, ctx), filters, listing, ctx)
  const { table, idOf } = listing
  const positionOf = (row: Row) => ctx.tx.sequence(table, idOf(row)) ?? 0
  return pageOf(rows, positionOf, request, bounds)
}

/** The parameters of a request that names ids, as error messages spell them. */
export interface IdParameters {
  /** `instancesSet` */
  set: string
  /** `instanceId` */
  one: string
}

/** The named rows that also match; with ids there are no pages. */
export function listByIds<Row>(
  listing: Listing<Row>,
  ids: readonly string[],
  { Filters, MaxResults }: ListRequest,
  parameters: IdParameters,
  ctx: Context,
): Row[] {
  if (MaxResults !== undefined) {
    throw invalidCombination(
      `The parameter ${parameters.set} cannot be used with the parameter maxResults`,
    )
  }
  const rows = allExisting(listing.kind, listing.table, ids, parameters.one, ctx)
  return [...matching(rows, checkedFilters(Filters), listing, ctx)]
}

function* matching<Row>(
  rows: Iterable<Row>,
  filters: readonly CheckedFilter[],
  { fields, idOf }: Listing<Row>,
  ctx: Context,
): Iterable<Row> {
  const tests: Predicate<Row>[] = filters.map((filter) =>
    predicate(filter, fields, (row) => tagsOf(idOf(row), ctx)),
  )
  for (const row of rows) if (tests.every((test) => test(row, ctx))) yield row
}

/** All rows that can match, as few as an index allows. */
function candidates<Row>(
  { table, kind, indexes = {} }: Listing<Row>,
  filters: readonly CheckedFilter[],
  ctx: Context,
): Iterable<Row> {
  for (const { name, values } of filters) {
    const key = tagKeyOf(name)
    const exact = key === undefined ? undefined : literals(values)
    if (key === undefined || !exact) continue
    const ids = exact.flatMap((value) => taggedWith(kind.resourceType, key, value, ctx))
    return inOrder(
      ids.flatMap((id) => (ctx.tx.has(table, id) ? [id] : [])),
      table,
      ctx,
    )
  }
  for (const [name, index] of Object.entries(indexes)) {
    const exact = literals(filters.find((filter) => filter.name === name)?.values ?? ['*'])
    if (exact?.length === 1) return ctx.tx.by(table, index, exact[0] ?? '')
  }
  return ctx.tx.all(table)
}

function inOrder<Row>(ids: readonly string[], table: Table<Row>, ctx: Context): Row[] {
  const position = (id: string) => ctx.tx.sequence(table, id) ?? 0
  return [...new Set(ids)]
    .sort((a, b) => position(a) - position(b))
    .flatMap((id) => ctx.tx.get(table, id) ?? [])
}

/** The values as plain texts; undefined when one has wildcards. */
function literals(values: readonly string[]): string[] | undefined {
  const texts = values.map(literal)
  return texts.every((text) => text !== undefined) ? texts : undefined
}
