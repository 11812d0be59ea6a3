/** Private addresses of subnets, and the public ones that AWS lends. */
import ipaddr from 'ipaddr.js'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { invalidParameter } from '../errors.ts'
import { internalDomain, publicDomain } from '../regions.ts'
import { addressKey, networkInterfaces, type Subnet } from './rows.ts'

const IPV4_BITS = 32
/** The network, the router, the DNS server and one for later. */
const RESERVED_AT_START = 4

function rangeOf(cidr: string): { first: number; size: number } {
  const [address, bits] = ipaddr.parseCIDR(cidr)
  const [a = 0, b = 0, c = 0, d = 0] = address.toByteArray()
  return { first: ((a * 256 + b) * 256 + c) * 256 + d, size: 2 ** (IPV4_BITS - bits) }
}

const asText = (n: number) =>
  [n / 2 ** 24, n / 2 ** 16, n / 2 ** 8, n].map((part) => Math.floor(part) % 256).join('.')

function isTaken(subnet: Subnet, address: string, ctx: Context): boolean {
  const key = addressKey(subnet.SubnetId, address)
  return ctx.tx.by(networkInterfaces, 'address', key).length > 0
}

/** A free address of the subnet; the caller has seen that there is one. */
export function freeAddress(subnet: Subnet, ctx: Context): string {
  const { first, size } = rangeOf(subnet.CidrBlock)
  const usable = size - RESERVED_AT_START - 1
  const start = Math.floor(ctx.ids.fraction() * usable)
  for (let i = 0; i < usable; i++) {
    const address = asText(first + RESERVED_AT_START + ((start + i) % usable))
    if (!isTaken(subnet, address, ctx)) return address
  }
  throw noAddressLeft(subnet)
}

/** Throws unless the address can be had in the subnet. */
export function checkAddress(address: string, subnet: Subnet, ctx: Context): void {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
    throw invalidParameter('privateIpAddress', address, 'Invalid IPv4 address.')
  }
  const { first, size } = rangeOf(subnet.CidrBlock)
  const offset = rangeOf(`${address}/32`).first - first
  if (offset < 0 || offset >= size) {
    throw new AwsError(
      'InvalidParameterValue',
      `Address ${address} does not fall within the subnet's address range`,
    )
  }
  if (offset < RESERVED_AT_START || offset === size - 1) {
    throw new AwsError('InvalidParameterValue', `Address ${address} is in subnet's reserved range`)
  }
  if (isTaken(subnet, address, ctx)) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address} is in use.`)
  }
}

export function noAddressLeft({ SubnetId }: Subnet): AwsError {
  return new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${SubnetId}' to satisfy the requested number ` +
      'of instances.',
  )
}

/** `ip-172-31-5-6.ec2.internal` */
export function privateDnsName(address: string, region: string): string {
  return `ip-${address.replaceAll('.', '-')}.${internalDomain(region)}`
}

export interface PublicAddress {
  readonly PublicIp: string
  readonly PublicDnsName: string
  readonly IpOwnerId: string
}

/** A public address from Amazon's pool; it goes back when the instance stops. */
export function lendPublicAddress(ctx: Context): PublicAddress {
  const digits = ctx.ids.hex(6)
  const [b, c, d] = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16))
  const PublicIp = `54.${b}.${c}.${d}`
  const PublicDnsName = `ec2-${PublicIp.replaceAll('.', '-')}.${publicDomain(ctx.region)}`
  return { PublicIp, PublicDnsName, IpOwnerId: 'amazon' }
}
