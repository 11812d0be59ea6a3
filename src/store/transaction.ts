/** A transaction as operations see it: the store's parts, bound to one world. */
import { type MemoryTables, partitionKey } from './memory.ts'
import type { Spools } from './spools.ts'
import type { Spool, Spooled, SpoolRange, Table, Tx, World } from './store.ts'

export class TransactionView implements Tx {
  readonly world: World
  readonly #tables: MemoryTables
  readonly #spools: Spools

  constructor(tables: MemoryTables, spools: Spools, world: World) {
    this.#tables = tables
    this.#spools = spools
    this.world = world
  }

  in(world: World): Tx {
    const { account, region } = this.world
    if (world.account === account && world.region === region) return this
    return new TransactionView(this.#tables, this.#spools, world)
  }

  get<T>(table: Table<T>, key: string): T | undefined {
    return this.#entry(table, key)?.row as T | undefined
  }

  has<T>(table: Table<T>, key: string): boolean {
    return this.#entry(table, key) !== undefined
  }

  put<T>(table: Table<T>, key: string, row: T): void {
    this.#tables.put(erased(table), this.#partition(table), key, row)
  }

  delete<T>(table: Table<T>, key: string): boolean {
    return this.#tables.delete(erased(table), this.#partition(table), key)
  }

  *all<T>(table: Table<T>): Iterable<T> {
    for (const { row } of this.#tables.entries(erased(table), this.#partition(table))) {
      yield row as T
    }
  }

  by<T>(table: Table<T>, index: string, value: string): T[] {
    const found = this.#tables.by(erased(table), this.#partition(table), index, value)
    return found.map(({ row }) => row as T)
  }

  count<T>(table: Table<T>): number {
    return this.#tables.count(erased(table), this.#partition(table))
  }

  worlds<T>(table: Table<T>): World[] {
    return this.#tables.partitions(erased(table)).map((key) => {
      const [account = '', region = ''] = key.split('/')
      return { account, region }
    })
  }

  sequence<T>(table: Table<T>, key: string): number | undefined {
    return this.#entry(table, key)?.sequence
  }

  append<T>(spool: Spool<T>, partition: string, order: number, row: T): number {
    return this.#spools.append(spool.name, partition, order, row)
  }

  read<T>(spool: Spool<T>, partition: string, range?: SpoolRange): Spooled<T>[] {
    return this.#spools.read(spool.name, partition, range)
  }

  find<T>(spool: Spool<T>, id: number): Spooled<T> | undefined {
    return this.#spools.find(spool.name, id)
  }

  move<T>(spool: Spool<T>, id: number, order: number, row: T): void {
    this.#spools.move(spool.name, id, order, row)
  }

  remove<T>(spool: Spool<T>, id: number): void {
    this.#spools.remove(spool.name, id)
  }

  clear<T>(spool: Spool<T>, partition: string, to?: number): number {
    return this.#spools.clear(spool.name, partition, to)
  }

  size<T>(spool: Spool<T>, partition: string, range?: Pick<SpoolRange, 'from' | 'to'>): number {
    return this.#spools.size(spool.name, partition, range)
  }

  partitions<T>(spool: Spool<T>): string[] {
    return this.#spools.partitions(spool.name)
  }

  #entry<T>(table: Table<T>, key: string) {
    return this.#tables.get(erased(table), this.#partition(table), key)
  }

  #partition<T>(table: Table<T>): string {
    return partitionKey(table.reach, this.world)
  }
}

/** The memory image does not know the rows' types; only a table's own index functions see them. */
function erased<T>(table: Table<T>): Table<unknown> {
  return table as unknown as Table<unknown>
}
