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

/** The entries that wait for a condition to be met. */
export class Posting<Entry> {
  readonly entries: Entry[] = []
  /** Whether finding the posting proves the condition; else that is still to be tested. */
  readonly isProof: boolean
  readonly #fields: number[] = []
  readonly #masks: number[] = []

  constructor(isProof: boolean) {
    this.isProof = isProof
  }

  add(entry: Entry, { field, mask }: Filter): void {
    this.entries.push(entry)
    this.#fields.push(field)
    this.#masks.push(mask)
  }

  remove(entry: Entry): void {
    const at = this.entries.indexOf(entry)
    moveLastTo(at, this.entries)
    moveLastTo(at, this.#fields)
    moveLastTo(at, this.#masks)
  }

  /** Whether an entry passes its filter, given the bits of an event's values by field number. */
  passes(index: number, bits: readonly number[]): boolean {
    return (bits[this.#fields[index]!]! & this.#masks[index]!) !== 0
  }
}

function moveLastTo<T>(index: number, items: T[]): void {
  const last = items.pop()!
  if (index < items.length) items[index] = last
}
