/**
 * SQLite's write-ahead log, kept off the event loop. A commit only writes to the log (SQLite's
 * synchronous = NORMAL); what makes it durable, the fsync of the log, happens on a thread of
 * Node's pool, and copying the log into the database file on a thread of its own.
 * https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

const LOG_SUFFIX = '-wal'
const PAGE_BYTES = 4096
/** A row changes about as many pages: one of the table, one of its index. */
const PAGES_PER_ROW = 2
/** Pages after which the log is copied into the database file, so that it starts again. */
const CHECKPOINT_PAGES = 4000

/** The second pass takes what came during the first. One string, as bundles have no file for it. */
const CHECKPOINTER = `
  const { workerData } = require('node:worker_threads')
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(workerData)
  for (let pass = 0; pass < 2; pass++) database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  database.close()`

const synchronize = promisify(fdatasync)

export class WriteAheadLog {
  readonly #database: DatabaseSync
  readonly #file: string
  #descriptor: number | undefined
  #pages = 0
  #syncing = false
  #closed = false
  #checkpointing = false
  /** What little is not copied yet is left to the next commit. */
  #mostIsCopied = false

  constructor(database: DatabaseSync, file: string) {
    this.#database = database
    this.#file = file
  }

  /** Counts a row that the next commit writes. */
  wrote(bytes: number): void {
    this.#pages += PAGES_PER_ROW + Math.floor(bytes / PAGE_BYTES)
  }

  /** Only between two transactions can the log be copied whole, and so start again. */
  committed(): void {
    if (this.#mostIsCopied) this.#database.exec('PRAGMA wal_checkpoint(RESTART)')
    this.#mostIsCopied = false
    if (this.#pages >= CHECKPOINT_PAGES && !this.#checkpointing) this.#copyMost()
  }

  /** Resolves once all that was committed before is on disk. */
  async sync(): Promise<void> {
    this.#syncing = true
    try {
      await synchronize(this.#open())
    } finally {
      this.#syncing = false
      if (this.#closed) this.#close()
    }
  }

  syncNow(): void {
    fdatasyncSync(this.#open())
  }

  close(): void {
    this.#closed = true
    // The descriptor must not become another file's while a thread still writes through it.
    if (!this.#syncing) this.#close()
  }

  #open(): number {
    this.#descriptor ??= openSync(this.#file + LOG_SUFFIX, 'r+')
    return this.#descriptor
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #copyMost(): void {
    this.#pages = 0
    this.#checkpointing = true
    const worker = new Worker(CHECKPOINTER, { eval: true, execArgv: [], workerData: this.#file })
    worker.unref()
    // Nothing is lost when it fails: the log goes on, and the next commit copies all of it.
    worker.once('error', () => {})
    worker.once('exit', () => {
      this.#checkpointing = false
      this.#mostIsCopied = true
    })
  }
}
