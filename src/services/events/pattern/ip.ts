import type { ByteString } from './bytes.ts'

const IPV4 = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/
const IPV4_BYTES = 4
const MAX_IPV4_CHARS = 15
const IPV6_GROUPS = 8
const MAPPED_PREFIX = `${'\0'.repeat(10)}\xff\xff`

/**
 * The 4 or 16 bytes of an IP address literal, or undefined. What counts as one is what Java's
 * InetAddress takes: decimal parts with leading zeros, groups of any length up to ffff in value,
 * and no zone or dotted tail. An IPv4-mapped IPv6 address is the IPv4 address.
 */
export function parseAddress(text: string): ByteString | undefined {
  if (IPV4.test(text)) return parseIpv4(text)
  if (IPV6.test(text)) return parseIpv6(text)
  return undefined
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

function parseIpv4(text: string): ByteString | undefined {
  if (text.length > MAX_IPV4_CHARS) return undefined
  const parts = text.split('.').map(Number)
  return parts.every((part) => part <= 255) ? String.fromCharCode(...parts) : undefined
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
