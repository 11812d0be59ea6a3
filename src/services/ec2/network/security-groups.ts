/** Security groups: creating, describing, deleting. */
import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  GetSecurityGroupsForVpcRequest,
  GetSecurityGroupsForVpcResult,
  IpPermission,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidParameter, invalidValue, missingParameter } from '../errors.ts'
import type { Fields, FilterValue } from '../filters.ts'
import { ec2Arn, existing, newId, SECURITY_GROUP, VPC } from '../ids.ts'
import { type Listing, list } from '../listing.ts'
import { tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { defaultVpc, ensureDefaultVpc } from './default-vpc.ts'
import { dependencyViolation } from './errors.ts'
import { find } from './find.ts'
import { permissionsOf } from './permissions.ts'
import {
  networkInterfaces,
  type SecurityGroup,
  securityGroupRules,
  securityGroups,
} from './rows.ts'
import {
  allTraffic,
  DEFAULT_GROUP_NAME,
  EVERYWHERE,
  EVERYWHERE_6,
  putGroup,
  putRule,
  removeGroup,
} from './vpc-parts.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

const MAX_LENGTH = 255
const ALLOWED = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/
const ALLOWED_TEXT = 'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*'

/** Creates a group that lets everything out and nothing in. */
export function createSecurityGroup(
  input: Checked<CreateSecurityGroupRequest>,
  ctx: Context,
): CreateSecurityGroupResult {
  const { GroupName, Description } = input
  const tags = tagsFor(input.TagSpecifications, ['security-group'])
  if (!GroupName) throw missingParameter('GroupName')
  checkName(GroupName)
  if (!Description) throw missingParameter('GroupDescription')
  checkText(Description, 'GroupDescription', 'security group description')
  const vpc = input.VpcId ? existingVpc(input.VpcId, ctx) : defaultVpc(ctx)
  if (!vpc) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user')
  const { VpcId } = vpc
  allowOn('ec2:CreateSecurityGroup', VPC, VpcId, ctx, vpcKeysOf(vpc))
  allowNew('CreateSecurityGroup', SECURITY_GROUP, tags, ctx, { vpcId: VpcId })
  if (ctx.tx.by(securityGroups, 'vpc', VpcId).some((group) => group.GroupName === GroupName)) {
    const text = `The security group '${GroupName}' already exists for VPC '${VpcId}'`
    throw new AwsError('InvalidGroup.Duplicate', text)
  }
  const GroupId = newId(SECURITY_GROUP, ctx)
  putGroup({ GroupId, GroupName, Description, VpcId }, ctx)
  const out = { ...allTraffic(GroupId, true), CidrIpv4: EVERYWHERE }
  const makeId = (kind: { prefix: string }) => newId(kind, ctx)
  putRule(out, makeId, ctx)
  if (vpc.Ipv6CidrBlockAssociationSet.length > 0) {
    putRule({ ...allTraffic(GroupId, true), CidrIpv6: EVERYWHERE_6 }, makeId, ctx)
  }
  tagNew(GroupId, 'security-group', tags, ctx)
  const SecurityGroupArn = ec2Arn('security-group', GroupId, ctx)
  return { GroupId, SecurityGroupArn, Tags: tagsOf(GroupId, ctx)?.slice() }
}

function checkName(name: string): void {
  if (name.startsWith('sg-')) {
    throw invalidParameter('groupName', name, 'Group names may not be in the format sg-*.')
  }
  if (name.toLowerCase() === DEFAULT_GROUP_NAME) {
    throw invalidValue(`Cannot use reserved security group name: ${name}`)
  }
  checkText(name, 'groupName', 'security group name')
}

/** Throws unless the text is one that names and descriptions of groups may be. */
function checkText(text: string, parameter: string, what: string): void {
  if (text.length <= MAX_LENGTH && ALLOWED.test(text)) return
  throw invalidParameter(parameter, text, invalidText(what))
}

/** The same of descriptions of rules, whose error names no parameter. */
export function checkRuleDescription(text: string | undefined): void {
  if (text === undefined || (text.length <= MAX_LENGTH && ALLOWED.test(text))) return
  throw invalidValue(invalidText('rule description'))
}

function invalidText(what: string): string {
  const plural = what.replace(/^.*\b(name|description)$/, '$1s')
  return (
    `Invalid ${what}. Valid ${plural} are strings less than 256 characters from the following ` +
    `set: ${ALLOWED_TEXT}`
  )
}

/** The group of a request by its id or, in the default VPC, by its name. */
export function requestedGroup(
  { GroupId, GroupName }: { GroupId?: string | undefined; GroupName?: string | undefined },
  ctx: Context,
): SecurityGroup {
  ensureDefaultVpc(ctx)
  const id = GroupId ?? (GroupName === undefined ? undefined : idOfName(GroupName, ctx))
  if (!id) throw missingParameter('GroupName or GroupId')
  return existing(SECURITY_GROUP, securityGroups, id, 'groupId', ctx)
}

/** Asks for an action on a group that exists. */
export function allowOnGroup(
  action: string,
  { GroupId, VpcId }: SecurityGroup,
  ctx: Context,
): void {
  allowOn(action, SECURITY_GROUP, GroupId, ctx, { vpcId: VpcId })
}

/** Deletes a group that no network interface and no rule of another group uses. */
export function deleteSecurityGroup(
  input: Checked<DeleteSecurityGroupRequest>,
  ctx: Context,
): DeleteSecurityGroupResult {
  const group = requestedGroup(input, ctx)
  const { GroupId, GroupName } = group
  allowOnGroup('ec2:DeleteSecurityGroup', group, ctx)
  if (GroupName === DEFAULT_GROUP_NAME) {
    const text = `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`
    throw new AwsError('CannotDelete', text)
  }
  const referenced = ctx.tx
    .by(securityGroupRules, 'referenced', GroupId)
    .some((rule) => rule.GroupId !== GroupId)
  if (referenced || ctx.tx.by(networkInterfaces, 'group', GroupId).length > 0) {
    throw dependencyViolation(`resource ${GroupId} has a dependent object`)
  }
  removeGroup(GroupId, ctx)
  return { Return: true, GroupId }
}

type Permission = Answer<IpPermission>

/** The filters on rules, which are the same for both directions. */
function ruleFields(prefix: string, isEgress: boolean): Fields<SecurityGroup> {
  const each = (value: (rule: Permission) => FilterValue) => (group: SecurityGroup, ctx: Context) =>
    permissionsOf(group, isEgress, ctx).map(value)
  const fields: Fields<SecurityGroup> = {
    cidr: each(({ IpRanges }) => IpRanges?.map(({ CidrIp }) => CidrIp)),
    'from-port': each(({ FromPort }) => FromPort),
    'group-id': each(({ UserIdGroupPairs }) => UserIdGroupPairs?.map(({ GroupId }) => GroupId)),
    'group-name': each(({ UserIdGroupPairs }) =>
      UserIdGroupPairs?.map(({ GroupName }) => GroupName),
    ),
    'ipv6-cidr': each(({ Ipv6Ranges }) => Ipv6Ranges?.map(({ CidrIpv6 }) => CidrIpv6)),
    'prefix-list-id': each(({ PrefixListIds }) =>
      PrefixListIds?.map(({ PrefixListId }) => PrefixListId),
    ),
    protocol: each(({ IpProtocol }) => IpProtocol),
    'to-port': each(({ ToPort }) => ToPort),
    'user-id': each(({ UserIdGroupPairs }) => UserIdGroupPairs?.map(({ UserId }) => UserId)),
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [`${prefix}.${name}`, field]),
  )
}

const SECURITY_GROUPS: Listing<SecurityGroup> = {
  kind: SECURITY_GROUP,
  table: securityGroups,
  idOf: ({ GroupId }) => GroupId,
  fields: {
    description: ({ Description }) => Description,
    'group-id': ({ GroupId }) => GroupId,
    'group-name': ({ GroupName }) => GroupName,
    'owner-id': ({ OwnerId }) => OwnerId,
    'vpc-id': ({ VpcId }) => VpcId,
    ...ruleFields('ip-permission', false),
    ...ruleFields('egress.ip-permission', true),
  },
  indexes: { 'vpc-id': 'vpc' },
}

/** Groups by id or, in the default VPC, by name. */
export function describeSecurityGroups(
  input: DescribeSecurityGroupsRequest,
  ctx: Context,
): Answer<DescribeSecurityGroupsResult> {
  ctx.allow('ec2:DescribeSecurityGroups', '*')
  const named = (input.GroupNames ?? []).map((name) => idOfName(name, ctx))
  const ids = [...(input.GroupIds ?? []), ...named]
  const parameters = { set: 'securityGroupSet', one: 'groupId' }
  const { rows, NextToken } = find(SECURITY_GROUPS, ids, input, parameters, ctx)
  const SecurityGroups = rows.map((row) => ({
    ...row,
    IpPermissions: permissionsOf(row, false, ctx),
    IpPermissionsEgress: permissionsOf(row, true, ctx),
    Tags: tagsOf(row.GroupId, ctx),
  }))
  return { SecurityGroups, NextToken }
}

/**
 * The groups that can be used in a VPC: its own, as no VPC is associated with those of another.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSecurityGroupsForVpc.html
 */
export function getSecurityGroupsForVpc(
  input: Checked<GetSecurityGroupsForVpcRequest>,
  ctx: Context,
): Answer<GetSecurityGroupsForVpcResult> {
  const vpc = existingVpc(input.VpcId, ctx)
  allowOn('ec2:GetSecurityGroupsForVpc', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  const fields = {
    'group-id': ({ GroupId }: SecurityGroup) => GroupId,
    description: ({ Description }: SecurityGroup) => Description,
    'group-name': ({ GroupName }: SecurityGroup) => GroupName,
    'owner-id': ({ OwnerId }: SecurityGroup) => OwnerId,
    'primary-vpc-id': ({ VpcId }: SecurityGroup) => VpcId,
  }
  const listing = { ...SECURITY_GROUPS, fields, indexes: { 'primary-vpc-id': 'vpc' } }
  const Filters = [...(input.Filters ?? []), { Name: 'primary-vpc-id', Values: [vpc.VpcId] }]
  const { rows, NextToken } = list(listing, { ...input, Filters }, ctx)
  const SecurityGroupForVpcs = rows.map((row) => ({
    Description: row.Description,
    GroupName: row.GroupName,
    OwnerId: row.OwnerId,
    GroupId: row.GroupId,
    Tags: tagsOf(row.GroupId, ctx) ?? [],
    PrimaryVpcId: row.VpcId,
  }))
  return { SecurityGroupForVpcs, NextToken }
}

/** The id of the group of that name in the default VPC. */
export function idOfName(name: string, ctx: Context): string {
  const vpc = defaultVpc(ctx)
  const groups = vpc ? ctx.tx.by(securityGroups, 'vpc', vpc.VpcId) : []
  const group = groups.find(({ GroupName }) => GroupName === name)
  if (group) return group.GroupId
  const where = vpc ? `default VPC '${vpc.VpcId}'` : 'a default VPC'
  const text = `The security group '${name}' does not exist in ${where}`
  throw new AwsError('InvalidGroup.NotFound', text)
}
