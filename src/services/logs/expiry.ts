/** Takes away events that have outlived their group's retention. */

import type { Context } from '../../aws/context.ts'
import { MS_PER_DAY, MS_PER_HOUR } from '../../clock.ts'
import { streamsOf } from './lookup.ts'
import { bytesOf, events, groups, type LogGroup, type LogStream, streams } from './state.ts'

/** Readers never see expired events; their space is given back in rounds this far apart. */
const MIN_ROUND_MS = MS_PER_HOUR
const READ_AT_ONCE = 500

/** The least time of events that the group still keeps. */
export function keptSince({ retentionInDays }: LogGroup, now: number): number {
  return retentionInDays === undefined ? 0 : now - retentionInDays * MS_PER_DAY
}

/** Writes the group with a round booked, if its events expire and there are some. */
export function expireLater(group: LogGroup, ctx: Context): void {
  const { name, retentionInDays, expiryBooked } = group
  const oldest = streamsOf(name, ctx).reduce(
    (least, { firstEventAt = Infinity }) => Math.min(least, firstEventAt),
    Infinity,
  )
  const book = retentionInDays !== undefined && !expiryBooked && oldest < Infinity
  ctx.tx.put(groups, name, { ...group, expiryBooked: expiryBooked || book })
  if (!book) return
  const expiresIn = oldest - keptSince(group, ctx.now)
  ctx.later(Math.max(MIN_ROUND_MS, expiresIn + 1), 'logs.expire', { group: name })
}

export function expire({ group: name }: { group: string }, ctx: Context): void {
  const group = ctx.tx.get(groups, name)
  if (!group) return
  const since = keptSince(group, ctx.now)
  for (const stream of streamsOf(name, ctx)) {
    if ((stream.firstEventAt ?? Infinity) < since) expireStream(stream, since, ctx)
  }
  expireLater({ ...group, expiryBooked: false }, ctx)
}

function expireStream(stream: LogStream, since: number, ctx: Context): void {
  const { arn } = stream
  const expired = { to: since - 1, limit: READ_AT_ONCE }
  let { bytes } = stream
  for (;;) {
    const found = ctx.tx.read(events, arn, expired)
    for (const { id, row } of found) {
      bytes -= bytesOf(row.message)
      ctx.tx.remove(events, id)
    }
    if (found.length < READ_AT_ONCE) break
  }
  const { firstEventAt: _, lastEventAt, ...kept } = stream
  const first = ctx.tx.read(events, arn, { limit: 1 })[0]
  const span = first && { firstEventAt: first.order, ...(lastEventAt && { lastEventAt }) }
  ctx.tx.put(streams, arn, { ...kept, ...span, bytes })
}
