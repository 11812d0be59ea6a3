/** Has environments initialized as provisioned concurrency says, and tells when they are. */
import type { Context } from '../../aws/context.ts'
import type { World } from '../../store/store.ts'
import type { Background } from '../ports.ts'
import type { Executor } from './executor.ts'
import { findVersion, type LambdaFunction } from './functions.ts'
import {
  type ProvisionedConfig,
  provisionedVersion,
  provisions,
  provisionWorlds,
} from './limits.ts'
import { qualifiedKey } from './names.ts'
import type { Provision } from './provisioned.ts'
import type { Provisioned } from './runtime/index.ts'

const NOWHERE = { account: '', region: '' }

export class Provisioning {
  readonly #background: Background
  readonly #executor: Executor
  #open = false

  constructor(background: Background, executor: Executor) {
    this.#background = background
    this.#executor = executor
  }

  /** After a restart: no environment has outlived the server. */
  start(): void {
    this.#open = true
    this.#background.transact({ service: 'lambda', world: NOWHERE }, (ctx) => {
      for (const world of ctx.tx.all(provisionWorlds)) this.#startWorld(ctx.in(world))
    })
  }

  close(): void {
    this.#open = false
  }

  /** The agenda's part: brings the environments of a version to what is asked for it now. */
  due({ functionName, version }: Provision, ctx: Context): void {
    const found = findVersion(functionName, version, ctx)
    if (!found) return
    const rows = ctx.tx
      .by(provisions, 'function', functionName)
      .filter((row) => row.status !== 'FAILED' && provisionedVersion(row, ctx) === version)
    this.#background.track(this.#provision(found, rows, ctx.world))
  }

  #startWorld(ctx: Context): void {
    for (const row of ctx.tx.all(provisions)) {
      const version = provisionedVersion(row, ctx)
      if (version !== undefined) this.due({ functionName: row.functionName, version }, ctx)
    }
  }

  async #provision(
    found: LambdaFunction,
    rows: readonly ProvisionedConfig[],
    world: World,
  ): Promise<void> {
    const count = rows.reduce((sum, { requested }) => sum + requested, 0)
    await this.#background.durable()
    const outcome = await this.#executor
      .provision(found, world, count)
      .catch((error: Error): Provisioned => ({ initialized: 0, failure: error.message }))
    if (!this.#open) return
    this.#background.transact({ service: 'lambda', world }, (ctx) => {
      for (const row of rows) conclude(row, outcome, ctx)
      if (outcome.failure !== undefined || outcome.initialized >= count) return
      const text =
        `this machine has room for ${outcome.initialized} of ${count} provisioned environments; ` +
        'the others are started when they are needed'
      ctx.record({ kind: 'note', text }, [found.name])
    })
  }
}

/** Nothing, where the configuration has changed meanwhile. */
function conclude(row: ProvisionedConfig, { failure }: Provisioned, ctx: Context): void {
  const key = qualifiedKey(row.functionName, row.qualifier)
  if (ctx.tx.get(provisions, key)?.id !== row.id) return
  const after: ProvisionedConfig =
    failure === undefined
      ? { ...row, allocated: row.requested, status: 'READY' }
      : { ...row, allocated: 0, status: 'FAILED', statusReason: failure }
  ctx.tx.put(provisions, key, after)
}
