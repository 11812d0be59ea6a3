/** Runs a function once: makes its image, its role's session, its log, and the trace of it all. */

import { formatTraceHeader } from '../../aws/trace-header.ts'
import { MS_PER_MINUTE, MS_PER_SECOND, realtime } from '../../clock.ts'
import type { Ids } from '../../ids.ts'
import type { World } from '../../store/store.ts'
import type { Cause, InvocationStep } from '../../trace/record.ts'
import type { Background, LogSink, RoleSender, Roles } from '../ports.ts'
import type { CodeStore } from './code-store.ts'
import { entriesOfFunction } from './code-sweep.ts'
import { Concurrency, type Slot } from './concurrency.ts'
import type { ThrottleReason } from './errors.ts'
import { senderOf } from './execution-role.ts'
import { FunctionLog, recordLines } from './function-log.ts'
import type { LambdaFunction } from './functions.ts'
import { fingerprintOf } from './hot-reload.ts'
import { provisionedFor } from './limits.ts'
import { parsedPayload } from './payload.ts'
import {
  createRuntimes,
  type FunctionCredentials,
  type FunctionImage,
  type InvocationResult,
  type Provisioned,
  type LogLine as RuntimeLine,
  type Runtimes,
  type RuntimesOptions,
} from './runtime/index.ts'

/** Environments are renewed this long before their session ends. */
const SESSION_MARGIN_MS = 5 * MS_PER_MINUTE

/** What stands between functions and the machine. */
export type Walls = Pick<RuntimesOptions, 'isolation' | 'allowNetwork' | 'inspect'>

export interface ExecutorOptions {
  background: Background
  roles: Roles
  logs: LogSink
  code: CodeStore
  ids: Ids
  walls: Walls
  endpoint: () => string
}

export interface Run {
  requestId: string
  payload: string
  invokedFunctionArn: string
  attempt: number
  clientContext?: string | undefined
  /** Called when the answer begins to come in pieces; gets each as it comes. */
  onStream?(contentType: string): (piece: Buffer) => void
  /** What the trace header tells of the functions before: `Lineage=…`. */
  lineage?: string
  /** The X-Ray trace that the invocation belongs to; begins one of its own when there is none. */
  traceHeader?: string | undefined
  /** The record that asked for the invocation. */
  cause: Cause
}

/** There was no room for the invocation: it has not run. */
export interface Throttled {
  outcome: 'throttled'
  reason: ThrottleReason
}

export class Executor {
  readonly #options: ExecutorOptions
  readonly #concurrency = new Concurrency()
  readonly #functionLog: FunctionLog
  readonly #sessionEnds = new Map<string, number>()
  readonly #running = new Map<string, Cause>()
  readonly #senders = new WeakMap<FunctionImage, RoleSender>()
  /** By their ids, while they are current; those of hot-reloaded folders change by themselves. */
  readonly #images = new Map<string, FunctionImage>()
  /** By image, the key of the environments that run the folder as it was last seen. */
  readonly #hotKeys = new Map<string, string>()
  /** Of folders that were edited: their provisioned environments have ended, and are to follow. */
  readonly #edited = new Set<string>()
  #runtimes: Runtimes | undefined
  #open = true

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#functionLog = new FunctionLog(options.background, options.logs)
  }

  /** Runs the function once, if there is room. What goes wrong then is the invocation's result. */
  async run(found: LambdaFunction, world: World, run: Run): Promise<InvocationResult | Throttled> {
    if (!this.#open) throw new Error('the server is closing')
    const admitted = this.#admit(found, world, run)
    if ('outcome' in admitted) return admitted
    const { slot, started } = admitted
    this.#running.set(run.requestId, started)
    using _ = this.#options.code.hold(entriesOfFunction(found))
    try {
      const image = await this.#image(runnable(found), world)
      await this.#renew(found, image, world)
      const result = await this.#pools().invoke(image, {
        requestId: run.requestId,
        payload: run.payload,
        invokedFunctionArn: run.invokedFunctionArn,
        traceId: this.#traceHeader(started, run),
        ...(run.clientContext !== undefined && { clientContext: run.clientContext }),
        ...(run.onStream && { onStream: run.onStream }),
      })
      this.#recordEnd(found, world, run, result, started)
      return result
    } finally {
      this.#running.delete(run.requestId)
      slot.release()
    }
  }

  #traceHeader(started: Cause, { lineage, traceHeader }: Run): string {
    const header = formatTraceHeader(started, this.#options.background.now(), traceHeader)
    return lineage === undefined ? header : `${header};${lineage}`
  }

  /** Has a process started ahead, so that the function's first invocation is quick. */
  prepare(found: LambdaFunction, world: World): void {
    if (!this.#open) return
    const runtimes = this.#pools()
    // What stands in the way is told to whoever invokes.
    void this.#image(found, world).then(
      (image) => runtimes.prepare(image),
      () => {},
    )
  }

  /** Keeps this many initialized environments of a version; rejects when it has no code. */
  async provision(found: LambdaFunction, world: World, count: number): Promise<Provisioned> {
    if (!this.#open) return { initialized: 0 }
    const runtimes = this.#pools()
    const image = await this.#image(found, world)
    this.#edited.delete(image.key)
    return runtimes.provision(image, count)
  }

  /** Ends the environments of an image that is no longer current. */
  retire(imageId: string): void {
    const key = this.#hotKeys.get(imageId) ?? imageId
    this.#hotKeys.delete(imageId)
    this.#images.delete(imageId)
    this.#sessionEnds.delete(key)
    this.#runtimes?.retire(key)
  }

  /** Runs functions again after `close()`. */
  reopen(): void {
    this.#open = true
  }

  async close(): Promise<void> {
    this.#open = false
    await this.#runtimes?.close()
    this.#runtimes = undefined
    this.#images.clear()
    this.#functionLog.flush()
  }

  /** Takes a place among the concurrent executions, and records the start, or why there is none. */
  #admit(
    found: LambdaFunction,
    world: World,
    run: Run,
  ): { slot: Slot; started: Cause } | Throttled {
    const origin = { service: 'lambda', world, cause: run.cause }
    return this.#options.background.transact(origin, (ctx) => {
      const slot = this.#concurrency.acquire(found, ctx)
      const refs = [found.name, run.requestId]
      if (typeof slot === 'string') {
        const throttled = { phase: 'end', outcome: 'throttled', because: slot } as const
        ctx.record(stepOf(found, run, throttled), refs)
        return { outcome: 'throttled', reason: slot }
      }
      return { slot, started: ctx.record(stepOf(found, run, { phase: 'start' }), refs) }
    })
  }

  async #image(found: LambdaFunction, world: World): Promise<FunctionImage> {
    const { code, endpoint } = this.#options
    const { settings, imageId } = found
    const known = this.#images.get(imageId)
    if (known) return known
    const { hotReloadDir } = found.code
    const key = hotReloadDir === undefined ? imageId : await this.#hotKey(imageId, hotReloadDir)
    const codeDir = hotReloadDir ?? (await code.folderOf(found.code))
    const layersDir = await code.layersFolderOf(settings.layers.map((layer) => layer.code))
    const place = { key, codeDir, ...(layersDir !== undefined && { layersDir }) }
    const image = imageOf(found, world, { ...place, endpointUrl: endpoint() })
    this.#senders.set(image, senderOf(found))
    if (hotReloadDir === undefined) this.#images.set(imageId, image)
    return image
  }

  /** Names the folder as it is now; environments that run it as it was are ended. */
  async #hotKey(imageId: string, folder: string): Promise<string> {
    const key = `${imageId} ${await fingerprintOf(folder)}`
    const before = this.#hotKeys.get(imageId)
    if (before === key) return key
    if (before !== undefined) this.#edited.add(key)
    this.retire(imageId)
    this.#hotKeys.set(imageId, key)
    return key
  }

  #pools(): Runtimes {
    if (!this.#open) throw new Error('the server is closing')
    const { ids, background, walls } = this.#options
    this.#runtimes ??= createRuntimes({
      ids,
      ...walls,
      now: () => background.now(),
      credentials: (image) => this.#credentials(image),
      onLog: (image, stream, lines, requestId) => this.#log(image, stream, lines, requestId),
    })
    return this.#runtimes
  }

  /** Time may have been moved past the end of the session that environments hold. */
  async #renew(found: LambdaFunction, image: FunctionImage, world: World): Promise<void> {
    const { background } = this.#options
    const end = this.#sessionEnds.get(image.key)
    const isOver = end !== undefined && background.now() >= end - SESSION_MARGIN_MS
    if (!this.#edited.delete(image.key) && !isOver) return
    this.#sessionEnds.delete(image.key)
    this.#runtimes?.retire(image.key)
    const count = background.transact({ service: 'lambda', world }, (ctx) =>
      provisionedFor(found.name, found.version, ctx),
    )
    if (count > 0) await this.#pools().provision(image, count)
  }

  async #credentials(image: FunctionImage): Promise<FunctionCredentials> {
    const { background, roles } = this.#options
    const world = worldOf(image)
    const sender = this.#senders.get(image)
    // Only what the function itself calls is known as the function's.
    const keys = { 'lambda:SourceFunctionArn': image.functionArn }
    const session =
      sender &&
      background.transact({ service: 'lambda', world }, (ctx) =>
        roles.assume({ ...sender, keys }, ctx),
      )
    if (!session) throw new Error('The role defined for the function cannot be assumed by Lambda.')
    await background.durable()
    this.#sessionEnds.set(image.key, session.expiresAt)
    const { accessKeyId, secretAccessKey, sessionToken } = session
    const expiresAt = realtime.now() + session.expiresAt - background.now()
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt }
  }

  #log(image: FunctionImage, stream: string, lines: RuntimeLine[], requestId: string): void {
    // What a killed invocation still says comes when nothing can be written any more.
    if (!this.#runtimes) return
    const sender = this.#senders.get(image)
    const cause = this.#running.get(requestId)
    if (sender) this.#functionLog.add(stream, lines, { image, sender, cause })
  }

  #recordEnd(
    found: LambdaFunction,
    world: World,
    run: Run,
    result: InvocationResult,
    cause: Cause,
  ): void {
    const lines = this.#functionLog.end(result.logStreamName)
    this.#options.background.transact({ service: 'lambda', world, cause }, (ctx) => {
      recordLines(found.name, lines, ctx)
      ctx.record(stepOf(found, run, endOf(result)), [found.name, run.requestId])
    })
  }
}

type InvocationEvent = Partial<InvocationStep> & Pick<InvocationStep, 'phase'>

function stepOf({ name }: LambdaFunction, run: Run, event: InvocationEvent): InvocationStep {
  const { requestId, attempt } = run
  return { kind: 'invocation', function: name, requestId, attempt, ...event }
}

/** Until an update is done, invocations run what it replaces. */
function runnable({ replaced, ...found }: LambdaFunction): LambdaFunction {
  return { ...found, ...replaced }
}

function endOf(result: InvocationResult): InvocationEvent {
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

interface ErrorDocument {
  errorType?: unknown
  errorMessage?: unknown
}

/** `Error: no such thing`, from the error document of a failed invocation. */
function errorOf(payload: string): string {
  const { errorType, errorMessage } = documentOf(payload)
  return [errorType, errorMessage].filter((part) => part).join(': ') || payload
}

/** What a failed invocation says of itself, in its own words. */
export function errorMessageOf(payload: string): string {
  const { errorMessage } = documentOf(payload)
  return typeof errorMessage === 'string' ? errorMessage : payload
}

/** A custom runtime may report what is no document. */
function documentOf(payload: string): ErrorDocument {
  const value = parsedPayload(payload)
  return typeof value === 'object' && value !== null ? value : {}
}

function worldOf({ account, region }: FunctionImage): World {
  return { account, region }
}

interface ImagePlace {
  key: string
  codeDir: string
  layersDir?: string
  endpointUrl: string
}

function imageOf(
  { name, version, arn, settings }: LambdaFunction,
  { account, region }: World,
  place: ImagePlace,
): FunctionImage {
  const { applicationLogLevel, systemLogLevel } = settings
  return {
    ...place,
    functionName: name,
    functionVersion: version,
    functionArn: arn,
    account,
    region,
    runtime: settings.runtime,
    handler: settings.handler,
    memoryMb: settings.memorySizeMb,
    timeoutMs: settings.timeoutSeconds * MS_PER_SECOND,
    ephemeralMb: settings.ephemeralStorageMb,
    environment: settings.environment ?? {},
    logGroup: settings.logGroup,
    logFormat: settings.logFormat,
    ...(applicationLogLevel && { applicationLogLevel }),
    ...(systemLogLevel && { systemLogLevel }),
  }
}
