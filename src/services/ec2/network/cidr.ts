/** Blocks of addresses in CIDR notation. */
import ipaddr from 'ipaddr.js'
import { invalidParameter } from '../errors.ts'

const IPV4_BITS = 32
const IPV6_BITS = 128

/** A block of IPv4 addresses, as numbers. */
export interface Block {
  readonly first: number
  readonly size: number
  readonly bits: number
}

const FORM = /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/

/** Undefined when the text is not a block of IPv4 addresses. Bits of the host are dropped. */
export function block(cidr: string): Block | undefined {
  if (!FORM.test(cidr) || !ipaddr.IPv4.isValidCIDR(cidr)) return undefined
  const [, bits] = ipaddr.IPv4.parseCIDR(cidr)
  const network = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray()
  const first = network.reduce((sum, byte) => sum * 256 + byte, 0)
  return { first, size: 2 ** (IPV4_BITS - bits), bits }
}

/** The block of a parameter; throws when it is none. */
export function checkedBlock(cidr: string, parameter: string): Block {
  const found = block(cidr)
  if (found) return found
  throw invalidParameter(parameter, cidr, 'This is not a valid CIDR block.')
}

/** Whether the first block holds all of the second. */
export function contains(outer: Block, inner: Block): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size
}

/** Whether two blocks have an address in common. */
export function overlaps(a: Block, b: Block): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size
}

/** `10.0.0.1` */
export function addressText(n: number): string {
  return [n / 2 ** 24, n / 2 ** 16, n / 2 ** 8, n].map((part) => Math.floor(part) % 256).join('.')
}

/** `10.0.0.0/16`, without the bits of the host. */
export function blockText({ first, bits }: Block): string {
  return `${addressText(first)}/${bits}`
}

/** The block as AWS keeps it, with the bits of the host cleared. */
export function canonicalCidr(cidr: string, parameter: string): string {
  return blockText(checkedBlock(cidr, parameter))
}

/** The same for IPv6: `2001:db8::/56`. */
export function canonicalCidr6(cidr: string, parameter: string): string {
  if (!ipaddr.IPv6.isValidCIDR(cidr)) {
    throw invalidParameter(parameter, cidr, 'This is not a valid IPv6 CIDR block.')
  }
  const [, bits] = ipaddr.IPv6.parseCIDR(cidr)
  return `${ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()}/${bits}`
}

/** Whether the first block of IPv6 addresses holds the second. */
export function contains6(outer: string, inner: string): boolean {
  const [network, bits] = ipaddr.IPv6.parseCIDR(outer)
  const [address, innerBits] = ipaddr.IPv6.parseCIDR(inner)
  return innerBits >= bits && innerBits <= IPV6_BITS && address.match(network, bits)
}
