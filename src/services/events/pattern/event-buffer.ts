import { type ContainerSkipper, containerSkipper, STEP_BYTES } from './container-skipper.ts'
import { type Memory, WebAssembly } from './wasm.ts'

/** Says that a container does not end. */
export const NO_END = -1

const PAGE_BYTES = 65536
const QUOTE = 0x22
const LEFT_BRACKET = 0x5b
const BACKSLASH = 0x5c
const OPEN_TO_CLOSE = 2

/** Where an event's bytes are while it is matched. */
export class EventBuffer {
  bytes: Uint8Array
  readonly #memory: Memory | undefined
  readonly #skip: ContainerSkipper | undefined

  /** A buffer that uses vector instructions if it may and can. */
  constructor(mayUseVectors = true) {
    if (mayUseVectors && WebAssembly !== undefined) {
      this.#memory = new WebAssembly.Memory({ initial: 1 })
      this.#skip = containerSkipper(this.#memory)
    }
    this.bytes = this.#view(PAGE_BYTES)
  }

  /** The bytes, of which there are so many at least; what they held before may be gone. */
  reserve(count: number): Uint8Array {
    const missing = count + STEP_BYTES - this.bytes.length
    if (missing <= 0) return this.bytes
    // More than is needed, to grow seldom.
    const pages = Math.ceil((missing + count) / PAGE_BYTES)
    this.#memory?.grow(pages)
    this.bytes = this.#view(this.bytes.length + pages * PAGE_BYTES)
    return this.bytes
  }

  #view(length: number): Uint8Array {
    return this.#memory ? new Uint8Array(this.#memory.buffer) : new Uint8Array(length)
  }

  /**
   * Where the container has ended that opened before `at` with the bracket `open`: where as many
   * brackets of its kind have closed as opened. NO_END if that isn't before `end`.
   */
  containerEnd(at: number, end: number, open: number): number {
    const found = this.#skip?.(at, end, open) ?? this.#containerEnd(at, end, open)
    return found > end ? NO_END : found
  }

  /** The same without WebAssembly. Two comparisons of most bytes are all that it takes. */
  #containerEnd(start: number, end: number, open: number): number {
    const { bytes } = this
    const close = open + OPEN_TO_CLOSE
    let depth = 1
    for (let at = start; at < end; at++) {
      let byte = bytes[at]!
      while (byte !== QUOTE && byte < LEFT_BRACKET) byte = bytes[++at]!
      if (byte === open) {
        depth++
      } else if (byte === close) {
        if (--depth === 0) return at + 1
      } else if (byte === QUOTE) {
        at++
        for (byte = bytes[at]!; byte !== QUOTE; byte = bytes[at]!) at += byte === BACKSLASH ? 2 : 1
      }
    }
    return NO_END
  }
}
