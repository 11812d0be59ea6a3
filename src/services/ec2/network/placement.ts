/** Where instances are launched: subnet, security groups, addresses. */
import type {
  InstanceNetworkInterfaceSpecification,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { invalidCombination, invalidValue } from '../errors.ts'
import { allExisting, existing, NETWORK_INTERFACE, SECURITY_GROUP, SUBNET } from '../ids.ts'
import { zonesOf } from '../regions.ts'
import { checkAddress, freeAddress } from './addresses.ts'
import { defaultVpc, ensureDefaultVpc } from './default-vpc.ts'
import { attachInterface, newInterface } from './interfaces.ts'
import {
  type NetworkInterface,
  networkInterfaces,
  type SecurityGroup,
  type Subnet,
  securityGroups,
  subnets,
} from './rows.ts'

/** The interfaces that each instance of a launch gets. */
export interface PlannedInterface {
  readonly subnet: Subnet
  readonly groups: readonly SecurityGroup[]
  readonly deviceIndex: number
  readonly description: string
  readonly deleteOnTermination: boolean
  readonly associatePublicIp: boolean
  /** Chosen for each instance when the request names none. */
  readonly privateIpAddress: string | undefined
  /** One that was there before, which the instance is to have. */
  readonly existing?: NetworkInterface
}

/** The interfaces of a launch, the primary one first; throws for what cannot be had. */
export function plannedInterfaces(
  input: RunInstancesRequest,
  zoneWanted: string | undefined,
  ctx: Context,
): PlannedInterface[] {
  ensureDefaultVpc(ctx)
  const specs = input.NetworkInterfaces ?? []
  if (specs.length > 0) {
    checkNoInstanceLevel(input)
    return [...specs]
      .sort((a, b) => (a.DeviceIndex ?? 0) - (b.DeviceIndex ?? 0))
      .map((spec) => plannedInterface(spec, input, zoneWanted, ctx))
  }
  const { SubnetId, PrivateIpAddress, SecurityGroupIds: Groups } = input
  const only = { DeviceIndex: 0, SubnetId, PrivateIpAddress, Groups }
  return [plannedInterface(only, input, zoneWanted, ctx)]
}

function plannedInterface(
  spec: InstanceNetworkInterfaceSpecification,
  input: RunInstancesRequest,
  zoneWanted: string | undefined,
  ctx: Context,
): PlannedInterface {
  if (spec.NetworkInterfaceId) return givenInterface(spec.NetworkInterfaceId, spec, input, ctx)
  const subnet = spec.SubnetId
    ? existing(SUBNET, subnets, spec.SubnetId, 'subnetId', ctx)
    : defaultSubnet(zoneWanted, ctx)
  if (zoneWanted !== undefined && subnet.AvailabilityZone !== zoneWanted) {
    throw invalidCombination(
      `The availability zone ${zoneWanted} does not match that of the subnet ${subnet.SubnetId}`,
    )
  }
  const address = spec.PrivateIpAddress
  if (address !== undefined) {
    if ((input.MaxCount ?? 1) > 1) {
      throw invalidCombination(
        'The parameter privateIpAddress cannot be used with more than one instance',
      )
    }
    checkAddress(address, subnet, ctx)
  }
  return {
    subnet,
    groups: groupsOf(spec.Groups ?? [], input.SecurityGroups ?? [], subnet, ctx),
    deviceIndex: spec.DeviceIndex ?? 0,
    description: spec.Description ?? '',
    deleteOnTermination: spec.DeleteOnTermination ?? true,
    associatePublicIp: spec.AssociatePublicIpAddress ?? subnet.MapPublicIpOnLaunch ?? false,
    privateIpAddress: address,
  }
}

function givenInterface(
  id: string,
  { DeviceIndex, DeleteOnTermination }: InstanceNetworkInterfaceSpecification,
  { MaxCount = 1 }: RunInstancesRequest,
  ctx: Context,
): PlannedInterface {
  const row = existing(NETWORK_INTERFACE, networkInterfaces, id, 'networkInterfaceId', ctx)
  if (row.Attachment) throw interfaceInUse(id)
  if (MaxCount > 1) {
    throw invalidCombination(
      'A network interface may not be specified when launching more than one instance',
    )
  }
  const groupIds = row.Groups.flatMap(({ GroupId }) => GroupId ?? [])
  return {
    subnet: existing(SUBNET, subnets, row.SubnetId, 'subnetId', ctx),
    groups: allExisting(SECURITY_GROUP, securityGroups, groupIds, 'groupId', ctx),
    deviceIndex: DeviceIndex ?? 0,
    description: row.Description ?? '',
    deleteOnTermination: DeleteOnTermination ?? false,
    associatePublicIp: row.AssociatePublicIpAddress,
    privateIpAddress: row.PrivateIpAddress,
    existing: row,
  }
}

/** The interface of an instance that is being launched. */
export function launchedInterface(
  planned: PlannedInterface,
  instanceId: string,
  ctx: Context,
): NetworkInterface {
  const { subnet, deviceIndex, deleteOnTermination } = planned
  const spec = {
    ...planned,
    privateIpAddress: planned.privateIpAddress ?? freeAddress(subnet, ctx),
  }
  const row = planned.existing ?? newInterface(spec, ctx)
  return attachInterface(row, { instanceId, deviceIndex, deleteOnTermination }, ctx)
}

/** The error of attaching what is attached. */
export function interfaceInUse(id: string): AwsError {
  return new AwsError('InvalidNetworkInterface.InUse', `Interface: [${id}] in use.`)
}

function checkNoInstanceLevel({
  SubnetId,
  SecurityGroupIds = [],
  SecurityGroups = [],
  PrivateIpAddress,
}: RunInstancesRequest): void {
  const what =
    (SubnetId !== undefined && 'subnet ID') ||
    (SecurityGroupIds.length + SecurityGroups.length > 0 && 'security groups') ||
    (PrivateIpAddress !== undefined && 'private address')
  if (!what) return
  throw invalidCombination(
    `Network interfaces and an instance-level ${what} may not be specified on the same request`,
  )
}

/** The default subnet of the zone; without one, the first that has addresses left. */
function defaultSubnet(zoneWanted: string | undefined, ctx: Context): Subnet {
  if (zoneWanted !== undefined && !zonesOf(ctx.region).some(({ name }) => name === zoneWanted)) {
    throw invalidValue(`Invalid availability zone: [${zoneWanted}]`)
  }
  const vpc = defaultVpc(ctx)
  if (!vpc) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user')
  const defaults = ctx.tx
    .by(subnets, 'vpc', vpc.VpcId)
    .filter(({ DefaultForAz }) => DefaultForAz)
    .filter(({ AvailabilityZone }) => !zoneWanted || AvailabilityZone === zoneWanted)
  const free = defaults.find(({ AvailableIpAddressCount }) => AvailableIpAddressCount > 0)
  const chosen = free ?? defaults[0]
  if (chosen) return chosen
  throw new AwsError(
    'MissingInput',
    `No subnets found for the default VPC '${vpc.VpcId}'. Please specify a subnet.`,
  )
}

/** The groups of a new interface: the default one of its VPC unless the request names some. */
export function groupsOf(
  ids: readonly string[],
  names: readonly string[],
  subnet: Subnet,
  ctx: Context,
): SecurityGroup[] {
  const inVpc = ctx.tx.by(securityGroups, 'vpc', subnet.VpcId)
  const named = names.map((name) => {
    const group = inVpc.find(({ GroupName }) => GroupName === name)
    if (group) return group
    throw new AwsError(
      'InvalidGroup.NotFound',
      `The security group '${name}' does not exist in VPC '${subnet.VpcId}'`,
    )
  })
  const chosen = [...allExisting(SECURITY_GROUP, securityGroups, ids, 'groupId', ctx), ...named]
  for (const { GroupId, VpcId } of chosen) {
    if (VpcId === subnet.VpcId) continue
    throw new AwsError(
      'InvalidParameter',
      `Security group ${GroupId} and subnet ${subnet.SubnetId} belong to different networks.`,
    )
  }
  if (chosen.length > 0) return chosen
  return inVpc.filter(({ GroupName }) => GroupName === 'default')
}
