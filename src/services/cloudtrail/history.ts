/**
 * The latest calls of each account and region, for LookupEvents. They are written in chunks with
 * the commits that they belong to, as the trace is, so that a call costs no fsync more.
 */
import type { Context } from '../../aws/context.ts'
import { type Store, spool, type Tx, type World } from '../../store/store.ts'
import type { CloudTrailRecord } from './record.ts'

/** Older calls of an account and region are forgotten. */
const MAX_KEPT_CALLS = 10_000
/** Calls that wait in memory, at most, for the store's next write. */
const MAX_UNWRITTEN_CALLS = 256

export interface KeptCall {
  readonly record: CloudTrailRecord
  readonly user: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

const chunks = spool<KeptCall[]>('cloudtrail.calls')

interface Partition {
  readonly world: World
  /** How many have been written, ever. */
  count: number
  unwritten: KeptCall[]
}

export interface Numbered extends KeptCall {
  /** Grows with time. */
  readonly number: number
}

export class History {
  readonly #store: Store
  readonly #partitions = new Map<string, Partition>()
  #unwritten = 0

  constructor(store: Store) {
    this.#store = store
    store.beforeWrite(() => this.#write())
  }

  /** After the store was emptied. */
  clear(): void {
    this.#partitions.clear()
    this.#unwritten = 0
  }

  add(call: KeptCall, world: World, tx: Tx): void {
    this.#partition(world, tx).unwritten.push(call)
    if (++this.#unwritten >= MAX_UNWRITTEN_CALLS) this.#store.bookWrite()
  }

  /** Calls in the context's account and region, the newest first. */
  *newest({ world, tx }: Context): Iterable<Numbered> {
    const { count, unwritten } = this.#partition(world, tx)
    yield* backwards(unwritten, count)
    const written = tx.read(chunks, nameOf(world), { descending: true })
    for (const { order, row } of written) yield* backwards(row, order - row.length)
  }

  #partition(world: World, tx: Tx): Partition {
    const name = nameOf(world)
    const known = this.#partitions.get(name)
    if (known) return known
    const [last] = tx.read(chunks, name, { descending: true, limit: 1 })
    const made = { world, count: last?.order ?? 0, unwritten: [] }
    this.#partitions.set(name, made)
    return made
  }

  #write(): void {
    if (this.#unwritten === 0) return
    this.#unwritten = 0
    for (const [name, partition] of this.#partitions) {
      const { world, unwritten } = partition
      if (unwritten.length === 0) continue
      partition.unwritten = []
      partition.count += unwritten.length
      this.#store.transact(world, (tx) => {
        tx.append(chunks, name, partition.count, unwritten)
        tx.clear(chunks, name, partition.count - MAX_KEPT_CALLS)
      })
    }
  }
}

function nameOf({ account, region }: World): string {
  return `arn:aws:cloudtrail:${region}:${account}:history`
}

function* backwards(calls: readonly KeptCall[], before: number): Iterable<Numbered> {
  for (let i = calls.length - 1; i >= 0; i--) {
    const call = calls[i]
    if (call) yield { ...call, number: before + i + 1 }
  }
}
