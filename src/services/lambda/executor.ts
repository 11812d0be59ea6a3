/** Runs a function once: makes its image, its role's session, its log, and the trace of it all. */

import { formatTraceHeader } from '../../aws/trace-header.ts'
import { MS_PER_MINUTE, MS_PER_SECOND, realtime } from '../../clock.ts'
import type { Ids } from '../../ids.ts'
import type { World } from '../../store/store.ts'
import type { Cause, InvocationStep } from '../../trace/record.ts'
import type { Background, LogLine, LogSink, RoleSender, Roles } from '../ports.ts'
import type { CodeStore } from './code-store.ts'
import type { LambdaFunction } from './functions.ts'
import { SERVICE_PRINCIPAL } from './names.ts'
import {
  createRuntimes,
  type FunctionCredentials,
  type FunctionImage,
  type InvocationResult,
  type LogLine as RuntimeLine,
  type Runtimes,
} from './runtime/index.ts'

/** Environments are renewed this long before their session ends. */
const SESSION_MARGIN_MS = 5 * MS_PER_MINUTE

export interface ExecutorOptions {
  background: Background
  roles: Roles
  logs: LogSink
  code: CodeStore
  ids: Ids
  endpoint: () => string
}

export interface Run {
  requestId: string
  payload: string
  invokedFunctionArn: string
  attempt: number
  clientContext?: string | undefined
  /** The record that asked for the invocation. */
  cause: Cause
}

export class Executor {
  readonly #options: ExecutorOptions
  readonly #sessionEnds = new Map<string, number>()
  readonly #running = new Map<string, Cause>()
  readonly #senders = new Map<string, RoleSender>()
  #runtimes: Runtimes | undefined

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Never rejects: what goes wrong is the invocation's result. */
  async run(found: LambdaFunction, world: World, run: Run): Promise<InvocationResult> {
    const { background, code, endpoint } = this.#options
    const started = this.#record(found, world, run, { phase: 'start' }, run.cause)
    const image = imageOf(found, world, await code.folderOf(found.code), endpoint())
    this.#renewSession(image.key)
    this.#senders.set(image.key, senderOf(found))
    this.#running.set(run.requestId, started)
    try {
      const result = await this.#pools().invoke(image, {
        requestId: run.requestId,
        payload: run.payload,
        invokedFunctionArn: run.invokedFunctionArn,
        traceId: formatTraceHeader(started, background.now()),
        ...(run.clientContext !== undefined && { clientContext: run.clientContext }),
      })
      this.#record(found, world, run, endOf(result), started)
      return result
    } finally {
      this.#running.delete(run.requestId)
    }
  }

  /** Ends the environments of an image that is no longer current. */
  retire(imageId: string): void {
    this.#sessionEnds.delete(imageId)
    this.#runtimes?.retire(imageId)
  }

  async close(): Promise<void> {
    const runtimes = this.#runtimes
    this.#runtimes = undefined
    await runtimes?.close()
  }

  #pools(): Runtimes {
    const { ids, background } = this.#options
    this.#runtimes ??= createRuntimes({
      ids,
      now: () => background.now(),
      credentials: (image) => this.#credentials(image),
      onLog: (image, stream, lines, requestId) => this.#log(image, stream, lines, requestId),
    })
    return this.#runtimes
  }

  /** Time may have been moved past the end of the session that environments hold. */
  #renewSession(imageKey: string): void {
    const end = this.#sessionEnds.get(imageKey)
    if (end === undefined || this.#options.background.now() < end - SESSION_MARGIN_MS) return
    this.#sessionEnds.delete(imageKey)
    this.#runtimes?.retire(imageKey)
  }

  async #credentials(image: FunctionImage): Promise<FunctionCredentials> {
    const { background, roles } = this.#options
    const world = worldOf(image)
    const sender = this.#senders.get(image.key)
    const session =
      sender &&
      background.transact({ service: 'lambda', world }, (ctx) => roles.assume(sender, ctx))
    if (!session) throw new Error('The role defined for the function cannot be assumed by Lambda.')
    await background.durable()
    this.#sessionEnds.set(image.key, session.expiresAt)
    const { accessKeyId, secretAccessKey, sessionToken } = session
    const expiresAt = realtime.now() + session.expiresAt - background.now()
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt }
  }

  /** Lines carry real time; the log has the cloud's. */
  #log(image: FunctionImage, stream: string, lines: RuntimeLine[], requestId: string): void {
    const { background, logs } = this.#options
    const sender = this.#senders.get(image.key)
    if (!sender) return
    const shiftMs = background.now() - realtime.now()
    const shifted: LogLine[] = lines.map(({ timestamp, message }) => ({
      timestamp: Math.round(timestamp + shiftMs),
      message,
    }))
    const cause = this.#running.get(requestId)
    const origin = { service: 'lambda', world: worldOf(image), ...(cause && { cause }) }
    background.transact(origin, (ctx) => {
      const outcome = logs.write(image.logGroup, stream, shifted, sender, ctx)
      if (!cause) return
      const own = shifted.map(({ message }) => message.trimEnd())
      ctx.record({ kind: 'log', function: image.functionName, lines: own }, [image.functionName])
      if (outcome.accepted) return
      const text = `not written to ${image.logGroup}: ${outcome.because}`
      ctx.record({ kind: 'note', text }, [image.functionName])
    })
  }

  #record(
    found: LambdaFunction,
    world: World,
    { requestId, attempt }: Run,
    step: Partial<InvocationStep> & Pick<InvocationStep, 'phase'>,
    cause: Cause,
  ): Cause {
    const whole: InvocationStep = {
      kind: 'invocation',
      function: found.name,
      requestId,
      attempt,
      ...step,
    }
    return this.#options.background.transact({ service: 'lambda', world, cause }, (ctx) =>
      ctx.record(whole, [found.name, requestId]),
    )
  }
}

function endOf(result: InvocationResult): Partial<InvocationStep> & { phase: 'end' } {
  const { outcome, coldStart, durationMs, initMs, payload } = result
  const ended = {
    phase: 'end',
    coldStart,
    durationMs,
    ...(initMs !== undefined && { initMs }),
  } as const
  if (outcome === 'success') return { ...ended, outcome }
  const known =
    outcome === 'timeout' ? 'timeout' : outcome === 'missing-runtime' ? 'not-run' : 'error'
  return { ...ended, outcome: known, because: errorOf(payload) }
}

/** `Error: no such thing`, from the error document of a failed invocation. */
export function errorOf(payload: string): string {
  const { errorType, errorMessage } = JSON.parse(payload) as Record<string, string | undefined>
  return [errorType, errorMessage].filter((part) => part).join(': ')
}

function worldOf({ account, region }: FunctionImage): World {
  return { account, region }
}

export function senderOf({ settings, name }: LambdaFunction): RoleSender {
  return { roleArn: settings.role, service: SERVICE_PRINCIPAL, sessionName: name }
}

function imageOf(
  { name, version, arn, imageId, settings }: LambdaFunction,
  { account, region }: World,
  codeDir: string,
  endpointUrl: string,
): FunctionImage {
  return {
    key: imageId,
    functionName: name,
    functionVersion: version,
    functionArn: arn,
    account,
    region,
    runtime: settings.runtime,
    handler: settings.handler,
    codeDir,
    memoryMb: settings.memorySizeMb,
    timeoutMs: settings.timeoutSeconds * MS_PER_SECOND,
    ephemeralMb: settings.ephemeralStorageMb,
    environment: settings.environment ?? {},
    logGroup: settings.logGroup,
    logFormat: settings.logFormat,
    endpointUrl,
  }
}
