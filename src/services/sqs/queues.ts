/** Queues: made, found by their URLs, and listed. */
import type {
  DeleteQueueRequest,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListQueuesRequest,
  ListQueuesResult,
} from '@aws-sdk/client-sqs'
import { arn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { type Policy, parsePolicy } from '../../policy/index.ts'
import type { Arrivals } from './arrivals.ts'
import { rememberDeletion } from './deletions.ts'
import { invalidAddress, invalidParameter, queueNotFound } from './errors.ts'
import { forgetSent } from './fifo.ts'
import { clearMessages } from './messages.ts'
import { type Queue, queues } from './state.ts'

/** How the service is reached: `http://127.0.0.1:4566`. */
export type Endpoint = () => string

const MAX_LISTED_QUEUES = 1000

/** A queue with the context of the account that owns it. */
export interface Home {
  queue: Queue
  ctx: Context
}

/**
 * The queue at a URL. Only account and name count: a queue is reached through many hosts. A name
 * alone is a queue of the caller's, as recorded.
 */
export function queueAt(url: string, ctx: Context): Home {
  const [, account = ctx.account, name] = /^(?:(?:.*\/)?(\d{12})\/)?([^/]+)\/?$/.exec(url) ?? []
  if (name === undefined) throw invalidAddress(url)
  const home = ctx.in({ account, region: ctx.region })
  const queue = home.tx.get(queues, name)
  if (!queue) throw queueNotFound()
  return { queue, ctx: home }
}

/** The queue at a URL, once the caller is allowed to do this to it. */
export function allowedQueue(
  action: string,
  url: string,
  ctx: Context,
  keys: ConditionKeys = {},
): Home {
  const home = queueAt(url, ctx)
  allowOn(action, home, keys)
  return home
}

/** Actions that a queue's policy cannot give to other accounts, says the API of each. */
const OWNER_ONLY: ReadonlySet<string> = new Set(
  [
    'AddPermission',
    'CancelMessageMoveTask',
    'DeleteQueue',
    'ListMessageMoveTasks',
    'ListQueueTags',
    'RemovePermission',
    'SetQueueAttributes',
    'StartMessageMoveTask',
    'TagQueue',
    'UntagQueue',
  ].map((name) => `sqs:${name}`),
)

export function allowOn(action: string, { queue, ctx }: Home, keys: ConditionKeys = {}): void {
  const isShared = ctx.caller.account === ctx.account || !OWNER_ONLY.has(action)
  ctx.allow(action, queue.arn, {
    keys: { ...resourceTagKeys(tagList(queue.tags)), ...keys },
    resourcePolicy: isShared ? policyOf(queue) : undefined,
  })
}

export function tagList(tags: Queue['tags']): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Rows are never changed in place, so what was compiled of one holds as long as it. */
const policies = new WeakMap<Queue, Policy>()

export function policyOf(queue: Queue): Policy | undefined {
  const document = queue.attributes.Policy
  if (document === undefined) return undefined
  const known = policies.get(queue)
  if (known) return known
  const policy = parsePolicy(document, 'resource', queue.name)
  policies.set(queue, policy)
  return policy
}

export function queueUrl(endpoint: Endpoint, { arn: queueArn, name }: Queue): string {
  const [, , , , account] = queueArn.split(':')
  return `${endpoint()}/${account}/${name}`
}

export function deleteQueue(
  arrivals: Arrivals,
  { QueueUrl }: Checked<DeleteQueueRequest>,
  from: Context,
): object {
  const { queue, ctx } = allowedQueue('sqs:DeleteQueue', QueueUrl, from)
  clearMessages(queue, ctx)
  forgetSent(queue, ctx)
  ctx.tx.delete(queues, queue.name)
  rememberDeletion(queue.name, ctx)
  arrivals.notify(queue.arn)
  return {}
}

export function getQueueUrl(
  endpoint: Endpoint,
  { QueueName: name, QueueOwnerAWSAccountId: owner }: Checked<GetQueueUrlRequest>,
  from: Context,
): GetQueueUrlResult {
  const ctx = owner === undefined ? from : from.in({ account: owner, region: from.region })
  const queue = ctx.tx.get(queues, name)
  if (!queue) throw queueNotFound()
  allowOn('sqs:GetQueueUrl', { queue, ctx })
  return { QueueUrl: queueUrl(endpoint, queue) }
}

/** Without MaxResults, the first thousand and no token, as the API says. */
export function listQueues(
  endpoint: Endpoint,
  { QueueNamePrefix: prefix = '', MaxResults, NextToken: token }: ListQueuesRequest,
  ctx: Context,
): ListQueuesResult {
  ctx.allow('sqs:ListQueues', arn('sqs', ctx.region, ctx.account, ''))
  const found = [...ctx.tx.all(queues)].filter(({ name }) => name.startsWith(prefix))
  const { items, next } = pageOfQueues(found, MaxResults, token)
  if (items.length === 0) return {}
  return { QueueUrls: items.map((queue) => queueUrl(endpoint, queue)), NextToken: next }
}

/** A page in the order of names; the token is the last name. */
export function pageOfQueues(
  found: Queue[],
  maxResults: number | undefined,
  token: string | undefined,
): { items: Queue[]; next: string | undefined } {
  if (maxResults !== undefined && (maxResults < 1 || maxResults > MAX_LISTED_QUEUES)) {
    throw invalidParameter(
      `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between ` +
        `1 and ${MAX_LISTED_QUEUES}.`,
    )
  }
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString()
  const rest = found
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const items = rest.slice(0, maxResults ?? MAX_LISTED_QUEUES)
  const last = items.at(-1)
  const hasMore = maxResults !== undefined && rest.length > items.length
  const next = hasMore && last ? Buffer.from(last.name).toString('base64url') : undefined
  return { items, next }
}
