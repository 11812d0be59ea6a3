/** Network ACLs and their associations with subnets. */
import type {
  CreateNetworkAclRequest,
  CreateNetworkAclResult,
  DeleteNetworkAclRequest,
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  ReplaceNetworkAclAssociationRequest,
  ReplaceNetworkAclAssociationResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidValue } from '../errors.ts'
import type { FilterValue } from '../filters.ts'
import { earlier, identityOf } from '../idempotency.ts'
import { existing, NETWORK_ACL, newId, SUBNET, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { associationNotFound, differentNetworks, hasDependencies } from './errors.ts'
import { find } from './find.ts'
import { type NetworkAcl, networkAcls } from './rows.ts'
import { existingSubnet, subnetOwned } from './subnets.ts'
import { firstEntries } from './vpc-parts.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

/** Creates an ACL that lets nothing through. */
export function createNetworkAcl(
  input: Checked<CreateNetworkAclRequest>,
  ctx: Context,
): Answer<CreateNetworkAclResult> {
  const tags = tagsFor(input.TagSpecifications, ['network-acl'])
  const vpc = existingVpc(input.VpcId, ctx)
  const { VpcId } = vpc
  allowOn('ec2:CreateNetworkAcl', VPC, VpcId, ctx, vpcKeysOf(vpc))
  allowNew('CreateNetworkAcl', NETWORK_ACL, tags, ctx, { vpcId: VpcId })
  const identity = identityOf(input)
  const repeated = earlier(ctx.tx.by(networkAcls, 'vpc', VpcId), identity)
  if (repeated) return { NetworkAcl: shown(repeated, ctx), ClientToken: input.ClientToken }
  const NetworkAclId = newId(NETWORK_ACL, ctx)
  const row: NetworkAcl = {
    NetworkAclId,
    OwnerId: ctx.account,
    VpcId,
    IsDefault: false,
    Entries: firstEntries(false, vpc.Ipv6CidrBlockAssociationSet.length > 0),
    Associations: [],
    ...identity,
  }
  ctx.tx.put(networkAcls, NetworkAclId, row)
  tagNew(NetworkAclId, 'network-acl', tags, ctx)
  return { NetworkAcl: shown(row, ctx), ClientToken: input.ClientToken }
}

function shown(row: NetworkAcl, ctx: Context) {
  return { ...row, Tags: tagsOf(row.NetworkAclId, ctx) }
}

/** The ACL of an id, or AWS's error. */
export function existingAcl(id: string, ctx: Context): NetworkAcl {
  ensureDefaultVpc(ctx)
  return existing(NETWORK_ACL, networkAcls, id, 'networkAclId', ctx)
}

/** Asks for an action on an ACL. */
export function allowOnAcl(action: string, { NetworkAclId, VpcId }: NetworkAcl, ctx: Context) {
  allowOn(action, NETWORK_ACL, NetworkAclId, ctx, { vpcId: VpcId })
}

/** Deletes an ACL that no subnet uses and that is not the default one. */
export function deleteNetworkAcl(
  { NetworkAclId }: Checked<DeleteNetworkAclRequest>,
  ctx: Context,
): object {
  const acl = existingAcl(NetworkAclId, ctx)
  allowOnAcl('ec2:DeleteNetworkAcl', acl, ctx)
  if (acl.IsDefault) throw invalidValue(`cannot delete default network ACL ${NetworkAclId}`)
  if (acl.Associations.length > 0) throw hasDependencies('networkAcl', NetworkAclId)
  ctx.tx.delete(networkAcls, NetworkAclId)
  forgetTags(NetworkAclId, ctx)
  return {}
}

/** Has a subnet use another ACL; it always has one. */
export function replaceNetworkAclAssociation(
  { AssociationId, NetworkAclId }: Checked<ReplaceNetworkAclAssociationRequest>,
  ctx: Context,
): ReplaceNetworkAclAssociationResult {
  ensureDefaultVpc(ctx)
  const isIt = (each: { NetworkAclAssociationId?: string }) =>
    each.NetworkAclAssociationId === AssociationId
  const [from] = ctx.tx.by(networkAcls, 'association', AssociationId)
  const held = from?.Associations.find(isIt)
  if (!from || !held?.SubnetId) throw associationNotFound(AssociationId)
  const { SubnetId } = held
  const to = existingAcl(NetworkAclId, ctx)
  const subnet = existingSubnet(SubnetId, ctx)
  allowOnAcl('ec2:ReplaceNetworkAclAssociation', to, ctx)
  allowOn('ec2:ReplaceNetworkAclAssociation', SUBNET, SubnetId, ctx, subnetOwned(subnet))
  if (from.VpcId !== to.VpcId) {
    throw differentNetworks(`network acl ${NetworkAclId} and subnet ${SubnetId}`)
  }
  const rest = from.Associations.filter((each) => !isIt(each))
  ctx.tx.put(networkAcls, from.NetworkAclId, { ...from, Associations: rest })
  const target = existingAcl(NetworkAclId, ctx)
  const NewAssociationId = newId({ prefix: 'aclassoc' }, ctx)
  const association = { NetworkAclAssociationId: NewAssociationId, NetworkAclId, SubnetId }
  const Associations = [...target.Associations, association]
  ctx.tx.put(networkAcls, NetworkAclId, { ...target, Associations })
  return { NewAssociationId }
}

const eachAssociation =
  (value: (association: NetworkAcl['Associations'][number]) => FilterValue) =>
  ({ Associations }: NetworkAcl) =>
    Associations.map(value)

const eachEntry =
  (value: (entry: NetworkAcl['Entries'][number]) => FilterValue) =>
  ({ Entries }: NetworkAcl) =>
    Entries.map(value)

const NETWORK_ACLS: Listing<NetworkAcl> = {
  kind: NETWORK_ACL,
  table: networkAcls,
  idOf: ({ NetworkAclId }) => NetworkAclId,
  fields: {
    'association.association-id': eachAssociation((each) => each.NetworkAclAssociationId),
    'association.network-acl-id': eachAssociation(({ NetworkAclId }) => NetworkAclId),
    'association.subnet-id': eachAssociation(({ SubnetId }) => SubnetId),
    default: ({ IsDefault }) => IsDefault,
    'entry.cidr': eachEntry(({ CidrBlock }) => CidrBlock),
    'entry.egress': eachEntry(({ Egress }) => Egress),
    'entry.icmp.code': eachEntry(({ IcmpTypeCode }) => IcmpTypeCode?.Code),
    'entry.icmp.type': eachEntry(({ IcmpTypeCode }) => IcmpTypeCode?.Type),
    'entry.ipv6-cidr': eachEntry(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    'entry.port-range.from': eachEntry(({ PortRange }) => PortRange?.From),
    'entry.port-range.to': eachEntry(({ PortRange }) => PortRange?.To),
    'entry.protocol': eachEntry(({ Protocol }) => Protocol),
    'entry.rule-action': eachEntry(({ RuleAction }) => RuleAction),
    'entry.rule-number': eachEntry(({ RuleNumber }) => RuleNumber),
    'network-acl-id': ({ NetworkAclId }) => NetworkAclId,
    'owner-id': ({ OwnerId }) => OwnerId,
    'vpc-id': ({ VpcId }) => VpcId,
  },
  indexes: { 'association.subnet-id': 'subnet', 'vpc-id': 'vpc' },
}

/** ACLs by id, or all that match. */
export function describeNetworkAcls(
  input: DescribeNetworkAclsRequest,
  ctx: Context,
): Answer<DescribeNetworkAclsResult> {
  ctx.allow('ec2:DescribeNetworkAcls', '*')
  const parameters = { set: 'networkAclIdSet', one: 'networkAclId' }
  const { rows, NextToken } = find(NETWORK_ACLS, input.NetworkAclIds, input, parameters, ctx)
  return { NetworkAcls: rows.map((row) => shown(row, ctx)), NextToken }
}
