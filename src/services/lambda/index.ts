/** AWS Lambda: the control plane, invocations and their queue. */
import { AwsError } from '../../aws/errors.ts'
import type { Timing } from '../../config.ts'
import type { Ids } from '../../ids.ts'
import type { ServiceModule } from '../module.ts'
import type { ApiCaller, Background, Invoker, LogSink, Queue, Roles } from '../ports.ts'
import { AsyncQueue, WAKE, type Wake } from './async-queue.ts'
import { CodeStore } from './code-store.ts'
import { becomeReady, deployment, READY, type Ready } from './create.ts'
import { Destinations } from './destinations.ts'
import { eventInvokeConfigOperations } from './event-invoke-config.ts'
import { Executor } from './executor.ts'
import { createInvoker, invocation, invokeTrusted } from './invoke.ts'
import { addPermission, getPolicy, removePermission } from './permissions.ts'
import { deleteFunction, getFunction, getFunctionConfiguration, listFunctions } from './read.ts'
import { listTags, tagResource, untagResource } from './tags.ts'

/** How long a function stays Pending, and an update InProgress. */
const READY_AFTER_MS: Readonly<Record<Timing, number>> = { aws: 2000, fast: 0, instant: 0 }

export interface LambdaOptions {
  background: Background
  roles: Roles
  logs: LogSink
  queue: Queue
  api: ApiCaller
  ids: Ids
  timing: Timing
  /** The store's folder for large immutable files. */
  folder: string
  endpoint: () => string
}

export interface Lambda extends ServiceModule {
  readonly invoker: Invoker
  /** The zip that `Code.Location` points at. */
  readonly code: CodeStore
}

export function createLambda(options: LambdaOptions): Lambda {
  const { background, roles, logs, ids, endpoint, timing, queue, api } = options
  const code = new CodeStore(options.folder)
  const executor = new Executor({ background, roles, logs, code, ids, endpoint })
  const destinations = new Destinations({
    queue,
    roles,
    api,
    invoke: (...asked) => invokeTrusted(asyncQueue)(...asked),
  })
  const asyncQueue: AsyncQueue = new AsyncQueue(background, executor, destinations)
  return {
    definition: {
      name: 'lambda',
      operations: {
        ...deployment({ code, roles, readyAfterMs: READY_AFTER_MS[timing] }),
        ...invocation(executor, asyncQueue),
        ...eventInvokeConfigOperations(roles),
        GetFunction: getFunction(endpoint),
        GetFunctionConfiguration: getFunctionConfiguration,
        ListFunctions: listFunctions,
        DeleteFunction: deleteFunction(({ imageId }) => executor.retire(imageId)),
        AddPermission: addPermission,
        GetPolicy: getPolicy,
        RemovePermission: removePermission,
        TagResource: tagResource,
        UntagResource: untagResource,
        ListTags: listTags,
      },
      denied: ({ verdict }) =>
        new AwsError('AccessDeniedException', verdict.denial(), { status: 403 }),
      notImplemented: (operation) =>
        new AwsError(
          'NotImplementedException',
          `Windtunnel does not implement lambda:${operation}.`,
          {
            status: 501,
          },
        ),
    },
    agenda: {
      [READY]: (row: Ready, ctx) => becomeReady(row, ctx),
      [WAKE]: (row: Wake, ctx) => asyncQueue.wake(row, ctx),
    },
    invoker: createInvoker(asyncQueue),
    code,
    start: () => asyncQueue.start(),
    close: () => executor.close(),
  }
}
