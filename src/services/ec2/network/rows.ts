/** The tables of the network: rows as the Describe operations answer them, without their tags. */
import type {
  NetworkInterfaceAttachment,
  DhcpOptions as SdkDhcpOptions,
  InternetGateway as SdkInternetGateway,
  NetworkAcl as SdkNetworkAcl,
  NetworkInterface as SdkNetworkInterface,
  RouteTable as SdkRouteTable,
  SecurityGroup as SdkSecurityGroup,
  Subnet as SdkSubnet,
  Vpc as SdkVpc,
} from '@aws-sdk/client-ec2'
import type { Answer } from '../../../aws/service.ts'
import { table } from '../../../store/store.ts'

type Row<T, Key extends keyof T> = Answer<Omit<T, Key | 'Tags'>> & {
  readonly [K in Key]-?: Answer<NonNullable<T[K]>>
}

export type Vpc = Row<SdkVpc, 'VpcId' | 'CidrBlock' | 'IsDefault'>

export type Subnet = Row<
  SdkSubnet,
  | 'SubnetId'
  | 'VpcId'
  | 'CidrBlock'
  | 'AvailabilityZone'
  | 'AvailabilityZoneId'
  | 'AvailableIpAddressCount'
>

export type SecurityGroup = Row<
  SdkSecurityGroup,
  'GroupId' | 'GroupName' | 'VpcId' | 'IpPermissions' | 'IpPermissionsEgress'
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
> & {
  readonly Attachment?: Answer<NetworkInterfaceAttachment>
  /** Whether it gets a public address each time that its instance starts. */
  readonly AssociatePublicIpAddress: boolean
}

export type InternetGateway = Row<SdkInternetGateway, 'InternetGatewayId' | 'Attachments'>
export type RouteTable = Row<SdkRouteTable, 'RouteTableId' | 'VpcId' | 'Routes' | 'Associations'>
export type NetworkAcl = Row<SdkNetworkAcl, 'NetworkAclId' | 'VpcId' | 'Entries' | 'Associations'>
export type DhcpOptions = Row<SdkDhcpOptions, 'DhcpOptionsId' | 'DhcpConfigurations'>

export const vpcs = table<Vpc>('ec2.vpcs')
export const subnets = table<Subnet>('ec2.subnets', { indexes: { vpc: ({ VpcId }) => VpcId } })
export const securityGroups = table<SecurityGroup>('ec2.security-groups', {
  indexes: { vpc: ({ VpcId }) => VpcId },
})

export const addressKey = (subnetId: string, address: string) => `${subnetId}/${address}`

export const networkInterfaces = table<NetworkInterface>('ec2.network-interfaces', {
  indexes: {
    address: ({ SubnetId, PrivateIpAddresses }) =>
      PrivateIpAddresses.map(({ PrivateIpAddress = '' }) => addressKey(SubnetId, PrivateIpAddress)),
  },
})

export const internetGateways = table<InternetGateway>('ec2.internet-gateways')
export const routeTables = table<RouteTable>('ec2.route-tables', {
  indexes: { vpc: ({ VpcId }) => VpcId },
})
export const networkAcls = table<NetworkAcl>('ec2.network-acls', {
  indexes: { vpc: ({ VpcId }) => VpcId },
})
export const dhcpOptions = table<DhcpOptions>('ec2.dhcp-options')
