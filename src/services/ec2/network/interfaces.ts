/** Network interfaces of instances: made with them, and gone with them unless told otherwise. */
import type { InstanceNetworkInterface } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { NETWORK_INTERFACE, newId } from '../ids.ts'
import type { Instance } from '../instance-rows.ts'
import { wholeSeconds } from '../settings.ts'
import { forgetTags } from '../tag-rows.ts'
import { lendPublicAddress, type PublicAddress, privateDnsName } from './addresses.ts'
import {
  type NetworkInterface,
  networkInterfaces,
  type SecurityGroup,
  type Subnet,
  subnets,
} from './rows.ts'

export interface InterfaceSpec {
  readonly subnet: Subnet
  readonly groups: readonly SecurityGroup[]
  readonly instanceId: string
  readonly deviceIndex: number
  readonly deleteOnTermination: boolean
  readonly description: string
  readonly associatePublicIp: boolean
  readonly privateIpAddress: string
}

/** Makes an interface that is attached to an instance, with a public address if it is to have one. */
export function createInterface(spec: InterfaceSpec, ctx: Context): NetworkInterface {
  const { subnet, privateIpAddress: address } = spec
  const NetworkInterfaceId = newId(NETWORK_INTERFACE, ctx)
  const PrivateDnsName = privateDnsName(address, ctx.region)
  const Association = spec.associatePublicIp ? lendPublicAddress(ctx) : undefined
  const row: NetworkInterface = {
    NetworkInterfaceId,
    Attachment: {
      AttachmentId: newId({ prefix: 'eni-attach' }, ctx),
      AttachTime: wholeSeconds(ctx.now),
      DeleteOnTermination: spec.deleteOnTermination,
      DeviceIndex: spec.deviceIndex,
      NetworkCardIndex: 0,
      InstanceId: spec.instanceId,
      InstanceOwnerId: ctx.account,
      Status: 'attached',
    },
    AssociatePublicIpAddress: spec.associatePublicIp,
    ...(Association && { Association }),
    AvailabilityZone: subnet.AvailabilityZone,
    Description: spec.description,
    Groups: spec.groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    InterfaceType: 'interface',
    MacAddress: macAddress(ctx),
    OwnerId: ctx.account,
    PrivateDnsName,
    PrivateIpAddress: address,
    PrivateIpAddresses: [
      {
        Primary: true,
        PrivateIpAddress: address,
        PrivateDnsName,
        ...(Association && { Association }),
      },
    ],
    RequesterManaged: false,
    SourceDestCheck: true,
    Status: 'in-use',
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
  }
  ctx.tx.put(networkInterfaces, NetworkInterfaceId, row)
  countAddresses(subnet.SubnetId, -1, ctx)
  return row
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

export function primaryInterface(instance: Instance, ctx: Context): NetworkInterface | undefined {
  const [id] = instance.NetworkInterfaceIds
  return id === undefined ? undefined : ctx.tx.get(networkInterfaces, id)
}

/** A started instance gets a new public address, unless an address of the account is its own. */
export function takePublicAddress(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) {
    if (row.AssociatePublicIpAddress && !row.Association)
      associate(row, lendPublicAddress(ctx), ctx)
  }
}

/** A stopped instance loses the public address that was lent to it. */
export function returnPublicAddress(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) {
    if (row.Association && !row.Association.AllocationId) associate(row, undefined, ctx)
  }
}

function associate(
  row: NetworkInterface,
  Association: PublicAddress | undefined,
  ctx: Context,
): void {
  const PrivateIpAddresses = row.PrivateIpAddresses.map((each) =>
    each.Primary ? { ...each, Association } : each,
  )
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, { ...row, Association, PrivateIpAddresses })
}

/** A terminated instance's interfaces are deleted, or become available. */
export function releaseInterfaces(instance: Instance, ctx: Context): void {
  for (const row of interfacesOf(instance, ctx)) {
    const { NetworkInterfaceId: id, Attachment, ...rest } = row
    if (Attachment?.DeleteOnTermination) {
      ctx.tx.delete(networkInterfaces, id)
      forgetTags(id, ctx)
      countAddresses(row.SubnetId, row.PrivateIpAddresses.length, ctx)
    } else {
      ctx.tx.put(networkInterfaces, id, { ...rest, NetworkInterfaceId: id, Status: 'available' })
    }
  }
}

/** An interface as DescribeInstances shows it. */
export function shownInterface(row: NetworkInterface): Answer<InstanceNetworkInterface> {
  const { Attachment, ...rest } = row
  return {
    ...rest,
    Ipv6Addresses: [],
    ...(Attachment && {
      Attachment: {
        AttachmentId: Attachment.AttachmentId,
        AttachTime: Attachment.AttachTime,
        DeleteOnTermination: Attachment.DeleteOnTermination,
        DeviceIndex: Attachment.DeviceIndex,
        NetworkCardIndex: Attachment.NetworkCardIndex,
        Status: Attachment.Status,
      },
    }),
  } as Answer<InstanceNetworkInterface>
}
