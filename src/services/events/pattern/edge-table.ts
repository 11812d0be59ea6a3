/** What `get` answers for a key that isn't there. */
export const NO_NODE = -1

/** The highest key that there may be; the one above it marks empty slots. */
export const MAX_KEY = 2 ** 32 - 2
const EMPTY = MAX_KEY + 1
const MIN_SLOTS = 8
const KEY_FACTOR = 0x9e3779b1

/**
 * Which node each edge leads to. As a Map of numbers from 0 to MAX_KEY, but each look-up touches
 * one place of memory, which is what counts with millions of edges.
 */
export class EdgeTable {
  #size = 0
  /** Keys and nodes in turn, in an open hash table of which half is empty. */
  #slots = emptySlots(MIN_SLOTS)

  get(key: number): number {
    const slot = this.#slotOf(key)
    return this.#slots[slot] === key ? this.#slots[slot + 1]! : NO_NODE
  }

  set(key: number, node: number): void {
    if (4 * (this.#size + 1) > this.#slots.length) this.#grow()
    const slot = this.#slotOf(key)
    if (this.#slots[slot] === EMPTY) this.#size++
    this.#slots[slot] = key
    this.#slots[slot + 1] = node
  }

  delete(key: number): void {
    let slot = this.#slotOf(key)
    if (this.#slots[slot] === EMPTY) return
    this.#slots[slot] = EMPTY
    this.#size--
    // What follows without a gap may have been pushed there by the key.
    for (;;) {
      slot = this.#after(slot)
      const moved = this.#slots[slot]!
      if (moved === EMPTY) return
      this.#slots[slot] = EMPTY
      this.#size--
      this.set(moved, this.#slots[slot + 1]!)
    }
  }

  /** The slot of a key, or the empty one where it belongs. */
  #slotOf(key: number): number {
    const hash = Math.imul(key, KEY_FACTOR)
    let slot = ((hash ^ (hash >>> 15)) << 1) & (this.#slots.length - 1)
    while (this.#slots[slot] !== key && this.#slots[slot] !== EMPTY) slot = this.#after(slot)
    return slot
  }

  #after(slot: number): number {
    return (slot + 2) & (this.#slots.length - 1)
  }

  #grow(): void {
    const slots = this.#slots
    this.#slots = emptySlots(slots.length)
    this.#size = 0
    for (let slot = 0; slot < slots.length; slot += 2) {
      if (slots[slot] !== EMPTY) this.set(slots[slot]!, slots[slot + 1]!)
    }
  }
}

function emptySlots(count: number): Uint32Array {
  return new Uint32Array(2 * count).fill(EMPTY)
}
