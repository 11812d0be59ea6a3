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
import { invalidParameter, invalidValue, missingParameter } from './errors.ts'
import {
  deduplicationIdOf,
  deduplicationKey,
  type FifoFields,
  rememberSent,
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

/** What XML 1.0 can carry. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u
const ALLOWED = '#x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]'
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
    { ...batch, before: () => checkBatchSize(Entries) },
    (entry) => {
      const draft = draftOf(entry, ctx)
      return resultOf(draft, send(queue, draft, arrivals, ctx))
    },
  )
}

type SentInput = Omit<SendMessageRequest, 'QueueUrl'>

function draftOf(input: SentInput, ctx: Context): Draft {
  const { MessageBody: body = '', DelaySeconds: delaySeconds } = input
  const attributes = storedAttributes(input.MessageAttributes)
  const traceHeader = input.MessageSystemAttributes?.[TRACE_HEADER]?.StringValue
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

function checkBatchSize(entries: readonly SendMessageBatchRequestEntry[]): void {
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  if (bytes <= MAX_MESSAGE_BYTES) return
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. ` +
      `You have sent ${bytes} bytes.`,
  )
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
  const delayMs = (delaySeconds ?? secondsOf(queue, 'DelaySeconds')) * MS_PER_SECOND
  const id = fileMessage(queue, message, delayMs, ctx)
  arrivals.notify(queue.arn)
  const { messageId } = message
  if (key === undefined) return { messageId }
  rememberSent(key, messageId, id, ctx)
  return { messageId, sequenceNumber: sequenceNumber(id) }
}

function checkDraft(queue: Queue, { body, attributes, delaySeconds }: Draft): void {
  if (body === '') throw missingParameter('MessageBody')
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > MAX_DELAY_S)) {
    const reason = `DelaySeconds must be >= 0 and <= ${MAX_DELAY_S}.`
    throw invalidValue(delaySeconds, 'DelaySeconds', reason)
  }
  const limit = Number(queue.attributes.MaximumMessageSize)
  if (Buffer.byteLength(body) + attributesBytes(attributes) > limit) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    )
  }
  const forbidden = FORBIDDEN.exec(body)?.[0]
  if (forbidden === undefined) return
  const code = forbidden.charCodeAt(0).toString(16).toUpperCase()
  throw new AwsError(
    'InvalidMessageContents',
    `Invalid binary character '#x${code}' was found in the message body, the set of allowed ` +
      `characters is ${ALLOWED}`,
  )
}
