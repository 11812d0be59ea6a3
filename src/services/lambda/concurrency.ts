/** Counts what runs now, and refuses what is beyond the limits. */
import type { Context } from '../../aws/context.ts'
import type { ThrottleReason } from './errors.ts'
import type { LambdaFunction } from './functions.ts'
import { provisionedFor, provisionedOf, reservedOf, unreserved } from './limits.ts'

/** What runs of one function. */
interface Load {
  onDemand: number
  /** On provisioned environments, by version. */
  provisioned: Map<string, number>
}

type Executed = Pick<LambdaFunction, 'name' | 'version'>

export interface Slot {
  /** Whether the invocation runs on a provisioned environment. */
  provisioned: boolean
  /** Called once, when the invocation has ended. */
  release(): void
}

export class Concurrency {
  /** By region and account, then by function name; only of functions that run. */
  readonly #worlds = new Map<string, Map<string, Load>>()

  /** A place for one invocation, or why there is none. `ctx` is in the function's own world. */
  acquire({ name, version }: Executed, ctx: Context): Slot | ThrottleReason {
    const loads = this.#loads(ctx)
    const load = loads.get(name) ?? { onDemand: 0, provisioned: new Map() }
    const warm = load.provisioned.get(version) ?? 0
    if (warm < provisionedFor(name, version, ctx)) {
      load.provisioned.set(version, warm + 1)
      return this.#slot(loads, name, load, version)
    }
    const reserved = reservedOf(name, ctx)
    if (reserved !== undefined) {
      // What is provisioned counts as used.
      if (load.onDemand >= reserved - provisionedOf(name, ctx)) {
        return 'ReservedFunctionConcurrentInvocationLimitExceeded'
      }
    } else if (this.#unreservedLoad(loads, ctx) >= unreserved(ctx)) {
      return 'ConcurrentInvocationLimitExceeded'
    }
    load.onDemand++
    return this.#slot(loads, name, load)
  }

  #slot(loads: Map<string, Load>, name: string, load: Load, warmVersion?: string): Slot {
    loads.set(name, load)
    const release = () => {
      if (warmVersion === undefined) load.onDemand--
      else load.provisioned.set(warmVersion, (load.provisioned.get(warmVersion) ?? 1) - 1)
      const runs = load.onDemand > 0 || [...load.provisioned.values()].some((count) => count > 0)
      if (!runs) loads.delete(name)
    }
    return { provisioned: warmVersion !== undefined, release }
  }

  #unreservedLoad(loads: Map<string, Load>, ctx: Context): number {
    let running = 0
    for (const [name, { onDemand }] of loads) {
      if (reservedOf(name, ctx) === undefined) running += onDemand
    }
    return running
  }

  #loads({ world }: Context): Map<string, Load> {
    const key = `${world.account}/${world.region}`
    const known = this.#worlds.get(key)
    if (known) return known
    const loads = new Map<string, Load>()
    this.#worlds.set(key, loads)
    return loads
  }
}
