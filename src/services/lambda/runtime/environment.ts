/**
 * One execution environment: a log stream, a folder for temporary files, and the process that runs
 * in it. The process may end (timeout, crash) and be replaced; stream and folder stay.
 * Docs: "Understanding the Lambda execution environment lifecycle".
 */
import { rmSync } from 'node:fs'
import { isoMillis, realtime } from '../../../clock.ts'
import type { Ids } from '../../../ids.ts'
import type { Answer } from './api.ts'
import type { Cell } from './cell.ts'
import { commandLine } from './command.ts'
import { type Extension, Extensions, type ShutdownReason } from './extensions.ts'
import {
  endingFailure,
  type Failure,
  failurePayload,
  NO_BOOTSTRAP,
  timeoutFailure,
  tooLargePayload,
} from './failures.ts'
import type { Interpreter } from './interpreters.ts'
import { LogTail } from './log-tail.ts'
import type { Pipes } from './pipes.ts'
import { PlatformLog, type Status } from './platform-log.ts'
import { type InitOutcome, type InvokeOutcome, Session } from './session.ts'
import type { Spares } from './spares.ts'
import type { Supervisor } from './supervisor.ts'
import { Telemetry } from './telemetry.ts'
import type {
  FunctionCredentials,
  FunctionImage,
  InitializationType,
  Invocation,
  InvocationResult,
  LogLine,
  Outcome,
} from './types.ts'
import { extensionVariables, variables } from './variables.ts'
import { within } from './within.ts'

export interface EnvironmentOptions {
  image: FunctionImage
  interpreter: Interpreter
  cell: Cell
  credentials: FunctionCredentials
  logStreamName: string
  initializationType: InitializationType
  /** Of this environment's own; removed at its end. */
  tmpDir: string
  supervisor: Supervisor
  pipes: Pipes
  spares: Spares
  ids: Ids
  initTimeoutMs: number
  /** Said after INIT_START, once. */
  note: string | undefined
  onLog(lines: LogLine[], requestId: string): void
  /** Its first initialization is over, well or not. */
  onInitialized(): void
}

/** How an invocation ended, before it is reported. */
interface Verdict {
  outcome: Outcome
  payload: string
  status: Status
  errorType?: string
  /** A line of the platform's, between the function's last one and END. */
  logText?: string
}

/** Lines of one invocation that come within this time are handed on together. */
const LOG_DELAY_MS = 5
/** Node.js says so on its standard error. */
const DEBUGGER_ATTACHED = 'Debugger attached.\n'

type InitVerdict = Exclude<InitOutcome, { kind: 'ready' }> | { kind: 'timeout' }

export class Environment {
  readonly #options: EnvironmentOptions
  readonly #platform: PlatformLog
  #tail = new LogTail()
  #session: Session | undefined
  /** Of the session that runs, or of the next one. */
  #telemetry: Telemetry
  #registered: readonly Extension[] = []
  /** The session before this one may still be ending. */
  #ending: Promise<void> = Promise.resolve()
  #fresh = true
  #maxMemoryMb = 0
  #over = false
  #debugged = false
  #requestId = ''
  #lines: LogLine[] = []
  #cancelFlush: (() => void) | undefined

  constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#telemetry = new Telemetry(options.image.logFormat)
    this.#platform = new PlatformLog(
      options.image,
      options.logStreamName,
      (...event) => this.#telemetry.platform(...event),
      options.initializationType,
    )
  }

  /** Whether its credentials outlast one more invocation. */
  get usable(): boolean {
    const { credentials, image } = this.#options
    return realtime.now() + image.timeoutMs < credentials.expiresAt
  }

  /** Initializes ahead of any invocation. @returns whether it can take one. */
  async initialize(): Promise<boolean> {
    this.#fresh = false
    const initMs = await this.#firstInit()
    this.#flush()
    if (initMs !== undefined) this.#session?.freeze()
    return initMs !== undefined
  }

  /** Runs one invocation; the caller never runs two at once. */
  async invoke(invocation: Invocation): Promise<InvocationResult> {
    this.#tail = new LogTail()
    this.#requestId = invocation.requestId
    const { timeoutMs } = this.#options.image
    const coldStart = this.#fresh
    this.#fresh = false
    const initMs = coldStart ? await this.#firstInit() : undefined
    await this.#ending
    const startedAt = realtime.monotonic()
    const deadlineMs = realtime.now() + timeoutMs
    const session = this.#session
    // A process that failed or was ended is replaced within the invocation ("suppressed init").
    const failed = session && !session.hasEnded ? undefined : await this.#initAgain(timeoutMs)
    const verdict = failed
      ? this.#notRun(failed, invocation)
      : await this.#run(invocation, deadlineMs)
    const elapsedMs = realtime.monotonic() - startedAt
    const durationMs = verdict.status === 'timeout' ? timeoutMs : elapsedMs
    const result = this.#conclude(invocation, verdict, { coldStart, durationMs, initMs })
    if (this.#session?.hasEnded) this.#reset(verdict.status === 'timeout' ? 'TIMEOUT' : 'FAILURE')
    return result
  }

  /** Ends the process and removes the folder. */
  async end(): Promise<void> {
    this.#over = true
    await this.#session?.end('SPINDOWN')
    await this.#ending
    this.#flush()
    this.#options.cell.close()
    rmSync(this.#options.tmpDir, { recursive: true, force: true })
  }

  /** @returns the milliseconds it took, or undefined when it failed. */
  async #firstInit(): Promise<number | undefined> {
    const { initTimeoutMs, note } = this.#options
    this.#log(this.#platform.initStart(realtime.now()))
    if (note) this.#log(this.#platform.note(realtime.now(), note))
    const startedAt = realtime.monotonic()
    const { onInitialized } = this.#options
    const failed = await this.#initialize(initTimeoutMs).finally(onInitialized)
    const durationMs = realtime.monotonic() - startedAt
    this.#reportInit('init', failed, durationMs)
    return failed ? undefined : durationMs
  }

  async #initAgain(limitMs: number): Promise<InitVerdict | undefined> {
    const startedAt = realtime.monotonic()
    const failed = await this.#initialize(limitMs)
    this.#reportInit('invoke', failed, realtime.monotonic() - startedAt)
    return failed
  }

  #reportInit(phase: 'init' | 'invoke', failed: InitVerdict | undefined, durationMs: number): void {
    const status = !failed ? 'success' : failed.kind === 'timeout' ? 'timeout' : 'error'
    const errorType = failed && this.#errorTypeOf(failed)
    const report = { phase, status, durationMs, ...(errorType && { errorType }) } as const
    this.#log([
      ...this.#platform.initRuntimeDone(realtime.now(), report),
      ...this.#registered.flatMap((extension) =>
        this.#platform.extension(realtime.now(), extension),
      ),
      ...this.#platform.initReport(realtime.now(), report),
    ])
  }

  #errorTypeOf(failed: InitVerdict): string | undefined {
    if (failed.kind === 'timeout') return undefined
    if (failed.kind === 'init-error') return failed.errorType
    return endingFailure(failed, this.#options.image).errorType
  }

  /** @returns undefined once the process waits for its first invocation, or why it never will. */
  async #initialize(limitMs: number): Promise<InitVerdict | undefined> {
    const { image, interpreter, supervisor, pipes, spares } = this.#options
    const line = commandLine(image, interpreter)
    if (!line) return { kind: 'not-started', code: NO_BOOTSTRAP }
    const extensions = this.#extensions()
    const spare = extensions.hasExternal ? undefined : spares.take(line, image)
    const session = spare ?? new Session(supervisor, await pipes.take())
    const telemetry = this.#telemetry
    session.onLog = (lines) => {
      telemetry.lines('function', lines)
      this.#noticeDebugger(lines)
      this.#log(lines)
    }
    session.attach(extensions)
    this.#debugged = false
    this.#session = session
    if (this.#over) session.kill()
    const { cell } = this.#options
    const specOf = (runtimeApi: string) =>
      cell.wrap({
        ...line,
        cwd: image.codeDir,
        env: this.#variables(runtimeApi),
      })
    const stopLimiting = session.limitMemory(image.memoryMb)
    const starting = spare ? spare.assign(specOf) : session.start(specOf, cell.network)
    const outcome = await within(limitMs, starting).finally(stopLimiting)
    this.#registered = extensions.closeRegistration()
    if (outcome?.kind === 'ready') {
      if (line.startsAhead) spares.prepare(line)
      return undefined
    }
    await session.kill()
    this.#reset(outcome ? 'FAILURE' : 'TIMEOUT')
    return outcome ?? { kind: 'timeout' }
  }

  #variables(runtimeApi: string): Record<string, string> {
    return variables({ ...this.#options, ...this.#options.cell, runtimeApi })
  }

  #extensions(): Extensions {
    const { image, ids, supervisor, pipes, cell } = this.#options
    const telemetry = this.#telemetry
    return new Extensions({
      image,
      ids,
      telemetry,
      supervisor,
      pipes,
      specOf: (command, runtimeApi) =>
        cell.wrap({
          command,
          args: [],
          cwd: '/',
          env: extensionVariables(this.#variables(runtimeApi)),
          accompanied: true,
        }),
      connect: (port) => cell.connect(port),
      onLines: (lines) => {
        telemetry.lines('extension', lines)
        this.#log(lines)
      },
      onSubscribed: (name, types) =>
        this.#log(this.#platform.telemetrySubscription(realtime.now(), name, types)),
    })
  }

  /** What is left of the session ends while its invocation is answered. */
  #reset(reason: ShutdownReason): void {
    this.#ending = this.#session?.end(reason) ?? Promise.resolve()
    this.#telemetry = new Telemetry(this.#options.image.logFormat)
  }

  async #run(invocation: Invocation, deadlineMs: number): Promise<Verdict> {
    const session = this.#session
    if (!session) throw new Error('The environment has no process.')
    const delivery = { ...invocation, invocationId: this.#options.ids.uuid(), deadlineMs }
    const running = session.invoke(delivery)
    // Nothing that the process writes can be read before this turn ends: START is the first line.
    this.#logStart(invocation)
    const stopLimiting = session.limitMemory(this.#options.image.memoryMb)
    const inTime = await within(deadlineMs - realtime.now(), running)
    const outcome = inTime ?? (this.#debugged ? await running : undefined)
    stopLimiting()
    if (outcome) {
      await session.drain()
      if (this.#options.interpreter.inspectPort === undefined) session.freeze()
      return this.#invokeVerdict(outcome, invocation)
    }
    await session.kill()
    return this.#timeoutVerdict(invocation, session.answer)
  }

  /** From then on this process has all the time that it takes. */
  #noticeDebugger(lines: readonly LogLine[]): void {
    if (this.#options.interpreter.inspectPort === undefined) return
    if (lines.some(({ message }) => message === DEBUGGER_ATTACHED)) this.#debugged = true
  }

  #timeoutVerdict({ requestId }: Invocation, answer?: Answer): Verdict {
    const failure = timeoutFailure(this.#options.image.timeoutMs)
    const logText = `${isoMillis(realtime.now())} ${requestId} ${failure.reason}\n`
    // An answer that came in time counts, even when its process was not done in time.
    const given = answer && answerVerdict(answer)
    return {
      outcome: given?.outcome ?? 'timeout',
      payload: given?.payload ?? failurePayload(requestId, failure),
      status: 'timeout',
      logText,
    }
  }

  #logStart({ requestId }: Invocation): void {
    this.#log(this.#platform.start(realtime.now(), requestId))
  }

  #notRun(failed: InitVerdict, invocation: Invocation): Verdict {
    this.#logStart(invocation)
    if (failed.kind === 'timeout') return this.#timeoutVerdict(invocation)
    if (failed.kind === 'init-error') {
      const { payload, errorType } = failed
      return { outcome: 'init-error', payload, status: 'error', errorType }
    }
    return exitVerdict(invocation, endingFailure(failed, this.#options.image))
  }

  #invokeVerdict({ answer, ending }: InvokeOutcome, invocation: Invocation): Verdict {
    const given = answer && answerVerdict(answer)
    if (given && !ending) return given
    const ended = ending ?? { kind: 'exit', exit: { code: 0, signal: null } }
    const exit = exitVerdict(invocation, endingFailure(ended, this.#options.image))
    // It answered and ended: the answer stands, and the log tells of the end.
    return given ? { ...exit, outcome: given.outcome, payload: given.payload } : exit
  }

  #conclude(
    { requestId }: Invocation,
    verdict: Verdict,
    timing: { coldStart: boolean; durationMs: number; initMs: number | undefined },
  ): InvocationResult {
    const { outcome, payload, status, errorType, logText } = verdict
    const { coldStart, durationMs, initMs } = timing
    const now = realtime.now()
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, this.#session?.maxMemoryMb() ?? 0)
    // Pages of files count while there is room for them.
    const maxMemoryMb = Math.min(this.#maxMemoryMb, this.#options.image.memoryMb)
    // Since August 2025 the initialization is billed too.
    const billedMs = Math.ceil(durationMs + (initMs ?? 0))
    const measured = { durationMs, billedMs, maxMemoryMb, ...(initMs !== undefined && { initMs }) }
    const report = { requestId, status, ...measured, ...(errorType && { errorType }) }
    this.#log([
      ...(logText ? this.#platform.failure(now, logText) : []),
      ...this.#platform.end(now, report),
      ...this.#platform.report(now, report),
    ])
    this.#flush()
    return {
      outcome,
      payload,
      ...(outcome !== 'success' && { functionError: 'Unhandled' }),
      coldStart,
      ...measured,
      logTail: this.#tail.toString(),
      logStreamName: this.#options.logStreamName,
    }
  }

  #log(lines: LogLine[]): void {
    if (lines.length === 0) return
    this.#tail.add(lines)
    this.#lines = this.#lines.length === 0 ? lines : this.#lines.concat(lines)
    this.#cancelFlush ??= realtime.after(LOG_DELAY_MS, () => this.#flush())
  }

  #flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const lines = this.#lines
    this.#lines = []
    if (lines.length > 0) this.#options.onLog(lines, this.#requestId)
  }
}

function answerVerdict(answer: Answer): Verdict {
  if (answer.kind === 'response') {
    return { outcome: 'success', payload: answer.payload, status: 'success' }
  }
  if (answer.kind === 'too-large') {
    return { outcome: 'too-large', payload: tooLargePayload, status: 'success' }
  }
  return { outcome: 'error', payload: answer.payload, status: 'success' }
}

function exitVerdict({ requestId }: Invocation, failure: Failure): Verdict {
  const { errorType, reason } = failure
  const logText = `RequestId: ${requestId} Error: ${reason}\n${errorType}`
  const payload = failurePayload(requestId, failure)
  return { outcome: 'exit', payload, status: 'error', errorType, logText }
}
