/**
 * The message groups of FIFO queues, which take turns: a receive takes as many messages of one
 * group as it can, then of the next, and a group that was received from goes to the end.
 * SQS developer guide, FIFO-queues-understanding-logic; the order among groups is as recorded.
 */
import type { Context } from '../../aws/context.ts'
import { spool, table } from '../../store/store.ts'
import { type FiledMessage, inFlight, messages, type Queue } from './state.ts'

interface Turn {
  readonly groupId: string
}

/** Partition: the queue's ARN. Order: the time from which the group can be received from. */
const turns = spool<Turn>('sqs.turns')
/** The row of `turns` of each group that has messages, by the name of its line. */
const turnOf = table<number>('sqs.turnOf')
/** Partition: a group of a queue. Order: the id of a message. */
const lines = spool<object>('sqs.lines')

const READ_AT_ONCE = 100

function lineOf({ arn }: Queue, groupId: string): string {
  return `${arn}/${groupId}`
}

/** Puts a message that was filed at the end of its group's line. */
export function joinGroup(
  queue: Queue,
  { id, order, row: { groupId = '' } }: FiledMessage,
  ctx: Context,
): void {
  const line = lineOf(queue, groupId)
  ctx.tx.append(lines, line, id, {})
  if (ctx.tx.has(turnOf, line)) return
  ctx.tx.put(turnOf, line, ctx.tx.append(turns, queue.arn, order, { groupId }))
}

/** Takes a message that is gone out of its group's line. */
export function leaveGroup(queue: Queue, { id, row }: FiledMessage, ctx: Context): void {
  const { groupId = '' } = row
  const line = lineOf(queue, groupId)
  const [head] = ctx.tx.read(lines, line, { limit: 1 })
  const [place] = ctx.tx.read(lines, line, { from: id, to: id, limit: 1 })
  if (place) ctx.tx.remove(lines, place.id)
  if (head?.order === id) giveTurn(queue, groupId, ctx)
}

/** Says that a message can be received at another time. */
export function changeTurn(queue: Queue, { id, row }: FiledMessage, ctx: Context): void {
  const { groupId = '' } = row
  const [head] = ctx.tx.read(lines, lineOf(queue, groupId), { limit: 1 })
  if (head?.order === id) giveTurn(queue, groupId, ctx)
}

/** A group's turn comes when its first message can be received, behind those that wait. */
export function giveTurn(queue: Queue, groupId: string, ctx: Context): void {
  const line = lineOf(queue, groupId)
  const turn = ctx.tx.get(turnOf, line)
  if (turn === undefined) return
  const [head] = ctx.tx.read(lines, line, { limit: 1 })
  const first = head && ctx.tx.find(messages, head.order)
  ctx.tx.remove(turns, turn)
  if (!first) {
    ctx.tx.delete(turnOf, line)
    return
  }
  // A new row stands behind those of the same time.
  const at = Math.max(ctx.now, visibleAt(first, ctx))
  ctx.tx.put(turnOf, line, ctx.tx.append(turns, queue.arn, at, { groupId }))
}

function visibleAt({ order, row: { hold } }: FiledMessage, ctx: Context): number {
  const held = hold === undefined ? undefined : ctx.tx.find(inFlight, hold)
  return Math.max(order, held?.order ?? 0)
}

/** The groups whose turn has come, in the order of their turns. */
export function* groupsInTurn({ arn }: Queue, ctx: Context): Generator<string> {
  // What the receiver takes away may give a group its turn anew.
  const seen = new Set<string>()
  let after: { order: number; id: number } | undefined
  for (;;) {
    const range = { to: ctx.now, limit: READ_AT_ONCE, ...(after && { after }) }
    const found = ctx.tx.read(turns, arn, range)
    for (const { groupId } of found.map(({ row }) => row)) {
      if (!seen.has(groupId)) yield groupId
      seen.add(groupId)
    }
    after = found.at(-1)
    if (found.length < READ_AT_ONCE) return
  }
}

/** The messages of a group up to the first that cannot be received yet: none overtakes it. */
export function* groupMessages(
  queue: Queue,
  groupId: string,
  ctx: Context,
): Generator<FiledMessage> {
  let after: { order: number; id: number } | undefined
  for (;;) {
    const range = { limit: READ_AT_ONCE, ...(after && { after }) }
    const found = ctx.tx.read(lines, lineOf(queue, groupId), range)
    for (const { order: id } of found) {
      const message = ctx.tx.find(messages, id)
      if (message && visibleAt(message, ctx) > ctx.now) return
      if (message) yield message
    }
    after = found.at(-1)
    if (found.length < READ_AT_ONCE) return
  }
}

export function clearGroups(queue: Queue, ctx: Context): void {
  for (const { row } of ctx.tx.read(turns, queue.arn)) {
    const line = lineOf(queue, row.groupId)
    ctx.tx.clear(lines, line)
    ctx.tx.delete(turnOf, line)
  }
  ctx.tx.clear(turns, queue.arn)
}
