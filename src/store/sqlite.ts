/**
 * The store's engine: tables in memory, written behind to SQLite; spools in SQLite. All that is
 * changed while the disk writes shares the next SQLite transaction, and so one fsync.
 * Without a folder the same code runs on SQLite's memory database and writes no tables.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { realtime } from '../clock.ts'
import { lockDataFolder, prepareDataFolder, unreadable } from './data-folder.ts'
import { type Entry, MemoryTables } from './memory.ts'
import { makeSchema } from './schema.ts'
import { Spools } from './spools.ts'
import { Statements } from './statements.ts'
import type { Store, Tx, World } from './store.ts'
import { TransactionView } from './transaction.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/** How long a change that nobody waits for may wait for others to share its write. */
const WRITE_DELAY_MS = 5
/** More are written at once: all together would hold up the event loop. */
const MAX_PENDING_ROWS = 500
/** A store that was closed in this process may still be copying its log. */
const LOCKED_TIMEOUT_MS = 10_000
const FILES_FOLDER = 'files'

interface RowOnDisk {
  sequence: number
  tbl: string
  part: string
  key: string
  row: string
}

export interface StoreOptions {
  /** Absent: nothing on disk. */
  folder?: string
  /** Called once when the disk refuses a commit: nothing more can be acknowledged. */
  onFailure?: (error: Error) => void
}

/** Opens the store, or throws a DataFolderError that says why it cannot. */
export function openStore(options: StoreOptions = {}): Store {
  const { folder } = options
  if (folder === undefined) {
    const database = new DatabaseSync(':memory:')
    makeSchema(database)
    return new SqliteStore(database, undefined, options.onFailure)
  }
  const file = prepareDataFolder(folder)
  const lock = lockDataFolder(folder)
  try {
    return new SqliteStore(openDatabase(file), { folder, file, lock }, options.onFailure)
  } catch (error) {
    lock.close()
    throw unreadable(folder, error instanceof Error ? error.message : String(error))
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: LOCKED_TIMEOUT_MS })
  try {
    // Identity and schema are written before WAL is switched on, so that the header of the file
    // itself always tells whose it is.
    makeSchema(database)
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;`)
    const [check] = database.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check !== 'ok') throw new Error(`damaged: ${check?.quick_check}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** What a store on disk has and one in memory lacks. */
interface OnDisk {
  folder: string
  file: string
  lock: DatabaseSync
}

interface Waiter {
  resolve: () => void
  reject: (error: Error) => void
}

class SqliteStore implements Store {
  readonly folder: string
  readonly #database: DatabaseSync
  readonly #lock: DatabaseSync | undefined
  readonly #log: WriteAheadLog | undefined
  readonly #onFailure: (error: Error) => void
  readonly #spools: Spools
  readonly #statements: Statements
  #tables = new MemoryTables()
  #pending = new Map<number, Entry | undefined>()
  #batchOpen = false
  #working = false
  /** Something was committed in memory that no write has begun to take. */
  #changed = false
  #cancelDelayed: (() => void) | undefined
  #writeBooked = false
  #writing = false
  /** For the next write, and for the one that is under way. */
  #waiting: Waiter[] = []
  #underWay: Waiter[] = []
  #failure: Error | undefined
  #closed = false
  readonly #beforeWrite: (() => void)[] = []

  constructor(
    database: DatabaseSync,
    disk: OnDisk | undefined,
    onFailure: (error: Error) => void = () => {},
  ) {
    this.#database = database
    this.#lock = disk?.lock
    this.#log = disk && new WriteAheadLog(database, disk.file)
    this.#onFailure = onFailure
    this.folder = disk
      ? join(disk.folder, FILES_FOLDER)
      : mkdtempSync(join(tmpdir(), 'windtunnel-'))
    mkdirSync(this.folder, { recursive: true })
    this.#statements = new Statements(database)
    this.#spools = new Spools(database, this.#statements, {
      begin: () => this.#openBatch(),
      wrote: (bytes) => this.#log?.wrote(bytes),
    })
    this.#load()
  }

  transact<T>(world: World, work: (tx: Tx) => T): T {
    const result = this.#transact(world, work)
    if (this.#pending.size >= MAX_PENDING_ROWS) this.#writeEarly()
    return result
  }

  #transact<T>(world: World, work: (tx: Tx) => T): T {
    if (this.#failure) throw this.#failure
    if (this.#working) throw new Error('transactions do not nest')
    this.#working = true
    try {
      const result = work(new TransactionView(this.#tables, this.#spools, world))
      const changes = this.#tables.commit()
      const spooled = this.#spools.commit()
      if (this.#log) for (const [key, entry] of changes) this.#pending.set(key, entry)
      if (spooled || (this.#log && changes.size > 0)) this.#noteChange()
      return result
    } catch (error) {
      this.#tables.rollback()
      this.#spools.rollback()
      throw error
    } finally {
      this.#working = false
    }
  }

  durable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (!this.#log || !(this.#changed || this.#writing)) return Promise.resolve()
    const waiters = this.#changed ? this.#waiting : this.#underWay
    const written = new Promise<void>((resolve, reject) => waiters.push({ resolve, reject }))
    if (this.#changed) this.bookWrite()
    return written
  }

  beforeWrite(work: () => void): void {
    this.#beforeWrite.push(work)
  }

  bookWrite(): void {
    if (this.#writeBooked) return
    this.#writeBooked = true
    if (!this.#writing) realtime.soon(() => void this.#write())
  }

  reset(): void {
    this.#commit()
    this.#database.exec('DELETE FROM rows; DELETE FROM spooled; DELETE FROM partitions;')
    this.#tables = new MemoryTables()
    this.#spools.forget()
    this.#noteChange()
  }

  close(): void {
    if (!this.#failure) this.#writeLast()
    this.#closed = true
    this.#log?.close()
    this.#database.close()
    this.#lock?.close()
    if (!this.#lock) rmSync(this.folder, { recursive: true, force: true })
  }

  #load(): void {
    const rows = this.#database.prepare('SELECT * FROM rows ORDER BY sequence').iterate()
    for (const found of rows) {
      const { sequence, tbl, part, key, row } = found as unknown as RowOnDisk
      this.#tables.load({ sequence, table: tbl, partition: part, key, row: JSON.parse(row) })
    }
  }

  #openBatch(): void {
    if (this.#batchOpen) return
    this.#database.exec('BEGIN')
    this.#batchOpen = true
  }

  #noteChange(): void {
    this.#changed = true
    this.#cancelDelayed ??= realtime.after(WRITE_DELAY_MS, () => this.bookWrite())
  }

  /** Goes on until nothing is booked: what comes while the disk writes is the next write's. */
  async #write(): Promise<void> {
    this.#writing = true
    while (this.#writeBooked && !this.#closed) {
      this.#writeBooked = false
      this.#underWay = this.#waiting
      this.#waiting = []
      try {
        this.#commit()
        await this.#log?.sync()
      } catch (error) {
        this.#fail(error)
        break
      }
      for (const { resolve } of this.#underWay.splice(0)) resolve()
    }
    this.#writing = false
  }

  #writeLast(): void {
    try {
      this.#commit()
      this.#log?.syncNow()
    } catch (error) {
      this.#fail(error)
    }
    for (const { resolve } of [...this.#underWay.splice(0), ...this.#waiting.splice(0)]) resolve()
  }

  #commit(): void {
    for (const work of this.#beforeWrite) work()
    this.#changed = false
    this.#cancelDelayed?.()
    this.#cancelDelayed = undefined
    this.#writeRows()
  }

  /** The next write makes it durable. */
  #writeEarly(): void {
    try {
      this.#writeRows()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #writeRows(): void {
    if (this.#pending.size > 0) {
      this.#openBatch()
      for (const [sequence, entry] of this.#pending) this.#writeRow(sequence, entry)
      this.#pending.clear()
    }
    if (!this.#batchOpen) return
    this.#database.exec('COMMIT')
    this.#batchOpen = false
    this.#log?.committed()
  }

  #writeRow(sequence: number, entry: Entry | undefined): void {
    if (!entry) {
      this.#log?.wrote(0)
      this.#statements.get('DELETE FROM rows WHERE sequence = ?').run(sequence)
      return
    }
    const { table, partition, key } = entry
    const row = JSON.stringify(entry.row)
    this.#log?.wrote(row.length)
    this.#statements
      .get(
        `INSERT INTO rows VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (sequence) DO UPDATE SET row = excluded.row`,
      )
      .run(sequence, table, partition, key, row)
  }

  /** Memory is now ahead of the disk, so nothing more may be promised. */
  #fail(error: unknown): Error {
    if (this.#failure) return this.#failure
    const why = error instanceof Error ? error.message : String(error)
    const failure = new Error(`the state could not be written: ${why}`)
    this.#failure = failure
    this.#onFailure(failure)
    for (const { reject } of [...this.#underWay.splice(0), ...this.#waiting.splice(0)]) {
      reject(failure)
    }
    return failure
  }
}
