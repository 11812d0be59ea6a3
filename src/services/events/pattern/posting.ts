/**
 * What a value of one more field must be for an entry to be worth trying: its bit must be in the
 * mask. A cheap test in adjacent memory, so that of the many entries that wait for a common
 * condition most are passed over without being looked at.
 */
export interface Filter {
  /** The field, by number. */
  readonly field: number
  readonly mask: number
}

/** The field number of a filter that lets everything pass: its values are taken to be any. */
export const ANY_FIELD = 0
export const ALL_BITS = -1
export const NO_FILTER: Filter = { field: ANY_FIELD, mask: ALL_BITS }

/** The bit that stands for a text, and for some other texts. */
export function bitOf(hash: number): number {
  return 1 << (hash & 31)
}

/** The entries that wait for a condition to be met: at least one, and most often just that. */
export class Posting<Entry> {
  /** Whether finding the posting proves the condition; else that is still to be tested. */
  readonly isProof: boolean
  #first: Entry
  #firstField: number
  #firstMask: number
  /** The other entries, and the field and the mask of each one's filter, in turn. */
  #others: Entry[] | undefined
  #filters: number[] | undefined

  constructor(isProof: boolean, entry: Entry, { field, mask }: Filter) {
    this.isProof = isProof
    this.#first = entry
    this.#firstField = field
    this.#firstMask = mask
  }

  get size(): number {
    return 1 + (this.#others?.length ?? 0)
  }

  add(entry: Entry, { field, mask }: Filter): void {
    this.#others ??= []
    this.#filters ??= []
    this.#others.push(entry)
    this.#filters.push(field, mask)
  }

  /** Removes an entry; false if it is the only one. */
  remove(entry: Entry): boolean {
    const last = this.#others?.pop()
    if (last === undefined) return false
    const others = this.#others!
    const filters = this.#filters!
    const mask = filters.pop()!
    const field = filters.pop()!
    if (entry === this.#first) {
      this.#first = last
      this.#firstField = field
      this.#firstMask = mask
    } else if (entry !== last) {
      const at = others.indexOf(entry)
      others[at] = last
      filters[2 * at] = field
      filters[2 * at + 1] = mask
    }
    return true
  }

  /** Visits the entries that pass their filters, given an event's bits by field number. */
  visit(bits: readonly number[], visitor: PostingVisitor<Entry>): void {
    if ((bits[this.#firstField]! & this.#firstMask) !== 0) visitor(this.#first, this.isProof)
    const others = this.#others
    if (others === undefined) return
    const filters = this.#filters!
    for (let i = 0; i < others.length; i++) {
      const passes = (bits[filters[2 * i]!]! & filters[2 * i + 1]!) !== 0
      if (passes) visitor(others[i]!, this.isProof)
    }
  }
}

export type PostingVisitor<Entry> = (entry: Entry, isMet: boolean) => void
