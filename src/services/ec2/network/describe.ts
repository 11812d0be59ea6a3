/** DescribeVpcs and DescribeSubnets. */
import type {
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { SUBNET, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { tagsOf } from '../tag-rows.ts'
import { find } from './find.ts'
import { type Subnet, subnets, type Vpc, vpcs } from './rows.ts'

const VPCS: Listing<Vpc> = {
  kind: VPC,
  table: vpcs,
  idOf: ({ VpcId }) => VpcId,
  fields: {
    cidr: ({ CidrBlock }) => CidrBlock,
    'cidr-block-association.association-id': ({ CidrBlockAssociationSet }) =>
      CidrBlockAssociationSet?.map(({ AssociationId }) => AssociationId),
    'cidr-block-association.cidr-block': ({ CidrBlockAssociationSet }) =>
      CidrBlockAssociationSet?.map(({ CidrBlock }) => CidrBlock),
    'cidr-block-association.state': ({ CidrBlockAssociationSet }) =>
      CidrBlockAssociationSet?.map(({ CidrBlockState }) => CidrBlockState?.State),
    'dhcp-options-id': ({ DhcpOptionsId }) => DhcpOptionsId,
    'ipv6-cidr-block-association.association-id': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ AssociationId }) => AssociationId),
    'ipv6-cidr-block-association.ipv6-cidr-block': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    'ipv6-cidr-block-association.ipv6-pool': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ Ipv6Pool }) => Ipv6Pool),
    'ipv6-cidr-block-association.state': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State),
    'is-default': ({ IsDefault }) => IsDefault,
    isDefault: ({ IsDefault }) => IsDefault,
    'owner-id': ({ OwnerId }) => OwnerId,
    state: ({ State }) => State,
    'vpc-id': ({ VpcId }) => VpcId,
  },
}

const SUBNETS: Listing<Subnet> = {
  kind: SUBNET,
  table: subnets,
  idOf: ({ SubnetId }) => SubnetId,
  fields: {
    'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
    availabilityZone: ({ AvailabilityZone }) => AvailabilityZone,
    'availability-zone-id': ({ AvailabilityZoneId }) => AvailabilityZoneId,
    'available-ip-address-count': ({ AvailableIpAddressCount }) => AvailableIpAddressCount,
    'cidr-block': ({ CidrBlock }) => CidrBlock,
    cidr: ({ CidrBlock }) => CidrBlock,
    'customer-owned-ipv4-pool': () => undefined,
    'default-for-az': ({ DefaultForAz }) => DefaultForAz,
    defaultForAz: ({ DefaultForAz }) => DefaultForAz,
    'enable-dns64': ({ EnableDns64 }) => EnableDns64,
    'enable-lni-at-device-index': () => undefined,
    'ipv6-cidr-block-association.association-id': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ AssociationId }) => AssociationId),
    'ipv6-cidr-block-association.ipv6-cidr-block': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    'ipv6-cidr-block-association.state': ({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State),
    'ipv6-native': ({ Ipv6Native }) => Ipv6Native,
    'map-customer-owned-ip-on-launch': ({ MapCustomerOwnedIpOnLaunch }) =>
      MapCustomerOwnedIpOnLaunch,
    'map-public-ip-on-launch': ({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch,
    'outpost-arn': ({ OutpostArn }) => OutpostArn,
    'owner-id': ({ OwnerId }) => OwnerId,
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': (subnet) =>
      subnet.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsARecord,
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': (subnet) =>
      subnet.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsAAAARecord,
    'private-dns-name-options-on-launch.hostname-type': (subnet) =>
      subnet.PrivateDnsNameOptionsOnLaunch?.HostnameType,
    state: ({ State }) => State,
    'subnet-arn': ({ SubnetArn }) => SubnetArn,
    'subnet-id': ({ SubnetId }) => SubnetId,
    'vpc-id': ({ VpcId }) => VpcId,
  },
  indexes: { 'vpc-id': 'vpc' },
}

/** VPCs by id, or all that match. */
export function describeVpcs(input: DescribeVpcsRequest, ctx: Context): Answer<DescribeVpcsResult> {
  ctx.allow('ec2:DescribeVpcs', '*')
  const parameters = { set: 'vpcSet', one: 'vpcId' }
  const { rows, NextToken } = find(VPCS, input.VpcIds, input, parameters, ctx)
  return { Vpcs: rows.map((row) => ({ ...row, Tags: tagsOf(row.VpcId, ctx) })), NextToken }
}

/** Subnets by id, or all that match. */
export function describeSubnets(
  input: DescribeSubnetsRequest,
  ctx: Context,
): Answer<DescribeSubnetsResult> {
  ctx.allow('ec2:DescribeSubnets', '*')
  const parameters = { set: 'subnetSet', one: 'subnetId' }
  const { rows, NextToken } = find(SUBNETS, input.SubnetIds, input, parameters, ctx)
  return { Subnets: rows.map((row) => shownSubnet(row, ctx)), NextToken }
}

/** A default subnet goes on lending addresses when it has none left. */
function shownSubnet(row: Subnet, ctx: Context) {
  const AvailableIpAddressCount = Math.max(0, row.AvailableIpAddressCount)
  return { ...row, AvailableIpAddressCount, Tags: tagsOf(row.SubnetId, ctx) }
}
