/** What the Describe operations of the network share. */
import type { Context } from '../../../aws/context.ts'
import { type IdParameters, type Listing, type ListRequest, list, listByIds } from '../listing.ts'
import type { Page } from '../pagination.ts'
import { ensureDefaultVpc } from './default-vpc.ts'

/** The named rows, or all that match, page by page. */
export function find<Row>(
  listing: Listing<Row>,
  ids: readonly string[] = [],
  request: ListRequest,
  parameters: IdParameters,
  ctx: Context,
): Page<Row> {
  ensureDefaultVpc(ctx)
  if (ids.length === 0) return list(listing, request, ctx)
  return { rows: listByIds(listing, ids, request, parameters, ctx) }
}
