import { type ByteString, toUtf8 } from './bytes.ts'

const IPV4 = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const IPV4_BYTES = 4
const MAX_IPV4_CHARS = 15
const IPV6_GROUPS = 8
const MAPPED_PREFIX = `${'\0'.repeat(10)}\xff\xff`

const decoder = new TextDecoder()

/**
 * The 4 or 16 bytes of an IP address literal, or undefined. What counts as one is what Java's
 * InetAddress takes: decimal parts with leading zeros, groups of any length up to ffff in value,
 * and no zone or dotted tail. An IPv4-mapped IPv6 address is the IPv4 address.
 */
export function parseAddress(text: string): ByteString | undefined {
  const bytes = toUtf8(text)
  return parseAddressAt(bytes, 0, bytes.length)
}

/** As parseAddress, of bytes `start` to `end`. */
export function parseAddressAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): ByteString | undefined {
  let dots = 0
  let colons = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === DOT) dots++
    else if (byte === COLON) colons++
    else if (!isHexDigit(byte)) return undefined
  }
  if (dots === 0)
    return colons > 0 ? parseIpv6(decoder.decode(bytes.subarray(start, end))) : undefined
  return colons === 0 && dots === 3 ? parseIpv4(bytes, start, end) : undefined
}

/** An address as it is usually written, though without `::`. */
export function formatAddress(bytes: ByteString): string {
  const codes = Array.from(bytes, (byte) => byte.charCodeAt(0))
  if (codes.length === IPV4_BYTES) return codes.join('.')
  const groups = codes.flatMap((code, i) => (i % 2 === 0 ? [(code << 8) | codes[i + 1]!] : []))
  return groups.map((group) => group.toString(16)).join(':')
}

/** Whether a text has the characters of an address literal, though perhaps it isn't one. */
export function looksLikeAddress(text: string): boolean {
  return IPV4.test(text) || IPV6.test(text)
}

function parseIpv4(bytes: Uint8Array, start: number, end: number): ByteString | undefined {
  if (end - start > MAX_IPV4_CHARS) return undefined
  let address = ''
  let part = -1
  for (let at = start; at <= end; at++) {
    const digit = bytes[at]! - ZERO
    if (at === end || digit === DOT - ZERO) {
      if (part < 0 || part > 255) return undefined
      address += String.fromCharCode(part)
      part = -1
    } else if (digit > 9) {
      return undefined
    } else {
      part = Math.max(part, 0) * 10 + digit
    }
  }
  return address
}

function parseIpv6(text: string): ByteString | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined) return undefined
  let bytes: ByteString
  if (halves.length === 1) {
    bytes = head
  } else {
    if (tail === undefined) return undefined
    const gap = 2 * IPV6_GROUPS - head.length - tail.length
    if (gap <= 0) return undefined
    bytes = head + '\0'.repeat(gap) + tail
  }
  if (bytes.length !== 2 * IPV6_GROUPS) return undefined
  return bytes.startsWith(MAPPED_PREFIX) ? bytes.slice(MAPPED_PREFIX.length) : bytes
}

function parseGroups(text: string): ByteString | undefined {
  if (text === '') return ''
  let bytes = ''
  for (const group of text.split(':')) {
    const value = group === '' ? Number.NaN : Number.parseInt(group, 16)
    if (!(value <= 0xffff)) return undefined
    bytes += String.fromCharCode(value >> 8, value & 255)
  }
  return bytes
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20
  return (byte >= ZERO && byte < ZERO + 10) || (letter >= 0x61 && letter <= 0x66)
}
