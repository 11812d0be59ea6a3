/** Spools on SQLite. Rows of one batch are visible at once, as they share the connection. */
import type { DatabaseSync } from 'node:sqlite'
import type { Statements } from './statements.ts'
import type { Spooled, SpoolRange } from './store.ts'

const SAVEPOINT = 'operation'
/** SQLite's word for "no limit". */
const UNLIMITED = -1

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
  }

  append(spool: string, partition: string, order: number, row: unknown): number {
    const text = JSON.stringify(row)
    this.#write(text.length)
    const { lastInsertRowid } = this.#statements
      .get('INSERT INTO spooled (spool, part, ord, row) VALUES (?, ?, ?, ?)')
      .run(spool, partition, order, text)
    return Number(lastInsertRowid)
  }

  read<T>(spool: string, partition: string, range: SpoolRange = {}): Spooled<T>[] {
    const { from, to, after, descending, limit = UNLIMITED } = range
    const past = descending ? '<' : '>'
    const direction = descending ? 'DESC' : 'ASC'
    const continued = after ? `AND (ord, id) ${past} (?, ?)` : ''
    const statement = this.#statements.get(
      `SELECT id, ord, row FROM spooled WHERE spool = ? AND part = ? AND ord >= ? AND ord <= ?
       ${continued} ORDER BY ord ${direction}, id ${direction} LIMIT ?`,
    )
    const bounds = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER]
    const place = after ? [after.order, after.id] : []
    return statement.all(spool, partition, ...bounds, ...place, limit).map(fromDisk<T>)
  }

  find<T>(spool: string, id: number): Spooled<T> | undefined {
    const sql = 'SELECT id, ord, row FROM spooled WHERE id = ? AND spool = ?'
    const found = this.#statements.get(sql).get(id, spool)
    return found && fromDisk<T>(found)
  }

  move(spool: string, id: number, order: number, row: unknown): void {
    const text = JSON.stringify(row)
    this.#write(text.length)
    this.#statements
      .get('UPDATE spooled SET ord = ?, row = ? WHERE id = ? AND spool = ?')
      .run(order, text, id, spool)
  }

  remove(spool: string, id: number): void {
    this.#write()
    this.#statements.get('DELETE FROM spooled WHERE id = ? AND spool = ?').run(id, spool)
  }

  clear(spool: string, partition: string, to = Number.MAX_SAFE_INTEGER): number {
    this.#write()
    const sql = 'DELETE FROM spooled WHERE spool = ? AND part = ? AND ord <= ?'
    return Number(this.#statements.get(sql).run(spool, partition, to).changes)
  }

  size(spool: string, partition: string, range: Pick<SpoolRange, 'from' | 'to'> = {}): number {
    const { from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER } = range
    const found = this.#statements
      .get(
        `SELECT count(*) AS n FROM spooled WHERE spool = ? AND part = ? AND ord >= ? AND ord <= ?`,
      )
      .get(spool, partition, from, to)
    return Number(found?.n)
  }

  partitions(spool: string): string[] {
    const found = this.#statements
      .get('SELECT DISTINCT part FROM spooled WHERE spool = ?')
      .all(spool)
    return found.map(({ part }) => String(part))
  }

  #write(bytes = 0): void {
    this.#events.wrote(bytes)
    if (this.#open) return
    this.#events.begin()
    this.#statements.get(`SAVEPOINT ${SAVEPOINT}`).run()
    this.#open = true
  }
}
