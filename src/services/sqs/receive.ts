/** ReceiveMessage: what is visible, or what becomes so while the receiver waits. */
import type {
  Message as MessageAnswer,
  MessageSystemAttributeName,
  ReceiveMessageRequest,
  ReceiveMessageResult,
} from '@aws-sdk/client-sqs'
import type { Context, WaitingContext } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Arrivals } from './arrivals.ts'
import { rememberAttempt, repeatAttempt } from './attempts.ts'
import { deadLettersOf, giveUp } from './dead-letters.ts'
import { invalidValue, notForThisQueueType, overLimit, unknownAttribute } from './errors.ts'
import { checkId } from './fifo.ts'
import { giveTurn, groupMessages, groupsInTurn } from './groups.ts'
import { answeredAttributes, chosenAttributes, md5, md5OfAttributes } from './message-attributes.ts'
import { hold, isExpired, removeMessage, secondsOf, sequenceNumber, sweep } from './messages.ts'
import { allowOn, type Home, queueAt } from './queues.ts'
import { receiptOf } from './receipts.ts'
import { MAX_VISIBILITY_S, MAX_WAIT_S } from './settings.ts'
import { type FiledMessage, inFlight, type Message, messages, type Queue } from './state.ts'

type ReceiveInput = Checked<ReceiveMessageRequest>

const MAX_MESSAGES = 10
/** SQS developer guide, quotas-messages. */
const MAX_IN_FLIGHT = 120_000
const READ_AT_ONCE = 100

/** Waits up to WaitTimeSeconds of the cloud's time, or until the client leaves. */
export async function receiveMessage(
  arrivals: Arrivals,
  input: ReceiveInput,
  waiting: WaitingContext,
): Promise<ReceiveMessageResult> {
  checkInput(input)
  const start = waiting.now()
  const look = (isFirst: boolean) =>
    waiting.transact((from): Look => {
      const home = queueAt(input.QueueUrl, from)
      // Asked once, however often it looks again.
      if (isFirst) allowOn('sqs:ReceiveMessage', home)
      return lookInto(home, input, arrivals)
    })
  let found = look(true)
  const deadline = start + found.waitMs
  while (found.messages.length === 0 && waiting.now() < deadline && !waiting.signal.aborted) {
    await arrivals.next(found.queueArn, Math.min(deadline, found.nextAt), waiting)
    if (waiting.signal.aborted) break
    found = look(false)
  }
  return found.messages.length > 0 ? { Messages: found.messages } : {}
}

function checkInput(input: ReceiveInput): void {
  const unknown = wantedAttributes(input).find((name) => !SYSTEM_ATTRIBUTES.has(name))
  if (unknown !== undefined) throw unknownAttribute(unknown)
  const limits = [
    ['MaxNumberOfMessages', 1, MAX_MESSAGES, `Must be between 1 and ${MAX_MESSAGES}`],
    ['WaitTimeSeconds', 0, MAX_WAIT_S, `Must be >= 0 and <= ${MAX_WAIT_S}`],
    ['VisibilityTimeout', 0, MAX_VISIBILITY_S, `Must be >= 0 and <= ${MAX_VISIBILITY_S}`],
  ] as const
  for (const [name, least, most, reason] of limits) {
    const value = input[name]
    if (value === undefined || (value >= least && value <= most)) continue
    throw invalidValue(value, name, `${reason}, if provided.`)
  }
}

const SYSTEM_ATTRIBUTES: ReadonlySet<string> = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
])

export interface Look {
  queueArn: string
  messages: MessageAnswer[]
  waitMs: number
  /** When time alone may make something visible. */
  nextAt: number
}

/** Receives what is visible now. */
export function lookInto({ queue, ctx }: Home, input: ReceiveInput, arrivals: Arrivals): Look {
  const { MaxNumberOfMessages: wanted = 1, VisibilityTimeout, WaitTimeSeconds } = input
  const { ReceiveRequestAttemptId } = input
  sweep(queue, ctx)
  const waitMs =
    (WaitTimeSeconds ?? secondsOf(queue, 'ReceiveMessageWaitTimeSeconds')) * MS_PER_SECOND
  const visibility = VisibilityTimeout ?? secondsOf(queue, 'VisibilityTimeout')
  const until = ctx.now + visibility * MS_PER_SECOND
  const receive = () =>
    take(queue, wanted, waitMs > 0, arrivals, ctx).map((message) => ({
      ...message,
      row: hold(queue, message, until, ctx),
    }))
  const received = attempt(queue, ReceiveRequestAttemptId, until, ctx, receive)
  if (queue.isFifo) {
    for (const groupId of new Set(received.map(({ row }) => row.groupId ?? ''))) {
      giveTurn(queue, groupId, ctx)
    }
  }
  const answers = received.map(({ id, row }) => answered(queue, id, row, input))
  return { queueArn: queue.arn, messages: answers, waitMs, nextAt: nextChange(queue, ctx) }
}

/** Receives, or repeats an attempt that gave something already. */
function attempt(
  queue: Queue,
  attemptId: string | undefined,
  until: number,
  ctx: Context,
  receive: () => FiledMessage[],
): FiledMessage[] {
  if (attemptId === undefined) return receive()
  if (!queue.isFifo) throw notForThisQueueType(attemptId, 'ReceiveRequestAttemptId')
  checkId('ReceiveRequestAttemptId', attemptId)
  const received = repeatAttempt(queue, attemptId, until, ctx) ?? receive()
  rememberAttempt(queue, attemptId, received, until, ctx)
  return received
}

/** Chooses what can be received now; drops and gives up what can no longer. */
function take(
  queue: Queue,
  wanted: number,
  waits: boolean,
  arrivals: Arrivals,
  ctx: Context,
): FiledMessage[] {
  if (ctx.tx.size(inFlight, queue.arn, { from: ctx.now + 1 }) >= MAX_IN_FLIGHT) {
    // Long polls and FIFO queues answer without messages instead, says the quotas page.
    if (waits || queue.isFifo) return []
    throw overLimit(MAX_IN_FLIGHT)
  }
  const deadLetters = deadLettersOf(queue, ctx)
  const taken: FiledMessage[] = []
  for (const message of queue.isFifo ? inGroups(queue, ctx) : visible(queue, ctx)) {
    const { receives, receivesElsewhere = 0 } = message.row
    if (isExpired(queue, message.row, ctx.now)) removeMessage(queue, message, ctx)
    else if (deadLetters && receives - receivesElsewhere >= deadLetters.maxReceiveCount) {
      giveUp(queue, message, deadLetters.queue, arrivals, ctx)
    } else taken.push(message)
    if (taken.length === wanted) break
  }
  return taken
}

function* inGroups(queue: Queue, ctx: Context): Generator<FiledMessage> {
  for (const groupId of groupsInTurn(queue, ctx)) yield* groupMessages(queue, groupId, ctx)
}

/** In the order of the queue, in portions so that little of it is in memory. */
function* visible({ arn }: Queue, ctx: Context): Generator<FiledMessage> {
  let after: FiledMessage | undefined
  for (;;) {
    const range = { to: ctx.now, limit: READ_AT_ONCE, ...(after && { after }) }
    const found = ctx.tx.read(messages, arn, range)
    yield* found
    after = found.at(-1)
    if (found.length < READ_AT_ONCE) return
  }
}

/** When a delay or a visibility timeout ends next. */
function nextChange({ arn }: Queue, ctx: Context): number {
  const next = { from: ctx.now + 1, limit: 1 }
  const [message] = ctx.tx.read(messages, arn, next)
  const [held] = ctx.tx.read(inFlight, arn, next)
  return Math.min(message?.order ?? Infinity, held?.order ?? Infinity)
}

function answered(queue: Queue, id: number, message: Message, input: ReceiveInput): MessageAnswer {
  const chosen = chosenAttributes(message.attributes, input.MessageAttributeNames)
  const wanted = wantedAttributes(input)
  const system = Object.entries(systemAttributes(queue, id, message)).filter(
    ([name, value]) =>
      value !== undefined && wanted.some((asked) => asked === 'All' || asked === name),
  )
  return {
    MessageId: message.messageId,
    ReceiptHandle: receiptOf(queue, id, message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    MD5OfMessageAttributes: md5OfAttributes(chosen),
    MessageAttributes: answeredAttributes(chosen),
  }
}

/** Asked for by an older name and a newer one. */
function wantedAttributes(input: ReceiveInput): string[] {
  return [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]
}

function systemAttributes(
  { isFifo }: Queue,
  id: number,
  message: Message,
): Record<Exclude<MessageSystemAttributeName, 'All'>, string | undefined> {
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    SequenceNumber: isFifo ? sequenceNumber(id) : undefined,
    MessageDeduplicationId: message.deduplicationId,
    MessageGroupId: message.groupId,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  }
}
