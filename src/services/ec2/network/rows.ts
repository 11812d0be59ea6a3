/** The tables of the network: rows as the Describe operations answer them, without their tags. */
import type {
  NetworkInterfaceAttachment,
  Address as SdkAddress,
  DhcpOptions as SdkDhcpOptions,
  EgressOnlyInternetGateway as SdkEgressOnlyInternetGateway,
  InternetGateway as SdkInternetGateway,
  NatGateway as SdkNatGateway,
  NetworkAcl as SdkNetworkAcl,
  NetworkInterface as SdkNetworkInterface,
  RouteTable as SdkRouteTable,
  SecurityGroup as SdkSecurityGroup,
  SecurityGroupRule as SdkSecurityGroupRule,
  Subnet as SdkSubnet,
  Vpc as SdkVpc,
} from '@aws-sdk/client-ec2'
import type { Answer } from '../../../aws/service.ts'
import { table } from '../../../store/store.ts'
import type { RequestIdentity } from '../idempotency.ts'

type Row<T, Key extends keyof T> = Answer<Omit<T, Key | 'Tags'>> & {
  readonly [K in Key]-?: Answer<NonNullable<T[K]>>
}

export type Vpc = Row<
  SdkVpc,
  | 'VpcId'
  | 'CidrBlock'
  | 'IsDefault'
  | 'CidrBlockAssociationSet'
  | 'Ipv6CidrBlockAssociationSet'
  | 'InstanceTenancy'
> & {
  /** What DescribeVpcAttribute tells. */
  readonly EnableDnsSupport: boolean
  readonly EnableDnsHostnames: boolean
  readonly EnableNetworkAddressUsageMetrics: boolean
}

export type Subnet = Row<
  SdkSubnet,
  | 'SubnetId'
  | 'VpcId'
  | 'CidrBlock'
  | 'AvailabilityZone'
  | 'AvailabilityZoneId'
  | 'AvailableIpAddressCount'
  | 'Ipv6CidrBlockAssociationSet'
  | 'PrivateDnsNameOptionsOnLaunch'
>

/** Its rules are rows of their own. */
export type SecurityGroup = Row<
  Omit<SdkSecurityGroup, 'IpPermissions' | 'IpPermissionsEgress'>,
  'GroupId' | 'GroupName' | 'VpcId'
>

export type SecurityGroupRule = Row<
  SdkSecurityGroupRule,
  'SecurityGroupRuleId' | 'GroupId' | 'IsEgress' | 'IpProtocol' | 'FromPort' | 'ToPort'
>

export type NetworkInterface = Row<
  Omit<SdkNetworkInterface, 'TagSet' | 'Attachment'>,
  | 'NetworkInterfaceId'
  | 'SubnetId'
  | 'VpcId'
  | 'AvailabilityZone'
  | 'PrivateIpAddress'
  | 'PrivateIpAddresses'
  | 'Groups'
> &
  RequestIdentity & {
    readonly Attachment?: Answer<NetworkInterfaceAttachment>
    /** Whether it gets a public address each time that its instance starts. */
    readonly AssociatePublicIpAddress: boolean
  }

export type InternetGateway = Row<SdkInternetGateway, 'InternetGatewayId' | 'Attachments'>
export type EgressOnlyInternetGateway = Row<
  SdkEgressOnlyInternetGateway,
  'EgressOnlyInternetGatewayId' | 'Attachments'
> &
  RequestIdentity
export type NatGateway = Row<
  SdkNatGateway,
  'NatGatewayId' | 'VpcId' | 'SubnetId' | 'State' | 'NatGatewayAddresses'
> &
  RequestIdentity
export type RouteTable = Row<SdkRouteTable, 'RouteTableId' | 'VpcId' | 'Routes' | 'Associations'> &
  RequestIdentity
export type NetworkAcl = Row<
  SdkNetworkAcl,
  'NetworkAclId' | 'VpcId' | 'Entries' | 'Associations' | 'IsDefault'
> &
  RequestIdentity
export type DhcpOptions = Row<SdkDhcpOptions, 'DhcpOptionsId' | 'DhcpConfigurations'>
export type ElasticAddress = Row<SdkAddress, 'AllocationId' | 'PublicIp'>

const ofVpc = { vpc: ({ VpcId }: { readonly VpcId: string }) => VpcId }

const attachedTo = ({ Attachments }: { readonly Attachments: readonly { VpcId?: string }[] }) =>
  Attachments.flatMap(({ VpcId }) => VpcId ?? [])

export const vpcs = table<Vpc>('ec2.vpcs')
export const subnets = table<Subnet>('ec2.subnets', { indexes: ofVpc })
export const securityGroups = table<SecurityGroup>('ec2.security-groups', { indexes: ofVpc })
export const securityGroupRules = table<SecurityGroupRule>('ec2.security-group-rules', {
  indexes: {
    group: ({ GroupId }) => GroupId,
    referenced: ({ ReferencedGroupInfo }) => ReferencedGroupInfo?.GroupId,
  },
})

export const addressKey = (subnetId: string, address: string) => `${subnetId}/${address}`

export const networkInterfaces = table<NetworkInterface>('ec2.network-interfaces', {
  indexes: {
    address: ({ SubnetId, PrivateIpAddresses }) =>
      PrivateIpAddresses.map(({ PrivateIpAddress = '' }) => addressKey(SubnetId, PrivateIpAddress)),
    subnet: ({ SubnetId }) => SubnetId,
    group: ({ Groups }) => Groups.map(({ GroupId = '' }) => GroupId),
  },
})

export const internetGateways = table<InternetGateway>('ec2.internet-gateways', {
  indexes: { vpc: attachedTo },
})
export const egressOnlyGateways = table<EgressOnlyInternetGateway>('ec2.egress-only-gateways', {
  indexes: { vpc: attachedTo },
})
export const natGateways = table<NatGateway>('ec2.nat-gateways', {
  indexes: { ...ofVpc, subnet: ({ SubnetId }) => SubnetId },
})
export const routeTables = table<RouteTable>('ec2.route-tables', {
  indexes: {
    ...ofVpc,
    association: ({ Associations }) =>
      Associations.map(({ RouteTableAssociationId = '' }) => RouteTableAssociationId),
    subnet: ({ Associations }) => Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
  },
})
export const networkAcls = table<NetworkAcl>('ec2.network-acls', {
  indexes: {
    ...ofVpc,
    association: ({ Associations }) =>
      Associations.map(({ NetworkAclAssociationId = '' }) => NetworkAclAssociationId),
    subnet: ({ Associations }) => Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
  },
})
export const dhcpOptions = table<DhcpOptions>('ec2.dhcp-options')
export const elasticAddresses = table<ElasticAddress>('ec2.elastic-addresses', {
  indexes: {
    association: ({ AssociationId }) => AssociationId,
    interface: ({ NetworkInterfaceId }) => NetworkInterfaceId,
    ip: ({ PublicIp }) => PublicIp,
  },
})
