/** One process of a function, from its start to its end, with its Runtime API and its output. */
import { constants, openSync, readSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { realtime } from '../../../clock.ts'
import { type Answer, type Delivery, RuntimeApi } from './api.ts'
import { ProcessMemory } from './memory.ts'
import { OutputParser } from './output.ts'
import {
  type Exit,
  type FunctionProcess,
  type ProcessSpec,
  StartError,
  type Supervisor,
} from './supervisor.ts'
import type { LogLine } from './types.ts'

const READ_BYTES = 64 * 1024
const KB_PER_MB = 1024
/** After it reported that it cannot initialize, a process has this long to end by itself. */
const INIT_ERROR_GRACE_MS = 500
/** Shorter pauses between invocations are not worth stopping the process for. */
const FREEZE_DELAY_MS = 5
const MEMORY_CHECK_MS = 50

export type Ending =
  | { kind: 'exit'; exit: Exit }
  /** It held more memory than its function may. */
  | { kind: 'out-of-memory' }
  /** The command could not be executed; `code` is the system's. */
  | { kind: 'not-started'; code: string }

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
export type SpecOf = (runtimeApi: string) => Omit<ProcessSpec, 'output'>

export class Session {
  readonly #supervisor: Supervisor
  readonly #outputPath: string
  readonly #api: RuntimeApi
  readonly #parser = new OutputParser()
  readonly #outputFd: number
  readonly #output: Socket
  readonly #initialized = Promise.withResolvers<InitOutcome>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #waits = Promise.withResolvers<boolean>()
  #runtimeApi = ''
  #invoked: PromiseWithResolvers<InvokeOutcome> | undefined
  #answer: Answer | undefined
  #process: FunctionProcess | undefined
  #memory: ProcessMemory | undefined
  #ending: Ending | undefined
  #killed = false
  #exceeded = false
  #frozen = false
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
    })
    // Open for writing too, so that the pipe does not end when its last writer goes.
    this.#outputFd = openSync(outputPath, constants.O_RDWR | constants.O_NONBLOCK)
    this.#output = new Socket({ fd: this.#outputFd, readable: true, writable: false })
    this.#output.on('data', (chunk: Buffer) => this.#log(chunk))
    this.#output.on('error', () => {})
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

  /** Starts the process; resolves when it asks for an invocation, or will never do so. */
  start(specOf: SpecOf): Promise<InitOutcome> {
    this.#launch(specOf).catch((error) => {
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
    else this.#api.deliver(delivery)
    return this.#invoked.promise
  }

  /**
   * Takes what the process has written by now: the end of an invocation's log. What it wrote before
   * it answered is in the pipe since, so the event loop reads it in this very turn.
   */
  async drain(): Promise<void> {
    if (this.#ending === undefined) await realtime.turn()
    this.#finishLog()
  }

  /**
   * Between invocations AWS freezes the environment: no timer runs, no request goes on. Here the
   * process group is stopped, a moment later, until the next invocation.
   */
  freeze(): void {
    this.#cancelFreeze = realtime.after(FREEZE_DELAY_MS, () => {
      this.#frozen = this.#signal('SIGSTOP')
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
    this.#memory?.read()
    const kb = this.#api.reportedMemoryKb || (this.#memory?.peakKb ?? 0)
    return Math.ceil(kb / KB_PER_MB)
  }

  /** Kills the process with its group. */
  kill(): Promise<void> {
    this.#killed = true
    this.#cancelFreeze()
    this.#memory?.read()
    this.#process?.kill()
    return this.ended
  }

  async #launch(specOf: SpecOf): Promise<void> {
    this.#runtimeApi = await this.#api.listen()
    const spec = { ...specOf(this.#runtimeApi), output: this.#outputPath }
    const starting = this.#supervisor.start(spec)
    this.#process = await starting.finally(() => rmSync(this.#outputPath, { force: true }))
    this.#memory = new ProcessMemory(this.#process.pid)
    if (this.#killed) this.#process.kill()
    const exit = await this.#process.exited
    this.#end(this.#exceeded ? { kind: 'out-of-memory' } : { kind: 'exit', exit })
  }

  #thaw(): void {
    this.#cancelFreeze()
    if (this.#frozen) this.#signal('SIGCONT')
    this.#frozen = false
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): boolean {
    if (!this.#process || this.hasEnded) return false
    try {
      process.kill(-this.#process.pid, signal)
      return true
    } catch {
      return false // It has just ended.
    }
  }

  #next(): void {
    this.#initialized.resolve({ kind: 'ready' })
    if (this.#answer) this.#invoked?.resolve({ answer: this.#answer })
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

  #readAll(): void {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    for (;;) {
      try {
        const length = readSync(this.#outputFd, chunk)
        if (length === 0) break
        this.#log(Buffer.from(chunk.subarray(0, length)))
      } catch {
        break // EAGAIN: the pipe is empty.
      }
    }
  }

  #finishLog(): void {
    const rest = this.#parser.finish()
    if (rest.length > 0) this.onLog(rest)
  }

  #log(chunk: Buffer): void {
    const lines = this.#parser.push(chunk)
    if (lines.length > 0) this.onLog(lines)
  }

  #end(ending: Ending): void {
    this.#readAll()
    this.#finishLog()
    this.#ending = ending
    this.#cancelFreeze()
    this.#memory?.close()
    this.#output.destroy()
    this.#api.close()
    this.#ended.resolve()
    this.#invoked?.resolve({ ...(this.#answer && { answer: this.#answer }), ending })
    // After what waits for the end: an initialization error that was reported goes first.
    queueMicrotask(() => this.#initialized.resolve(ending))
  }
}
