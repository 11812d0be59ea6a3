/** Queues for dead letters: where messages go that are received too often. */
import type {
  ListDeadLetterSourceQueuesRequest,
  ListDeadLetterSourceQueuesResult,
} from '@aws-sdk/client-sqs'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import type { Arrivals } from './arrivals.ts'
import { invalidValue } from './errors.ts'
import { fileMessage, removeMessage } from './messages.ts'
import { allowedQueue, type Endpoint, pageOfQueues, queueUrl } from './queues.ts'
import { readAllowPolicy, readRedrivePolicy } from './redrive-policy.ts'
import type { Attributes } from './settings.ts'
import { type FiledMessage, type Queue, queues } from './state.ts'

/** The queue for a queue's dead letters; undefined when it has none, or it was deleted. */
export function deadLetterQueue(targetArn: string, ctx: Context): Queue | undefined {
  const name = parseArn(targetArn)?.resource
  return name === undefined ? undefined : ctx.tx.get(queues, name)
}

/** Throws unless the redrive attributes among these make sense for the queue. */
export function checkRedrive(queueArn: string, attributes: Attributes, ctx: Context): void {
  readAllowPolicy(attributes)
  const targetArn = readRedrivePolicy(attributes)?.deadLetterTargetArn
  if (targetArn === undefined) return
  const refuse = (reason: string) => invalidValue(attributes.RedrivePolicy, 'RedrivePolicy', reason)
  const [own, target] = [parseArn(queueArn), parseArn(targetArn)]
  if (target?.service !== 'sqs') throw refuse('Invalid value for deadLetterTargetArn.')
  if (target.account !== own?.account) {
    throw refuse('Dead-letter target owner should be same as the source.')
  }
  const queue = target.region === own.region ? deadLetterQueue(targetArn, ctx) : undefined
  if (!queue) throw refuse('Dead letter target does not exist.')
  if (queue.isFifo !== queueArn.endsWith('.fifo')) {
    throw refuse('Dead-letter queue must be same type of queue as the source.')
  }
  if (!admits(queue, queueArn)) {
    throw refuse(
      `Queue ${queueArn} is not allowed to use ${targetArn} as its dead-letter queue by the ` +
        'RedriveAllowPolicy of the latter.',
    )
  }
}

function admits({ attributes }: Queue, sourceArn: string): boolean {
  const policy = readAllowPolicy(attributes)
  if (policy === undefined || policy.permission === 'allowAll') return true
  return policy.permission === 'byQueue' && policy.sources.includes(sourceArn)
}

/** Where a queue's next message goes that has been received this often, if it still exists. */
export function deadLettersOf(
  { attributes }: Queue,
  ctx: Context,
): { queue: Queue; maxReceiveCount: number } | undefined {
  const policy = readRedrivePolicy(attributes)
  const queue = policy && deadLetterQueue(policy.deadLetterTargetArn, ctx)
  return queue && { queue, maxReceiveCount: policy.maxReceiveCount }
}

/**
 * Moves a message to the other queue, where the count of its receives goes on. A standard queue's
 * messages keep their age, a FIFO queue's begin anew.
 */
export function giveUp(
  source: Queue,
  message: FiledMessage,
  target: Queue,
  arrivals: Arrivals,
  ctx: Context,
): void {
  removeMessage(source, message, ctx)
  const { hold: _hold, receipt: _receipt, ...kept } = message.row
  const letter = {
    ...kept,
    sentAt: source.isFifo ? ctx.now : kept.sentAt,
    receivesElsewhere: kept.receives,
    deadLetterSource: source.arn,
  }
  fileMessage(target, letter, 0, ctx)
  arrivals.notify(target.arn)
}

export function listDeadLetterSourceQueues(
  endpoint: Endpoint,
  { QueueUrl, MaxResults, NextToken }: Checked<ListDeadLetterSourceQueuesRequest>,
  from: Context,
): ListDeadLetterSourceQueuesResult {
  const { queue, ctx } = allowedQueue('sqs:ListDeadLetterSourceQueues', QueueUrl, from)
  const sources = ctx.tx.by(queues, 'deadLetters', queue.arn)
  const { items, next } = pageOfQueues(sources, MaxResults, NextToken)
  return { queueUrls: items.map((source) => queueUrl(endpoint, source)), NextToken: next }
}
