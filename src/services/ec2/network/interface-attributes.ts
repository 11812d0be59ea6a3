/** Attributes and private addresses of network interfaces. */
import type {
  AssignPrivateIpAddressesRequest,
  AssignPrivateIpAddressesResult,
  DescribeNetworkInterfaceAttributeRequest,
  DescribeNetworkInterfaceAttributeResult,
  ModifyNetworkInterfaceAttributeRequest,
  UnassignPrivateIpAddressesRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidCombination, invalidParameter, invalidValue, missingParameter } from '../errors.ts'
import { attributeKeys } from './access.ts'
import { changeAddresses } from './interfaces.ts'
import {
  allowOnInterface,
  attachedInterface,
  existingInterface,
  withAddresses,
} from './network-interfaces.ts'
import { groupsOf } from './placement.ts'
import { type NetworkInterface, networkInterfaces } from './rows.ts'
import { existingSubnet } from './subnets.ts'

/** One attribute of an interface. */
export function describeNetworkInterfaceAttribute(
  input: Checked<DescribeNetworkInterfaceAttributeRequest>,
  ctx: Context,
): Answer<DescribeNetworkInterfaceAttributeResult> {
  ctx.allow('ec2:DescribeNetworkInterfaceAttribute', '*')
  const { NetworkInterfaceId, Attribute } = input
  const row = existingInterface(NetworkInterfaceId, ctx)
  switch (Attribute) {
    case 'description':
      return { NetworkInterfaceId, Description: { Value: row.Description } }
    case 'groupSet':
      return { NetworkInterfaceId, Groups: row.Groups }
    case 'sourceDestCheck':
      return { NetworkInterfaceId, SourceDestCheck: { Value: row.SourceDestCheck } }
    case 'attachment':
      return { NetworkInterfaceId, Attachment: row.Attachment }
    case 'associatePublicIpAddress':
      return { NetworkInterfaceId, AssociatePublicIpAddress: row.AssociatePublicIpAddress }
    default:
      throw invalidParameter('attribute', Attribute, 'Unknown attribute.')
  }
}

type Change = Partial<NetworkInterface> & { readonly name: string; readonly value: unknown }

/** Changes one attribute of an interface. */
export function modifyNetworkInterfaceAttribute(
  input: Checked<ModifyNetworkInterfaceAttributeRequest>,
  ctx: Context,
): object {
  const row = existingInterface(input.NetworkInterfaceId, ctx)
  const changes = requestedChanges(input, row, ctx)
  const [change] = changes
  if (!change) throw missingParameter('Attribute')
  const { name, value, ...changed } = change
  const action = 'ec2:ModifyNetworkInterfaceAttribute'
  allowOnInterface(action, row, ctx, attributeKeys(name, value))
  if (changes.length > 1) {
    const names = changes.map((each) => each.name).join(', ')
    throw invalidCombination(`Fields for multiple attribute types specified: ${names}`)
  }
  ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, { ...row, ...changed })
  return {}
}

function requestedChanges(
  input: ModifyNetworkInterfaceAttributeRequest,
  row: NetworkInterface,
  ctx: Context,
): Change[] {
  const changes: Change[] = []
  const { Description, SourceDestCheck, Groups, Attachment, AssociatePublicIpAddress } = input
  if (Description?.Value !== undefined) {
    const value = Description.Value
    changes.push({ name: 'Description', value, Description: value })
  }
  if (SourceDestCheck?.Value !== undefined) {
    const value = SourceDestCheck.Value
    changes.push({ name: 'SourceDestCheck', value, SourceDestCheck: value })
  }
  if (Groups && Groups.length > 0) {
    const found = groupsOf(Groups, [], existingSubnet(row.SubnetId, ctx), ctx)
    const held = found.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
    changes.push({ name: 'Groups', value: Groups.join(','), Groups: held })
  }
  if (Attachment?.DeleteOnTermination !== undefined) {
    const { AttachmentId = '', DeleteOnTermination: value } = Attachment
    if (attachedInterface(AttachmentId, ctx).NetworkInterfaceId !== row.NetworkInterfaceId) {
      throw invalidParameter('attachmentId', AttachmentId, 'It belongs to another interface.')
    }
    const changed = { ...row.Attachment, DeleteOnTermination: value }
    changes.push({ name: 'Attachment', value, Attachment: changed })
  }
  if (AssociatePublicIpAddress !== undefined) {
    const value = AssociatePublicIpAddress
    changes.push({ name: 'AssociatePublicIpAddress', value, AssociatePublicIpAddress: value })
  }
  return changes
}

/** Gives an interface more private addresses. */
export function assignPrivateIpAddresses(
  input: Checked<AssignPrivateIpAddressesRequest>,
  ctx: Context,
): AssignPrivateIpAddressesResult {
  const row = existingInterface(input.NetworkInterfaceId, ctx)
  allowOnInterface('ec2:AssignPrivateIpAddresses', row, ctx)
  const { PrivateIpAddresses: named = [], SecondaryPrivateIpAddressCount: count = 0 } = input
  if (named.length + count === 0) throw missingParameter('privateIpAddress')
  const changed = withAddresses(row, named, count, ctx)
  const added = changed.PrivateIpAddresses.slice(row.PrivateIpAddresses.length)
  return {
    NetworkInterfaceId: row.NetworkInterfaceId,
    AssignedPrivateIpAddresses: added.map(({ PrivateIpAddress }) => ({ PrivateIpAddress })),
  }
}

/** Takes secondary private addresses off an interface. */
export function unassignPrivateIpAddresses(
  input: Checked<UnassignPrivateIpAddressesRequest>,
  ctx: Context,
): object {
  const row = existingInterface(input.NetworkInterfaceId, ctx)
  allowOnInterface('ec2:UnassignPrivateIpAddresses', row, ctx)
  const named = input.PrivateIpAddresses ?? []
  for (const address of named) {
    const held = row.PrivateIpAddresses.find((each) => each.PrivateIpAddress === address)
    if (!held || held.Primary) {
      throw invalidValue(
        `Some of [${named.join(', ')}] are not assigned to interface ${row.NetworkInterfaceId}`,
      )
    }
    if (held.Association) {
      throw new AwsError('InvalidIPAddress.InUse', `Address ${address} is in use.`)
    }
  }
  changeAddresses(row, [], named, ctx)
  return {}
}
