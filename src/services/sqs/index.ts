/** Amazon Simple Queue Service. */
import type { Context, WaitingContext } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { waiting } from '../../aws/service.ts'
import type { Timing } from '../../config.ts'
import type { ServiceModule } from '../module.ts'
import type { Queue, QueueSource, Roles } from '../ports.ts'
import { Arrivals } from './arrivals.ts'
import {
  getQueueAttributes,
  listQueueTags,
  purgeQueue,
  setQueueAttributes,
  tagQueue,
  untagQueue,
} from './attributes.ts'
import { createQueue } from './create.ts'
import { listDeadLetterSourceQueues } from './dead-letters.ts'
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
} from './in-flight.ts'
import {
  cancelMessageMoveTask,
  listMessageMoveTasks,
  moveMessages,
  startMessageMoveTask,
} from './move-tasks.ts'
import { addPermission, removePermission } from './permissions.ts'
import { queuePort } from './port.ts'
import { deleteQueue, type Endpoint, getQueueUrl, listQueues } from './queues.ts'
import { receiveMessage } from './receive.ts'
import { sendMessage, sendMessageBatch } from './send.ts'
import { queueSource } from './source.ts'

export { deployedQueues } from './inspect.ts'

export interface Sqs extends ServiceModule {
  readonly queue: Queue
  readonly source: QueueSource
}

export interface SqsOptions {
  roles: Roles
  /** What queue URLs begin with. */
  endpoint: Endpoint
  /** With `aws`, the name of a deleted queue is free again after a minute, otherwise at once. */
  timing: Timing
}

export function createSqs({ roles, endpoint, timing }: SqsOptions): Sqs {
  const arrivals = new Arrivals()
  return {
    definition: {
      name: 'sqs',
      operations: {
        ...queueOperations({ endpoint, timing }, arrivals),
        ...messageOperations(arrivals),
      },
      denied: ({ verdict, action }) => {
        // SQS writes actions in lower case here, and only here.
        const text = verdict.denial().replaceAll(action, action.toLowerCase())
        return new AwsError('AccessDenied', text, { status: 403 })
      },
    },
    agenda: { 'sqs.move': bound(arrivals, moveMessages) },
    queue: queuePort(roles, arrivals),
    source: queueSource(roles, arrivals),
    // After a reset, those that wait learn that their queues are gone.
    start: () => arrivals.notifyAll(),
  }
}

/** Binds what an operation needs beside its input and context. */
function bound<S, I, R>(shared: S, operation: (shared: S, input: I, ctx: Context) => R) {
  return (input: I, ctx: Context) => operation(shared, input, ctx)
}

function queueOperations({ endpoint, timing }: Omit<SqsOptions, 'roles'>, arrivals: Arrivals) {
  return {
    AddPermission: addPermission,
    CancelMessageMoveTask: cancelMessageMoveTask,
    CreateQueue: bound({ endpoint, timing }, createQueue),
    DeleteQueue: bound(arrivals, deleteQueue),
    GetQueueAttributes: getQueueAttributes,
    GetQueueUrl: bound(endpoint, getQueueUrl),
    ListDeadLetterSourceQueues: bound(endpoint, listDeadLetterSourceQueues),
    ListMessageMoveTasks: listMessageMoveTasks,
    ListQueueTags: listQueueTags,
    ListQueues: bound(endpoint, listQueues),
    PurgeQueue: purgeQueue,
    RemovePermission: removePermission,
    SetQueueAttributes: bound(arrivals, setQueueAttributes),
    StartMessageMoveTask: startMessageMoveTask,
    TagQueue: tagQueue,
    UntagQueue: untagQueue,
  }
}

function messageOperations(arrivals: Arrivals) {
  return {
    ChangeMessageVisibility: bound(arrivals, changeMessageVisibility),
    ChangeMessageVisibilityBatch: bound(arrivals, changeMessageVisibilityBatch),
    DeleteMessage: bound(arrivals, deleteMessage),
    DeleteMessageBatch: bound(arrivals, deleteMessageBatch),
    ReceiveMessage: waiting((input, ctx: WaitingContext) => receiveMessage(arrivals, input, ctx)),
    SendMessage: bound(arrivals, sendMessage),
    SendMessageBatch: bound(arrivals, sendMessageBatch),
  }
}
