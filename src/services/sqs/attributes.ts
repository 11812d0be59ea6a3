/** GetQueueAttributes and SetQueueAttributes, and what is done to a queue as a whole. */
import type {
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  ListQueueTagsRequest,
  ListQueueTagsResult,
  PurgeQueueRequest,
  SetQueueAttributesRequest,
  TagQueueRequest,
  UntagQueueRequest,
} from '@aws-sdk/client-sqs'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../clock.ts'
import type { Arrivals } from './arrivals.ts'
import { checkRedrive } from './dead-letters.ts'
import {
  fixedQueueType,
  invalidParameter,
  missingParameter,
  purgeInProgress,
  unknownAttribute,
} from './errors.ts'
import { forgetSent } from './fifo.ts'
import { clearMessages, countMessages } from './messages.ts'
import { allowedQueue, type Home, tagList } from './queues.ts'
import {
  type Attributes,
  checkAttributes,
  checkNames,
  effectiveAttributes,
  normalAttributes,
  withAttributes,
} from './settings.ts'
import { queues } from './state.ts'

const PURGE_INTERVAL_MS = MS_PER_MINUTE
const MAX_TAGS = 50
const MAX_TAG_KEY_CHARACTERS = 128

export function getQueueAttributes(
  { QueueUrl, AttributeNames = [] }: Checked<GetQueueAttributesRequest>,
  from: Context,
): GetQueueAttributesResult {
  const home = allowedQueue('sqs:GetQueueAttributes', QueueUrl, from)
  checkNames(AttributeNames)
  if (AttributeNames.length === 0) return {}
  const isWanted = (name: string) =>
    AttributeNames.some((wanted) => wanted === 'All' || wanted === name)
  const Attributes = Object.fromEntries(
    Object.entries(allAttributes(home)).filter(([name]) => isWanted(name)),
  )
  return Object.keys(Attributes).length > 0 ? { Attributes } : {}
}

function allAttributes({ queue, ctx }: Home): Attributes {
  const { visible, inFlight, delayed } = countMessages(queue, ctx)
  const seconds = (ms: number) => String(Math.floor(ms / MS_PER_SECOND))
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
    ...queue.attributes,
  }
}

export function setQueueAttributes(
  arrivals: Arrivals,
  { QueueUrl, Attributes }: Checked<SetQueueAttributesRequest>,
  from: Context,
): object {
  const home = allowedQueue('sqs:SetQueueAttributes', QueueUrl, from)
  const { FifoQueue, ...settings } = normalAttributes(Attributes as Attributes)
  const { isFifo } = home.queue
  if (FifoQueue !== undefined && !isFifo) throw unknownAttribute('FifoQueue')
  if (FifoQueue !== undefined && FifoQueue !== 'true') throw fixedQueueType()
  checkAttributes(settings, isFifo)
  checkRedrive(home.queue.arn, settings, home.ctx)
  changeAttributes(home, settings)
  arrivals.notify(home.queue.arn)
  return {}
}

/** Writes attributes that were checked; empty values take away. */
export function changeAttributes({ queue, ctx }: Home, settings: Attributes): void {
  const attributes = effectiveAttributes(withAttributes(queue.attributes, settings), queue.isFifo)
  ctx.tx.put(queues, queue.name, { ...queue, attributes, modifiedAt: ctx.now })
}

export function purgeQueue({ QueueUrl }: Checked<PurgeQueueRequest>, from: Context): object {
  const { queue, ctx } = allowedQueue('sqs:PurgeQueue', QueueUrl, from)
  if (queue.purgedAt !== undefined && ctx.now - queue.purgedAt < PURGE_INTERVAL_MS) {
    throw purgeInProgress(queue.name)
  }
  clearMessages(queue, ctx)
  forgetSent(queue, ctx)
  ctx.tx.put(queues, queue.name, { ...queue, purgedAt: ctx.now })
  return {}
}

export function tagQueue({ QueueUrl, Tags }: Checked<TagQueueRequest>, from: Context): object {
  const keys = requestTagKeys(tagList(Tags))
  const { queue, ctx } = allowedQueue('sqs:TagQueue', QueueUrl, from, keys)
  if (Object.keys(Tags).length === 0) throw missingParameter('Tags')
  checkTagKeys(Object.keys(Tags))
  const tags = { ...queue.tags, ...Tags }
  if (Object.keys(tags).length > MAX_TAGS) {
    throw invalidParameter(`Too many tags added for queue ${queue.name}.`)
  }
  ctx.tx.put(queues, queue.name, { ...queue, tags })
  return {}
}

function checkTagKeys(keys: readonly string[]): void {
  const areValid = keys.every(({ length }) => length > 0 && length <= MAX_TAG_KEY_CHARACTERS)
  if (keys.length > 0 && areValid) return
  throw invalidParameter('Tag keys must be between 1 and 128 characters in length.')
}

export function untagQueue(
  { QueueUrl, TagKeys }: Checked<UntagQueueRequest>,
  from: Context,
): object {
  const keys = { 'aws:TagKeys': TagKeys }
  const { queue, ctx } = allowedQueue('sqs:UntagQueue', QueueUrl, from, keys)
  checkTagKeys(TagKeys)
  const kept = Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key))
  ctx.tx.put(queues, queue.name, { ...queue, tags: Object.fromEntries(kept) })
  return {}
}

export function listQueueTags(
  { QueueUrl }: Checked<ListQueueTagsRequest>,
  from: Context,
): ListQueueTagsResult {
  const { queue } = allowedQueue('sqs:ListQueueTags', QueueUrl, from)
  return Object.keys(queue.tags).length > 0 ? { Tags: queue.tags } : {}
}
