/**
 * Receives that are tried again: within five minutes, and while none of them was deleted or had its
 * visibility changed, the same attempt gives the same messages under the same handles, and their
 * visibility timeout begins anew.
 * SQS API reference, ReceiveMessage, ReceiveRequestAttemptId.
 */
import type { Context } from '../../aws/context.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { type FiledMessage, inFlight, messages, type Queue } from './state.ts'

const ATTEMPT_WINDOW_MS = 5 * MS_PER_MINUTE

interface Attempt {
  readonly key: string
  readonly expiresAt: number
  /** The end of the visibility timeout of its messages. */
  readonly until: number
  readonly received: readonly { readonly id: number; readonly receipt: number | undefined }[]
}

/** Those of the last minutes, by queue and id. */
const attempts = table<Attempt>('sqs.attempts')

function keyOf({ name }: Queue, attemptId: string): string {
  return JSON.stringify([name, attemptId])
}

/** Undefined when there is nothing to repeat. */
export function repeatAttempt(
  queue: Queue,
  attemptId: string,
  until: number,
  ctx: Context,
): FiledMessage[] | undefined {
  // All have the same window, so those that run out first were put first.
  for (const { key, expiresAt } of ctx.tx.all(attempts)) {
    if (expiresAt > ctx.now) break
    ctx.tx.delete(attempts, key)
  }
  const known = ctx.tx.get(attempts, keyOf(queue, attemptId))
  if (!known || known.until <= ctx.now) return undefined
  const again: FiledMessage[] = []
  for (const { id, receipt } of known.received) {
    const message = ctx.tx.find(messages, id)
    const held = receipt === undefined ? undefined : ctx.tx.find(inFlight, receipt)
    if (!message || message.row.receipt !== receipt) return undefined
    if (held?.order !== known.until) return undefined
    again.push(message)
  }
  for (const { row } of again) {
    if (row.hold !== undefined) ctx.tx.move(inFlight, row.hold, until, { since: ctx.now })
  }
  return again
}

export function rememberAttempt(
  queue: Queue,
  attemptId: string,
  received: readonly FiledMessage[],
  until: number,
  ctx: Context,
): void {
  const key = keyOf(queue, attemptId)
  ctx.tx.delete(attempts, key)
  if (received.length === 0) return
  const kept = received.map(({ id, row }) => ({ id, receipt: row.receipt }))
  const expiresAt = ctx.now + ATTEMPT_WINDOW_MS
  ctx.tx.put(attempts, key, { key, expiresAt, until, received: kept })
}
