import { type ByteString, bytesAt, hashOf } from './bytes.ts'
import type { EventValue } from './value.ts'

interface Entry<Found> {
  readonly text: ByteString
  readonly found: Found
}

const MIN_SLOTS = 8

/**
 * Finds the text that is equal to a value's bytes. An open hash table with the hashes in an array
 * of their own, because at many texts what counts is how many places of memory are looked at.
 */
export class TextTable<Found> {
  #size = 0
  #hashes = new Int32Array(MIN_SLOTS)
  #entries: (Entry<Found> | undefined)[] = emptySlots(MIN_SLOTS)

  get(text: ByteString): Found | undefined {
    return this.#entries[this.#slotOf(text, hashOf(text))]?.found
  }

  /** Adds a text that isn't there yet. */
  set(text: ByteString, found: Found): void {
    if (2 * (this.#size + 1) > this.#entries.length) this.#grow()
    this.#size++
    this.#place(hashOf(text), { text, found })
  }

  delete(text: ByteString): void {
    const mask = this.#entries.length - 1
    let slot = this.#slotOf(text, hashOf(text))
    this.#entries[slot] = undefined
    this.#size--
    // What follows without a gap may have been pushed there by the text.
    for (;;) {
      slot = (slot + 1) & mask
      const moved = this.#entries[slot]
      if (moved === undefined) return
      this.#entries[slot] = undefined
      this.#place(this.#hashes[slot]!, moved)
    }
  }

  find(value: EventValue): Found | undefined {
    if (this.#size === 0) return undefined
    const { bytes, start, end } = value
    const hash = value.hash()
    const hashes = this.#hashes
    const mask = hashes.length - 1
    for (let slot = slotFor(hash, mask); ; slot = (slot + 1) & mask) {
      const entry = this.#entries[slot]
      if (entry === undefined) return undefined
      if (hashes[slot] !== hash) continue
      const { text } = entry
      if (text.length === end - start && bytesAt(bytes, start, text)) return entry.found
    }
  }

  /** The slot of a text, or an empty one. */
  #slotOf(text: ByteString, hash: number): number {
    const mask = this.#entries.length - 1
    let slot = slotFor(hash, mask)
    for (;;) {
      const entry = this.#entries[slot]
      if (entry === undefined || entry.text === text) return slot
      slot = (slot + 1) & mask
    }
  }

  #place(hash: number, entry: Entry<Found>): void {
    const slot = this.#slotOf(entry.text, hash)
    this.#entries[slot] = entry
    this.#hashes[slot] = hash
  }

  #grow(): void {
    const entries = this.#entries
    const hashes = this.#hashes
    this.#entries = emptySlots(2 * entries.length)
    this.#hashes = new Int32Array(2 * entries.length)
    entries.forEach((entry, slot) => {
      if (entry !== undefined) this.#place(hashes[slot]!, entry)
    })
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined)
}

/** Spreads hashes that differ only in their upper bits. */
function slotFor(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask
}
