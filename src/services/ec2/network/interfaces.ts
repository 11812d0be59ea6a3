/** Network interfaces: what happens to them, whoever asks for it. */
import type { InstanceNetworkInterface } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { NETWORK_INTERFACE, newId } from '../ids.ts'
import type { Instance } from '../instance-rows.ts'
import { wholeSeconds } from '../settings.ts'
import { forgetTags } from '../tag-rows.ts'
import { lendPublicAddress, type PublicAddress, privateDnsName } from './addresses.ts'
import {
  type ElasticAddress,
  elasticAddresses,
  type NetworkInterface,
  networkInterfaces,
  type SecurityGroup,
  type Subnet,
  subnets,
} from './rows.ts'

export interface InterfaceSpec {
  readonly subnet: Subnet
  readonly groups: readonly SecurityGroup[]
  readonly description: string
  readonly associatePublicIp: boolean
  readonly privateIpAddress: string
  /** Further private addresses. */
  readonly secondary?: readonly string[]
  /** Whose it is, when a service of AWS made it for itself. */
  readonly requester?: string
}

/** An interface that is attached to nothing, with addresses of its subnet; not stored yet. */
export function newInterface(spec: InterfaceSpec, ctx: Context): NetworkInterface {
  const { subnet, privateIpAddress: address, secondary = [], requester } = spec
  const NetworkInterfaceId = newId(NETWORK_INTERFACE, ctx)
  const row: NetworkInterface = {
    NetworkInterfaceId,
    AssociatePublicIpAddress: spec.associatePublicIp,
    AvailabilityZone: subnet.AvailabilityZone,
    Description: spec.description,
    Groups: spec.groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    InterfaceType: 'interface',
    MacAddress: macAddress(ctx),
    OwnerId: ctx.account,
    PrivateDnsName: privateDnsName(address, ctx.region),
    PrivateIpAddress: address,
    PrivateIpAddresses: [
      privateAddress(address, true, ctx),
      ...secondary.map((each) => privateAddress(each, false, ctx)),
    ],
    RequesterManaged: requester !== undefined,
    ...(requester && { RequesterId: requester }),
    SourceDestCheck: true,
    Status: 'available',
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
  }
  countAddresses(subnet.SubnetId, -row.PrivateIpAddresses.length, ctx)
  return row
}

function privateAddress(PrivateIpAddress: string, Primary: boolean, ctx: Context) {
  return {
    Primary,
    PrivateIpAddress,
    PrivateDnsName: privateDnsName(PrivateIpAddress, ctx.region),
  }
}

export interface AttachmentSpec {
  readonly instanceId: string
  readonly deviceIndex: number
  readonly deleteOnTermination: boolean
}

/** Attaches an interface to an instance, which lists it in the caller's own row. */
export function attachInterface(
  row: NetworkInterface,
  { instanceId, deviceIndex, deleteOnTermination }: AttachmentSpec,
  ctx: Context,
): NetworkInterface {
  const attached: NetworkInterface = {
    ...row,
    Attachment: {
      AttachmentId: newId({ prefix: 'eni-attach' }, ctx),
      AttachTime: wholeSeconds(ctx.now),
      DeleteOnTermination: deleteOnTermination,
      DeviceIndex: deviceIndex,
      NetworkCardIndex: 0,
      InstanceId: instanceId,
      InstanceOwnerId: ctx.account,
      Status: 'attached',
    },
    Status: 'in-use',
  }
  const reachable = withLentAddress(attached, ctx)
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, reachable)
  return reachable
}

/** What was attached becomes available; an address that was lent to it goes back. */
export function detachInterface(row: NetworkInterface, ctx: Context): void {
  const { Attachment: _, ...rest } = returnAddress(row, ctx)
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, { ...rest, Status: 'available' })
}

/** Adds private addresses to an interface, or takes secondary ones away. */
export function changeAddresses(
  row: NetworkInterface,
  add: readonly string[],
  remove: readonly string[],
  ctx: Context,
): NetworkInterface {
  const kept = row.PrivateIpAddresses.filter(
    ({ PrivateIpAddress = '' }) => !remove.includes(PrivateIpAddress),
  )
  const added = add.map((address) => privateAddress(address, false, ctx))
  const changed = { ...row, PrivateIpAddresses: [...kept, ...added] }
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, changed)
  const taken = changed.PrivateIpAddresses.length - row.PrivateIpAddresses.length
  countAddresses(row.SubnetId, -taken, ctx)
  return changed
}

/** Locally administered, as all of AWS's are. */
function macAddress(ctx: Context): string {
  return `02:${(ctx.ids.hex(10).match(/../g) ?? []).join(':')}`
}

function countAddresses(subnetId: string, change: number, ctx: Context): void {
  const subnet = ctx.tx.get(subnets, subnetId)
  if (!subnet) return
  const AvailableIpAddressCount = subnet.AvailableIpAddressCount + change
  ctx.tx.put(subnets, subnetId, { ...subnet, AvailableIpAddressCount })
}

/** Interfaces of an instance, the primary one first. */
export function interfacesOf({ NetworkInterfaceIds }: Instance, ctx: Context): NetworkInterface[] {
  return NetworkInterfaceIds.flatMap((id) => ctx.tx.get(networkInterfaces, id) ?? [])
}

/** The interface of an instance that comes first; none once it is terminated. */
export function primaryInterface(instance: Instance, ctx: Context): NetworkInterface | undefined {
  const [id] = instance.NetworkInterfaceIds
  return id === undefined ? undefined : ctx.tx.get(networkInterfaces, id)
}

/** A started instance gets a new public address, unless an address of the account is its own. */
export function takePublicAddress(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) takeAddress(row, ctx)
}

/** Lends a public address to an interface that is to have one and has none. */
export function takeAddress(row: NetworkInterface, ctx: Context): void {
  const reachable = withLentAddress(row, ctx)
  if (reachable !== row) ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, reachable)
}

function withLentAddress(row: NetworkInterface, ctx: Context): NetworkInterface {
  if (!row.AssociatePublicIpAddress || row.Association) return row
  return associated(row, row.PrivateIpAddress, lendPublicAddress(row.VpcId, ctx))
}

/** A stopped instance loses the public address that was lent to it. */
export function returnPublicAddress(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) returnAddress(row, ctx)
}

function returnAddress(row: NetworkInterface, ctx: Context): NetworkInterface {
  const isLent = row.Association && !row.Association.AllocationId
  return isLent ? associate(row, row.PrivateIpAddress, undefined, ctx) : row
}

/** Puts a public address on one of an interface's private ones, or takes it off. */
export function associate(
  row: NetworkInterface,
  privateIpAddress: string,
  Association: PublicAddress | undefined,
  ctx: Context,
): NetworkInterface {
  const changed = associated(row, privateIpAddress, Association)
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, changed)
  return changed
}

function associated(
  row: NetworkInterface,
  privateIpAddress: string,
  Association: PublicAddress | undefined,
): NetworkInterface {
  const PrivateIpAddresses = row.PrivateIpAddresses.map((each) =>
    each.PrivateIpAddress === privateIpAddress ? { ...each, Association } : each,
  )
  const isPrimary = row.PrivateIpAddress === privateIpAddress
  return { ...row, PrivateIpAddresses, ...(isPrimary && { Association }) }
}

/** A terminated instance's interfaces are deleted, or become available. */
export function releaseInterfaces(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) {
    if (row.Attachment?.DeleteOnTermination) removeInterface(row, ctx)
    else detachInterface(row, ctx)
  }
}

/** Removes an interface; the account keeps the addresses that it had from it. */
export function removeInterface(row: NetworkInterface, ctx: Context): void {
  const { NetworkInterfaceId: id } = row
  for (const address of ctx.tx.by(elasticAddresses, 'interface', id)) {
    ctx.tx.put(elasticAddresses, address.AllocationId, withoutAssociation(address))
  }
  ctx.tx.delete(networkInterfaces, id)
  forgetTags(id, ctx)
  countAddresses(row.SubnetId, row.PrivateIpAddresses.length, ctx)
}

/** An address of the account that is on no interface. */
export function withoutAssociation(address: ElasticAddress): ElasticAddress {
  const {
    AssociationId: _association,
    NetworkInterfaceId: _interface,
    NetworkInterfaceOwnerId: _owner,
    PrivateIpAddress: _private,
    ...rest
  } = address
  return rest
}

/** An interface as DescribeInstances shows it. */
export function shownInterface(row: NetworkInterface): Answer<InstanceNetworkInterface> {
  const { Attachment } = row
  return {
    ...row,
    Ipv6Addresses: [],
    Attachment: Attachment && {
      AttachmentId: Attachment.AttachmentId,
      AttachTime: Attachment.AttachTime,
      DeleteOnTermination: Attachment.DeleteOnTermination,
      DeviceIndex: Attachment.DeviceIndex,
      NetworkCardIndex: Attachment.NetworkCardIndex,
      Status: Attachment.Status,
    },
  } as Answer<InstanceNetworkInterface>
}
