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
  NETWORK_ACL,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SUBNET,
  VPC,
} from '../ids.ts'
import { internalDomain, type Zone, zonesOf } from '../regions.ts'
import {
  dhcpOptions,
  internetGateways,
  networkAcls,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
} from './rows.ts'

const VPC_CIDR = '172.31.0.0/16'
/** Addresses of a /20. */
const SUBNET_ADDRESSES = 4096
/** AWS keeps the first four and the last address of each subnet. */
export const RESERVED_ADDRESSES = 5
/** Third number of the addresses of the n-th default subnet. */
const SUBNET_STEP = 16
/** The rule of a network ACL that AWS adds behind all others. */
const LAST_ACL_RULE = 32_767
const FIRST_ACL_RULE = 100
const EVERYWHERE = '0.0.0.0/0'

/** Says that the default VPC was made, even when the user has deleted it since. */
const made = table<{ readonly VpcId: string }>('ec2.default-vpc')
const MADE_KEY = 'default'

/** Makes the default VPC unless that has been done before. */
export function ensureDefaultVpc(ctx: Context): void {
  if (ctx.tx.has(made, MADE_KEY)) return
  const ids = defaultIds(ctx)
  ctx.tx.put(made, MADE_KEY, { VpcId: ids.vpc })
  putVpc(ids, ctx)
  const subnetIds = zonesOf(ctx.region).map((zone, i) => putSubnet(zone, i, ids, ctx))
  putSecurityGroup(ids, ctx)
  putGateway(ids, ctx)
  putAcl(ids, subnetIds, ctx)
}

type DefaultIds = ReturnType<typeof defaultIds>

function defaultIds({ account, region }: Context) {
  const id = (kind: Kind) => derivedId(kind, `${account} ${region} default`)
  return {
    vpc: id(VPC),
    dhcp: id(DHCP_OPTIONS),
    group: id(SECURITY_GROUP),
    gateway: id(INTERNET_GATEWAY),
    routes: id(ROUTE_TABLE),
    acl: id(NETWORK_ACL),
    subnet: (zone: Zone) => derivedId(SUBNET, `${account} ${zone.name} default`),
    /** Of associations, which share the ids of what they belong to. */
    association: (kind: string, of: string) => derivedId({ prefix: kind }, `${account} ${of}`),
  }
}

function putVpc(ids: DefaultIds, ctx: Context): void {
  const OwnerId = ctx.account
  ctx.tx.put(dhcpOptions, ids.dhcp, {
    DhcpOptionsId: ids.dhcp,
    OwnerId,
    DhcpConfigurations: [
      { Key: 'domain-name', Values: [{ Value: internalDomain(ctx.region) }] },
      { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
    ],
  })
  ctx.tx.put(vpcs, ids.vpc, {
    VpcId: ids.vpc,
    OwnerId,
    State: 'available',
    CidrBlock: VPC_CIDR,
    DhcpOptionsId: ids.dhcp,
    InstanceTenancy: 'default',
    IsDefault: true,
    CidrBlockAssociationSet: [
      {
        AssociationId: ids.association('vpc-cidr-assoc', ids.vpc),
        CidrBlock: VPC_CIDR,
        CidrBlockState: { State: 'associated' },
      },
    ],
  })
}

function putSubnet(zone: Zone, index: number, ids: DefaultIds, ctx: Context): string {
  const SubnetId = ids.subnet(zone)
  ctx.tx.put(subnets, SubnetId, {
    SubnetId,
    VpcId: ids.vpc,
    OwnerId: ctx.account,
    SubnetArn: ec2Arn('subnet', SubnetId, ctx),
    State: 'available',
    CidrBlock: `172.31.${index * SUBNET_STEP}.0/20`,
    AvailableIpAddressCount: SUBNET_ADDRESSES - RESERVED_ADDRESSES,
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    DefaultForAz: true,
    MapPublicIpOnLaunch: true,
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
  })
  return SubnetId
}

function putSecurityGroup(ids: DefaultIds, ctx: Context): void {
  const GroupId = ids.group
  const nothingElse = { IpRanges: [], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] }
  ctx.tx.put(securityGroups, GroupId, {
    GroupId,
    GroupName: 'default',
    Description: 'default VPC security group',
    OwnerId: ctx.account,
    SecurityGroupArn: ec2Arn('security-group', GroupId, ctx),
    VpcId: ids.vpc,
    IpPermissions: [
      {
        ...nothingElse,
        IpProtocol: '-1',
        UserIdGroupPairs: [{ GroupId, UserId: ctx.account }],
      },
    ],
    IpPermissionsEgress: [{ ...nothingElse, IpProtocol: '-1', IpRanges: [{ CidrIp: EVERYWHERE }] }],
  })
}

function putGateway(ids: DefaultIds, ctx: Context): void {
  const OwnerId = ctx.account
  ctx.tx.put(internetGateways, ids.gateway, {
    InternetGatewayId: ids.gateway,
    OwnerId,
    Attachments: [{ State: 'available', VpcId: ids.vpc } as never],
  })
  ctx.tx.put(routeTables, ids.routes, {
    RouteTableId: ids.routes,
    OwnerId,
    VpcId: ids.vpc,
    PropagatingVgws: [],
    Routes: [
      {
        DestinationCidrBlock: VPC_CIDR,
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
      {
        DestinationCidrBlock: EVERYWHERE,
        GatewayId: ids.gateway,
        Origin: 'CreateRoute',
        State: 'active',
      },
    ],
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: ids.association('rtbassoc', ids.routes),
        RouteTableId: ids.routes,
        AssociationState: { State: 'associated' },
      },
    ],
  })
}

function putAcl(ids: DefaultIds, subnetIds: readonly string[], ctx: Context): void {
  const entry = (Egress: boolean, RuleNumber: number, RuleAction: 'allow' | 'deny') => ({
    CidrBlock: EVERYWHERE,
    Egress,
    Protocol: '-1',
    RuleAction,
    RuleNumber,
  })
  ctx.tx.put(networkAcls, ids.acl, {
    NetworkAclId: ids.acl,
    OwnerId: ctx.account,
    VpcId: ids.vpc,
    IsDefault: true,
    Entries: [
      entry(true, FIRST_ACL_RULE, 'allow'),
      entry(true, LAST_ACL_RULE, 'deny'),
      entry(false, FIRST_ACL_RULE, 'allow'),
      entry(false, LAST_ACL_RULE, 'deny'),
    ],
    Associations: subnetIds.map((SubnetId) => ({
      NetworkAclAssociationId: ids.association('aclassoc', SubnetId),
      NetworkAclId: ids.acl,
      SubnetId,
    })),
  })
}
