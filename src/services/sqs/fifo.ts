/** What FIFO queues ask of their messages, and how they know one that was sent before. */

import { createHash } from 'node:crypto'
import type { Context } from '../../aws/context.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { invalidParameter, invalidValue, missingParameter, notForThisQueueType } from './errors.ts'
import type { Queue } from './state.ts'

/** SQS developer guide, FIFO-queues-exactly-once-processing. */
const DEDUPLICATION_WINDOW_MS = 5 * MS_PER_MINUTE
const ID = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/

interface Sent {
  readonly key: string
  readonly until: number
  readonly messageId: string
  readonly id: number
}

/** Messages of the last minutes, by queue, scope and deduplication id. */
const sentLately = table<Sent>('sqs.sentLately')

export interface FifoFields {
  groupId?: string | undefined
  deduplicationId?: string | undefined
  delaySeconds?: number | undefined
}

/** The deduplication id that counts for the message; undefined in standard queues. */
export function deduplicationIdOf(
  queue: Queue,
  { groupId, deduplicationId, delaySeconds }: FifoFields,
  body: string,
): string | undefined {
  checkId('MessageGroupId', groupId)
  if (!queue.isFifo) {
    if (deduplicationId === undefined) return undefined
    const reason = 'The request includes a parameter that is not valid for this queue type.'
    throw invalidValue(deduplicationId, 'MessageDeduplicationId', reason)
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId')
  if (delaySeconds) throw notForThisQueueType(delaySeconds, 'DelaySeconds')
  checkId('MessageDeduplicationId', deduplicationId)
  if (deduplicationId !== undefined) return deduplicationId
  requireContentBased(queue)
  return createHash('sha256').update(body).digest('hex')
}

/** Throws unless the queue can do without a deduplication id. */
export function requireContentBased({ attributes }: Queue): void {
  if (attributes.ContentBasedDeduplication === 'true') return
  throw invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or ' +
      'MessageDeduplicationId provided explicitly',
  )
}

export function checkId(parameter: string, id: string | undefined): void {
  if (id === undefined || ID.test(id)) return
  throw invalidValue(
    id,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
}

/** A message that was sent with this id within the window. */
export function sentBefore(key: string, ctx: Context): Sent | undefined {
  // All have the same window, so those that run out first were put first.
  for (const { key: old, until } of ctx.tx.all(sentLately)) {
    if (until > ctx.now) break
    ctx.tx.delete(sentLately, old)
  }
  return ctx.tx.get(sentLately, key)
}

export function rememberSent(key: string, messageId: string, id: number, ctx: Context): void {
  const until = ctx.now + DEDUPLICATION_WINDOW_MS
  ctx.tx.put(sentLately, key, { key, until, messageId, id })
}

export function deduplicationKey(
  { name, attributes }: Queue,
  deduplicationId: string,
  groupId = '',
): string {
  const scope = attributes.DeduplicationScope === 'messageGroup' ? groupId : ''
  return JSON.stringify([name, scope, deduplicationId])
}

/** After a purge, or in a queue of the same name that is made later, all start afresh. */
export function forgetSent({ name }: Queue, ctx: Context): void {
  const prefix = `${JSON.stringify([name]).slice(0, -1)},`
  for (const { key } of [...ctx.tx.all(sentLately)]) {
    if (key.startsWith(prefix)) ctx.tx.delete(sentLately, key)
  }
}
