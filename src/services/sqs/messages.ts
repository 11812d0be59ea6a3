/** Messages as they lie in a queue, and which of them are in flight. */
import type { Context } from '../../aws/context.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Spool, Spooled } from '../../store/store.ts'
import { changeTurn, clearGroups, joinGroup, leaveGroup } from './groups.ts'
import {
  type Content,
  type FiledMessage,
  type Hold,
  inFlight,
  type Message,
  messages,
  type Queue,
} from './state.ts'

const READ_AT_ONCE = 100

export function secondsOf(queue: Queue, attribute: string): number {
  return Number(queue.attributes[attribute])
}

export function newMessage(content: Content, ctx: Context): Message {
  const { cause, now: sentAt } = ctx
  return { ...content, messageId: ctx.ids.uuid(), cause, sentAt, receives: 0 }
}

/** Files a message; returns the id that its FIFO sequence number is made of. */
export function fileMessage(queue: Queue, message: Message, delayMs: number, ctx: Context): number {
  const { arn, isFifo } = queue
  let visibleAt = ctx.now + delayMs
  if (isFifo) {
    // A shortened delay must not let it overtake.
    const last = ctx.tx.read(messages, arn, { descending: true, limit: 1 })[0]
    visibleAt = Math.max(visibleAt, last?.order ?? 0)
  }
  const id = ctx.tx.append(messages, arn, visibleAt, message)
  if (isFifo) joinGroup(queue, { id, order: visibleAt, row: message }, ctx)
  return id
}

/** Of the size that AWS's numbers have. */
const SEQUENCE_NUMBER_BASE = 18_849_496_460_467_696_128n

/** 20 digits that grow with each message, as the API says. */
export function sequenceNumber(id: number): string {
  return String(SEQUENCE_NUMBER_BASE + BigInt(id))
}

/** Marks a message as received until a time, and gives it back as it is now. */
export function hold(
  { arn, isFifo }: Queue,
  { id, order, row }: FiledMessage,
  until: number,
  ctx: Context,
): Message {
  if (row.hold !== undefined) ctx.tx.remove(inFlight, row.hold)
  const held = ctx.tx.append(inFlight, arn, until, { since: ctx.now })
  const received = {
    ...row,
    receives: row.receives + 1,
    firstReceivedAt: row.firstReceivedAt ?? ctx.now,
    receipt: held,
    hold: held,
  }
  ctx.tx.move(messages, id, isFifo ? order : until, received)
  return received
}

/** Gives a message another visibility timeout, and takes one that is visible again back. */
export function holdUntil(
  queue: Queue,
  message: FiledMessage,
  current: Spooled<Hold> | undefined,
  until: number,
  ctx: Context,
): void {
  if (current) ctx.tx.move(inFlight, current.id, until, current.row)
  if (queue.isFifo) {
    changeTurn(queue, message, ctx)
    return
  }
  const hold = current?.id ?? ctx.tx.append(inFlight, queue.arn, until, { since: ctx.now })
  ctx.tx.move(messages, message.id, until, { ...message.row, hold })
}

export function removeMessage(queue: Queue, message: FiledMessage, ctx: Context): void {
  const { id, row } = message
  ctx.tx.remove(messages, id)
  if (row.hold !== undefined) ctx.tx.remove(inFlight, row.hold)
  if (queue.isFifo) leaveGroup(queue, message, ctx)
}

export function clearMessages(queue: Queue, ctx: Context): void {
  ctx.tx.clear(messages, queue.arn)
  ctx.tx.clear(inFlight, queue.arn)
  if (queue.isFifo) clearGroups(queue, ctx)
}

export function isExpired(queue: Queue, { sentAt }: Message, now: number): boolean {
  return sentAt <= keptSince(queue, now)
}

function keptSince(queue: Queue, now: number): number {
  return now - secondsOf(queue, 'MessageRetentionPeriod') * MS_PER_SECOND
}

/** Drops what has outlived the retention period, and holds that have run out. */
export function sweep(queue: Queue, ctx: Context): void {
  // None was sent after it became visible.
  const to = keptSince(queue, ctx.now)
  if (queue.isFifo) removeUpTo(queue, to, ctx)
  else drop(messages, queue, to, ctx)
  drop(inFlight, queue, ctx.now, ctx)
}

function removeUpTo(queue: Queue, to: number, ctx: Context): void {
  for (;;) {
    const found = ctx.tx.read(messages, queue.arn, { to, limit: READ_AT_ONCE })
    for (const message of found) removeMessage(queue, message, ctx)
    if (found.length < READ_AT_ONCE) return
  }
}

/** Looks first, because a write costs more. */
function drop<T>(from: Spool<T>, { arn }: Queue, to: number, ctx: Context): void {
  if (ctx.tx.read(from, arn, { to, limit: 1 }).length > 0) ctx.tx.clear(from, arn, to)
}

export interface Counts {
  visible: number
  inFlight: number
  delayed: number
}

export function countMessages(queue: Queue, ctx: Context): Counts {
  sweep(queue, ctx)
  const { arn, isFifo } = queue
  const later = { from: ctx.now + 1 }
  const held = ctx.tx.size(inFlight, arn, later)
  const ready = ctx.tx.size(messages, arn, { to: ctx.now })
  const due = ctx.tx.size(messages, arn, later)
  // In flight, a standard queue's messages stand at a later time, a FIFO queue's where they were.
  return isFifo
    ? { visible: ready - held, inFlight: held, delayed: due }
    : { visible: ready, inFlight: held, delayed: due - held }
}
