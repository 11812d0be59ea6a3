/** What is kept of one image: environments that are initialized before they are needed. */
import type { Environment } from './environment.ts'
import type { FunctionImage, Provisioned } from './types.ts'

/** As GetProvisionedConcurrencyConfig calls it. */
export const INIT_FAILURE = 'FUNCTION_ERROR_INIT_FAILURE'

export class Provision {
  readonly image: FunctionImage
  /** Initialized; they wait for work, or do some. */
  readonly environments = new Set<Environment>()
  /** Started, and not yet initialized. */
  making = 0
  #wanted = 0
  #failure: string | undefined
  #asked: ((outcome: Provisioned) => void)[] = []

  constructor(image: FunctionImage) {
    this.image = image
  }

  get wanted(): number {
    return this.#wanted
  }

  /** How many are still to be started; after a failure none is, until asked again. */
  get missing(): number {
    if (this.#failure !== undefined) return 0
    return Math.max(0, this.#wanted - this.environments.size - this.making)
  }

  get hasSurplus(): boolean {
    return this.environments.size > this.#wanted
  }

  want(count: number): void {
    this.#wanted = count
    this.#failure = undefined
  }

  fail(failure: string): void {
    this.#failure = failure
  }

  /** Resolves once none is missing or in the making. */
  settled(): Promise<Provisioned> {
    const { promise, resolve } = Promise.withResolvers<Provisioned>()
    this.#asked.push(resolve)
    this.settle()
    return promise
  }

  /** Tells those who asked, if there is nothing more to come. */
  settle(): void {
    if (this.missing > 0 || this.making > 0) return
    const initialized = this.environments.size
    const failure = this.#failure
    const outcome = { initialized, ...(failure !== undefined && { failure }) }
    for (const resolve of this.#asked.splice(0)) resolve(outcome)
  }
}
