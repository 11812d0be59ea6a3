/** Private addresses of subnets, and the public ones that AWS lends. */
import ipaddr from 'ipaddr.js'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { invalidParameter } from '../errors.ts'
import { internalDomain, publicDomain } from '../regions.ts'
import { addressText, type Block, checkedBlock } from './cidr.ts'
import { addressKey, networkInterfaces, type Subnet, subnets, vpcs } from './rows.ts'

/** The network, the router, the DNS server and one for later. */
const RESERVED_AT_START = 4

function rangeOf({ CidrBlock }: Subnet): Block {
  return checkedBlock(CidrBlock, 'cidrBlock')
}

function isTaken(subnet: Subnet, address: string, ctx: Context): boolean {
  const key = addressKey(subnet.SubnetId, address)
  return ctx.tx.by(networkInterfaces, 'address', key).length > 0
}

/**
 * A default subnet lends addresses from beyond its range once it is full, where AWS would refuse:
 * a load of 100,000 instances needs no network of its own here.
 */
export function runsOut({ DefaultForAz }: Subnet): boolean {
  return !DefaultForAz
}

/** The range beyond: 10.0.0.0/8. */
const BEYOND: Block = { first: 0x0a000000, size: 2 ** 24, bits: 8 }

/** A free address of the subnet; the caller has seen that there is one. */
export function freeAddress(subnet: Subnet, ctx: Context): string {
  const now = ctx.tx.get(subnets, subnet.SubnetId) ?? subnet
  if (now.AvailableIpAddressCount > 0) return freeAddressIn(rangeOf(subnet), subnet, ctx)
  if (runsOut(subnet)) throw noAddressLeft(subnet)
  return freeAddressIn(BEYOND, subnet, ctx)
}

function freeAddressIn({ first, size }: Block, subnet: Subnet, ctx: Context): string {
  const usable = size - RESERVED_AT_START - 1
  const start = Math.floor(ctx.ids.fraction() * usable)
  for (let i = 0; i < usable; i++) {
    const address = addressText(first + RESERVED_AT_START + ((start + i) % usable))
    if (!isTaken(subnet, address, ctx)) return address
  }
  throw noAddressLeft(subnet)
}

/** Throws unless the address can be had in the subnet. */
export function checkAddress(address: string, subnet: Subnet, ctx: Context): void {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
    throw invalidParameter('privateIpAddress', address, 'Invalid IPv4 address.')
  }
  const { first, size } = rangeOf(subnet)
  const offset = checkedBlock(`${address}/32`, 'privateIpAddress').first - first
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
  /** `amazon` of addresses that are only lent. */
  readonly IpOwnerId: string
  /** Of addresses that the account has allocated. */
  readonly AllocationId?: string
  readonly AssociationId?: string
}

/** A public address from Amazon's pool; it goes back when the instance stops. */
export function lendPublicAddress(vpcId: string, ctx: Context): PublicAddress {
  const PublicIp = newPublicIp(ctx)
  return { PublicIp, PublicDnsName: publicDnsName(PublicIp, vpcId, ctx), IpOwnerId: 'amazon' }
}

/** An address of one of the ranges that AWS hands out. */
export function newPublicIp(ctx: Context): string {
  const digits = ctx.ids.hex(6)
  const [b, c, d] = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16))
  return `54.${b}.${c}.${d}`
}

/** `ec2-54-1-2-3.compute-1.amazonaws.com`; empty in VPCs that give out no host names. */
export function publicDnsName(address: string, vpcId: string, ctx: Context): string {
  if (!ctx.tx.get(vpcs, vpcId)?.EnableDnsHostnames) return ''
  return `ec2-${address.replaceAll('.', '-')}.${publicDomain(ctx.region)}`
}
