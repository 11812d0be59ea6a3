/** The memory image of tables: rows by key in order of creation, their indexes, and undo. */
import type { Reach, Table, World } from './store.ts'

export interface Entry<T = unknown> {
  readonly sequence: number
  readonly table: string
  readonly partition: string
  readonly key: string
  row: T
}

/** One table in one world. */
interface Partition {
  entries: Map<string, Entry>
  indexes: Map<string, Map<string, Set<Entry>>>
}

interface Change {
  table: Table<unknown>
  partition: Partition
  key: string
  before: Entry | undefined
  rowBefore: unknown
}

/** What a transaction did to one row: the row now, or undefined once deleted. */
export type Changes = Map<number, Entry | undefined>

/** The partition of a world that a table of this reach uses. */
export function partitionKey(reach: Reach, { account, region }: World): string {
  if (reach === 'global') return ''
  return reach === 'account' ? account : `${account}/${region}`
}

function bySequence(a: Entry, b: Entry): number {
  return a.sequence - b.sequence
}

export class MemoryTables {
  readonly #partitions = new Map<string, Map<string, Partition>>()
  #sequence = 0
  #undo: Change[] = []
  #changes: Changes = new Map()

  /** Takes a row from disk; its table's indexes are built when the table is first used. */
  load(entry: Entry): void {
    this.#partition(entry.table, entry.partition).entries.set(entry.key, entry)
    this.#sequence = Math.max(this.#sequence, entry.sequence)
  }

  get(table: Table<unknown>, partitionKey: string, key: string): Entry | undefined {
    return this.#existing(table, partitionKey)?.entries.get(key)
  }

  entries(table: Table<unknown>, partitionKey: string): Iterable<Entry> {
    return this.#existing(table, partitionKey)?.entries.values() ?? []
  }

  count(table: Table<unknown>, partitionKey: string): number {
    return this.#existing(table, partitionKey)?.entries.size ?? 0
  }

  /** The keys of the partitions in which a table has rows. */
  partitions({ name }: Table<unknown>): string[] {
    const partitions = this.#partitions.get(name) ?? []
    return [...partitions].flatMap(([key, { entries }]) => (entries.size > 0 ? key : []))
  }

  by(table: Table<unknown>, partitionKey: string, index: string, value: string): Entry[] {
    const partition = this.#existing(table, partitionKey)
    if (!partition) return []
    const found = this.#index(table, partition, index).get(value)
    return found ? [...found].sort(bySequence) : []
  }

  put(table: Table<unknown>, partitionKey: string, key: string, row: unknown): void {
    const partition = this.#partition(table.name, partitionKey)
    const before = partition.entries.get(key)
    this.#undo.push({ table, partition, key, before, rowBefore: before?.row })
    if (before) {
      this.#unindex(table, partition, before)
      before.row = row
      this.#reindex(table, partition, before)
      this.#changes.set(before.sequence, before)
      return
    }
    const sequence = ++this.#sequence
    const entry = { sequence, table: table.name, partition: partitionKey, key, row }
    partition.entries.set(key, entry)
    this.#reindex(table, partition, entry)
    this.#changes.set(sequence, entry)
  }

  delete(table: Table<unknown>, partitionKey: string, key: string): boolean {
    const partition = this.#existing(table, partitionKey)
    const before = partition?.entries.get(key)
    if (!partition || !before) return false
    this.#undo.push({ table, partition, key, before, rowBefore: before.row })
    this.#unindex(table, partition, before)
    partition.entries.delete(key)
    this.#changes.set(before.sequence, undefined)
    return true
  }

  /** Ends the transaction; the changes are the caller's to write. */
  commit(): Changes {
    const changes = this.#changes
    if (changes.size > 0) this.#changes = new Map()
    this.#undo.length = 0
    return changes
  }

  rollback(): void {
    const disordered = new Set<Partition>()
    for (const change of this.#undo.reverse()) this.#revert(change, disordered)
    for (const partition of disordered) {
      partition.entries = new Map(
        [...partition.entries.values()].sort(bySequence).map((entry) => [entry.key, entry]),
      )
    }
    this.#undo = []
    this.#changes = new Map()
  }

  #revert({ table, partition, key, before, rowBefore }: Change, disordered: Set<Partition>): void {
    const now = partition.entries.get(key)
    if (now) this.#unindex(table, partition, now)
    if (!before) {
      partition.entries.delete(key)
      return
    }
    if (now !== before) disordered.add(partition)
    before.row = rowBefore
    partition.entries.set(key, before)
    this.#reindex(table, partition, before)
  }

  #existing(table: Table<unknown>, partitionKey: string): Partition | undefined {
    return this.#partitions.get(table.name)?.get(partitionKey)
  }

  #partition(table: string, partitionKey: string): Partition {
    const partitions = this.#partitions.get(table) ?? new Map<string, Partition>()
    this.#partitions.set(table, partitions)
    const known = partitions.get(partitionKey)
    if (known) return known
    const partition: Partition = { entries: new Map(), indexes: new Map() }
    partitions.set(partitionKey, partition)
    return partition
  }

  #index(table: Table<unknown>, partition: Partition, name: string): Map<string, Set<Entry>> {
    const built = partition.indexes.get(name)
    if (built) return built
    const index = new Map<string, Set<Entry>>()
    partition.indexes.set(name, index)
    for (const entry of partition.entries.values()) file(index, values(table, name, entry), entry)
    return index
  }

  #reindex(table: Table<unknown>, partition: Partition, entry: Entry): void {
    for (const [name, index] of partition.indexes) file(index, values(table, name, entry), entry)
  }

  #unindex(table: Table<unknown>, partition: Partition, entry: Entry): void {
    for (const [name, index] of partition.indexes) {
      for (const value of values(table, name, entry)) {
        const set = index.get(value)
        set?.delete(entry)
        if (set?.size === 0) index.delete(value)
      }
    }
  }
}

function values(table: Table<unknown>, index: string, entry: Entry): readonly string[] {
  const found = table.indexes[index]?.(entry.row)
  if (found === undefined) return []
  return typeof found === 'string' ? [found] : found
}

function file(index: Map<string, Set<Entry>>, values: readonly string[], entry: Entry): void {
  for (const value of values) {
    const set = index.get(value)
    if (set) set.add(entry)
    else index.set(value, new Set([entry]))
  }
}
