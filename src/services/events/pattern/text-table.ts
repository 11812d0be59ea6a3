import { type ByteString, bytesAt, hashOf } from './bytes.ts'
import type { EventValue } from './value.ts'

interface Entry<Found> {
  readonly text: ByteString
  readonly found: Found
  /** Another entry whose text has the same hash. */
  next: Entry<Found> | undefined
}

/** Finds texts that are equal to a value's bytes, by their hash. */
export class TextTable<Found> {
  readonly #entries = new Map<number, Entry<Found>>()

  get(text: ByteString): Found | undefined {
    let entry = this.#entries.get(hashOf(text))
    while (entry !== undefined && entry.text !== text) entry = entry.next
    return entry?.found
  }

  /** Adds a text that isn't there yet. */
  add(text: ByteString, found: Found): void {
    const hash = hashOf(text)
    this.#entries.set(hash, { text, found, next: this.#entries.get(hash) })
  }

  delete(text: ByteString): void {
    const hash = hashOf(text)
    const kept: Entry<Found>[] = []
    for (let entry = this.#entries.get(hash); entry !== undefined; entry = entry.next) {
      if (entry.text !== text) kept.push(entry)
    }
    this.#entries.delete(hash)
    for (const entry of kept) this.#entries.set(hash, { ...entry, next: this.#entries.get(hash) })
  }

  find(value: EventValue): Found | undefined {
    if (this.#entries.size === 0) return undefined
    const { bytes, start, end } = value
    let entry = this.#entries.get(value.hash())
    for (; entry !== undefined; entry = entry.next) {
      const { text } = entry
      if (text.length === end - start && bytesAt(bytes, start, text)) return entry.found
    }
    return undefined
  }
}
