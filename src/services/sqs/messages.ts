/** Messages as they lie in a queue, and which of them are in flight. */
import type { Context } from '../../aws/context.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Spool, Spooled } from '../../store/store.ts'
import {
  type Content,
  type FiledMessage,
  type Hold,
  inFlight,
  type Message,
  messages,
  passed,
  type Queue,
} from './state.ts'

export function secondsOf(queue: Queue, attribute: string): number {
  return Number(queue.attributes[attribute])
}

export function newMessage(content: Content, ctx: Context): Message {
  const { cause, now: sentAt } = ctx
  return { ...content, messageId: ctx.ids.uuid(), cause, sentAt, receives: 0 }
}

/** Files a message; returns the id that its FIFO sequence number is made of. */
export function fileMessage(
  { arn, isFifo }: Queue,
  message: Message,
  delayMs: number,
  ctx: Context,
): number {
  let visibleAt = ctx.now + delayMs
  if (isFifo) {
    // A shortened delay must not let it overtake.
    const last = ctx.tx.read(messages, arn, { descending: true, limit: 1 })[0]
    visibleAt = Math.max(visibleAt, last?.order ?? 0)
  }
  return ctx.tx.append(messages, arn, visibleAt, message)
}

const SEQUENCE_NUMBER_BASE = 10n ** 19n

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
  const { groupId } = row
  if (row.hold !== undefined) ctx.tx.remove(inFlight, row.hold)
  const held = ctx.tx.append(inFlight, arn, until, {
    since: ctx.now,
    ...(groupId !== undefined && { groupId }),
  })
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
  { arn, isFifo }: Queue,
  { id, row }: FiledMessage,
  current: Spooled<Hold> | undefined,
  until: number,
  ctx: Context,
): void {
  if (current) ctx.tx.move(inFlight, current.id, until, current.row)
  if (isFifo) return
  const hold = current?.id ?? ctx.tx.append(inFlight, arn, until, { since: ctx.now })
  ctx.tx.move(messages, id, until, { ...row, hold })
}

export function removeMessage({ id, row }: FiledMessage, ctx: Context): void {
  ctx.tx.remove(messages, id)
  if (row.hold !== undefined) ctx.tx.remove(inFlight, row.hold)
}

export function clearMessages({ name, arn }: Queue, ctx: Context): void {
  ctx.tx.delete(passed, name)
  ctx.tx.clear(messages, arn)
  ctx.tx.clear(inFlight, arn)
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
  drop(messages, queue, keptSince(queue, ctx.now), ctx)
  drop(inFlight, queue, ctx.now, ctx)
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
