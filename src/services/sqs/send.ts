/** SendMessage, alone and in batches. */
import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SendMessageBatchResultEntry,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Arrivals } from './arrivals.ts'
import { eachEntry } from './batches.ts'
import { forbiddenCharacter } from './characters.ts'
import { invalidParameter, invalidValue, missingParameter } from './errors.ts'
import {
  deduplicationIdOf,
  deduplicationKey,
  type FifoFields,
  rememberSent,
  requireContentBased,
  sentBefore,
} from './fifo.ts'
import {
  attributesBytes,
  md5,
  md5OfAttributes,
  type StoredAttributes,
  storedAttributes,
} from './message-attributes.ts'
import { fileMessage, newMessage, secondsOf, sequenceNumber } from './messages.ts'
import { allowedQueue } from './queues.ts'
import { MAX_DELAY_S, MAX_MESSAGE_BYTES } from './settings.ts'
import type { Queue } from './state.ts'

const TRACE_HEADER = 'AWSTraceHeader'

/** A message before it is sent. */
export interface Draft extends FifoFields {
  body: string
  attributes?: StoredAttributes | undefined
  traceHeader?: string | undefined
  senderId: string
}

export interface SentMessage {
  messageId: string
  sequenceNumber?: string
}

export function sendMessage(
  arrivals: Arrivals,
  input: Checked<SendMessageRequest>,
  from: Context,
): SendMessageResult {
  const { queue, ctx } = allowedQueue('sqs:SendMessage', input.QueueUrl, from)
  const draft = draftOf(input, ctx)
  return resultOf(draft, send(queue, draft, arrivals, ctx))
}

export function sendMessageBatch(
  arrivals: Arrivals,
  { QueueUrl, Entries }: Checked<SendMessageBatchRequest>,
  from: Context,
): SendMessageBatchResult {
  const { queue, ctx } = allowedQueue('sqs:SendMessage', QueueUrl, from)
  const batch = { entries: Entries, kind: 'SendMessageBatchRequestEntry' }
  return eachEntry<SendMessageBatchRequestEntry, SendMessageBatchResultEntry>(
    { ...batch, before: () => checkBatch(queue, Entries) },
    (entry) => {
      const draft = draftOf(entry, ctx)
      checkSize(queue, draft, 'cannot be validated')
      return resultOf(draft, send(queue, draft, arrivals, ctx))
    },
  )
}

type SentInput = Omit<SendMessageRequest, 'QueueUrl'>

function draftOf(input: SentInput, ctx: Context): Draft {
  const { MessageBody: body = '', DelaySeconds: delaySeconds } = input
  const attributes = storedAttributes(input.MessageAttributes)
  const traceHeader = traceHeaderIn(input.MessageSystemAttributes)
  return {
    body,
    attributes,
    traceHeader,
    senderId: ctx.caller.userId,
    delaySeconds,
    groupId: input.MessageGroupId,
    deduplicationId: input.MessageDeduplicationId,
  }
}

/** The only system attribute that is sent, and a String, says the API. UNCERTAIN wordings. */
function traceHeaderIn(given: SentInput['MessageSystemAttributes'] = {}): string | undefined {
  for (const [name, { DataType }] of Object.entries(given)) {
    if (name !== TRACE_HEADER) {
      throw invalidParameter(`Message system attribute '${name}' is not supported.`)
    }
    if (DataType !== 'String') {
      throw invalidParameter(`The type of message system attribute '${name}' must be String.`)
    }
  }
  return given[TRACE_HEADER]?.StringValue
}

function resultOf(
  { body, attributes, traceHeader }: Draft,
  { messageId, sequenceNumber: sequence }: SentMessage,
) {
  const system = traceHeader && { [TRACE_HEADER]: { type: 'String', text: traceHeader } }
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(system || {}),
    SequenceNumber: sequence,
  }
}

function checkBatch(queue: Queue, entries: readonly SendMessageBatchRequestEntry[]): void {
  for (const entry of queue.isFifo ? entries : []) checkFifoEntry(queue, entry)
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  if (bytes <= MAX_MESSAGE_BYTES) return
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. ` +
      `You have sent ${bytes} bytes.`,
  )
}

/** What a FIFO queue misses in one entry fails the whole batch, as recorded. */
function checkFifoEntry(queue: Queue, entry: SendMessageBatchRequestEntry): void {
  if (entry.MessageGroupId === undefined) {
    throw invalidParameter(missingParameter('MessageGroupId').message)
  }
  if (entry.MessageDeduplicationId === undefined) requireContentBased(queue)
}

/** Counts what may not even be valid: that is then said of the entry. */
function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendMessageBatchRequestEntry) {
  let bytes = Buffer.byteLength(MessageBody)
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(
    MessageAttributes,
  )) {
    bytes += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0)
  }
  return bytes
}

/** Files a message in a queue. A FIFO queue takes one that it has seen lately without filing it. */
export function send(queue: Queue, draft: Draft, arrivals: Arrivals, ctx: Context): SentMessage {
  checkDraft(queue, draft)
  const { body, attributes, senderId, groupId, delaySeconds } = draft
  // The header of the request does as well as the attribute.
  const traceHeader = draft.traceHeader ?? ctx.traceHeader
  const deduplicationId = deduplicationIdOf(queue, draft, body)
  const key =
    deduplicationId === undefined ? undefined : deduplicationKey(queue, deduplicationId, groupId)
  const before = key === undefined ? undefined : sentBefore(key, ctx)
  if (before) {
    return { messageId: before.messageId, sequenceNumber: sequenceNumber(before.id) }
  }
  const content = { body, attributes, traceHeader, senderId, groupId, deduplicationId }
  const message = newMessage(content, ctx)
  const delayMs = delayOf(queue, delaySeconds) * MS_PER_SECOND
  const id = fileMessage(queue, message, delayMs, ctx)
  arrivals.notify(queue.arn)
  const { messageId } = message
  if (key === undefined) return { messageId }
  rememberSent(key, messageId, id, ctx)
  return { messageId, sequenceNumber: sequenceNumber(id) }
}

/** In a FIFO queue all messages have the queue's delay, those too that ask for none. */
function delayOf(queue: Queue, asked: number | undefined): number {
  const own = secondsOf(queue, 'DelaySeconds')
  return queue.isFifo ? own : (asked ?? own)
}

function checkDraft(queue: Queue, draft: Draft): void {
  const { body, delaySeconds } = draft
  if (body === '') throw missingParameter('MessageBody')
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > MAX_DELAY_S)) {
    const reason = `DelaySeconds must be >= 0 and <= ${MAX_DELAY_S}.`
    throw invalidValue(delaySeconds, 'DelaySeconds', reason)
  }
  checkSize(queue, draft, 'are invalid')
  const forbidden = forbiddenCharacter(body, 'the message body')
  if (forbidden !== undefined) throw new AwsError('InvalidMessageContents', forbidden)
}

/** Entries of batches are refused in words of their own, as recorded. */
function checkSize(
  { attributes: { MaximumMessageSize: limit } }: Queue,
  { body, attributes }: Draft,
  what: 'are invalid' | 'cannot be validated',
): void {
  if (Buffer.byteLength(body) + attributesBytes(attributes) <= Number(limit)) return
  throw invalidParameter(
    `One or more parameters ${what}. Reason: Message must be shorter than ${limit} bytes.`,
  )
}
