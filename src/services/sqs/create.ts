/** CreateQueue. */
import type { CreateQueueRequest, CreateQueueResult } from '@aws-sdk/client-sqs'
import { arn } from '../../arn.ts'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import type { Timing } from '../../config.ts'
import { checkRedrive } from './dead-letters.ts'
import { checkNameIsFree } from './deletions.ts'
import { invalidParameter, queueExists, unknownAttribute } from './errors.ts'
import { type Endpoint, queueUrl, tagList } from './queues.ts'
import {
  type Attributes,
  checkAttributes,
  effectiveAttributes,
  normalAttributes,
  withAttributes,
} from './settings.ts'
import { type Queue, queues } from './state.ts'

const NAME = /^[\w-]{1,80}$/
const FIFO_NAME = /^[\w-]{1,75}\.fifo$/

/** The same name with the same attributes is the same queue. */
export function createQueue(
  { endpoint, timing }: { endpoint: Endpoint; timing: Timing },
  { QueueName: name, Attributes = {}, tags = {} }: Checked<CreateQueueRequest>,
  ctx: Context,
): CreateQueueResult {
  const { FifoQueue, ...settings } = normalAttributes(Attributes as Attributes)
  const isFifo = FifoQueue === 'true'
  checkName(name, isFifo)
  const queueArn = arn('sqs', ctx.region, ctx.account, name)
  const keys = requestTagKeys(tagList(tags))
  ctx.allow('sqs:CreateQueue', queueArn, { keys })
  if (Object.keys(tags).length > 0) ctx.allow('sqs:TagQueue', queueArn, { keys })
  if (FifoQueue !== undefined && !isFifo) throw unknownAttribute('FifoQueue')
  checkAttributes(settings, isFifo)
  const known = ctx.tx.get(queues, name)
  if (known) {
    checkSame(known, settings)
    return { QueueUrl: queueUrl(endpoint, known) }
  }
  if (timing === 'aws') checkNameIsFree(name, ctx)
  checkRedrive(queueArn, settings, ctx)
  const queue: Queue = {
    name,
    arn: queueArn,
    isFifo,
    attributes: effectiveAttributes(withAttributes({}, settings), isFifo),
    tags,
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  }
  ctx.tx.put(queues, name, queue)
  return { QueueUrl: queueUrl(endpoint, queue) }
}

function checkName(name: string, isFifo: boolean): void {
  if (isFifo && !FIFO_NAME.test(name)) {
    throw invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or ' +
        'underscores, must end with .fifo suffix and be 1 to 80 in length.',
    )
  }
  if (!isFifo && !NAME.test(name)) {
    throw invalidParameter(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    )
  }
}

function checkSame(known: Queue, settings: Attributes): void {
  for (const [name, value] of Object.entries(settings)) {
    if ((known.attributes[name] ?? '') !== value) throw queueExists(name)
  }
}
