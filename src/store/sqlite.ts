/**
 * The store's engine: tables in memory, written behind to SQLite; spools in SQLite. What requests
 * commit in one turn of the event loop shares one SQLite transaction and so one fsync.
 * Without a folder the same code runs on SQLite's memory database and writes no tables.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { realtime } from '../clock.ts'
import { APPLICATION_ID, FORMAT_VERSION, prepareDataFolder } from './data-folder.ts'
import { type Entry, MemoryTables } from './memory.ts'
import { Spools } from './spools.ts'
import { Statements } from './statements.ts'
import { DataFolderError, type Store, type Tx, type World } from './store.ts'
import { TransactionView } from './transaction.ts'

/** WAL pages after which SQLite copies the log into the database file. */
const CHECKPOINT_PAGES = 4000
const FILES_FOLDER = 'files'
const NOWHERE: World = { account: '', region: '' }

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    sequence INTEGER PRIMARY KEY, tbl TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL,
    row TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS spooled (
    id INTEGER PRIMARY KEY AUTOINCREMENT, spool TEXT NOT NULL, part TEXT NOT NULL,
    ord INTEGER NOT NULL, row TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS spooled_order ON spooled (spool, part, ord, id);
`

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
    database.exec(SCHEMA)
    return new SqliteStore(database, undefined, options.onFailure)
  }
  const file = prepareDataFolder(folder)
  try {
    return new SqliteStore(openDatabase(file), folder, options.onFailure)
  } catch (error) {
    throw asFolderError(folder, error)
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    // Identity and schema are written before WAL is switched on, so that the header of the file
    // itself always tells whose it is.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION};
      ${SCHEMA} COMMIT;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`)
    const [check] = database.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check !== 'ok') throw new Error(`damaged: ${check?.quick_check}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function asFolderError(folder: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (/locked|busy/i.test(message)) {
    return new DataFolderError(`${folder} is in use by another process. Stop it or name another.`)
  }
  return new DataFolderError(`${folder} cannot be read: ${message}. Restore or remove it.`)
}

class SqliteStore implements Store {
  readonly folder: string
  readonly #database: DatabaseSync
  readonly #persistent: boolean
  readonly #onFailure: (error: Error) => void
  readonly #spools: Spools
  readonly #statements: Statements
  #tables = new MemoryTables()
  #pending = new Map<number, Entry | undefined>()
  #batchOpen = false
  #working = false
  #flushBooked = false
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  #failure: Error | undefined
  readonly #beforeFlush: ((tx: Tx) => void)[] = []

  constructor(
    database: DatabaseSync,
    folder: string | undefined,
    onFailure: (error: Error) => void = () => {},
  ) {
    this.#database = database
    this.#persistent = folder !== undefined
    this.#onFailure = onFailure
    this.folder = folder ? join(folder, FILES_FOLDER) : mkdtempSync(join(tmpdir(), 'windtunnel-'))
    mkdirSync(this.folder, { recursive: true })
    this.#statements = new Statements(database)
    this.#spools = new Spools(database, this.#statements, () => this.#openBatch())
    this.#load()
  }

  transact<T>(world: World, work: (tx: Tx) => T): T {
    if (this.#failure) throw this.#failure
    if (this.#working) throw new Error('transactions do not nest')
    this.#working = true
    try {
      const result = work(new TransactionView(this.#tables, this.#spools, world))
      const changes = this.#tables.commit()
      const spooled = this.#spools.commit()
      if (this.#persistent) for (const [key, entry] of changes) this.#pending.set(key, entry)
      if (spooled || (this.#persistent && changes.size > 0)) this.bookFlush()
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
    if (!this.#persistent || !this.#flushBooked) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  beforeFlush(work: (tx: Tx) => void): void {
    this.#beforeFlush.push(work)
  }

  flush(): void {
    for (const work of this.#beforeFlush) this.transact(NOWHERE, work)
    this.#flushBooked = false
    const waiting = this.#waiting
    this.#waiting = []
    try {
      this.#write()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
      for (const { reject } of waiting) reject(this.#failure as Error)
      return
    }
    for (const { resolve } of waiting) resolve()
  }

  bookFlush(): void {
    if (this.#flushBooked) return
    this.#flushBooked = true
    realtime.soon(() => {
      if (this.#flushBooked) this.flush()
    })
  }

  reset(): void {
    this.flush()
    this.#database.exec('DELETE FROM rows; DELETE FROM spooled;')
    this.#tables = new MemoryTables()
  }

  close(): void {
    if (!this.#failure) this.flush()
    this.#database.close()
    if (!this.#persistent) rmSync(this.folder, { recursive: true, force: true })
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

  #write(): void {
    if (this.#pending.size > 0) {
      this.#openBatch()
      for (const [sequence, entry] of this.#pending) this.#writeRow(sequence, entry)
      this.#pending.clear()
    }
    if (!this.#batchOpen) return
    this.#database.exec('COMMIT')
    this.#batchOpen = false
  }

  #writeRow(sequence: number, entry: Entry | undefined): void {
    if (!entry) {
      this.#statements.get('DELETE FROM rows WHERE sequence = ?').run(sequence)
      return
    }
    const { table, partition, key, row } = entry
    this.#statements
      .get(
        `INSERT INTO rows VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (sequence) DO UPDATE SET row = excluded.row`,
      )
      .run(sequence, table, partition, key, JSON.stringify(row))
  }

  /** Memory is now ahead of the disk, so nothing more may be promised. */
  #fail(error: Error): void {
    this.#failure = new Error(`the state could not be written: ${error.message}`)
    this.#onFailure(this.#failure)
  }
}
