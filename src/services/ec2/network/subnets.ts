/** Subnets: creating, changing, deleting. */
import type {
  CreateDefaultSubnetRequest,
  CreateDefaultSubnetResult,
  CreateSubnetRequest,
  CreateSubnetResult,
  DeleteSubnetRequest,
  ModifySubnetAttributeRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import {
  invalidCombination,
  invalidParameter,
  missingParameter,
  unsupportedOperation,
} from '../errors.ts'
import { existing, newId, SUBNET, VPC } from '../ids.ts'
import { type Zone, zonesOf } from '../regions.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn, attributeKeys } from './access.ts'
import {
  type Block,
  block,
  blockText,
  canonicalCidr6,
  checkedBlock,
  contains,
  contains6,
  overlaps,
} from './cidr.ts'
import { defaultVpc, ensureDefaultVpc, newSubnet, putDefaultSubnet } from './default-vpc.ts'
import { hasDependencies } from './errors.ts'
import {
  natGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  type Subnet,
  subnets,
  type Vpc,
} from './rows.ts'
import { associateDefaultAcl } from './vpc-parts.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

const LEAST_BITS = 16
const MOST_BITS = 28
const IPV6_BITS = '/64'
const DEFAULT_SUBNET_BITS = 20

/** Creates a subnet in a part of the VPC's addresses that no other subnet has. */
export function createSubnet(
  input: Checked<CreateSubnetRequest>,
  ctx: Context,
): Answer<CreateSubnetResult> {
  const tags = tagsFor(input.TagSpecifications, ['subnet'])
  const vpc = existingVpc(input.VpcId, ctx)
  const zone = requestedZone(input, ctx)
  allowOn('ec2:CreateSubnet', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  const keys = { 'ec2:AvailabilityZone': zone.name, 'ec2:AvailabilityZoneId': zone.id }
  allowNew('CreateSubnet', SUBNET, tags, ctx, { vpcId: vpc.VpcId, keys })
  if (input.Ipv6Native) throw ipv6Native(input)
  if (!input.CidrBlock) throw missingParameter('cidrBlock')
  const CidrBlock = subnetCidr(input.CidrBlock, vpc, ctx)
  const SubnetId = newId(SUBNET, ctx)
  const row: Subnet = {
    ...newSubnet({ SubnetId, VpcId: vpc.VpcId, CidrBlock, zone }, ctx),
    ...ipv6Of(input.Ipv6CidrBlock, vpc, ctx),
  }
  ctx.tx.put(subnets, SubnetId, row)
  associateDefaultAcl(vpc.VpcId, SubnetId, ctx)
  tagNew(SubnetId, 'subnet', tags, ctx)
  return { Subnet: { ...row, Tags: tagsOf(SubnetId, ctx) } }
}

/** What a request for a subnet of IPv6 alone lacks, or that there are none here. */
function ipv6Native({ CidrBlock, Ipv6CidrBlock }: CreateSubnetRequest): AwsError {
  if (!Ipv6CidrBlock) {
    const text = "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided."
    return new AwsError('MissingParameter', text)
  }
  if (!CidrBlock) return unsupportedOperation('Windtunnel has no subnets of IPv6 alone.')
  return invalidCombination(
    'When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to ' +
      'true.',
  )
}

function requestedZone(
  { AvailabilityZone, AvailabilityZoneId }: Partial<CreateSubnetRequest>,
  { region }: Context,
): Zone {
  const zones = zonesOf(region)
  const found = zones.find(
    ({ name, id }) =>
      (AvailabilityZone === undefined || name === AvailabilityZone) &&
      (AvailabilityZoneId === undefined || id === AvailabilityZoneId),
  )
  if (found) return found
  const names = zones.map(({ name }) => name).join(', ')
  throw invalidParameter(
    'availabilityZone',
    AvailabilityZone ?? AvailabilityZoneId,
    `Subnets can currently only be created in the following availability zones: ${names}.`,
  )
}

function subnetCidr(cidr: string, vpc: Vpc, ctx: Context): string {
  const wanted = checkedBlock(cidr, 'cidrBlock')
  const fits = blocksOf(vpc).some((outer) => contains(outer, wanted))
  if (!fits || wanted.bits < LEAST_BITS || wanted.bits > MOST_BITS) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`)
  }
  if (isTaken(wanted, vpc, ctx)) throw conflict(cidr)
  return blockText(wanted)
}

function blocksOf({ CidrBlockAssociationSet }: Vpc): Block[] {
  return CidrBlockAssociationSet.flatMap(({ CidrBlock = '' }) => block(CidrBlock) ?? [])
}

function isTaken(wanted: Block, { VpcId }: Vpc, ctx: Context): boolean {
  return ctx.tx.by(subnets, 'vpc', VpcId).some(({ CidrBlock }) => {
    const taken = block(CidrBlock)
    return taken && overlaps(taken, wanted)
  })
}

function conflict(cidr: string): AwsError {
  const text = `The CIDR '${cidr}' conflicts with another subnet`
  return new AwsError('InvalidSubnet.Conflict', text)
}

function ipv6Of(
  wanted: string | undefined,
  vpc: Vpc,
  ctx: Context,
): Partial<Pick<Subnet, 'Ipv6CidrBlockAssociationSet'>> {
  if (wanted === undefined) return {}
  const cidr = canonicalCidr6(wanted, 'ipv6CidrBlock')
  const fits = vpc.Ipv6CidrBlockAssociationSet.some(
    ({ Ipv6CidrBlock }) => Ipv6CidrBlock && contains6(Ipv6CidrBlock, cidr),
  )
  if (!fits || !cidr.endsWith(IPV6_BITS)) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${wanted}' is invalid.`)
  }
  const taken = ctx.tx
    .by(subnets, 'vpc', vpc.VpcId)
    .some((subnet) =>
      subnet.Ipv6CidrBlockAssociationSet.some(({ Ipv6CidrBlock }) => Ipv6CidrBlock === cidr),
    )
  if (taken) throw conflict(wanted)
  const association = {
    AssociationId: newId({ prefix: 'subnet-cidr-assoc' }, ctx),
    Ipv6CidrBlock: cidr,
    Ipv6CidrBlockState: { State: 'associated' as const },
  }
  return { Ipv6CidrBlockAssociationSet: [association] }
}

/** A subnet of the default VPC for a zone that has none. */
export function createDefaultSubnet(
  input: Checked<CreateDefaultSubnetRequest>,
  ctx: Context,
): Answer<CreateDefaultSubnetResult> {
  ctx.allow('ec2:CreateDefaultSubnet', '*')
  const vpc = defaultVpc(ctx)
  if (!vpc) {
    const text = 'No default VPC exists for this account in this region.'
    throw new AwsError('DefaultVpcDoesNotExist', text)
  }
  const zone = requestedZone(input, ctx)
  const held = ctx.tx
    .by(subnets, 'vpc', vpc.VpcId)
    .find((row) => row.DefaultForAz && row.AvailabilityZone === zone.name)
  if (held) {
    const text = `'${held.SubnetId}' is already the default subnet in ${zone.name}.`
    throw new AwsError('DefaultSubnetAlreadyExistsInAvailabilityZone', text)
  }
  const SubnetId = newId(SUBNET, ctx)
  const CidrBlock = freeBlock(vpc, ctx)
  const makeId = (kind: { prefix: string }) => newId(kind, ctx)
  const Subnet = putDefaultSubnet({ SubnetId, VpcId: vpc.VpcId, CidrBlock, zone }, makeId, ctx)
  return { Subnet }
}

function freeBlock(vpc: Vpc, ctx: Context): string {
  const { first, size } = checkedBlock(vpc.CidrBlock, 'cidrBlock')
  const step = checkedBlock(`0.0.0.0/${DEFAULT_SUBNET_BITS}`, 'cidrBlock').size
  for (let at = first; at < first + size; at += step) {
    const candidate = { first: at, size: step, bits: DEFAULT_SUBNET_BITS }
    if (!isTaken(candidate, vpc, ctx)) return blockText(candidate)
  }
  throw new AwsError('InsufficientCidrBlocks', `No CIDR block is left in VPC '${vpc.VpcId}'.`)
}

/** The subnet of an id, or AWS's error. */
export function existingSubnet(id = '', ctx: Context): Subnet {
  ensureDefaultVpc(ctx)
  return existing(SUBNET, subnets, id, 'subnetId', ctx)
}

/** Condition keys of a subnet, and its VPC. */
export function subnetOwned({ VpcId: vpcId, AvailabilityZone, AvailabilityZoneId }: Subnet) {
  const keys = {
    'ec2:AvailabilityZone': AvailabilityZone,
    'ec2:AvailabilityZoneId': AvailabilityZoneId,
  }
  return { vpcId, keys }
}

/** Deletes a subnet in which there is no network interface. */
export function deleteSubnet({ SubnetId }: Checked<DeleteSubnetRequest>, ctx: Context): object {
  const subnet = existingSubnet(SubnetId, ctx)
  const { SubnetId: id } = subnet
  allowOn('ec2:DeleteSubnet', SUBNET, id, ctx, subnetOwned(subnet))
  const natGatewayInIt = ctx.tx
    .by(natGateways, 'subnet', id)
    .some(({ State }) => State !== 'deleted')
  if (natGatewayInIt || ctx.tx.by(networkInterfaces, 'subnet', id).length > 0) {
    throw hasDependencies('subnet', id)
  }
  for (const table of ctx.tx.by(routeTables, 'subnet', id)) {
    const Associations = table.Associations.filter((each) => each.SubnetId !== id)
    ctx.tx.put(routeTables, table.RouteTableId, { ...table, Associations })
  }
  for (const acl of ctx.tx.by(networkAcls, 'subnet', id)) {
    const Associations = acl.Associations.filter((each) => each.SubnetId !== id)
    ctx.tx.put(networkAcls, acl.NetworkAclId, { ...acl, Associations })
  }
  ctx.tx.delete(subnets, id)
  forgetTags(id, ctx)
  return {}
}

type Change = Partial<Subnet> & { readonly name: string; readonly value: unknown }

/** Changes one attribute of a subnet. */
export function modifySubnetAttribute(
  input: Checked<ModifySubnetAttributeRequest>,
  ctx: Context,
): object {
  const subnet = existingSubnet(input.SubnetId, ctx)
  const changes = requestedChanges(input, subnet)
  const [change] = changes
  if (!change) throw missingParameter('Attribute')
  const { name, value, ...changed } = change
  const { vpcId, keys } = subnetOwned(subnet)
  allowOn('ec2:ModifySubnetAttribute', SUBNET, subnet.SubnetId, ctx, {
    vpcId,
    keys: { ...keys, ...attributeKeys(name, value) },
  })
  if (changes.length > 1) {
    const names = changes.map((each) => each.name).join(', ')
    throw invalidCombination(`Fields for multiple attribute types specified: ${names}`)
  }
  ctx.tx.put(subnets, subnet.SubnetId, { ...subnet, ...changed })
  return {}
}

const FLAGS = ['MapPublicIpOnLaunch', 'AssignIpv6AddressOnCreation', 'EnableDns64'] as const

function requestedChanges(input: ModifySubnetAttributeRequest, subnet: Subnet): Change[] {
  const options = subnet.PrivateDnsNameOptionsOnLaunch
  const changes: Change[] = FLAGS.flatMap((name) => {
    const value = input[name]?.Value
    return value === undefined ? [] : [{ name, value, [name]: value }]
  })
  const dns = (name: string, value: unknown, option: object) => {
    if (value === undefined) return
    changes.push({ name, value, PrivateDnsNameOptionsOnLaunch: { ...options, ...option } })
  }
  const { PrivateDnsHostnameTypeOnLaunch: HostnameType } = input
  dns('PrivateDnsHostnameTypeOnLaunch', HostnameType, { HostnameType })
  const EnableResourceNameDnsARecord = input.EnableResourceNameDnsARecordOnLaunch?.Value
  dns('EnableResourceNameDnsARecordOnLaunch', EnableResourceNameDnsARecord, {
    EnableResourceNameDnsARecord,
  })
  const EnableResourceNameDnsAAAARecord = input.EnableResourceNameDnsAAAARecordOnLaunch?.Value
  dns('EnableResourceNameDnsAAAARecordOnLaunch', EnableResourceNameDnsAAAARecord, {
    EnableResourceNameDnsAAAARecord,
  })
  return changes
}
