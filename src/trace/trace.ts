/**
 * Keeps the latest records. They are written in chunks whenever the store goes to disk anyway, so
 * tracing adds no fsync of its own.
 */
import type { Ids } from '../ids.ts'
import { type Store, spool, type World } from '../store/store.ts'
import type { Cause, Step, TraceRecord } from './record.ts'

/** Older records are forgotten. */
export const MAX_TRACE_RECORDS = 20_000
/** Records that wait in memory, at most, for the store's next write. */
const MAX_UNWRITTEN_RECORDS = 512
const JOURNEY_DIGITS = 24
const RECORD_DIGITS = 16

const chunks = spool<TraceRecord[]>('trace.chunks')
const PARTITION = 'trace'
const WORLD: World = { account: '', region: '' }

type Subscriber = (record: TraceRecord) => void

export interface Draft {
  at: number
  world: World
  refs: string[]
  step: Step
  cause?: Cause | undefined
  /** Chosen before, for a record that others already name as their cause. */
  self?: Cause | undefined
}

export class Trace {
  readonly #store: Store
  readonly #ids: Ids
  readonly #subscribers = new Set<Subscriber>()
  #unwritten: TraceRecord[] = []
  #count = 0

  constructor(store: Store, ids: Ids) {
    this.#store = store
    this.#ids = ids
    store.transact(WORLD, (tx) => {
      const [last] = tx.read(chunks, PARTITION, { descending: true, limit: 1 })
      this.#count = last?.order ?? 0
    })
    store.beforeWrite(() => this.#write())
  }

  /** The name of a record to come; without a cause it begins a journey. */
  name(cause?: Cause): Cause {
    const journey = cause?.journey ?? this.#ids.hex(JOURNEY_DIGITS)
    return { journey, record: this.#ids.hex(RECORD_DIGITS) }
  }

  make({ at, world, refs, step, cause, self = this.name(cause) }: Draft): TraceRecord {
    const { account, region } = world
    const record: TraceRecord = {
      id: self.record,
      journey: self.journey,
      at,
      account,
      region,
      refs,
      step,
    }
    if (cause) record.cause = cause.record
    return record
  }

  add(record: TraceRecord): void {
    this.#unwritten.push(record)
    for (const subscriber of this.#subscribers) subscriber(record)
    if (this.#unwritten.length >= MAX_UNWRITTEN_RECORDS) this.#store.bookWrite()
  }

  /** Calls back for each record to come, until the returned function is called. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** All records kept, oldest first. */
  records(): TraceRecord[] {
    const written = this.#store.transact(WORLD, (tx) => tx.read(chunks, PARTITION))
    return written.flatMap(({ row }) => row).concat(this.#unwritten)
  }

  clear(): void {
    this.#unwritten = []
    this.#count = 0
  }

  #write(): void {
    const records = this.#unwritten
    if (records.length === 0) return
    this.#unwritten = []
    this.#count += records.length
    this.#store.transact(WORLD, (tx) => {
      tx.append(chunks, PARTITION, this.#count, records)
      tx.clear(chunks, PARTITION, this.#count - MAX_TRACE_RECORDS)
    })
  }
}
