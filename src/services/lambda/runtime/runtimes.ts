/** All execution environments of the server: pooled by image key, made on demand, reused, ended. */
import { availableParallelism, totalmem } from 'node:os'
import { realtime } from '../../../clock.ts'
import type { Environment } from './environment.ts'
import { EnvironmentFactory } from './factory.ts'
import { MissingRuntime } from './missing-runtime.ts'
import type {
  FunctionImage,
  Invocation,
  InvocationResult,
  Runtimes,
  RuntimesOptions,
} from './types.ts'

/** A waiting environment costs memory; AWS reclaims them after minutes too. */
export const IDLE_TIMEOUT_MS = 10 * 60_000
/** The machine shall hold all environments at once: one for each of these bytes of its memory. */
const BYTES_PER_ENVIRONMENT = 128 * 1024 * 1024
/** More processes that start at the same time only start more slowly. */
const STARTING_PER_CORE = 2

interface Pool {
  /** The one used last stands last. */
  idle: Idle[]
  busy: number
  retired: boolean
}

interface Idle {
  pool: Pool
  environment: Environment
  cancelReclaim(): void
}

/** An invocation for which the machine has no room yet. */
interface InLine {
  pool: Pool
  image: FunctionImage
  resolve(environment: Environment): void
  reject(error: Error): void
}

/** Nothing is started before the first invocation. */
export function createRuntimes(options: RuntimesOptions): Runtimes {
  return new EnvironmentPools(options)
}

class EnvironmentPools implements Runtimes {
  readonly #options: RuntimesOptions
  readonly #factory: EnvironmentFactory
  readonly #pools = new Map<string, Pool>()
  readonly #environments = new Set<Environment>()
  /** Of all pools, the longest idle first. */
  readonly #idle = new Set<Idle>()
  readonly #line: InLine[] = []
  readonly #maxEnvironments: number
  readonly #maxStarting = STARTING_PER_CORE * availableParallelism()
  /** Being made, or initializing for the first time. */
  #starting = 0
  /** Being made: not yet among the environments. */
  #making = 0
  #closed = false

  constructor(options: RuntimesOptions) {
    this.#options = options
    this.#factory = new EnvironmentFactory(options)
    const byMemory = Math.ceil(totalmem() / BYTES_PER_ENVIRONMENT)
    this.#maxEnvironments = options.maxEnvironments ?? byMemory
  }

  async invoke(image: FunctionImage, invocation: Invocation): Promise<InvocationResult> {
    const pool = this.#pool(image.key)
    pool.busy++
    let environment: Environment | undefined
    try {
      environment = await this.#acquire(pool, image)
      return await environment.invoke(invocation)
    } catch (error) {
      return this.#refused(image, invocation, error)
    } finally {
      pool.busy--
      if (environment) this.#release(pool, environment)
    }
  }

  prepare(image: FunctionImage): void {
    // What the machine lacks is told to whoever invokes.
    this.#factory.prepare(image).catch(() => {})
  }

  busy(key: string): number {
    return this.#pools.get(key)?.busy ?? 0
  }

  retire(key: string): void {
    const pool = this.#pools.get(key)
    if (!pool) return
    pool.retired = true
    this.#pools.delete(key)
    for (const idle of [...pool.idle]) this.#reclaim(idle)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const key of [...this.#pools.keys()]) this.retire(key)
    for (const { reject } of this.#line.splice(0)) reject(shuttingDown())
    await Promise.all([...this.#environments].map((environment) => environment.end()))
    await this.#factory.close()
  }

  #pool(key: string): Pool {
    const known = this.#pools.get(key)
    if (known) return known
    const pool: Pool = { idle: [], busy: 0, retired: false }
    this.#pools.set(key, pool)
    return pool
  }

  #acquire(pool: Pool, image: FunctionImage): Environment | Promise<Environment> {
    for (;;) {
      const idle = pool.idle.at(-1)
      if (!idle) break
      if (idle.environment.usable) return this.#take(idle)
      this.#reclaim(idle)
    }
    if (this.#mayStart()) return this.#start(image)
    return new Promise((resolve, reject) => this.#line.push({ pool, image, resolve, reject }))
  }

  /** Whether there is room for one more, if need be in place of one that waits for work. */
  #mayStart(): boolean {
    if (this.#starting >= this.#maxStarting) return false
    if (this.#environments.size + this.#making < this.#maxEnvironments) return true
    const [longestIdle] = this.#idle
    if (longestIdle) this.#reclaim(longestIdle)
    return longestIdle !== undefined
  }

  async #start(image: FunctionImage): Promise<Environment> {
    if (this.#closed) throw shuttingDown()
    this.#starting++
    this.#making++
    try {
      const environment = await this.#factory.make(image, () => this.#started())
      this.#environments.add(environment)
      if (this.#closed) this.#end(environment)
      return environment
    } catch (error) {
      this.#started()
      throw error
    } finally {
      this.#making--
    }
  }

  #started(): void {
    this.#starting--
    this.#admit()
  }

  /** Lets those in line start for whom there is room now. */
  #admit(): void {
    while (this.#line.length > 0 && this.#mayStart()) {
      const next = this.#line.shift()
      if (next) this.#start(next.image).then(next.resolve, next.reject)
    }
  }

  #take(idle: Idle): Environment {
    idle.cancelReclaim()
    this.#idle.delete(idle)
    idle.pool.idle = idle.pool.idle.filter((other) => other !== idle)
    return idle.environment
  }

  #release(pool: Pool, environment: Environment): void {
    if (pool.retired || this.#closed || !environment.usable) {
      this.#end(environment)
      return
    }
    const place = this.#line.findIndex((next) => next.pool === pool)
    if (place !== -1) {
      const [next] = this.#line.splice(place, 1)
      next?.resolve(environment)
      return
    }
    const idleMs = this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS
    const cancelReclaim = realtime.after(idleMs, () => this.#reclaim(idle))
    const idle: Idle = { pool, environment, cancelReclaim }
    pool.idle.push(idle)
    this.#idle.add(idle)
    this.#admit()
  }

  #reclaim(idle: Idle): void {
    this.#end(this.#take(idle))
  }

  #end(environment: Environment): void {
    environment.end().finally(() => {
      this.#environments.delete(environment)
      this.#admit()
    })
  }

  /** No environment could be made: the caller and the function's log learn why. */
  #refused(image: FunctionImage, { requestId }: Invocation, error: unknown): InvocationResult {
    const reason = error instanceof Error ? error.message : String(error)
    const missing = error instanceof MissingRuntime
    const logStreamName = this.#factory.logStreamName(image)
    const message = `${requestId} ${reason}\n`
    const line = { timestamp: realtime.now(), message }
    if (!this.#closed) this.#options.onLog(image, logStreamName, [line], requestId)
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

function shuttingDown(): Error {
  return new Error('Windtunnel is shutting down.')
}
