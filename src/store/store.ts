/**
 * State as the rest of the house sees it: tables and spools, changed only inside a transaction.
 *
 * A *table* holds rows by key, lives in memory and is written behind; reading it costs a map
 * look-up. A *spool* holds what may grow without bound (queued invocations, log events, messages,
 * archived events) in order, on disk, so that memory stays flat.
 *
 * Rows are JSON values and are never changed in place: put a new object.
 */

/** Where a row belongs: accounts and regions are separate worlds. */
export interface World {
  readonly account: string
  readonly region: string
}

export type Reach = 'regional' | 'account' | 'global'

/** The values under which an index files a row; undefined leaves it out. */
export type IndexOf<T> = (row: T) => string | readonly string[] | undefined

export interface Table<T> {
  readonly name: string
  readonly reach: Reach
  readonly indexes: Readonly<Record<string, IndexOf<T>>>
}

export interface Spool<T> {
  readonly name: string
  /** Only carries the type of the rows. */
  readonly row?: T
}

export interface TableOptions<T> {
  reach?: Reach
  indexes?: Record<string, IndexOf<T>>
}

/** Declares a table; its name is its identity on disk. */
export function table<T>(name: string, options: TableOptions<T> = {}): Table<T> {
  return { name, reach: options.reach ?? 'regional', indexes: options.indexes ?? {} }
}

/** Declares a spool; its name is its identity on disk. */
export function spool<T>(name: string): Spool<T> {
  return { name }
}

export interface Spooled<T> {
  readonly id: number
  readonly order: number
  readonly row: T
}

export interface SpoolRange {
  /** Least order, inclusive. */
  from?: number
  /** Greatest order, inclusive. */
  to?: number
  /** Continues behind this place. */
  after?: { order: number; id: number }
  /** Newest first. */
  descending?: boolean
  limit?: number
}

/** A transaction, seen from one world. */
export interface Tx {
  readonly world: World
  /** The same transaction, seen from another account or region. */
  in(world: World): Tx

  get<T>(table: Table<T>, key: string): T | undefined
  has<T>(table: Table<T>, key: string): boolean
  put<T>(table: Table<T>, key: string, row: T): void
  /** True when there was a row. */
  delete<T>(table: Table<T>, key: string): boolean
  /** Rows in the order of their creation. */
  all<T>(table: Table<T>): Iterable<T>
  /** Rows that an index files under `value`, in the order of their creation. */
  by<T>(table: Table<T>, index: string, value: string): T[]
  count<T>(table: Table<T>): number
  /** Where a regional table has rows. */
  worlds<T>(table: Table<T>): World[]
  /** A number that grows with creation and stays with the row: what page tokens carry. */
  sequence<T>(table: Table<T>, key: string): number | undefined

  /**
   * Files a row under a partition at `order`; returns its id, which grows with time. A partition
   * is named by an ARN, and so belongs to one world.
   */
  append<T>(spool: Spool<T>, partition: string, order: number, row: T): number
  read<T>(spool: Spool<T>, partition: string, range?: SpoolRange): Spooled<T>[]
  find<T>(spool: Spool<T>, id: number): Spooled<T> | undefined
  /** Gives a row of a spool another place and content. */
  move<T>(spool: Spool<T>, id: number, order: number, row: T): void
  remove<T>(spool: Spool<T>, id: number): void
  /** Removes a whole partition, or its part up to `to` inclusive. */
  clear<T>(spool: Spool<T>, partition: string, to?: number): number
  size<T>(spool: Spool<T>, partition: string, range?: Pick<SpoolRange, 'from' | 'to'>): number
  /** Partitions of a spool that hold rows. */
  partitions<T>(spool: Spool<T>): string[]
}

export interface Store {
  /** Runs `work` whole or, when it throws, not at all. Never nested. */
  transact<T>(world: World, work: (tx: Tx) => T): T
  /** Resolves once all that has been committed so far is on disk. */
  durable(): Promise<void>
  /** Has the store write at once, though nobody waits for it. */
  bookWrite(): void
  /** Runs before each write, so that what its transactions add shares the fsync. */
  beforeWrite(work: () => void): void
  /** The folder for large immutable files (function code), kept as long as the state. */
  readonly folder: string
  /** Forgets everything. */
  reset(): void
  close(): void
}

/** Why a data folder cannot be used; nothing in it was touched. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}
