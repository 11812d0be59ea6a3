/** The only source of chance. Operations take ids from their context, never from here. */
import { generateKeyPair, type KeyObject, randomFillSync, randomUUID } from 'node:crypto'

export interface Ids {
  /** `n` hexadecimal digits, lower case. */
  hex(n: number): string
  /** A version 4 UUID. */
  uuid(): string
  /** `n` of A-Z and 2-7, the alphabet of access key ids and principal ids. */
  base32(n: number): string
  /** `n` bytes as base64 without padding, for secrets and tokens. */
  secret(n: number): string
  /** A number in [0, 1), for jitter. */
  fraction(): number
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const POOL_BYTES = 4096

abstract class IdsFromBytes implements Ids {
  protected abstract bytes(n: number): Buffer

  hex(n: number): string {
    return this.bytes((n + 1) >> 1)
      .toString('hex')
      .slice(0, n)
  }

  uuid(): string {
    const bytes = Buffer.from(this.bytes(16))
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-')
  }

  base32(n: number): string {
    let text = ''
    for (const byte of this.bytes(n)) text += BASE32[byte & 31]
    return text
  }

  secret(n: number): string {
    return this.bytes(n).toString('base64').replaceAll('=', '')
  }

  fraction(): number {
    return this.bytes(4).readUInt32BE() / 2 ** 32
  }
}

/** Cryptographic randomness, drawn a pool at a time. */
export class SystemIds extends IdsFromBytes {
  readonly #pool = Buffer.alloc(POOL_BYTES)
  #used = POOL_BYTES

  protected bytes(n: number): Buffer {
    if (n > POOL_BYTES) return randomFillSync(Buffer.alloc(n))
    if (this.#used + n > POOL_BYTES) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    this.#used += n
    return this.#pool.subarray(this.#used - n, this.#used)
  }

  override uuid(): string {
    return randomUUID()
  }
}

/** The same ids for the same seed (mulberry32): simulations and reproducible tests. */
export class SeededIds extends IdsFromBytes {
  #state: number

  constructor(seed: number) {
    super()
    this.#state = seed >>> 0
  }

  protected bytes(n: number): Buffer {
    const out = Buffer.alloc(n)
    for (let i = 0; i < n; i++) out[i] = this.#next() >>> 24
    return out
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** A new RSA private key, which the platform makes beside the main thread: no seed repeats it. */
export function newRsaKey(bits: number): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: bits }, (error, _, privateKey) => {
      if (error) reject(error)
      else resolve(privateKey)
    })
  })
}
