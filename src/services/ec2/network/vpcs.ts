/** VPCs: creating, deleting, their blocks of addresses. */
import type {
  AssociateVpcCidrBlockRequest,
  AssociateVpcCidrBlockResult,
  CreateDefaultVpcResult,
  CreateVpcRequest,
  CreateVpcResult,
  DeleteVpcRequest,
  DisassociateVpcCidrBlockRequest,
  DisassociateVpcCidrBlockResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidValue, operationNotPermitted } from '../errors.ts'
import { existing, newId, VPC } from '../ids.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import {
  block,
  blockText,
  canonicalCidr6,
  checkedBlock,
  contains,
  contains6,
  overlaps,
} from './cidr.ts'
import { defaultVpc, ensureDefaultVpc, newVpc, putDefaultVpc } from './default-vpc.ts'
import { vpcEndpoints } from './endpoint-rows.ts'
import { hasDependencies } from './errors.ts'
import {
  egressOnlyGateways,
  internetGateways,
  natGateways,
  networkAcls,
  type RouteTable,
  routeTables,
  securityGroups,
  subnets,
  type Vpc,
  vpcs,
} from './rows.ts'
import { DEFAULT_GROUP_NAME, localRoute, putVpcParts, removeVpcParts } from './vpc-parts.ts'

const LEAST_BITS = 16
const MOST_BITS = 28
/** AWS's default quota of IPv4 blocks. */
const MAX_CIDR_BLOCKS = 5
const AMAZON_POOL = 'Amazon'

/** Creates a VPC with its main route table, its default ACL and its default group. */
export function createVpc(input: Checked<CreateVpcRequest>, ctx: Context): Answer<CreateVpcResult> {
  const tags = tagsFor(input.TagSpecifications, ['vpc'])
  const { InstanceTenancy = 'default' } = input
  if (InstanceTenancy === 'host') {
    throw new AwsError('UnsupportedTenancy', 'The tenancy value host is not supported.')
  }
  const cidr = vpcCidr(input)
  const keys = { 'ec2:Tenancy': InstanceTenancy }
  allowNew('CreateVpc', VPC, tags, ctx, { keys })
  ensureDefaultVpc(ctx)
  const makeId = (kind: { prefix: string }) => newId(kind, ctx)
  const plain = newVpc(makeId(VPC), cidr, makeId, ctx)
  const ipv6CidrBlock = input.AmazonProvidedIpv6CidrBlock ? amazonIpv6Block(ctx) : undefined
  const vpc: Vpc = {
    ...plain,
    InstanceTenancy,
    Ipv6CidrBlockAssociationSet: ipv6CidrBlock ? [ipv6Association(ipv6CidrBlock, ctx)] : [],
  }
  ctx.tx.put(vpcs, vpc.VpcId, vpc)
  putVpcParts({ ...vpc, ipv6CidrBlock }, makeId, ctx)
  tagNew(vpc.VpcId, 'vpc', tags, ctx)
  return { Vpc: { ...vpc, State: 'pending', Tags: tagsOf(vpc.VpcId, ctx) } }
}

function vpcCidr({ CidrBlock }: CreateVpcRequest): string {
  if (!CidrBlock) {
    const text = "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."
    throw new AwsError('MissingParameter', text)
  }
  return blockOfVpc(CidrBlock)
}

function blockOfVpc(cidr: string): string {
  const found = checkedBlock(cidr, 'cidrBlock')
  if (found.bits < LEAST_BITS || found.bits > MOST_BITS) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${cidr}' is invalid.`)
  }
  return blockText(found)
}

/** A /56 of those that AWS hands out. */
function amazonIpv6Block(ctx: Context): string {
  const digits = ctx.ids.hex(6)
  return canonicalCidr6(
    `2600:1f18:${digits.slice(0, 4)}:${digits.slice(4)}00::/56`,
    'ipv6CidrBlock',
  )
}

function ipv6Association(Ipv6CidrBlock: string, ctx: Context) {
  return {
    AssociationId: newId({ prefix: 'vpc-cidr-assoc' }, ctx),
    Ipv6CidrBlock,
    Ipv6CidrBlockState: { State: 'associated' as const },
    NetworkBorderGroup: ctx.region,
    Ipv6Pool: AMAZON_POOL,
  }
}

/** Makes the default VPC again after it was deleted. */
export function createDefaultVpc(_: object, ctx: Context): Answer<CreateDefaultVpcResult> {
  ctx.allow('ec2:CreateDefaultVpc', '*')
  if (defaultVpc(ctx)) {
    throw new AwsError(
      'DefaultVpcAlreadyExists',
      'A Default VPC already exists for this account in this region.',
    )
  }
  return { Vpc: putDefaultVpc((kind) => newId(kind, ctx), ctx) }
}

/** Condition keys of a VPC. */
export function vpcKeysOf({ InstanceTenancy }: Vpc) {
  return { keys: { 'ec2:Tenancy': InstanceTenancy } }
}

/** Deletes a VPC in which nothing is left but what it had from its start. */
export function deleteVpc({ VpcId }: Checked<DeleteVpcRequest>, ctx: Context): object {
  const vpc = existingVpc(VpcId, ctx)
  allowOn('ec2:DeleteVpc', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  if (isUsed(vpc.VpcId, ctx)) throw hasDependencies('vpc', vpc.VpcId)
  removeVpcParts(vpc.VpcId, ctx)
  ctx.tx.delete(vpcs, vpc.VpcId)
  forgetTags(vpc.VpcId, ctx)
  return {}
}

/** The VPC of an id, or AWS's error. */
export function existingVpc(id = '', ctx: Context): Vpc {
  ensureDefaultVpc(ctx)
  return existing(VPC, vpcs, id, 'vpcId', ctx)
}

function isUsed(vpcId: string, ctx: Context): boolean {
  const { tx } = ctx
  const isMain = ({ Associations }: RouteTable) => Associations.some(({ Main }) => Main)
  return (
    tx.by(subnets, 'vpc', vpcId).length > 0 ||
    tx.by(internetGateways, 'vpc', vpcId).length > 0 ||
    tx.by(egressOnlyGateways, 'vpc', vpcId).length > 0 ||
    tx.by(vpcEndpoints, 'vpc', vpcId).length > 0 ||
    tx.by(natGateways, 'vpc', vpcId).some(({ State }) => State !== 'deleted') ||
    tx.by(routeTables, 'vpc', vpcId).some((table) => !isMain(table)) ||
    tx.by(networkAcls, 'vpc', vpcId).some(({ IsDefault }) => !IsDefault) ||
    tx.by(securityGroups, 'vpc', vpcId).some(({ GroupName }) => GroupName !== DEFAULT_GROUP_NAME)
  )
}

/** Gives a VPC more addresses: a second block, or one of IPv6. */
export function associateVpcCidrBlock(
  { VpcId, CidrBlock, AmazonProvidedIpv6CidrBlock }: Checked<AssociateVpcCidrBlockRequest>,
  ctx: Context,
): Answer<AssociateVpcCidrBlockResult> {
  const vpc = existingVpc(VpcId, ctx)
  allowOn('ec2:AssociateVpcCidrBlock', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  if (AmazonProvidedIpv6CidrBlock) return associateIpv6(vpc, ctx)
  const CidrBlockText = vpcCidr({ CidrBlock })
  const added = checkedBlock(CidrBlockText, 'cidrBlock')
  for (const association of vpc.CidrBlockAssociationSet) {
    const held = block(association.CidrBlock ?? '')
    if (!held || !overlaps(held, added)) continue
    const text = `The CIDR '${CidrBlockText}' conflicts with another CIDR of the VPC.`
    // UNCERTAIN: the code is documented, the wording is not.
    throw new AwsError('InvalidVpc.Conflict', text)
  }
  if (vpc.CidrBlockAssociationSet.length >= MAX_CIDR_BLOCKS) {
    throw new AwsError(
      'CidrLimitExceeded',
      `This network ${vpc.VpcId} has met its maximum number of allowed CIDRs: ${MAX_CIDR_BLOCKS}`,
    )
  }
  const association = {
    AssociationId: newId({ prefix: 'vpc-cidr-assoc' }, ctx),
    CidrBlock: CidrBlockText,
    CidrBlockState: { State: 'associated' as const },
  }
  const CidrBlockAssociationSet = [...vpc.CidrBlockAssociationSet, association]
  ctx.tx.put(vpcs, vpc.VpcId, { ...vpc, CidrBlockAssociationSet })
  addLocalRoutes(vpc.VpcId, { DestinationCidrBlock: CidrBlockText }, ctx)
  const CidrBlockState = { State: 'associating' as const }
  return { VpcId: vpc.VpcId, CidrBlockAssociation: { ...association, CidrBlockState } }
}

function associateIpv6(vpc: Vpc, ctx: Context): Answer<AssociateVpcCidrBlockResult> {
  const Ipv6CidrBlock = amazonIpv6Block(ctx)
  const association = ipv6Association(Ipv6CidrBlock, ctx)
  const Ipv6CidrBlockAssociationSet = [...vpc.Ipv6CidrBlockAssociationSet, association]
  ctx.tx.put(vpcs, vpc.VpcId, { ...vpc, Ipv6CidrBlockAssociationSet })
  addLocalRoutes(vpc.VpcId, { DestinationIpv6CidrBlock: Ipv6CidrBlock }, ctx)
  const Ipv6CidrBlockState = { State: 'associating' as const }
  return { VpcId: vpc.VpcId, Ipv6CidrBlockAssociation: { ...association, Ipv6CidrBlockState } }
}

function addLocalRoutes(
  vpcId: string,
  destination: Parameters<typeof localRoute>[0],
  ctx: Context,
): void {
  for (const table of ctx.tx.by(routeTables, 'vpc', vpcId)) {
    const Routes = [...table.Routes, localRoute(destination)]
    ctx.tx.put(routeTables, table.RouteTableId, { ...table, Routes })
  }
}

/** Takes back addresses that no subnet uses. */
export function disassociateVpcCidrBlock(
  { AssociationId }: Checked<DisassociateVpcCidrBlockRequest>,
  ctx: Context,
): Answer<DisassociateVpcCidrBlockResult> {
  ensureDefaultVpc(ctx)
  const isIt = (each: { readonly AssociationId?: string | undefined }) =>
    each.AssociationId === AssociationId
  const vpc = [...ctx.tx.all(vpcs)].find(
    (row) => row.CidrBlockAssociationSet.some(isIt) || row.Ipv6CidrBlockAssociationSet.some(isIt),
  )
  if (!vpc) {
    const text = `The vpc CIDR block association ID '${AssociationId}' does not exist`
    throw new AwsError('InvalidVpcCidrBlockAssociationID.NotFound', text)
  }
  const { VpcId } = vpc
  allowOn('ec2:DisassociateVpcCidrBlock', VPC, VpcId, ctx, vpcKeysOf(vpc))
  const gone = vpc.CidrBlockAssociationSet.find(isIt)
  const gone6 = vpc.Ipv6CidrBlockAssociationSet.find(isIt)
  checkFree(vpc, gone?.CidrBlock, gone6?.Ipv6CidrBlock, AssociationId, ctx)
  ctx.tx.put(vpcs, VpcId, {
    ...vpc,
    CidrBlockAssociationSet: vpc.CidrBlockAssociationSet.filter((each) => !isIt(each)),
    Ipv6CidrBlockAssociationSet: vpc.Ipv6CidrBlockAssociationSet.filter((each) => !isIt(each)),
  })
  for (const table of ctx.tx.by(routeTables, 'vpc', VpcId)) {
    const Routes = table.Routes.filter(
      ({ DestinationCidrBlock, DestinationIpv6CidrBlock }) =>
        (DestinationCidrBlock ?? '') !== gone?.CidrBlock &&
        (DestinationIpv6CidrBlock ?? '') !== gone6?.Ipv6CidrBlock,
    )
    ctx.tx.put(routeTables, table.RouteTableId, { ...table, Routes })
  }
  const State = 'disassociating' as const
  return {
    VpcId,
    CidrBlockAssociation: gone && { ...gone, CidrBlockState: { State } },
    Ipv6CidrBlockAssociation: gone6 && { ...gone6, Ipv6CidrBlockState: { State } },
  }
}

function checkFree(
  vpc: Vpc,
  cidr: string | undefined,
  cidr6: string | undefined,
  associationId: string,
  ctx: Context,
): void {
  if (cidr === vpc.CidrBlock) {
    throw operationNotPermitted(
      `The vpc CIDR block with association ID ${associationId} may not be disassociated. It is ` +
        'the primary IPv4 CIDR block of the VPC',
    )
  }
  const outer = cidr ? block(cidr) : undefined
  const used = ctx.tx.by(subnets, 'vpc', vpc.VpcId).some((subnet) => {
    const inner = block(subnet.CidrBlock)
    if (outer && inner && contains(outer, inner)) return true
    return subnet.Ipv6CidrBlockAssociationSet.some(
      ({ Ipv6CidrBlock }) => cidr6 && Ipv6CidrBlock && contains6(cidr6, Ipv6CidrBlock),
    )
  })
  if (used) {
    throw invalidValue(
      `The vpc CIDR block with association ID ${associationId} may not be disassociated. It is ` +
        'in use by a subnet of the VPC',
    )
  }
}
