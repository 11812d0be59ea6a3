/** How other services read queues: under a role, without waiting. */
import type { Message } from '@aws-sdk/client-sqs'
import type { Context } from '../../aws/context.ts'
import type { Cause } from '../../trace/record.ts'
import type {
  Outcome,
  QueueSource,
  ReceivedAttribute,
  ReceivedMessage,
  Refused,
  RoleSender,
  Roles,
} from '../ports.ts'
import type { Arrivals } from './arrivals.ts'
import { queueNotFound } from './errors.ts'
import { remove } from './in-flight.ts'
import { secondsOf } from './messages.ts'
import { homeOf } from './port.ts'
import { type Home, policyOf } from './queues.ts'
import { readReceipt } from './receipts.ts'
import { lookInto } from './receive.ts'

/** Asks as a long poll does: a queue with too much in flight answers without messages. */
const WAIT_SECONDS = 1

export function queueSource(roles: Roles, arrivals: Arrivals): QueueSource {
  function allowed(
    action: string,
    queueArn: string,
    sender: RoleSender,
    ctx: Context,
  ): { home: Home; because: string } | Refused {
    const home = homeOf(queueArn, ctx)
    if (!home) return refusal('NO_RESOURCE', queueNotFound().message)
    const access = { resourcePolicy: policyOf(home.queue) }
    const verdict = roles.decide(sender, action, queueArn, home.ctx, access)
    if (!verdict.allowed) {
      const { denial, because, evaluation } = verdict
      return { ...refusal('NO_PERMISSIONS', denial, because), evaluation }
    }
    return { home, because: verdict.because }
  }

  return {
    describe(queueArn, ctx) {
      const queue = homeOf(queueArn, ctx)?.queue
      if (!queue) return undefined
      const visibilityTimeoutSeconds = secondsOf(queue, 'VisibilityTimeout')
      return { isFifo: queue.isFifo, visibilityTimeoutSeconds, policy: policyOf(queue) }
    },

    receive(queueArn, count, sender, ctx) {
      const found = allowed('sqs:ReceiveMessage', queueArn, sender, ctx)
      if (!('home' in found)) return found
      const input = {
        QueueUrl: queueArn,
        MaxNumberOfMessages: count,
        MessageSystemAttributeNames: ['All' as const],
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: WAIT_SECONDS,
      }
      const { messages, nextAt } = lookInto(found.home, input, arrivals)
      const { queue, ctx: there } = found.home
      const causeOf = ({ ReceiptHandle = '' }: Message) =>
        readReceipt(queue, ReceiptHandle, there).message?.row.cause
      const all = messages.map((message) => received(message, causeOf(message)))
      return { accepted: true, messages: all, nextAt }
    },

    delete(queueArn, receiptHandles, sender, ctx): Outcome {
      const found = allowed('sqs:DeleteMessage', queueArn, sender, ctx)
      if (!('home' in found)) return found
      for (const handle of receiptHandles) remove(found.home, handle, arrivals)
      return { accepted: true, because: found.because }
    },

    onArrival: (listener) => arrivals.listen(listener),
  }
}

function received(message: Message, cause: Cause | undefined): ReceivedMessage {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '' } = message
  const { MD5OfMessageAttributes, MessageAttributes = {} } = message
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    ...(cause && { cause }),
    ...(MD5OfMessageAttributes && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    attributes: (message.Attributes ?? {}) as Record<string, string>,
    messageAttributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, value]) => [name, attribute(value)]),
    ),
  }
}

type SdkAttribute = NonNullable<Message['MessageAttributes']>[string]

function attribute({ DataType = '', StringValue, BinaryValue }: SdkAttribute): ReceivedAttribute {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    dataType: DataType,
  }
}

function refusal(code: Refused['code'], message: string, because = message): Refused {
  return { accepted: false, code, message, retryable: false, because }
}
