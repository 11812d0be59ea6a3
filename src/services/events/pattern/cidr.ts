import type { ByteString } from './bytes.ts'
import { PatternError } from './errors.ts'
import { formatAddress, looksLikeAddress, parseAddress } from './ip.ts'
import type { JsonReader } from './json-reader.ts'
import type { EventValue } from './value.ts'

/**
 * `{"cidr": "10.0.0.0/8"}`, and a bare string that is an IP address: the addresses from `low` to
 * `high`, of which the first `bits` bits are the same.
 */
export interface CidrCondition {
  readonly kind: 'cidr'
  readonly low: ByteString
  readonly high: ByteString
  readonly bits: number
}

const IPV4_BYTES = 4

/** Reads the string that follows `"cidr":`. What is wrong inside it is reported unlocated. */
export function readCidr(reader: JsonReader): CidrCondition {
  if (reader.next() !== 'string') reader.fail('prefix match pattern must be a string')
  const text = reader.text()
  // As Java splits: empty strings at the end don't count.
  const parts = text.replace(/\/+$/, '').split('/')
  const [base, mask] = parts
  if (base === undefined || mask === undefined || parts.length !== 2) {
    throw new PatternError("Malformed CIDR, one '/' required")
  }
  if (!isInteger(mask)) throw new PatternError('Malformed CIDR, mask bits must be an integer')
  const bits = Number(mask)
  if (bits < 0) throw new PatternError('Malformed CIDR, mask bits must not be negative')
  const address = parseAddress(base)
  if (address === undefined) {
    const problem = looksLikeAddress(base) ? 'Invalid' : 'Nonstandard'
    throw new PatternError(`${problem} IP address: ${base}`)
  }
  if (address.length === IPV4_BYTES) {
    if (bits > 31) throw new PatternError('IPv4 mask bits must be < 32')
  } else if (bits > 127) {
    throw new PatternError('IPv6 mask bits must be < 128')
  }
  return block(address, bits)
}

export function describeCidr({ low, bits }: CidrCondition): string {
  const address = formatAddress(low)
  return bits === 8 * low.length
    ? `the IP address ${address}`
    : `an IP address in ${address}/${bits}`
}

/** A string alternative that is an IP address is matched as one. */
export function addressLiteral(text: string): CidrCondition | undefined {
  const address = parseAddress(text)
  return address === undefined ? undefined : block(address, 8 * address.length)
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) < 2 ** 31
}

function block(address: ByteString, bits: number): CidrCondition {
  let low = ''
  let high = ''
  for (let i = 0; i < address.length; i++) {
    const free = 0xff >> Math.min(8, Math.max(0, bits - 8 * i))
    const byte = address.charCodeAt(i)
    low += String.fromCharCode(byte & ~free)
    high += String.fromCharCode(byte | free)
  }
  return { kind: 'cidr', low, high, bits }
}

/**
 * event-ruler compares addresses digit by digit, whatever their lengths: an IPv4 block also takes
 * the IPv6 addresses that begin with such bytes, and an IPv6 block takes the IPv4 addresses that
 * are between its bounds before they end.
 */
export function matchesCidr({ low, high }: CidrCondition, value: EventValue): boolean {
  const address = value.address()
  if (address === undefined) return false
  if (address.length < low.length) {
    return address > low.slice(0, IPV4_BYTES) && address < high.slice(0, IPV4_BYTES)
  }
  const compared = address.slice(0, low.length)
  return compared >= low && compared <= high
}
