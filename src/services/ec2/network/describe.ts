/** DescribeVpcs, DescribeSubnets and DescribeSecurityGroups. */
import type {
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  IpPermission,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer } from '../../../aws/service.ts'
import type { Fields, FilterValue } from '../filters.ts'
import { SECURITY_GROUP, SUBNET, VPC } from '../ids.ts'
import { type Listing, type ListRequest, list, listByIds } from '../listing.ts'
import type { Page } from '../pagination.ts'
import { tagsOf } from '../tag-rows.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { type SecurityGroup, type Subnet, securityGroups, subnets, type Vpc, vpcs } from './rows.ts'

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

type Permission = Answer<IpPermission>

/** The filters on rules, which are the same for both directions. */
function ruleFields(
  prefix: string,
  rulesOf: (group: SecurityGroup) => readonly Permission[],
): Fields<SecurityGroup> {
  const each = (value: (rule: Permission) => FilterValue) => (group: SecurityGroup) =>
    rulesOf(group).map(value)
  const fields: Fields<SecurityGroup> = {
    cidr: each(({ IpRanges }) => IpRanges?.map(({ CidrIp }) => CidrIp)),
    'from-port': each(({ FromPort }) => FromPort),
    'group-id': each(({ UserIdGroupPairs }) => UserIdGroupPairs?.map(({ GroupId }) => GroupId)),
    'group-name': each(({ UserIdGroupPairs }) =>
      UserIdGroupPairs?.map(({ GroupName }) => GroupName),
    ),
    'ipv6-cidr': each(({ Ipv6Ranges }) => Ipv6Ranges?.map(({ CidrIpv6 }) => CidrIpv6)),
    'prefix-list-id': each(({ PrefixListIds }) =>
      PrefixListIds?.map(({ PrefixListId }) => PrefixListId),
    ),
    protocol: each(({ IpProtocol }) => IpProtocol),
    'to-port': each(({ ToPort }) => ToPort),
    'user-id': each(({ UserIdGroupPairs }) => UserIdGroupPairs?.map(({ UserId }) => UserId)),
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [`${prefix}.${name}`, field]),
  )
}

const SECURITY_GROUPS: Listing<SecurityGroup> = {
  kind: SECURITY_GROUP,
  table: securityGroups,
  idOf: ({ GroupId }) => GroupId,
  fields: {
    description: ({ Description }) => Description,
    'group-id': ({ GroupId }) => GroupId,
    'group-name': ({ GroupName }) => GroupName,
    'owner-id': ({ OwnerId }) => OwnerId,
    'vpc-id': ({ VpcId }) => VpcId,
    ...ruleFields('ip-permission', ({ IpPermissions }) => IpPermissions),
    ...ruleFields('egress.ip-permission', ({ IpPermissionsEgress }) => IpPermissionsEgress),
  },
  indexes: { 'vpc-id': 'vpc' },
}

function find<Row>(
  listing: Listing<Row>,
  ids: readonly string[] = [],
  request: ListRequest,
  parameters: { set: string; one: string },
  ctx: Context,
): Page<Row> {
  ensureDefaultVpc(ctx)
  if (ids.length === 0) return list(listing, request, ctx)
  return { rows: listByIds(listing, ids, request, parameters, ctx) }
}

export function describeVpcs(input: DescribeVpcsRequest, ctx: Context): Answer<DescribeVpcsResult> {
  ctx.allow('ec2:DescribeVpcs', '*')
  const parameters = { set: 'vpcSet', one: 'vpcId' }
  const { rows, NextToken } = find(VPCS, input.VpcIds, input, parameters, ctx)
  return { Vpcs: rows.map((row) => ({ ...row, Tags: tagsOf(row.VpcId, ctx) })), NextToken }
}

export function describeSubnets(
  input: DescribeSubnetsRequest,
  ctx: Context,
): Answer<DescribeSubnetsResult> {
  ctx.allow('ec2:DescribeSubnets', '*')
  const parameters = { set: 'subnetSet', one: 'subnetId' }
  const { rows, NextToken } = find(SUBNETS, input.SubnetIds, input, parameters, ctx)
  return { Subnets: rows.map((row) => ({ ...row, Tags: tagsOf(row.SubnetId, ctx) })), NextToken }
}

/** Groups by id or, in the default VPC, by name. */
export function describeSecurityGroups(
  input: DescribeSecurityGroupsRequest,
  ctx: Context,
): Answer<DescribeSecurityGroupsResult> {
  ctx.allow('ec2:DescribeSecurityGroups', '*')
  const parameters = { set: 'securityGroupSet', one: 'groupId' }
  ensureDefaultVpc(ctx)
  const ids = [...(input.GroupIds ?? []), ...namedGroups(input.GroupNames ?? [], ctx)]
  const { rows, NextToken } = find(SECURITY_GROUPS, ids, input, parameters, ctx)
  const SecurityGroups = rows.map((row) => ({ ...row, Tags: tagsOf(row.GroupId, ctx) }))
  return { SecurityGroups, NextToken }
}

function namedGroups(names: readonly string[], ctx: Context): string[] {
  if (names.length === 0) return []
  const vpc = [...ctx.tx.all(vpcs)].find(({ IsDefault }) => IsDefault)
  const groups = vpc ? ctx.tx.by(securityGroups, 'vpc', vpc.VpcId) : []
  return names.map((name) => {
    const group = groups.find(({ GroupName }) => GroupName === name)
    if (group) return group.GroupId
    const where = vpc ? `default VPC '${vpc.VpcId}'` : 'a default VPC'
    const text = `The security group '${name}' does not exist in ${where}`
    throw new AwsError('InvalidGroup.NotFound', text)
  })
}
