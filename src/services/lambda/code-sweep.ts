/** When deployment packages are garbage: nothing refers to them, and nothing runs them. */
import type { Context } from '../../aws/context.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import { type Tx, table } from '../../store/store.ts'
import type { Background } from '../ports.ts'
import { type CodeStore, entriesOf } from './code-store.ts'
import { functions, type LambdaFunction, versions } from './functions.ts'
import { layerVersions } from './layers/versions.ts'

/** The row that has what nothing refers to removed. */
export const SWEEP = 'lambda.sweep'
/** Time for environments of what was deleted to end. */
const SWEEP_AFTER_MS = MS_PER_MINUTE

/** Whether a sweep is booked: many deletions share one. */
const booked = table<true>('lambda.sweepBooked', { reach: 'global' })
const KEY = 'sweep'
const NOWHERE = { service: 'lambda', world: { account: '', region: '' } }

/** Booked with all that may leave a package without use: deployments that fail included. */
export function bookSweep(ctx: Context): void {
  if (ctx.tx.has(booked, KEY)) return
  ctx.tx.put(booked, KEY, true)
  ctx.later(SWEEP_AFTER_MS, SWEEP, {})
}

export class CodeSweep {
  readonly #code: CodeStore
  readonly #background: Background

  constructor(code: CodeStore, background: Background) {
    this.#code = code
    this.#background = background
  }

  /** The agenda's part. */
  due(ctx: Context): void {
    ctx.tx.delete(booked, KEY)
    this.start()
  }

  /** Also after a restart: a crash leaves packages whose rows were never committed. */
  start(): void {
    this.#background.track(this.#sweep())
  }

  async #sweep(): Promise<void> {
    const background = this.#background
    // Out of the transaction that asked for it.
    await background.durable()
    const isLeft = await this.#code.sweep({
      used: () => background.transact(NOWHERE, ({ tx }) => usedEntries(tx)),
      durable: () => background.durable(),
    })
    if (isLeft) background.transact(NOWHERE, bookSweep)
  }
}

/** The entries of the code store that functions, their versions and layers refer to. */
function usedEntries(tx: Tx): ReadonlySet<string> {
  const used = new Set<string>()
  for (const table of [functions, versions]) {
    for (const world of tx.worlds(table)) {
      for (const found of tx.in(world).all(table)) addAll(used, entriesOfFunction(found))
    }
  }
  for (const world of tx.worlds(layerVersions)) {
    for (const { code } of tx.in(world).all(layerVersions)) addAll(used, entriesOf(code, []))
  }
  return used
}

/** The entries that invocations of a function need, also while it is being updated. */
export function entriesOfFunction({ code, settings, replaced }: LambdaFunction): string[] {
  return [{ code, settings }, ...(replaced ? [replaced] : [])].flatMap((image) =>
    entriesOf(
      image.code,
      image.settings.layers.map((layer) => layer.code),
    ),
  )
}

function addAll<T>(set: Set<T>, items: readonly T[]): void {
  for (const item of items) set.add(item)
}
