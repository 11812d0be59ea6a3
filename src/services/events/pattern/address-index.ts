import type { ByteString } from './bytes.ts'
import type { CidrCondition } from './cidr.ts'

/** Finds the blocks that an IP address lies in, as `matchesCidr` has it, by their common bits. */
export class AddressIndex<Found> {
  readonly #blocks = new Map<string, Found>()
  /** How many blocks there are of each number of bits. */
  readonly #sizes = new Map<number, number>()

  get(block: CidrCondition): Found | undefined {
    return this.#blocks.get(keyOf(block))
  }

  /** Adds a block that isn't there yet. */
  set(block: CidrCondition, found: Found): void {
    this.#blocks.set(keyOf(block), found)
    this.#sizes.set(block.bits, (this.#sizes.get(block.bits) ?? 0) + 1)
  }

  delete(block: CidrCondition): void {
    this.#blocks.delete(keyOf(block))
    const left = this.#sizes.get(block.bits)! - 1
    if (left === 0) this.#sizes.delete(block.bits)
    else this.#sizes.set(block.bits, left)
  }

  /** Appends what is found for an address. */
  find(address: ByteString, into: Found[]): void {
    for (const bits of this.#sizes.keys()) {
      if (bits > 8 * address.length) continue
      const start = firstBits(address, bits)
      for (const length of LENGTHS) {
        const found = this.#blocks.get(`${length}/${bits}:${start}`)
        if (found === undefined) continue
        // An IPv4 address has to be between the ends of an IPv6 block, if it is compared to one.
        if (length <= address.length || !isEndOfBlock(address, bits)) into.push(found)
      }
    }
  }
}

/** The bytes of IPv4 and IPv6 addresses. */
const LENGTHS = [4, 16] as const

function keyOf({ low, bits }: CidrCondition): string {
  return `${low.length}/${bits}:${firstBits(low, bits)}`
}

/** Whether the bits after the first ones are all 0 or all 1. */
function isEndOfBlock(address: ByteString, bits: number): boolean {
  const free = Array.from(address, (byte) => byte.charCodeAt(0).toString(2).padStart(8, '0'))
    .join('')
    .slice(bits)
  return !(free.includes('0') && free.includes('1'))
}

function firstBits(address: ByteString, bits: number): ByteString {
  const whole = bits >> 3
  const rest = bits & 7
  if (rest === 0) return address.slice(0, whole)
  const byte = address.charCodeAt(whole) & (0xff00 >> rest)
  return address.slice(0, whole) + String.fromCharCode(byte)
}
