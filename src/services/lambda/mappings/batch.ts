/** Batches of messages: the event that they make, and which of them a function has dealt with. */
import { parseArn } from '../../../arn.ts'
import type { ReceivedMessage } from '../../ports.ts'
import { parsedPayload } from '../payload.ts'

/** The event of a batch, as recorded. */
export function eventOfBatch(messages: readonly ReceivedMessage[], queueArn: string): string {
  return JSON.stringify({ Records: messages.map((message) => recordOf(message, queueArn)) })
}

export function recordOf(message: ReceivedMessage, eventSourceARN: string) {
  const { messageId, receiptHandle, body, attributes, md5OfBody } = message
  const { md5OfMessageAttributes } = message
  return {
    messageId,
    receiptHandle,
    body,
    attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, { dataType, ...value }]) => [
        name,
        { ...value, stringListValues: [], binaryListValues: [], dataType },
      ]),
    ),
    ...(md5OfMessageAttributes !== undefined && { md5OfMessageAttributes }),
    md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: parseArn(eventSourceARN)?.region ?? '',
  }
}

/** The event that filters see: a body that is a JSON document is matched as one. */
export function filteredEvent(message: ReceivedMessage, queueArn: string): string {
  const body = parsedPayload(message.body)
  const isDocument = typeof body === 'object' && body !== null
  const record = recordOf(message, queueArn)
  return JSON.stringify(isDocument ? { ...record, body } : record)
}

/**
 * The ids of the messages that failed, by what a function answered that reports them; all of them
 * when the answer makes no sense.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedIds(
  payload: string,
  messages: readonly ReceivedMessage[],
): ReadonlySet<string> {
  const all = new Set(messages.map(({ messageId }) => messageId))
  const answer = parsedPayload(payload)
  if (answer === null || answer === '') return NONE
  if (typeof answer !== 'object') return all
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures
  if (failures === undefined || failures === null) return NONE
  if (!Array.isArray(failures)) return all
  const ids = failures.map((item) => item?.itemIdentifier)
  return ids.every((id) => all.has(id)) ? new Set(ids) : all
}

const NONE: ReadonlySet<string> = new Set()
