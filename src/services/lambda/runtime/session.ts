/** One process of a function, from its start to its end, with its Runtime API and its output. */
import { rmSync } from 'node:fs'
import { realtime } from '../../../clock.ts'
import { type Answer, type Delivery, RuntimeApi } from './api.ts'
import type { CellNetwork, CellSpec } from './cell.ts'
import type { ExtensionFailure, Extensions, ShutdownReason } from './extensions.ts'
import { answerExtension } from './extensions-api.ts'
import { memoryOf, type ProcessMemory } from './memory.ts'
import { ProcessOutput } from './process-output.ts'
import {
  type Exit,
  type FunctionProcess,
  type ProcessSpec,
  StartError,
  type Supervisor,
} from './supervisor.ts'
import type { LogLine } from './types.ts'
import { within } from './within.ts'

const KB_PER_MB = 1024
/** After it reported that it cannot initialize, a process has this long to end by itself. */
const INIT_ERROR_GRACE_MS = 500
/** Shorter pauses between invocations are not worth stopping the process for. */
const FREEZE_DELAY_MS = 5
const MEMORY_CHECK_MS = 50
/** Invocations that follow so closely don't ask again: it takes as long as one of them. */
const MEMORY_KNOWN_MS = 10
/** Of the time to shut down, what the runtime has when external extensions follow it. */
const RUNTIME_GRACE_SHARE = 0.3

export type Ending =
  | { kind: 'exit'; exit: Exit }
  /** It held more memory than its function may. */
  | { kind: 'out-of-memory' }
  /** The command could not be executed; `code` is the system's. */
  | { kind: 'not-started'; code: string }
  /** One of its extensions failed. */
  | ExtensionFailure

export type InitOutcome =
  | { kind: 'ready' }
  | { kind: 'init-error'; payload: string; errorType: string }
  | Ending

/** `ending` is there when the process ended before it asked for its next invocation. */
export interface InvokeOutcome {
  answer?: Answer
  ending?: Ending
}

/** Given the address of its Runtime API. */
export type SpecOf = (runtimeApi: string) => CellSpec

export class Session {
  readonly #supervisor: Supervisor
  readonly #outputPath: string
  readonly #api: RuntimeApi
  readonly #output: ProcessOutput
  readonly #initialized = Promise.withResolvers<InitOutcome>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #waits = Promise.withResolvers<boolean>()
  #runtimeApi = ''
  /** Its processes share the machine with those of others. */
  #amongOthers = true
  #invoked: PromiseWithResolvers<InvokeOutcome> | undefined
  #answer: Answer | undefined
  #process: FunctionProcess | undefined
  #memory: ProcessMemory | undefined
  #extensions: Extensions | undefined
  #extensionFailure: ExtensionFailure | undefined
  #shutdown: Promise<void> | undefined
  #ending: Ending | undefined
  #killed = false
  #exceeded = false
  #frozen = false
  #memoryReadAt = 0
  #cancelFreeze = () => {}
  /** Whoever has the session gets its log. */
  onLog: (lines: LogLine[]) => void = () => {}

  /** @param outputPath a named pipe of its own; removed once both ends are open. */
  constructor(supervisor: Supervisor, outputPath: string) {
    this.#supervisor = supervisor
    this.#outputPath = outputPath
    this.#api = new RuntimeApi({
      onSpare: () => this.#waits.resolve(true),
      onNext: () => this.#next(),
      onAnswer: (answer) => {
        this.#answer = answer
      },
      onInitError: (payload, errorType) => this.#initError(payload, errorType),
      onOther: (request, reply) =>
        this.#extensions !== undefined && answerExtension(this.#extensions, request, reply),
    })
    this.#output = new ProcessOutput(outputPath, (lines) => this.onLog(lines))
  }

  /** Resolves once the process has ended and all is given back. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined || this.#killed
  }

  /** What the process answered to the invocation that it has, if it did. */
  get answer(): Answer | undefined {
    return this.#answer
  }

  /** Those that the function has, or may yet have. Before it is started or assigned. */
  attach(extensions: Extensions): void {
    this.#extensions = extensions
    extensions.onFailure = (failure) => {
      this.#extensionFailure = failure
      this.kill()
    }
  }

  /** Starts the process; resolves when it asks for an invocation, or will never do so. */
  start(specOf: SpecOf, network?: CellNetwork): Promise<InitOutcome> {
    this.#launch(specOf, network).catch((error) => {
      const code = error instanceof StartError ? error.code : 'EIO'
      this.#end({ kind: 'not-started', code })
    })
    return this.#initialized.promise
  }

  /** Starts the process ahead of its function; resolves to whether it waits to be assigned. */
  startAhead(specOf: SpecOf): Promise<boolean> {
    this.#api.startedAhead = true
    this.start(specOf).then(() => this.#waits.resolve(false))
    return this.#waits.promise
  }

  /** Makes a process that was started ahead a function; resolves as `start` does. */
  assign(specOf: SpecOf): Promise<InitOutcome> {
    const { env, cwd } = specOf(this.#runtimeApi)
    this.#api.assign({ variables: env, cwd })
    return this.#initialized.promise
  }

  /** Hands it an invocation; resolves when it asks for the next one, or has ended. */
  invoke(delivery: Delivery): Promise<InvokeOutcome> {
    this.#thaw()
    this.#invoked = Promise.withResolvers<InvokeOutcome>()
    this.#answer = undefined
    if (this.#ending) this.#invoked.resolve({ ending: this.#ending })
    else {
      this.#extensions?.invoke(delivery)
      this.#api.deliver(delivery)
    }
    return this.#invoked.promise
  }

  /** Takes what the process has written by now: the end of an invocation's log. */
  drain(): Promise<void> {
    return this.#output.drain()
  }

  /**
   * Between invocations AWS freezes the environment: no timer runs, no request goes on. Here the
   * process group is stopped, a moment later, until the next invocation.
   */
  freeze(): void {
    this.#cancelFreeze = realtime.after(FREEZE_DELAY_MS, () => {
      this.#frozen = !this.hasEnded && this.#process?.signal('SIGSTOP') === true
      if (this.#frozen) this.#extensions?.signal('SIGSTOP')
    })
  }

  /**
   * Kills the process once what it holds exceeds `limitMb`; until the returned function is called.
   * Pages of files that it maps, such as the interpreter's own, don't count: AWS could drop them.
   */
  limitMemory(limitMb: number): () => void {
    let cancel = () => {}
    const check = () => {
      this.#memory?.read()
      if ((this.#memory?.ownKb ?? 0) > limitMb * KB_PER_MB) {
        this.#exceeded = true
        this.kill()
      } else {
        cancel = realtime.after(MEMORY_CHECK_MS, check)
      }
    }
    cancel = realtime.after(MEMORY_CHECK_MS, check)
    return () => cancel()
  }

  /** The largest resident set so far, in MB. */
  maxMemoryMb(): number {
    const now = realtime.monotonic()
    if (now - this.#memoryReadAt > MEMORY_KNOWN_MS) {
      this.#memory?.read()
      this.#memoryReadAt = now
    }
    const kb = this.#api.reportedMemoryKb || (this.#memory?.peakKb ?? 0)
    return Math.ceil(kb / KB_PER_MB)
  }

  /**
   * Ends the process and then its extensions, which may take their time; resolves once all are
   * gone. Without extensions there is no time to take.
   */
  end(reason: ShutdownReason): Promise<void> {
    this.#shutdown ??= this.#shutDown(reason, this.#extensions?.graceMs ?? 0)
    return this.#shutdown
  }

  /** Kills the process with its group. */
  kill(): Promise<void> {
    this.#killed = true
    this.#extensions?.cancelStart()
    this.#cancelFreeze()
    this.#memory?.read()
    this.#process?.kill()
    return this.ended
  }

  async #launch(specOf: SpecOf, network: CellNetwork | undefined): Promise<void> {
    this.#amongOthers = network === undefined
    this.#runtimeApi = await (network?.open(this.#api) ?? this.#api.listen())
    const accompanied = this.#extensions?.hasExternal === true
    const spec = specOf(this.#runtimeApi)
    await this.#extensions?.start(this.#runtimeApi)
    const whole = { accompanied, ...spec, output: this.#outputPath }
    const exit = await this.#run(whole)
    const exhausted = this.#exceeded || (exit.signal === 'SIGKILL' && this.#memory?.exhausted)
    const ending: Ending = exhausted ? { kind: 'out-of-memory' } : { kind: 'exit', exit }
    this.#end(this.#extensionFailure ?? ending)
  }

  async #run(spec: ProcessSpec): Promise<Exit> {
    try {
      // Its extensions have failed, or have taken too long.
      if (this.#killed) return { code: null, signal: 'SIGKILL' }
      this.#process = await this.#supervisor.start(spec)
    } finally {
      rmSync(this.#outputPath, { force: true })
    }
    this.#memory = memoryOf(this.#process.pid, spec.sandbox?.memory)
    if (this.#killed) this.#process.kill()
    const exit = await this.#process.exited
    this.#memory.read()
    return exit
  }

  async #shutDown(reason: ShutdownReason, graceMs: number): Promise<void> {
    const external = this.#extensions?.hasExternal === true
    const startedAt = realtime.monotonic()
    if (graceMs > 0 && reason === 'SPINDOWN' && !this.hasEnded) {
      this.#thaw()
      this.#process?.signal('SIGTERM')
      await within(external ? graceMs * RUNTIME_GRACE_SHARE : graceMs, this.ended)
    }
    await this.kill()
    const leftMs = graceMs - (realtime.monotonic() - startedAt)
    await this.#extensions?.shutDown(reason, Math.max(0, leftMs))
    this.#api.close()
    if (external && this.#amongOthers) this.#supervisor.sweep(this.#runtimeApi)
  }

  #thaw(): void {
    this.#cancelFreeze()
    if (!this.#frozen) return
    this.#frozen = false
    this.#process?.signal('SIGCONT')
    this.#extensions?.signal('SIGCONT')
  }

  #next(): void {
    const done = () => {
      this.#initialized.resolve({ kind: 'ready' })
      if (this.#answer) this.#invoked?.resolve({ answer: this.#answer })
    }
    if (this.#extensions) this.#extensions.whenReady(done)
    else done()
  }

  #initError(payload: string, errorType: string): void {
    this.#memory?.read()
    const report = () => this.#initialized.resolve({ kind: 'init-error', payload, errorType })
    const cancel = realtime.after(INIT_ERROR_GRACE_MS, () => this.kill())
    this.ended.then(() => {
      cancel()
      report()
    })
  }

  #end(ending: Ending): void {
    this.#output.close()
    this.#ending = ending
    this.#cancelFreeze()
    this.#memory?.close()
    // External extensions still speak to it.
    if (!this.#extensions?.hasExternal) this.#api.close()
    this.#ended.resolve()
    this.#invoked?.resolve({ ...(this.#answer && { answer: this.#answer }), ending })
    // After what waits for the end: an initialization error that was reported goes first.
    queueMicrotask(() => this.#initialized.resolve(ending))
  }
}
