/** Spools on SQLite. Rows of one batch are visible at once, as they share the connection. */
import type { DatabaseSync } from 'node:sqlite'
import type { Statements } from './statements.ts'
import type { Spooled, SpoolRange } from './store.ts'

const SAVEPOINT = 'operation'
/** SQLite's word for "no limit". */
const UNLIMITED = -1
const MAX_KNOWN_PARTITIONS = 10_000
/** An id of another spool finds nothing. */
const OF_SPOOL =
  'EXISTS (SELECT 1 FROM partitions WHERE partitions.id = spooled.part AND spool = ?)'

interface SpooledOnDisk {
  id: number
  ord: number
  row: string
}

function fromDisk<T>(found: unknown): Spooled<T> {
  const { id, ord, row } = found as SpooledOnDisk
  return { id, order: ord, row: JSON.parse(row) }
}

/** What the store is told of. */
export interface SpoolEvents {
  /** A write is to come: it belongs to the batch. */
  begin(): void
  /** A row of this many bytes was written. */
  wrote(bytes: number): void
}

export class Spools {
  readonly #database: DatabaseSync
  readonly #events: SpoolEvents
  readonly #statements: Statements
  #open = false
  /** The numbers of partitions, by spool and name. */
  readonly #known = new Map<string, number>()

  constructor(database: DatabaseSync, statements: Statements, events: SpoolEvents) {
    this.#statements = statements
    this.#database = database
    this.#events = events
  }

  /** True when the transaction wrote here. */
  commit(): boolean {
    if (!this.#open) return false
    this.#statements.get(`RELEASE ${SAVEPOINT}`).run()
    this.#open = false
    return true
  }

  rollback(): void {
    if (!this.#open) return
    this.#database.exec(`ROLLBACK TO ${SAVEPOINT}; RELEASE ${SAVEPOINT}`)
    this.#open = false
    this.forget()
  }

  /** Partitions that were looked up may be gone. */
  forget(): void {
    this.#known.clear()
  }

  append(spool: string, partition: string, order: number, row: unknown): number {
    const text = JSON.stringify(row)
    this.#write(text.length)
    const id = this.#partition(spool, partition) ?? this.#addPartition(spool, partition)
    const { lastInsertRowid } = this.#statements
      .get('INSERT INTO spooled (part, ord, row) VALUES (?, ?, ?)')
      .run(id, order, text)
    return Number(lastInsertRowid)
  }

  read<T>(spool: string, partition: string, range: SpoolRange = {}): Spooled<T>[] {
    const part = this.#partition(spool, partition)
    if (part === undefined) return []
    const { from, to, after, descending, limit = UNLIMITED } = range
    const past = descending ? '<' : '>'
    const direction = descending ? 'DESC' : 'ASC'
    const continued = after ? `AND (ord, id) ${past} (?, ?)` : ''
    const statement = this.#statements.get(
      `SELECT id, ord, row FROM spooled WHERE part = ? AND ord >= ? AND ord <= ?
       ${continued} ORDER BY ord ${direction}, id ${direction} LIMIT ?`,
    )
    const bounds = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER]
    const place = after ? [after.order, after.id] : []
    return statement.all(part, ...bounds, ...place, limit).map(fromDisk<T>)
  }

  find<T>(spool: string, id: number): Spooled<T> | undefined {
    const sql = `SELECT id, ord, row FROM spooled WHERE id = ? AND ${OF_SPOOL}`
    const found = this.#statements.get(sql).get(id, spool)
    return found && fromDisk<T>(found)
  }

  move(spool: string, id: number, order: number, row: unknown): void {
    const text = JSON.stringify(row)
    this.#write(text.length)
    this.#statements
      .get(`UPDATE spooled SET ord = ?, row = ? WHERE id = ? AND ${OF_SPOOL}`)
      .run(order, text, id, spool)
  }

  remove(spool: string, id: number): void {
    this.#write()
    this.#statements.get(`DELETE FROM spooled WHERE id = ? AND ${OF_SPOOL}`).run(id, spool)
  }

  clear(spool: string, partition: string, to?: number): number {
    const part = this.#partition(spool, partition)
    if (part === undefined) return 0
    this.#write()
    const { changes } = this.#statements
      .get('DELETE FROM spooled WHERE part = ? AND ord <= ?')
      .run(part, to ?? Number.MAX_SAFE_INTEGER)
    if (to === undefined) {
      this.#statements.get('DELETE FROM partitions WHERE id = ?').run(part)
      this.#known.delete(keyOf(spool, partition))
    }
    return Number(changes)
  }

  size(spool: string, partition: string, range: Pick<SpoolRange, 'from' | 'to'> = {}): number {
    const part = this.#partition(spool, partition)
    if (part === undefined) return 0
    const { from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER } = range
    const sql = 'SELECT count(*) AS n FROM spooled WHERE part = ? AND ord >= ? AND ord <= ?'
    return Number(this.#statements.get(sql).get(part, from, to)?.n)
  }

  partitions(spool: string): string[] {
    const found = this.#statements
      .get(
        `SELECT name FROM partitions AS p WHERE spool = ?
         AND EXISTS (SELECT 1 FROM spooled WHERE part = p.id)`,
      )
      .all(spool)
    return found.map(({ name }) => String(name))
  }

  #partition(spool: string, name: string): number | undefined {
    const key = keyOf(spool, name)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const sql = 'SELECT id FROM partitions WHERE spool = ? AND name = ?'
    const found = this.#statements.get(sql).get(spool, name)
    return found && this.#remember(key, Number(found.id))
  }

  #addPartition(spool: string, name: string): number {
    const sql = 'INSERT INTO partitions (spool, name) VALUES (?, ?)'
    const { lastInsertRowid } = this.#statements.get(sql).run(spool, name)
    return this.#remember(keyOf(spool, name), Number(lastInsertRowid))
  }

  #remember(key: string, id: number): number {
    if (this.#known.size >= MAX_KNOWN_PARTITIONS) this.#known.clear()
    this.#known.set(key, id)
    return id
  }

  #write(bytes = 0): void {
    this.#events.wrote(bytes)
    if (this.#open) return
    this.#events.begin()
    this.#statements.get(`SAVEPOINT ${SAVEPOINT}`).run()
    this.#open = true
  }
}

function keyOf(spool: string, partition: string): string {
  return `${spool} ${partition}`
}
