/** Message move tasks: dead letters on their way back to a queue. */
import type {
  CancelMessageMoveTaskRequest,
  CancelMessageMoveTaskResult,
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  StartMessageMoveTaskRequest,
  StartMessageMoveTaskResult,
} from '@aws-sdk/client-sqs'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import { table } from '../../store/store.ts'
import type { Arrivals } from './arrivals.ts'
import { invalidParameter } from './errors.ts'
import { fileMessage, newMessage, removeMessage } from './messages.ts'
import { allowOn, type Home } from './queues.ts'
import { type FiledMessage, inFlight, messages, type Queue, queues } from './state.ts'

type Status = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED'

interface MoveTask {
  readonly handle: string
  readonly sourceArn: string
  /** Undefined: each message goes to the queue that it came from. */
  readonly destinationArn?: string
  readonly perSecond?: number
  readonly status: Status
  readonly startedAt: number
  readonly moved: number
  readonly toMove: number
  readonly failure?: string
}

/** By handle. */
const tasks = table<MoveTask>('sqs.moveTasks', {
  indexes: { source: ({ sourceArn }) => sourceArn },
})

const MAX_PER_SECOND = 500
const MAX_LISTED_TASKS = 10

export function startMessageMoveTask(
  { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond }: StartInput,
  from: Context,
): StartMessageMoveTaskResult {
  const source = homeOf(SourceArn, 'SourceArn', from)
  allowOn('sqs:StartMessageMoveTask', source)
  for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
    allowOn(`sqs:${action}`, source)
  }
  if (DestinationArn) allowOn('sqs:SendMessage', homeOf(DestinationArn, 'DestinationArn', from))
  const { ctx, queue } = source
  if (perSecond !== undefined && (perSecond < 1 || perSecond > MAX_PER_SECOND)) {
    throw invalidParameter(
      `Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter an ` +
        `integer from 1 to ${MAX_PER_SECOND}.`,
    )
  }
  if (ctx.tx.by(queues, 'deadLetters', queue.arn).length === 0) {
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.')
  }
  if (ctx.tx.by(tasks, 'source', queue.arn).some(({ status }) => status === 'RUNNING')) {
    throw invalidParameter(
      'There is already a task running. Only one active task is allowed for a source queue arn ' +
        'at a given time.',
    )
  }
  const handle = toHandle(ctx.ids.uuid(), queue.arn)
  ctx.tx.put(tasks, handle, {
    handle,
    sourceArn: queue.arn,
    ...(DestinationArn && { destinationArn: DestinationArn }),
    ...(perSecond && { perSecond }),
    status: 'RUNNING',
    startedAt: ctx.now,
    moved: 0,
    toMove: ctx.tx.size(messages, queue.arn, { to: ctx.now }),
  })
  ctx.later(0, 'sqs.move', { handle })
  return { TaskHandle: handle }
}

/** Of the form that was recorded: clients look into it. */
function toHandle(taskId: string, sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64')
}

/** Throws unless the text has the form of a handle. */
function sourceIn(handle: string): string {
  try {
    const { sourceArn }: { sourceArn?: unknown } = JSON.parse(
      Buffer.from(handle, 'base64').toString(),
    )
    if (typeof sourceArn === 'string') return sourceArn
  } catch {
    // Not JSON: told below.
  }
  throw invalidParameter('Value for parameter TaskHandle is invalid.')
}

type StartInput = Checked<StartMessageMoveTaskRequest>

function homeOf(queueArn: string, parameter: string, from: Context): Home {
  const { account = '', region = '', resource = '' } = parseArn(queueArn) ?? {}
  const ctx = from.in({ account, region })
  const queue = ctx.tx.get(queues, resource)
  if (queue?.arn === queueArn) return { queue, ctx }
  throw new AwsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
    { status: 404 },
  )
}

/** Moves what one second allows, then books the next. */
export function moveMessages(arrivals: Arrivals, { handle }: { handle: string }, ctx: Context) {
  const task = ctx.tx.get(tasks, handle)
  const source = ctx.tx.get(queues, parseArn(task?.sourceArn ?? '')?.resource ?? '')
  if (task?.status !== 'RUNNING') return
  const fail = (moved: number) => {
    const failure = 'AWS.SimpleQueueService.NonExistentQueue'
    ctx.tx.put(tasks, handle, { ...task, moved, status: 'FAILED', failure })
  }
  if (!source) return fail(task.moved)
  const limit = task.perSecond ?? MAX_PER_SECOND
  const found = ctx.tx.read(messages, task.sourceArn, { to: ctx.now, limit })
  let moved = 0
  for (const message of found) {
    if (isInFlight(message, ctx)) continue
    const targetArn = task.destinationArn ?? message.row.deadLetterSource
    const target = ctx.tx.get(queues, parseArn(targetArn ?? '')?.resource ?? '')
    if (!target) return fail(task.moved + moved)
    moveTo({ source, target }, message, arrivals, ctx)
    moved++
  }
  const status = found.length < limit ? 'COMPLETED' : 'RUNNING'
  ctx.tx.put(tasks, handle, { ...task, moved: task.moved + moved, status })
  if (status === 'RUNNING') ctx.later(MS_PER_SECOND, 'sqs.move', { handle })
}

/** A FIFO queue's messages keep their place while they are in flight. */
function isInFlight({ row }: FiledMessage, ctx: Context): boolean {
  const held = row.hold === undefined ? undefined : ctx.tx.find(inFlight, row.hold)
  return held !== undefined && held.order > ctx.now
}

/** In the other queue it is a new message, says the developer guide. */
function moveTo(
  { source, target }: { source: Queue; target: Queue },
  message: FiledMessage,
  arrivals: Arrivals,
  ctx: Context,
): void {
  removeMessage(source, message, ctx)
  const { body, attributes, traceHeader, senderId, groupId, deduplicationId } = message.row
  const content = { body, attributes, traceHeader, senderId, groupId, deduplicationId }
  fileMessage(target, newMessage(content, ctx), 0, ctx)
  arrivals.notify(target.arn)
}

export function cancelMessageMoveTask(
  { TaskHandle: handle }: Checked<CancelMessageMoveTaskRequest>,
  from: Context,
): CancelMessageMoveTaskResult {
  const home = homeOf(sourceIn(handle), 'SourceArn', from)
  allowOn('sqs:CancelMessageMoveTask', home)
  const task = home.ctx.tx.get(tasks, handle)
  if (!task) {
    throw new AwsError('ResourceNotFoundException', 'Task does not exist.', { status: 404 })
  }
  if (task.status !== 'RUNNING') {
    const text = 'Only active tasks can be cancelled.'
    throw new AwsError('UnsupportedOperation', text)
  }
  home.ctx.tx.put(tasks, handle, { ...task, status: 'CANCELLED' })
  return { ApproximateNumberOfMessagesMoved: task.moved }
}

export function listMessageMoveTasks(
  { SourceArn, MaxResults = 1 }: Checked<ListMessageMoveTasksRequest>,
  from: Context,
): ListMessageMoveTasksResult {
  const home = homeOf(SourceArn, 'SourceArn', from)
  allowOn('sqs:ListMessageMoveTasks', home)
  if (MaxResults < 1 || MaxResults > MAX_LISTED_TASKS) {
    throw invalidParameter(
      `Value for parameter MaxResults is invalid. Reason: You must enter an integer from 1 to ` +
        `${MAX_LISTED_TASKS}.`,
    )
  }
  const newest = home.ctx.tx.by(tasks, 'source', home.queue.arn).reverse().slice(0, MaxResults)
  return { Results: newest.map(answered) }
}

function answered(task: MoveTask) {
  const { handle, status, sourceArn, destinationArn, perSecond, moved, toMove, startedAt } = task
  return {
    TaskHandle: status === 'RUNNING' ? handle : undefined,
    Status: status,
    SourceArn: sourceArn,
    DestinationArn: destinationArn,
    MaxNumberOfMessagesPerSecond: perSecond,
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: toMove,
    FailureReason: task.failure,
    StartedTimestamp: startedAt,
  }
}
