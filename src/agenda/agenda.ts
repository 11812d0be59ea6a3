/**
 * Durable work: what must happen later is a row with a due time, and only this loop waits.
 * Rows run in (due, sequence) order, each in a transaction of its own that also deletes it.
 */
import TinyQueue from 'tinyqueue'
import { type Clock, realtime } from '../clock.ts'
import { type Store, type Tx, table, type World } from '../store/store.ts'

/** How long the loop runs before it lets requests through. */
const SLICE_MS = 8
/** Rows that `settle` and `advance` run before they call it a loop. */
export const MAX_SETTLE_ROWS = 10_000_000

export interface AgendaRow {
  readonly sequence: number
  /** Milliseconds since the epoch, on the cloud's clock. */
  readonly due: number
  /** Names the handler. */
  readonly kind: string
  readonly world: World
  readonly payload: unknown
  /** The trace record that booked it. */
  readonly cause: { readonly journey: string; readonly record: string }
}

export type Booking = Omit<AgendaRow, 'sequence'>

/** Runs a row; what it throws undoes the row's transaction and is reported as a defect. */
export type RunRow = (row: AgendaRow, tx: Tx) => void

/** Nothing comes to rest: an automation causes itself again and again. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError'
}

const rows = table<AgendaRow>('agenda.rows', { reach: 'global' })
const NOWHERE: World = { account: '', region: '' }

export interface AgendaOptions {
  store: Store
  clock: Clock
  run: RunRow
  onDefect: (row: AgendaRow, error: unknown) => void
}

export class Agenda {
  readonly #store: Store
  readonly #clock: Clock
  readonly #run: RunRow
  readonly #onDefect: AgendaOptions['onDefect']
  readonly #stopped = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  #queue = new TinyQueue<AgendaRow>([], order)
  #sequence = 0
  #sliceBooked = false
  #alarm: { at: number; cancel: AbortController } | undefined

  constructor({ store, clock, run, onDefect }: AgendaOptions) {
    this.#store = store
    this.#clock = clock
    this.#run = run
    this.#onDefect = onDefect
    this.load()
  }

  /** Takes over what the store holds: at the start and after a reset. */
  load(): void {
    const found = this.#store.transact(NOWHERE, (tx) => [...tx.all(rows)])
    this.#queue = new TinyQueue(found, order)
    for (const { sequence } of found) this.#sequence = Math.max(this.#sequence, sequence)
  }

  /** Begins to work; before, rows only gather. */
  start(): void {
    this.#arm()
  }

  /** Books work in the transaction that decides on it. */
  book(tx: Tx, booking: Booking): void {
    const row = { ...booking, sequence: ++this.#sequence }
    tx.put(rows, String(row.sequence), row)
    this.#queue.push(row)
    this.#arm()
  }

  /** Counts work outside any transaction (a function that runs), so that `settle` waits for it. */
  track(work: Promise<unknown>): void {
    this.#running.add(work)
    const done = () => this.#running.delete(work)
    work.then(done, done)
  }

  /** When the next row is due. */
  get nextDue(): number | undefined {
    return this.#queue.peek()?.due
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves when nothing is due or running. */
  async settle(): Promise<void> {
    let ran = 0
    for (;;) {
      ran += this.#runDue(SLICE_MS)
      if (ran > MAX_SETTLE_ROWS) throw new UnsettledError('the work due never ends')
      await this.#store.durable()
      await realtime.turn()
      if (this.#isDue()) continue
      if (this.#running.size === 0) return
      await Promise.race(this.#running)
    }
  }

  /** Moves the clock forward, stopping at each due row on the way. */
  async advance(byMs: number): Promise<void> {
    const target = this.#clock.now() + byMs
    for (;;) {
      await this.settle()
      const due = this.nextDue
      if (due === undefined || due > target) break
      this.#clock.travel(due)
    }
    this.#clock.travel(target)
    await this.settle()
  }

  /** Stops the loop; rows stay. Resolves when what ran has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#alarm?.cancel.abort()
    await Promise.allSettled(this.#running)
  }

  #isDue(): boolean {
    const due = this.nextDue
    return due !== undefined && due <= this.#clock.now()
  }

  #arm(): void {
    const due = this.nextDue
    if (due === undefined || this.#sliceBooked || this.#stopped.signal.aborted) return
    if (due <= this.#clock.now()) {
      this.#sliceBooked = true
      realtime.soon(() => this.#slice())
      return
    }
    if (this.#alarm && this.#alarm.at <= due) return
    this.#alarm?.cancel.abort()
    const alarm = { at: due, cancel: new AbortController() }
    this.#alarm = alarm
    void this.#clock.until(due, alarm.cancel.signal).then(() => {
      if (this.#alarm !== alarm) return
      this.#alarm = undefined
      this.#arm()
    })
  }

  #slice(): void {
    this.#sliceBooked = false
    if (this.#stopped.signal.aborted) return
    this.#runDue(SLICE_MS)
    this.#arm()
  }

  #runDue(forMs: number): number {
    const end = realtime.monotonic() + forMs
    let ran = 0
    while (this.#isDue()) {
      const row = this.#queue.pop() as AgendaRow
      this.#runRow(row)
      ran++
      if (realtime.monotonic() > end) break
    }
    return ran
  }

  #runRow(row: AgendaRow): void {
    const key = String(row.sequence)
    try {
      this.#store.transact(row.world, (tx) => {
        // A row whose booking was rolled back, or that a reset removed, is not there.
        if (!tx.delete(rows, key)) return
        this.#run(row, tx)
      })
    } catch (error) {
      this.#store.transact(row.world, (tx) => tx.delete(rows, key))
      this.#onDefect(row, error)
    }
  }
}

function order(a: AgendaRow, b: AgendaRow): number {
  return a.due - b.due || a.sequence - b.sequence
}
