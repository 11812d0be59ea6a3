/** AWS Lambda: the control plane, invocations and their queue. */
import type { AuthenticationOptions } from '../../aws/authentication.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Timing } from '../../config.ts'
import type { Ids } from '../../ids.ts'
import type { ServiceModule } from '../module.ts'
import type {
  ApiCaller,
  Background,
  EventPatterns,
  Invoker,
  LogSink,
  Networks,
  Queue,
  QueueSource,
  Roles,
} from '../ports.ts'
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './alias-operations.ts'
import { AsyncQueue, WAKE, type Wake } from './async-queue.ts'
import { CodeStore } from './code-store.ts'
import { CodeSweep, SWEEP } from './code-sweep.ts'
import { becomeReady, deployment, READY, type Ready } from './create.ts'
import { deleteFunction } from './delete.ts'
import { Destinations } from './destinations.ts'
import { eventInvokeConfigOperations } from './event-invoke-config.ts'
import { Executor, type Walls } from './executor.ts'
import { createInvoker, invocation, invokeTrusted } from './invoke.ts'
import { layerOperations } from './layers/operations.ts'
import {
  addLayerVersionPermission,
  getLayerVersionPolicy,
  removeLayerVersionPermission,
} from './layers/permissions.ts'
import {
  MAPPING_SETTLED,
  type MappingSettled,
  mappingOperations,
  settleMapping,
} from './mappings/operations.ts'
import { POLL, type Poll, Pollers } from './mappings/poller.ts'
import { addPermission, getPolicy, removePermission } from './permissions.ts'
import {
  deleteProvisionedConcurrencyConfig,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
  PROVISION,
  type Provision,
  putProvisionedConcurrencyConfig,
} from './provisioned.ts'
import { Provisioning } from './provisioning.ts'
import { getFunction, getFunctionConfiguration, listFunctions } from './read.ts'
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunctionConcurrency,
  putFunctionConcurrency,
} from './reserved.ts'
import {
  getFunctionCodeSigningConfig,
  getFunctionRecursionConfig,
  getRuntimeManagementConfig,
  putFunctionRecursionConfig,
  putRuntimeManagementConfig,
} from './side-settings.ts'
import { streamedInvocation } from './streaming.ts'
import { listTags, tagResource, untagResource } from './tags.ts'
import { urlOperations } from './urls/operations.ts'
import { createUrlServer } from './urls/serve.ts'
import { listVersionsByFunction, publishVersion } from './versions.ts'

export { deployedFunctions } from './inspect.ts'
export { lackOfSandbox } from './runtime/index.ts'

/** How long changes of functions, mappings and provisioned concurrency are under way. */
const SETTLE_AFTER_MS: Readonly<Record<Timing, number>> = { aws: 2000, fast: 0, instant: 0 }

export interface LambdaOptions {
  background: Background
  roles: Roles
  networks: Networks
  logs: LogSink
  queue: Queue
  source: QueueSource
  patterns: EventPatterns
  api: ApiCaller
  ids: Ids
  timing: Timing
  /** By which function URLs tell their callers. */
  authentication: AuthenticationOptions
  walls: Walls
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
  const { background, roles, ids, endpoint, queue, api, source, patterns } = options
  const code = new CodeStore(options.folder)
  const executor = new Executor({ ...options, code })
  const destinations = new Destinations({
    queue,
    roles,
    api,
    invoke: (...asked) => invokeTrusted(asyncQueue)(...asked),
  })
  const asyncQueue: AsyncQueue = new AsyncQueue({ background, executor, destinations })
  const pollers = new Pollers({ background, source, patterns, executor, ids })
  const ready = becomeReady({
    onReady(found, ctx) {
      executor.prepare(found, ctx.world)
      pollers.functionReady(found, ctx)
    },
    onReplaced: (imageId) => executor.retire(imageId),
  })
  const provisioning = new Provisioning(background, executor)
  const sweep = new CodeSweep(code, background)
  return {
    definition: {
      name: 'lambda',
      operations: {
        ...functionOperations(options, code, executor, asyncQueue),
        ...invocation(executor, asyncQueue),
        ...streamedInvocation(executor, background),
        ...layerOperations(code, endpoint),
        ...otherOperations(options),
      },
      denied: ({ verdict }) =>
        new AwsError('AccessDeniedException', verdict.denial(true), { status: 403 }),
    },
    agenda: {
      [READY]: (row: Ready, ctx) => ready(row, ctx),
      [WAKE]: (row: Wake, ctx) => asyncQueue.wake(row, ctx),
      [PROVISION]: (row: Provision, ctx) => provisioning.due(row, ctx),
      [SWEEP]: (_: object, ctx) => sweep.due(ctx),
      [POLL]: (row: Poll, ctx) => pollers.due(row, ctx),
      [MAPPING_SETTLED]: (row: MappingSettled, ctx) => {
        const settled = settleMapping(row, ctx)
        if (settled) pollers.poll(settled, ctx)
      },
    },
    invoker: createInvoker(asyncQueue, roles),
    code,
    http: createUrlServer({ background, executor, ids, authentication: options.authentication }),
    start() {
      executor.reopen()
      sweep.start()
      provisioning.start()
      asyncQueue.start()
      pollers.start()
    },
    async close() {
      provisioning.close()
      pollers.reset()
      asyncQueue.reset()
      await executor.close()
    },
  }
}

function functionOperations(
  { roles, networks, endpoint, timing }: LambdaOptions,
  code: CodeStore,
  executor: Executor,
  queue: AsyncQueue,
) {
  return {
    ...deployment({ code, roles, networks, readyAfterMs: SETTLE_AFTER_MS[timing] }),
    GetFunction: getFunction(endpoint),
    GetFunctionConfiguration: getFunctionConfiguration,
    ListFunctions: listFunctions,
    DeleteFunction: deleteFunction({
      queue,
      onDeleted: ({ imageId }) => executor.retire(imageId),
    }),
    PublishVersion: publishVersion,
    ListVersionsByFunction: listVersionsByFunction,
    CreateAlias: createAlias,
    GetAlias: getAlias,
    UpdateAlias: updateAlias,
    DeleteAlias: deleteAlias,
    ListAliases: listAliases,
    AddPermission: addPermission,
    GetPolicy: getPolicy,
    RemovePermission: removePermission,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTags: listTags,
  }
}

function otherOperations({ roles, source, patterns, endpoint, timing }: LambdaOptions) {
  const settleAfterMs = SETTLE_AFTER_MS[timing]
  return {
    ...eventInvokeConfigOperations(roles),
    ...mappingOperations({ source, roles, patterns, settleAfterMs }),
    ...urlOperations(endpoint),
    AddLayerVersionPermission: addLayerVersionPermission,
    GetLayerVersionPolicy: getLayerVersionPolicy,
    RemoveLayerVersionPermission: removeLayerVersionPermission,
    PutFunctionConcurrency: putFunctionConcurrency,
    GetFunctionConcurrency: getFunctionConcurrency,
    DeleteFunctionConcurrency: deleteFunctionConcurrency,
    GetAccountSettings: getAccountSettings,
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig(settleAfterMs),
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig,
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig,
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs,
    PutFunctionRecursionConfig: putFunctionRecursionConfig,
    GetFunctionRecursionConfig: getFunctionRecursionConfig,
    PutRuntimeManagementConfig: putRuntimeManagementConfig,
    GetRuntimeManagementConfig: getRuntimeManagementConfig,
    GetFunctionCodeSigningConfig: getFunctionCodeSigningConfig,
  }
}
