import { type ByteString, hashOfBytes } from './bytes.ts'
import { comparableNumberAt } from './fast-number.ts'
import { parseAddressAt } from './ip.ts'

export type ValueType = 'string' | 'number' | 'true' | 'false' | 'null'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * One leaf of an event, as bytes `start` to `end`: the decoded content of a string, or a number as
 * it is spelt. A string has its quotes around it, at `start - 1` and at `end`: event-ruler
 * matches them too, so the prefix `abc"` matches the value `abc`.
 * Reused from event to event, so nobody keeps one.
 */
export class EventValue {
  type: ValueType = 'null'
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  #number: number | undefined
  #numberRead = false
  #address: ByteString | undefined
  #addressRead = false
  #hash = 0
  #hashRead = false

  set(type: ValueType, bytes: Uint8Array, start: number, end: number): this {
    this.type = type
    this.bytes = bytes
    this.start = start
    this.end = end
    this.#numberRead = false
    this.#addressRead = false
    this.#hashRead = false
    return this
  }

  text(): string {
    return decoder.decode(this.bytes.subarray(this.start, this.end))
  }

  /** The hash of the bytes. */
  hash(): number {
    if (!this.#hashRead) {
      this.#hashRead = true
      this.#hash = hashOfBytes(this.bytes, this.start, this.end)
    }
    return this.#hash
  }

  /** The value as a number that patterns can compare; undefined if it isn't one. */
  number(): number | undefined {
    if (!this.#numberRead) {
      this.#numberRead = true
      this.#number =
        this.type === 'number' ? comparableNumberAt(this.bytes, this.start, this.end) : undefined
    }
    return this.#number
  }

  /** The value as the bytes of an IP address; undefined if it isn't one. */
  address(): ByteString | undefined {
    if (!this.#addressRead) {
      this.#addressRead = true
      this.#address =
        this.type === 'string' ? parseAddressAt(this.bytes, this.start, this.end) : undefined
    }
    return this.#address
  }
}
