/** The operations on network interfaces. */
import type {
  AttachNetworkInterfaceRequest,
  AttachNetworkInterfaceResult,
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult,
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DetachNetworkInterfaceRequest,
  NetworkInterface as SdkNetworkInterface,
} from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../../aws/authority.ts'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { isoMillis } from '../../../clock.ts'
import {
  invalidCombination,
  invalidValue,
  missingParameter,
  operationNotPermitted,
} from '../errors.ts'
import type { Fields, FilterValue } from '../filters.ts'
import { earlier, identityOf } from '../idempotency.ts'
import { existing, INSTANCE, NETWORK_INTERFACE, SECURITY_GROUP, SUBNET } from '../ids.ts'
import { instanceKeys } from '../instance-keys.ts'
import { type Instance, instances } from '../instance-rows.ts'
import { instanceType } from '../instance-types.ts'
import type { Listing } from '../listing.ts'
import { zonesOf } from '../regions.ts'
import { tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { checkAddress, freeAddress } from './addresses.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { find } from './find.ts'
import {
  attachInterface,
  changeAddresses,
  detachInterface,
  interfacesOf,
  newInterface,
  removeInterface,
} from './interfaces.ts'
import { groupsOf, interfaceInUse } from './placement.ts'
import { type NetworkInterface, networkInterfaces, type Subnet } from './rows.ts'
import { existingSubnet, subnetOwned } from './subnets.ts'

/** Of an interface that is attached to nothing: as many as the largest types allow. */
const MAX_ADDRESSES = 50

/** Creates an interface in a subnet, attached to nothing. */
export function createNetworkInterface(
  input: Checked<CreateNetworkInterfaceRequest>,
  ctx: Context,
): Answer<CreateNetworkInterfaceResult> {
  const tags = tagsFor(input.TagSpecifications, ['network-interface'])
  const subnet = existingSubnet(input.SubnetId, ctx)
  const groups = groupsOf(input.Groups ?? [], [], subnet, ctx)
  const { vpcId, keys } = subnetOwned(subnet)
  const action = 'ec2:CreateNetworkInterface'
  allowOn(action, SUBNET, subnet.SubnetId, ctx, { vpcId, keys })
  for (const { GroupId } of groups) allowOn(action, SECURITY_GROUP, GroupId, ctx, { vpcId })
  allowNew('CreateNetworkInterface', NETWORK_INTERFACE, tags, ctx, { vpcId, keys })
  const { ClientToken } = input
  const identity = identityOf(input)
  const repeated = earlier(ctx.tx.by(networkInterfaces, 'subnet', subnet.SubnetId), identity)
  if (repeated) return { NetworkInterface: shown(repeated, ctx), ClientToken }
  const privateIpAddress = primaryAddress(input, subnet, ctx)
  const spec = {
    subnet,
    groups,
    description: input.Description ?? '',
    associatePublicIp: false,
    privateIpAddress,
  }
  const created = { ...newInterface(spec, ctx), ...identity }
  ctx.tx.put(networkInterfaces, created.NetworkInterfaceId, created)
  const row = addAddresses(created, input, ctx)
  tagNew(row.NetworkInterfaceId, 'network-interface', tags, ctx)
  // As documented, though the type of the status does not list it.
  const Status = 'pending' as 'available'
  return { NetworkInterface: { ...shown(row, ctx), Status }, ClientToken }
}

function primaryAddress(
  { PrivateIpAddress, PrivateIpAddresses = [] }: CreateNetworkInterfaceRequest,
  subnet: Subnet,
  ctx: Context,
): string {
  const named = PrivateIpAddresses.find(({ Primary }) => Primary)?.PrivateIpAddress
  const wanted = PrivateIpAddress ?? named
  if (wanted === undefined) return freeAddress(subnet, ctx)
  checkAddress(wanted, subnet, ctx)
  return wanted
}

function addAddresses(
  row: NetworkInterface,
  input: CreateNetworkInterfaceRequest,
  ctx: Context,
): NetworkInterface {
  const { PrivateIpAddresses = [], SecondaryPrivateIpAddressCount = 0 } = input
  const named = PrivateIpAddresses.filter(({ Primary }) => !Primary)
  const addresses = named.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? [])
  return withAddresses(row, addresses, SecondaryPrivateIpAddressCount, ctx)
}

/** Gives an interface further private addresses: the named ones, and as many as asked for. */
export function withAddresses(
  row: NetworkInterface,
  named: readonly string[],
  count: number,
  ctx: Context,
): NetworkInterface {
  checkAddressCount(row, named.length + count, ctx)
  let changed = row
  for (const address of named) {
    checkAddress(address, existingSubnet(row.SubnetId, ctx), ctx)
    changed = changeAddresses(changed, [address], [], ctx)
  }
  for (let i = 0; i < count; i++) {
    const address = freeAddress(existingSubnet(row.SubnetId, ctx), ctx)
    changed = changeAddresses(changed, [address], [], ctx)
  }
  return changed
}

/** What an interface can hold depends on the type of the instance that it is attached to. */
function checkAddressCount(row: NetworkInterface, added: number, ctx: Context): void {
  const instance = ctx.tx.get(instances, row.Attachment?.InstanceId ?? '')
  const type = instance && instanceType(instance.InstanceType)
  const most = type?.NetworkInfo?.Ipv4AddressesPerInterface ?? MAX_ADDRESSES
  if (row.PrivateIpAddresses.length + added <= most) return
  const text = 'Number of private addresses will exceed limit.'
  throw new AwsError('PrivateIpAddressLimitExceeded', text)
}

function shown(row: NetworkInterface, ctx: Context): Answer<SdkNetworkInterface> {
  return { ...row, Ipv6Addresses: [], TagSet: tagsOf(row.NetworkInterfaceId, ctx) ?? [] }
}

/** The interface of an id, or AWS's error. */
export function existingInterface(id: string | undefined, ctx: Context): NetworkInterface {
  ensureDefaultVpc(ctx)
  return existing(NETWORK_INTERFACE, networkInterfaces, id ?? '', 'networkInterfaceId', ctx)
}

/** Asks for an action on an interface. */
export function allowOnInterface(
  action: string,
  { NetworkInterfaceId, VpcId, AvailabilityZone }: NetworkInterface,
  ctx: Context,
  more: ConditionKeys = {},
): void {
  const keys = { 'ec2:AvailabilityZone': AvailabilityZone, ...more }
  allowOn(action, NETWORK_INTERFACE, NetworkInterfaceId, ctx, { vpcId: VpcId, keys })
}

/** Deletes an interface that is attached to nothing. */
export function deleteNetworkInterface(
  { NetworkInterfaceId }: Checked<DeleteNetworkInterfaceRequest>,
  ctx: Context,
): object {
  const row = existingInterface(NetworkInterfaceId, ctx)
  allowOnInterface('ec2:DeleteNetworkInterface', row, ctx)
  if (row.Status !== 'available') {
    throw invalidValue(`Network interface '${NetworkInterfaceId}' is currently in use.`)
  }
  removeInterface(row, ctx)
  return {}
}

/** Attaches an interface to an instance that runs or is stopped, in the same zone. */
export function attachNetworkInterface(
  input: Checked<AttachNetworkInterfaceRequest>,
  ctx: Context,
): AttachNetworkInterfaceResult {
  const row = existingInterface(input.NetworkInterfaceId, ctx)
  const instance = existing(INSTANCE, instances, input.InstanceId ?? '', 'instanceId', ctx)
  const { InstanceId } = instance
  const action = 'ec2:AttachNetworkInterface'
  allowOn(action, INSTANCE, InstanceId, ctx, { keys: instanceKeys(instance, ctx) })
  allowOnInterface(action, row, ctx)
  if (input.DeviceIndex === undefined) throw missingParameter('deviceIndex')
  if (row.Attachment) throw interfaceInUse(row.NetworkInterfaceId)
  checkAttachable(instance, row, input.DeviceIndex, ctx)
  const spec = {
    instanceId: InstanceId,
    deviceIndex: input.DeviceIndex,
    deleteOnTermination: false,
  }
  const { Attachment } = attachInterface(row, spec, ctx)
  const NetworkInterfaceIds = [...instance.NetworkInterfaceIds, row.NetworkInterfaceId]
  ctx.tx.put(instances, InstanceId, { ...instance, NetworkInterfaceIds })
  return { AttachmentId: Attachment?.AttachmentId, NetworkCardIndex: 0 }
}

function checkAttachable(
  instance: Instance,
  row: NetworkInterface,
  deviceIndex: number,
  ctx: Context,
): void {
  const { InstanceId, InstanceType, StateName, Placement } = instance
  if (StateName !== 'running' && StateName !== 'stopped') {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${InstanceId}' is not in a valid state for this operation.`,
    )
  }
  if (Placement.AvailabilityZone !== row.AvailabilityZone) {
    throw invalidCombination(
      'You may not attach a network interface to an instance if they are not in the same ' +
        'availability zone',
    )
  }
  const held = interfacesOf(instance, ctx)
  if (held.some(({ Attachment }) => Attachment?.DeviceIndex === deviceIndex)) {
    throw invalidValue(
      `Instance '${InstanceId}' already has an interface attached at device index ` +
        `'${deviceIndex}'.`,
    )
  }
  const most = instanceType(InstanceType)?.NetworkInfo?.MaximumNetworkInterfaces
  if (most !== undefined && held.length >= most) {
    const text = `Interface count ${held.length + 1} exceeds the limit for ${InstanceType}`
    throw new AwsError('AttachmentLimitExceeded', text)
  }
}

/** The interface that an attachment belongs to. */
export function attachedInterface(id: string, ctx: Context): NetworkInterface {
  for (const row of ctx.tx.all(networkInterfaces)) {
    if (row.Attachment?.AttachmentId === id) return row
  }
  throw new AwsError('InvalidAttachmentID.NotFound', `The attachment ID '${id}' does not exist`)
}

/** Detaches an interface that is not the primary one. */
export function detachNetworkInterface(
  { AttachmentId }: Checked<DetachNetworkInterfaceRequest>,
  ctx: Context,
): object {
  const row = attachedInterface(AttachmentId ?? '', ctx)
  const { DeviceIndex = 0, NetworkCardIndex = 0, InstanceId } = row.Attachment ?? {}
  const instance = existing(INSTANCE, instances, InstanceId ?? '', 'instanceId', ctx)
  const action = 'ec2:DetachNetworkInterface'
  allowOn(action, INSTANCE, instance.InstanceId, ctx, { keys: instanceKeys(instance, ctx) })
  allowOnInterface(action, row, ctx)
  if (DeviceIndex === 0) {
    throw operationNotPermitted(
      `The network interface at device index ${DeviceIndex} and networkCard index ` +
        `${NetworkCardIndex} cannot be detached.`,
    )
  }
  detachInterface(row, ctx)
  const NetworkInterfaceIds = instance.NetworkInterfaceIds.filter(
    (id) => id !== row.NetworkInterfaceId,
  )
  ctx.tx.put(instances, instance.InstanceId, { ...instance, NetworkInterfaceIds })
  return {}
}

type Field = Fields<NetworkInterface>[string]
type PrivateAddress = NetworkInterface['PrivateIpAddresses'][number]

const each =
  (value: (address: PrivateAddress) => FilterValue): Field =>
  ({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(value)

const associated =
  (value: (association: NonNullable<NetworkInterface['Association']>) => FilterValue): Field =>
  ({ Association }) =>
    Association && value(Association)

const attached =
  (value: (attachment: NonNullable<NetworkInterface['Attachment']>) => FilterValue): Field =>
  ({ Attachment }) =>
    Attachment && value(Attachment)

const time = (at: unknown) => (typeof at === 'number' ? isoMillis(at) : undefined)

const INTERFACES: Listing<NetworkInterface> = {
  kind: NETWORK_INTERFACE,
  table: networkInterfaces,
  idOf: ({ NetworkInterfaceId }) => NetworkInterfaceId,
  fields: {
    'addresses.association.owner-id': each(({ Association }) => Association?.IpOwnerId),
    'addresses.association.public-ip': each(({ Association }) => Association?.PublicIp),
    'addresses.primary': each(({ Primary }) => Primary),
    'addresses.private-ip-address': each(({ PrivateIpAddress }) => PrivateIpAddress),
    'association.allocation-id': associated(({ AllocationId }) => AllocationId),
    'association.association-id': associated(({ AssociationId }) => AssociationId),
    'association.ip-owner-id': associated(({ IpOwnerId }) => IpOwnerId),
    'association.public-dns-name': associated(({ PublicDnsName }) => PublicDnsName),
    'association.public-ip': associated(({ PublicIp }) => PublicIp),
    'attachment.attach-time': attached(({ AttachTime }) => time(AttachTime)),
    'attachment.attachment-id': attached(({ AttachmentId }) => AttachmentId),
    'attachment.delete-on-termination': attached((it) => it.DeleteOnTermination),
    'attachment.device-index': attached(({ DeviceIndex }) => DeviceIndex),
    'attachment.instance-id': attached(({ InstanceId }) => InstanceId),
    'attachment.instance-owner-id': attached(({ InstanceOwnerId }) => InstanceOwnerId),
    'attachment.nat-gateway-id': () => undefined,
    'attachment.status': attached(({ Status }) => Status),
    'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
    'availability-zone-id': ({ AvailabilityZone }, { region }) =>
      zonesOf(region).find(({ name }) => name === AvailabilityZone)?.id,
    description: ({ Description }) => Description,
    'group-id': ({ Groups }) => Groups.map(({ GroupId }) => GroupId),
    'group-name': ({ Groups }) => Groups.map(({ GroupName }) => GroupName),
    'interface-type': ({ InterfaceType }) => InterfaceType,
    'ipv6-addresses.ipv6-address': () => undefined,
    'mac-address': ({ MacAddress }) => MacAddress,
    'network-interface-id': ({ NetworkInterfaceId }) => NetworkInterfaceId,
    'operator.managed': () => false,
    'operator.principal': () => undefined,
    'owner-id': ({ OwnerId }) => OwnerId,
    'private-dns-name': ({ PrivateDnsName }) => PrivateDnsName,
    'private-ip-address': ({ PrivateIpAddress }) => PrivateIpAddress,
    'requester-id': ({ RequesterId }) => RequesterId,
    'requester-managed': ({ RequesterManaged }) => RequesterManaged,
    'source-dest-check': ({ SourceDestCheck }) => SourceDestCheck,
    status: ({ Status }) => Status,
    'subnet-id': ({ SubnetId }) => SubnetId,
    'vpc-id': ({ VpcId }) => VpcId,
  },
  indexes: {
    'group-id': 'group',
    'subnet-id': 'subnet',
  },
}

/** Interfaces by id, or all that match. */
export function describeNetworkInterfaces(
  input: DescribeNetworkInterfacesRequest,
  ctx: Context,
): Answer<DescribeNetworkInterfacesResult> {
  ctx.allow('ec2:DescribeNetworkInterfaces', '*')
  const parameters = { set: 'networkInterfaceIdSet', one: 'networkInterfaceId' }
  const { rows, NextToken } = find(INTERFACES, input.NetworkInterfaceIds, input, parameters, ctx)
  return { NetworkInterfaces: rows.map((row) => shown(row, ctx)), NextToken }
}
