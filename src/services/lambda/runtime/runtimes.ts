/** All execution environments of the server: pooled by image key, made on demand, reused, ended. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isoMillis, realtime } from '../../../clock.ts'
import { Environment } from './environment.ts'
import { Interpreters, MissingRuntime } from './interpreters.ts'
import { Pipes } from './pipes.ts'
import { Supervisor } from './supervisor.ts'
import type {
  FunctionImage,
  Invocation,
  InvocationResult,
  Runtimes,
  RuntimesOptions,
} from './types.ts'

/** AWS's limit of the Init phase. */
export const INIT_TIMEOUT_MS = 10_000
/** A waiting environment costs memory; AWS reclaims them after minutes too. */
export const IDLE_TIMEOUT_MS = 10 * 60_000
const STREAM_ID_DIGITS = 32

interface Waiting {
  environment: Environment
  cancelReclaim(): void
}

interface Pool {
  waiting: Waiting[]
  busy: number
  retired: boolean
}

/** Nothing is started before the first invocation. */
export function createRuntimes(options: RuntimesOptions): Runtimes {
  return new EnvironmentPools(options)
}

class EnvironmentPools implements Runtimes {
  readonly #options: RuntimesOptions
  readonly #pools = new Map<string, Pool>()
  readonly #environments = new Set<Environment>()
  readonly #noted = new Set<string>()
  readonly #workDir: string
  readonly #supervisor: Supervisor
  readonly #interpreters: Interpreters
  readonly #pipes: Pipes
  #made = 0
  #closed = false

  constructor(options: RuntimesOptions) {
    this.#options = options
    this.#workDir = mkdtempSync(path.join(tmpdir(), 'windtunnel-'))
    this.#supervisor = new Supervisor(this.#workDir)
    this.#interpreters = new Interpreters(this.#supervisor, options.interpreters ?? {})
    this.#pipes = new Pipes(this.#supervisor, this.#workDir)
  }

  async invoke(image: FunctionImage, invocation: Invocation): Promise<InvocationResult> {
    const pool = this.#pool(image.key)
    pool.busy++
    let environment: Environment | undefined
    try {
      environment = this.#take(pool) ?? (await this.#create(image))
      return await environment.invoke(invocation)
    } catch (error) {
      return this.#refused(image, invocation, error)
    } finally {
      pool.busy--
      if (environment) this.#release(pool, environment)
    }
  }

  busy(key: string): number {
    return this.#pools.get(key)?.busy ?? 0
  }

  retire(key: string): void {
    const pool = this.#pools.get(key)
    if (!pool) return
    pool.retired = true
    this.#pools.delete(key)
    for (const { environment, cancelReclaim } of pool.waiting) {
      cancelReclaim()
      this.#end(environment)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const key of [...this.#pools.keys()]) this.retire(key)
    await Promise.all([...this.#environments].map((environment) => environment.end()))
    await this.#supervisor.close()
    rmSync(this.#workDir, { recursive: true, force: true })
  }

  #pool(key: string): Pool {
    const known = this.#pools.get(key)
    if (known) return known
    const pool: Pool = { waiting: [], busy: 0, retired: false }
    this.#pools.set(key, pool)
    return pool
  }

  /** The environment used last: the others may then be reclaimed. */
  #take(pool: Pool): Environment | undefined {
    for (;;) {
      const next = pool.waiting.pop()
      if (!next) return undefined
      next.cancelReclaim()
      if (next.environment.usable) return next.environment
      this.#end(next.environment)
    }
  }

  #release(pool: Pool, environment: Environment): void {
    if (pool.retired || this.#closed) {
      this.#end(environment)
      return
    }
    const reclaim = () => {
      pool.waiting = pool.waiting.filter((waiting) => waiting.environment !== environment)
      this.#end(environment)
    }
    const idleMs = this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS
    pool.waiting.push({ environment, cancelReclaim: realtime.after(idleMs, reclaim) })
  }

  async #create(image: FunctionImage): Promise<Environment> {
    const [interpreter, credentials] = await Promise.all([
      this.#interpreters.find(image.runtime),
      this.#options.credentials(image),
    ])
    if (this.#closed) throw new Error('Windtunnel is shutting down.')
    const logStreamName = this.#logStreamName(image)
    const tmpDir = path.join(this.#workDir, `tmp-${this.#made++}`)
    mkdirSync(tmpDir)
    const environment = new Environment({
      image,
      interpreter,
      credentials,
      logStreamName,
      tmpDir,
      supervisor: this.#supervisor,
      pipes: this.#pipes,
      ids: this.#options.ids,
      initTimeoutMs: this.#options.initTimeoutMs ?? INIT_TIMEOUT_MS,
      note: this.#noteOnce(image, interpreter.note),
      onLog: (lines, requestId) => this.#options.onLog(image, logStreamName, lines, requestId),
    })
    this.#environments.add(environment)
    return environment
  }

  #noteOnce({ functionArn, runtime }: FunctionImage, note: string | undefined): string | undefined {
    const subject = `${functionArn} ${runtime}`
    if (this.#noted.has(subject)) return undefined
    this.#noted.add(subject)
    return note
  }

  #end(environment: Environment): void {
    environment.end().finally(() => this.#environments.delete(environment))
  }

  /** `2026/05/11/[$LATEST]<32 hex>`; in a group that functions share, with the function's name. */
  #logStreamName({ functionName, functionVersion, logGroup }: FunctionImage): string {
    const date = isoMillis(this.#options.now()).slice(0, 10).replaceAll('-', '/')
    const name = logGroup === `/aws/lambda/${functionName}` ? '' : functionName
    return `${date}/${name}[${functionVersion}]${this.#options.ids.hex(STREAM_ID_DIGITS)}`
  }

  /** No environment could be made: the caller and the function's log learn why. */
  #refused(image: FunctionImage, { requestId }: Invocation, error: unknown): InvocationResult {
    const reason = error instanceof Error ? error.message : String(error)
    const missing = error instanceof MissingRuntime
    const logStreamName = this.#logStreamName(image)
    const message = `${requestId} ${reason}\n`
    const line = { timestamp: realtime.now(), message }
    this.#options.onLog(image, logStreamName, [line], requestId)
    return {
      outcome: missing ? 'missing-runtime' : 'init-error',
      payload: JSON.stringify({
        errorType: missing ? 'Windtunnel.MissingRuntime' : 'Windtunnel.NoEnvironment',
        errorMessage: reason,
      }),
      functionError: 'Unhandled',
      coldStart: false,
      durationMs: 0,
      billedMs: 0,
      maxMemoryMb: 0,
      logTail: message,
      logStreamName,
    }
  }
}
