/** What receivers do to messages in flight: delete them, or keep them longer or shorter. */
import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  ChangeMessageVisibilityRequest,
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  DeleteMessageRequest,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Arrivals } from './arrivals.ts'
import { eachEntry } from './batches.ts'
import { expiredReceipt, invalidParameter, invalidValue, notInFlight } from './errors.ts'
import { holdUntil, removeMessage } from './messages.ts'
import { allowedQueue, type Home } from './queues.ts'
import { readReceipt } from './receipts.ts'
import { MAX_VISIBILITY_S } from './settings.ts'

export function deleteMessage(
  arrivals: Arrivals,
  { QueueUrl, ReceiptHandle }: Checked<DeleteMessageRequest>,
  from: Context,
): object {
  remove(allowedQueue('sqs:DeleteMessage', QueueUrl, from), ReceiptHandle, arrivals)
  return {}
}

export function deleteMessageBatch(
  arrivals: Arrivals,
  { QueueUrl, Entries }: Checked<DeleteMessageBatchRequest>,
  from: Context,
): DeleteMessageBatchResult {
  const home = allowedQueue('sqs:DeleteMessage', QueueUrl, from)
  const batch = { entries: Entries, kind: 'DeleteMessageBatchRequestEntry' }
  return eachEntry(batch, ({ ReceiptHandle = '' }) => {
    remove(home, ReceiptHandle, arrivals)
    return {}
  })
}

/** A handle of an earlier receive deletes nothing, and a FIFO queue says so. */
export function remove({ queue, ctx }: Home, handle: string, arrivals: Arrivals): void {
  const { message, isLatest, hold } = readReceipt(queue, handle, ctx)
  if (!message) return
  if (queue.isFifo && !(isLatest && hold)) throw expiredReceipt(handle)
  if (!isLatest) return
  removeMessage(queue, message, ctx)
  // The rest of its group may be received now.
  if (queue.isFifo) arrivals.notify(queue.arn)
}

export function changeMessageVisibility(
  arrivals: Arrivals,
  { QueueUrl, ReceiptHandle, VisibilityTimeout }: Checked<ChangeMessageVisibilityRequest>,
  from: Context,
): object {
  const home = allowedQueue('sqs:ChangeMessageVisibility', QueueUrl, from)
  changeVisibility(home, ReceiptHandle, VisibilityTimeout, arrivals)
  return {}
}

export function changeMessageVisibilityBatch(
  arrivals: Arrivals,
  { QueueUrl, Entries }: Checked<ChangeMessageVisibilityBatchRequest>,
  from: Context,
): ChangeMessageVisibilityBatchResult {
  const home = allowedQueue('sqs:ChangeMessageVisibility', QueueUrl, from)
  const batch = { entries: Entries, kind: 'ChangeMessageVisibilityBatchRequestEntry' }
  return eachEntry(batch, ({ ReceiptHandle = '', VisibilityTimeout = 0 }) => {
    changeVisibility(home, ReceiptHandle, VisibilityTimeout, arrivals)
    return {}
  })
}

/**
 * In a standard queue any receipt will do, also of an earlier receive and of a message that has
 * become visible again, as recorded.
 */
function changeVisibility(
  { queue, ctx }: Home,
  handle: string,
  seconds: number,
  arrivals: Arrivals,
): void {
  if (seconds < 0 || seconds > MAX_VISIBILITY_S) {
    const reason = `VisibilityTimeout must be an integer between 0 and ${MAX_VISIBILITY_S}.`
    throw invalidValue(seconds, 'VisibilityTimeout', reason)
  }
  const { message, isLatest, hold } = readReceipt(queue, handle, ctx)
  if (!message || (queue.isFifo && !(isLatest && hold))) throw notInFlight(handle)
  const until = ctx.now + seconds * MS_PER_SECOND
  if (until - (hold?.row.since ?? ctx.now) > MAX_VISIBILITY_S * MS_PER_SECOND) {
    throw invalidParameter(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Total VisibilityTimeout ` +
        `for the message is beyond the limit [${MAX_VISIBILITY_S} seconds].`,
    )
  }
  holdUntil(queue, message, hold, until, ctx)
  arrivals.notify(queue.arn)
}
