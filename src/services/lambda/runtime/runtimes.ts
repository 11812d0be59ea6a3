/** All execution environments of the server: pooled by image key, made on demand, reused, ended. */
import { availableParallelism, totalmem } from 'node:os'
import { realtime } from '../../../clock.ts'
import type { Environment } from './environment.ts'
import { EnvironmentFactory } from './factory.ts'
import { MissingRuntime } from './missing-runtime.ts'
import { INIT_FAILURE, Provision } from './provision.ts'
import type {
  FunctionImage,
  InitializationType,
  Invocation,
  InvocationResult,
  Provisioned,
  Runtimes,
  RuntimesOptions,
} from './types.ts'

/** A waiting environment costs memory; AWS reclaims them after minutes too. */
export const IDLE_TIMEOUT_MS = 10 * 60_000
/** The machine shall hold all environments at once: one for each of these bytes of its memory. */
const BYTES_PER_ENVIRONMENT = 128 * 1024 * 1024
/** More processes that start at the same time only start more slowly. */
const STARTING_PER_CORE = 2
/** Of all environments, and of those that start; the rest is for invocations that wait for one. */
const PROVISIONED_SHARE = 0.5

interface Pool {
  /** The one used last stands last. */
  idle: Idle[]
  busy: number
  retired: boolean
  provision?: Provision
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
  readonly #provisions = new Map<Provision, Pool>()
  /** Of all pools, the longest idle first; without those that are provisioned. */
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

  provision(image: FunctionImage, count: number): Promise<Provisioned> {
    if (this.#closed) return Promise.resolve({ initialized: 0 })
    const pool = this.#pool(image.key)
    pool.provision ??= new Provision(image)
    const { provision } = pool
    this.#provisions.set(provision, pool)
    let room = Math.floor(this.#maxEnvironments * PROVISIONED_SHARE)
    for (const other of this.#provisions.keys()) if (other !== provision) room -= other.wanted
    provision.want(Math.max(0, Math.min(count, room)))
    for (const idle of [...pool.idle]) {
      if (provision.hasSurplus && provision.environments.has(idle.environment)) this.#reclaim(idle)
    }
    this.#admit()
    return provision.settled()
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
    if (pool.provision) {
      this.#provisions.delete(pool.provision)
      pool.provision.want(0)
      pool.provision.settle()
    }
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
      const idle = nextOf(pool)
      if (!idle) break
      if (idle.environment.usable) return this.#take(idle)
      this.#reclaim(idle)
    }
    if (this.#mayStart()) return this.#start(image, 'on-demand')
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

  async #start(image: FunctionImage, type: InitializationType): Promise<Environment> {
    if (this.#closed) throw shuttingDown()
    this.#starting++
    this.#making++
    try {
      const environment = await this.#factory.make(image, type, () => this.#started())
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

  /** Lets those in line start for whom there is room now; then what is provisioned. */
  #admit(): void {
    while (this.#line.length > 0 && this.#mayStart()) {
      const next = this.#line.shift()
      if (next) this.#start(next.image, 'on-demand').then(next.resolve, next.reject)
    }
    for (const [provision, pool] of this.#provisions) {
      while (provision.missing > 0 && this.#mayProvision()) void this.#provide(provision, pool)
    }
  }

  /** An initialization that hangs must not keep others from starting. */
  #mayProvision(): boolean {
    let making = 0
    for (const provision of this.#provisions.keys()) making += provision.making
    return making < Math.ceil(this.#maxStarting * PROVISIONED_SHARE) && this.#mayStart()
  }

  async #provide(provision: Provision, pool: Pool): Promise<void> {
    provision.making++
    let environment: Environment | undefined
    try {
      environment = await this.#start(provision.image, 'provisioned-concurrency')
      if (!(await environment.initialize())) provision.fail(INIT_FAILURE)
      // Else it would be replaced for ever.
      else if (!environment.usable) provision.fail('The session of the execution role is over.')
      else provision.environments.add(environment)
    } catch (error) {
      provision.fail(error instanceof Error ? error.message : String(error))
    }
    provision.making--
    if (!environment) this.#admit()
    else if (provision.environments.has(environment)) this.#release(pool, environment)
    else this.#end(environment)
    provision.settle()
  }

  #take(idle: Idle): Environment {
    idle.cancelReclaim()
    this.#idle.delete(idle)
    idle.pool.idle = idle.pool.idle.filter((other) => other !== idle)
    return idle.environment
  }

  #release(pool: Pool, environment: Environment): void {
    const { provision } = pool
    const isProvisioned = provision?.environments.has(environment) === true
    const isSurplus = isProvisioned && provision?.hasSurplus === true
    if (pool.retired || this.#closed || !environment.usable || isSurplus) {
      provision?.environments.delete(environment)
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
    const cancelReclaim = isProvisioned
      ? () => {}
      : realtime.after(idleMs, () => this.#reclaim(idle))
    const idle: Idle = { pool, environment, cancelReclaim }
    pool.idle.push(idle)
    if (!isProvisioned) this.#idle.add(idle)
    this.#admit()
  }

  #reclaim(idle: Idle): void {
    idle.pool.provision?.environments.delete(idle.environment)
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

/** What is provisioned goes first, then what was used last. */
function nextOf({ idle, provision }: Pool): Idle | undefined {
  const provisioned =
    provision && idle.findLast(({ environment }) => provision.environments.has(environment))
  return provisioned ?? idle.at(-1)
}

function shuttingDown(): Error {
  return new Error('Windtunnel is shutting down.')
}
