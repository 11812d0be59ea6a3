/**
 * The default VPC that each region of an account has from the start. It is made, always the same,
 * by the first transaction that looks at the network.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
 */
import type { Context } from '../../../aws/context.ts'
import { table } from '../../../store/store.ts'
import {
  DHCP_OPTIONS,
  derivedId,
  ec2Arn,
  INTERNET_GATEWAY,
  type Kind,
  SUBNET,
  VPC,
} from '../ids.ts'
import { internalDomain, type Zone, zonesOf } from '../regions.ts'
import { block } from './cidr.ts'
import {
  dhcpOptions,
  internetGateways,
  routeTables,
  type Subnet,
  subnets,
  type Vpc,
  vpcs,
} from './rows.ts'
import { associateDefaultAcl, EVERYWHERE, type MakeId, putVpcParts } from './vpc-parts.ts'

const VPC_CIDR = '172.31.0.0/16'
/** AWS keeps the first four and the last address of each subnet. */
const RESERVED_ADDRESSES = 5
/** Third number of the addresses of the n-th default subnet. */
const SUBNET_STEP = 16

/** Says that the default VPC was made, even when the user has deleted it since. */
const made = table<{ readonly VpcId: string }>('ec2.default-vpc')
const MADE_KEY = 'default'

/** Makes the default VPC unless that has been done before. */
export function ensureDefaultVpc(ctx: Context): void {
  if (ctx.tx.has(made, MADE_KEY)) return
  const { account, region } = ctx
  putDefaultDhcpOptions(ctx)
  let count = 0
  const makeId = (kind: Pick<Kind, 'prefix'>) =>
    derivedId(kind, `${account} ${region} default ${count++}`)
  const { VpcId } = putDefaultVpc(makeId, ctx)
  ctx.tx.put(made, MADE_KEY, { VpcId })
}

/** The default VPC of the region; undefined when it has been deleted. */
export function defaultVpc(ctx: Context): Vpc | undefined {
  ensureDefaultVpc(ctx)
  return [...ctx.tx.all(vpcs)].find(({ IsDefault }) => IsDefault)
}

/** Stores a default VPC with its gateway, and a subnet in each zone. */
export function putDefaultVpc(makeId: MakeId, ctx: Context): Vpc {
  const VpcId = makeId(VPC)
  const vpc: Vpc = {
    ...newVpc(VpcId, VPC_CIDR, makeId, ctx),
    IsDefault: true,
    EnableDnsHostnames: true,
  }
  ctx.tx.put(vpcs, VpcId, vpc)
  const main = putVpcParts(vpc, makeId, ctx)
  const InternetGatewayId = makeId(INTERNET_GATEWAY)
  ctx.tx.put(internetGateways, InternetGatewayId, {
    InternetGatewayId,
    OwnerId: ctx.account,
    Attachments: [attachmentOf(VpcId)],
  })
  const out = {
    DestinationCidrBlock: EVERYWHERE,
    GatewayId: InternetGatewayId,
    Origin: 'CreateRoute' as const,
    State: 'active' as const,
  }
  ctx.tx.put(routeTables, main.RouteTableId, { ...main, Routes: [...main.Routes, out] })
  zonesOf(ctx.region).forEach((zone, i) => {
    const CidrBlock = `172.31.${i * SUBNET_STEP}.0/20`
    putDefaultSubnet({ SubnetId: makeId(SUBNET), VpcId, CidrBlock, zone }, makeId, ctx)
  })
  return vpc
}

/** A VPC with what all start with; not stored yet. */
export function newVpc(VpcId: string, CidrBlock: string, makeId: MakeId, ctx: Context): Vpc {
  return {
    VpcId,
    OwnerId: ctx.account,
    State: 'available',
    CidrBlock,
    DhcpOptionsId: defaultDhcpOptionsId(ctx),
    InstanceTenancy: 'default',
    IsDefault: false,
    CidrBlockAssociationSet: [
      {
        AssociationId: makeId({ prefix: 'vpc-cidr-assoc' }),
        CidrBlock,
        CidrBlockState: { State: 'associated' },
      },
    ],
    Ipv6CidrBlockAssociationSet: [],
    EnableDnsSupport: true,
    EnableDnsHostnames: false,
    EnableNetworkAddressUsageMetrics: false,
  }
}

/** AWS answers `available` of gateways, beside the documented states. */
export function attachmentOf(VpcId: string) {
  return { State: 'available' as 'attached', VpcId }
}

export interface NewSubnet {
  readonly SubnetId: string
  readonly VpcId: string
  readonly CidrBlock: string
  readonly zone: Zone
}

/** A subnet with what all start with; not stored yet. */
export function newSubnet({ SubnetId, VpcId, CidrBlock, zone }: NewSubnet, ctx: Context): Subnet {
  const { size = 0 } = block(CidrBlock) ?? {}
  return {
    SubnetId,
    VpcId,
    OwnerId: ctx.account,
    SubnetArn: ec2Arn('subnet', SubnetId, ctx),
    State: 'available',
    CidrBlock,
    AvailableIpAddressCount: size - RESERVED_ADDRESSES,
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    DefaultForAz: false,
    MapPublicIpOnLaunch: false,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    EnableDns64: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
  }
}

/** Stores the default subnet of a zone. */
export function putDefaultSubnet(subnet: NewSubnet, makeId: MakeId, ctx: Context): Subnet {
  const row = { ...newSubnet(subnet, ctx), DefaultForAz: true, MapPublicIpOnLaunch: true }
  ctx.tx.put(subnets, subnet.SubnetId, row)
  associateDefaultAcl(subnet.VpcId, subnet.SubnetId, ctx, makeId)
  return row
}

function putDefaultDhcpOptions(ctx: Context): void {
  const DhcpOptionsId = amazonDhcpOptionsId(ctx)
  ctx.tx.put(dhcpOptions, DhcpOptionsId, {
    DhcpOptionsId,
    OwnerId: ctx.account,
    DhcpConfigurations: [
      { Key: 'domain-name', Values: [{ Value: internalDomain(ctx.region) }] },
      { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
    ],
  })
}

/** The options that a region has from the start. */
function amazonDhcpOptionsId({ account, region }: Context): string {
  return derivedId(DHCP_OPTIONS, `${account} ${region} default`)
}

/** What a new VPC gets: `default`, which means none, once the first options have been deleted. */
function defaultDhcpOptionsId(ctx: Context): string {
  const id = amazonDhcpOptionsId(ctx)
  return ctx.tx.has(dhcpOptions, id) ? id : 'default'
}
