/**
 * The extensions of one execution environment, from their start to its shutdown: external ones,
 * which are processes of their own, and internal ones, which live in the runtime's process.
 * Docs: "Using the Lambda Extensions API"; states and their order as in the reference emulator.
 */
import path from 'node:path'
import { realtime } from '../../../clock.ts'
import type { Ids } from '../../../ids.ts'
import type { Delivery } from './api.ts'
import { ExtensionProcess, type ExtensionStart, externalExtensions } from './extension-process.ts'
import { exitText, startText } from './failures.ts'
import { StartError } from './supervisor.ts'
import type { Telemetry, TelemetryType } from './telemetry.ts'
import type { Connect, Subscription } from './telemetry-subscriber.ts'
import type { FunctionImage, LogLine } from './types.ts'

export type ShutdownReason = 'SPINDOWN' | 'TIMEOUT' | 'FAILURE'
export type ExtensionEventType = 'INVOKE' | 'SHUTDOWN'

/** Of all phases together, from the wish to end until SIGKILL. */
const INTERNAL_GRACE_MS = 500
const EXTERNAL_GRACE_MS = 2000
const MAX_EXTENSIONS = 10

export interface ExtensionFailure {
  kind: 'extension'
  errorType: `Extension.${'Crash' | 'InitError' | 'ExitError' | 'LaunchError'}`
  reason: string
}

/** What the APIs answer to a request that is not in order; in the reference emulator's words. */
export class Refusal extends Error {
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export interface ExtensionsOptions {
  image: FunctionImage
  ids: Ids
  telemetry: Telemetry
  supervisor: ExtensionStart['supervisor']
  pipes: ExtensionStart['pipes']
  specOf(file: string, runtimeApi: string): ExtensionStart['spec']
  connect: Connect
  onLines(lines: LogLine[]): void
  onSubscribed(name: string, types: readonly TelemetryType[]): void
}

type Deliver = (eventId: string, event: object) => void

/** Names as the reference emulator gives them in its errors. */
type State =
  | 'Started'
  | 'Registered'
  | 'Ready'
  | 'Running'
  | 'InitError'
  | 'ExitError'
  | 'LaunchError'

export interface Extension {
  readonly name: string
  readonly id: string
  readonly external: boolean
  events: readonly ExtensionEventType[]
  state: State
  /** What it reported. */
  errorType?: string
  /** It waits for its next event. */
  deliver?: Deliver
  process?: ExtensionProcess
}

/** Of these, the platform waits for more. */
const PENDING: readonly State[] = ['Started', 'Registered', 'Running']

export class Extensions {
  readonly #options: ExtensionsOptions
  readonly #paths: readonly string[]
  readonly #extensions: Extension[] = []
  readonly #registered = Promise.withResolvers<void>()
  #whenReady: (() => void) | undefined
  #registrationOpen = true
  #shutDown = false
  #shutdownEvent: object | undefined
  /** Called once, when one has failed: the environment cannot go on. */
  onFailure: (failure: ExtensionFailure) => void = () => {}

  constructor(options: ExtensionsOptions) {
    this.#options = options
    this.#paths = externalExtensions(options.image)
  }

  get image(): FunctionImage {
    return this.#options.image
  }

  get telemetry(): Telemetry {
    return this.#options.telemetry
  }

  get hasExternal(): boolean {
    return this.#paths.length > 0
  }

  /** How long an environment with these may take to shut down. */
  get graceMs(): number {
    if (this.hasExternal) return EXTERNAL_GRACE_MS
    return this.#extensions.length > 0 ? INTERNAL_GRACE_MS : 0
  }

  /** Starts the external ones; resolves when all have registered, or one has failed. */
  async start(runtimeApi: string): Promise<void> {
    if (!this.hasExternal) return
    for (const file of this.#paths) {
      const extension = this.#add(path.basename(file), true)
      const { supervisor, pipes, onLines, specOf } = this.#options
      const spec = specOf(file, runtimeApi)
      try {
        const process = await ExtensionProcess.start({ supervisor, pipes, spec, onLines })
        extension.process = process
        process.exited.then((exit) => this.#exited(extension, exitText(exit)))
        if (this.#shutDown) process.kill()
      } catch (error) {
        const code = error instanceof StartError ? error.code : 'EIO'
        const reason = startText(`/opt/extensions/${extension.name}`, code)
        this.#exited(extension, reason, 'Extension.LaunchError')
      }
    }
    await this.#registered.promise
  }

  /** Nobody waits for registrations any more. */
  cancelStart(): void {
    this.#registered.resolve()
  }

  /** @throws {Refusal} */
  register(name: string, events: readonly ExtensionEventType[]): Extension {
    const known = this.#extensions.find((extension) => extension.name === name)
    if (known?.external && known.state !== 'Started') throw transitionRefused(known, 'Registered')
    if (known && !known.external) {
      const text = 'Extension with this name already registered'
      throw new Refusal('Extension.InvalidExtensionState', text)
    }
    if (!known && !this.#registrationOpen) {
      throw new Refusal('Extension.RegistrationClosed', 'Extension registration closed already')
    }
    if (!known && this.#extensions.length >= MAX_EXTENSIONS) {
      const text = `Extension limit (${MAX_EXTENSIONS}) reached`
      throw new Refusal('Extension.TooManyExtensions', text)
    }
    const extension = known ?? this.#add(name, false)
    extension.state = 'Registered'
    extension.events = events
    if (!this.#extensions.some(({ state }) => state === 'Started')) this.#registered.resolve()
    return extension
  }

  isExternal(name: string): boolean {
    return this.#extensions.some((extension) => extension.external && extension.name === name)
  }

  find(id: string): Extension | undefined {
    return this.#extensions.find((extension) => extension.id === id)
  }

  /**
   * It is done with what it had, and `deliver` is how it gets its next event.
   * @throws {Refusal}
   */
  next(extension: Extension, deliver: Deliver): void {
    if (extension.deliver || !['Registered', 'Ready', 'Running'].includes(extension.state)) {
      throw transitionRefused(extension, 'Ready')
    }
    extension.state = 'Ready'
    extension.deliver = deliver
    if (this.#shutdownEvent) this.#shutdown(extension)
    this.#checkReady()
  }

  /**
   * It reported that it cannot go on.
   * @throws {Refusal}
   */
  fail(extension: Extension, state: 'InitError' | 'ExitError', errorType: string): void {
    if (state === 'InitError' && extension.state !== 'Registered') {
      throw transitionRefused(extension, state)
    }
    extension.state = state
    extension.errorType = errorType
    this.#failed(`Extension.${state}`, errorType)
  }

  subscribe(name: string, subscription: Subscription): void {
    this.telemetry.subscribe(name, subscription, this.#options.connect)
    this.#options.onSubscribed(name, subscription.types)
  }

  /** Calls back once all wait for their next event: at once when there are none. */
  whenReady(callback: () => void): void {
    this.#whenReady = callback
    this.#checkReady()
  }

  /** Init is over: what they are, for the log. */
  closeRegistration(): readonly Extension[] {
    this.#registrationOpen = false
    this.telemetry.closeSubscription()
    return this.#extensions
  }

  /** Tells those that want to know of an invocation. */
  invoke({ deadlineMs, requestId, invokedFunctionArn, traceId }: Delivery): void {
    for (const extension of this.#extensions) {
      if (!extension.events.includes('INVOKE')) continue
      extension.state = 'Running'
      const tracing = { type: 'X-Amzn-Trace-Id', value: traceId }
      const event = { eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn, tracing }
      this.#deliver(extension, event)
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { process } of this.#extensions) process?.signal(name)
  }

  /** Tells those that want to know, and kills the others and, in the end, all. */
  async shutDown(reason: ShutdownReason, graceMs: number): Promise<void> {
    if (this.#shutDown) return
    this.#shutDown = true
    this.#registered.resolve()
    this.signal('SIGCONT')
    const processes = this.#extensions.flatMap((extension) => extension.process ?? [])
    if (processes.length === 0) return
    const ended = Promise.all(processes.map((process) => process.exited))
    const deadlineMs = realtime.now() + graceMs
    const cancel = realtime.after(graceMs, () => {
      for (const process of processes) process.kill()
    })
    await Promise.race([this.telemetry.flush(), ended])
    this.#shutdownEvent = { eventType: 'SHUTDOWN', deadlineMs, shutdownReason: reason }
    for (const extension of this.#extensions) this.#shutdown(extension)
    await ended.finally(cancel)
    this.telemetry.close()
  }

  #add(name: string, external: boolean): Extension {
    const id = this.#options.ids.uuid()
    const extension: Extension = { name, id, external, events: [], state: 'Started' }
    this.#extensions.push(extension)
    return extension
  }

  #shutdown(extension: Extension): void {
    if (!extension.events.includes('SHUTDOWN')) extension.process?.kill()
    else if (this.#shutdownEvent) this.#deliver(extension, this.#shutdownEvent)
  }

  #deliver(extension: Extension, event: object): void {
    extension.deliver?.(this.#options.ids.uuid(), event)
    delete extension.deliver
  }

  #checkReady(): void {
    if (!this.#whenReady || this.#extensions.some(({ state }) => PENDING.includes(state))) return
    const callback = this.#whenReady
    this.#whenReady = undefined
    callback()
  }

  #exited(
    extension: Extension,
    reason: string,
    errorType: ExtensionFailure['errorType'] = 'Extension.Crash',
  ): void {
    if (errorType === 'Extension.LaunchError') extension.state = 'LaunchError'
    if (!this.#shutDown) this.#failed(errorType, reason)
  }

  #failed(errorType: ExtensionFailure['errorType'], reason: string): void {
    const report = this.onFailure
    this.onFailure = () => {}
    this.#registered.resolve()
    report({ kind: 'extension', errorType, reason })
  }
}

function transitionRefused({ id, state }: Extension, wanted: State): Refusal {
  const change = `State transition from ${state} to ${wanted} failed for extension ${id}`
  const text = `${change}. Error: State transition is not allowed`
  return new Refusal('Extension.InvalidExtensionState', text)
}
