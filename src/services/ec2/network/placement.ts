/** Where instances are launched: subnet, security groups, addresses. */
import type {
  InstanceNetworkInterfaceSpecification,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { invalidCombination, invalidValue } from '../errors.ts'
import { allExisting, existing, SECURITY_GROUP, SUBNET } from '../ids.ts'
import { zonesOf } from '../regions.ts'
import { checkAddress, noAddressLeft } from './addresses.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { type SecurityGroup, type Subnet, securityGroups, subnets, vpcs } from './rows.ts'

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
  if (spec.NetworkInterfaceId) {
    throw invalidValue('Windtunnel does not launch instances with existing network interfaces.')
  }
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
  const vpc = [...ctx.tx.all(vpcs)].find(({ IsDefault }) => IsDefault)
  if (!vpc) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user')
  const defaults = ctx.tx
    .by(subnets, 'vpc', vpc.VpcId)
    .filter(({ DefaultForAz }) => DefaultForAz)
    .filter(({ AvailabilityZone }) => !zoneWanted || AvailabilityZone === zoneWanted)
  const free = defaults.find(({ AvailableIpAddressCount }) => AvailableIpAddressCount > 0)
  if (free) return free
  if (defaults[0]) throw noAddressLeft(defaults[0])
  throw new AwsError(
    'MissingInput',
    `No subnets found for the default VPC '${vpc.VpcId}'. Please specify a subnet.`,
  )
}

function groupsOf(
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
