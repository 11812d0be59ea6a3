/** AuthorizeSecurityGroup… and RevokeSecurityGroup…, in both directions. */
import type {
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  IpPermission,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
  SecurityGroupRule as SdkSecurityGroupRule,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer } from '../../../aws/service.ts'
import { invalidValue, missingParameter } from '../errors.ts'
import { newId, SECURITY_GROUP_RULE } from '../ids.ts'
import { tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew } from './access.ts'
import {
  checkedPeer,
  checkedReference,
  checkedTraffic,
  grouped,
  ruleKey,
  spelledRule,
} from './permissions.ts'
import { type SecurityGroup, type SecurityGroupRule, securityGroupRules, vpcs } from './rows.ts'
import { allowOnGroup, checkRuleDescription, idOfName, requestedGroup } from './security-groups.ts'
import { type NewRule, putRule, removeRule } from './vpc-parts.ts'

/** The members that both directions have; egress has no group names. */
type Authorize = AuthorizeSecurityGroupIngressRequest
type Revoke = RevokeSecurityGroupIngressRequest

/** Adds rules for incoming traffic: all of the request, or none. */
export const authorizeSecurityGroupIngress = (input: Authorize, ctx: Context) =>
  authorize('AuthorizeSecurityGroupIngress', false, input, ctx)

/** Adds rules for outgoing traffic: all of the request, or none. */
export const authorizeSecurityGroupEgress = (input: Authorize, ctx: Context) =>
  authorize('AuthorizeSecurityGroupEgress', true, input, ctx)

/** Removes rules for incoming traffic, by what they say or by their ids. */
export const revokeSecurityGroupIngress = (input: Revoke, ctx: Context) =>
  revoke('ec2:RevokeSecurityGroupIngress', false, input, ctx)

/** Removes rules for outgoing traffic, by what they say or by their ids. */
export const revokeSecurityGroupEgress = (input: Revoke, ctx: Context) =>
  revoke('ec2:RevokeSecurityGroupEgress', true, input, ctx)

function authorize(
  operation: string,
  isEgress: boolean,
  input: Authorize,
  ctx: Context,
): Answer<AuthorizeSecurityGroupIngressResult> {
  const tags = tagsFor(input.TagSpecifications, ['security-group-rule'])
  const group = requestedGroup(input, ctx)
  allowOnGroup(`ec2:${operation}`, group, ctx)
  if (tags.of('security-group-rule').length > 0) {
    allowNew(operation, SECURITY_GROUP_RULE, tags, ctx, { vpcId: group.VpcId })
  }
  const wanted = requestedRules(group, isEgress, input, ctx)
  checkDistinct(wanted)
  const held = new Set(rulesOf(group, isEgress, ctx).map(ruleKey))
  const duplicate = wanted.find((rule) => held.has(ruleKey(rule)))
  if (duplicate) {
    const text = `the specified rule "${spelledRule(duplicate)}" already exists`
    throw new AwsError('InvalidPermission.Duplicate', text)
  }
  const SecurityGroupRules = wanted.map((rule) => {
    const row = putRule(rule, (kind) => newId(kind, ctx), ctx)
    tagNew(row.SecurityGroupRuleId, 'security-group-rule', tags, ctx)
    return shownRule(row, ctx)
  })
  return { Return: true, SecurityGroupRules }
}

function checkDistinct(rules: readonly NewRule[]): void {
  if (new Set(rules.map(ruleKey)).size === rules.length) return
  throw invalidValue('The same permission must not appear multiple times')
}

/** A rule as it is answered. */
export function shownRule(rule: SecurityGroupRule, ctx: Context): Answer<SdkSecurityGroupRule> {
  return { ...rule, Tags: tagsOf(rule.SecurityGroupRuleId, ctx) }
}

/** The rules of a group in one direction, in the order of their creation. */
export function rulesOf(
  { GroupId }: SecurityGroup,
  isEgress: boolean,
  ctx: Context,
): SecurityGroupRule[] {
  const rules = ctx.tx.by(securityGroupRules, 'group', GroupId)
  return rules.filter(({ IsEgress }) => IsEgress === isEgress)
}

/** The rules that a request spells out, in IpPermissions or in its own members. */
function requestedRules(
  group: SecurityGroup,
  isEgress: boolean,
  input: Authorize | Revoke,
  ctx: Context,
): NewRule[] {
  const permissions = input.IpPermissions ?? []
  const spelled = permissions.length > 0 ? permissions : ownPermission(input, ctx)
  return spelled.flatMap((permission) => rulesIn(permission, group, isEgress, ctx))
}

/** The older way: one rule, in members of the request itself. */
function ownPermission(input: Authorize | Revoke, ctx: Context): IpPermission[] {
  const { IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName: name } = input
  if (!IpProtocol && !name && !CidrIp) throw missingParameter('ipPermissions')
  if (name) {
    // A group as the source lets everything in.
    const GroupId = idOfName(name, ctx)
    return [{ IpProtocol: IpProtocol ?? '-1', FromPort, ToPort, UserIdGroupPairs: [{ GroupId }] }]
  }
  return [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }]
}

/** The rules that one permission stands for: one for each peer. */
export function rulesIn(
  permission: IpPermission,
  group: SecurityGroup,
  IsEgress: boolean,
  ctx: Context,
): NewRule[] {
  const { IpProtocol, FromPort, ToPort } = permission
  const common = {
    GroupId: group.GroupId,
    IsEgress,
    ...checkedTraffic(IpProtocol, FromPort, ToPort),
  }
  const rules: NewRule[] = []
  const add = (peer: Partial<NewRule>, Description: string | undefined) => {
    checkRuleDescription(Description)
    rules.push({ ...common, ...peer, ...(Description !== undefined && { Description }) })
  }
  for (const { CidrIp, Description } of permission.IpRanges ?? []) {
    if (CidrIp === undefined) throw missingParameter('cidrIp')
    add(checkedPeer(CidrIp), Description)
  }
  for (const { CidrIpv6, Description } of permission.Ipv6Ranges ?? []) {
    if (CidrIpv6 === undefined) throw missingParameter('cidrIpv6')
    add(checkedPeer(CidrIpv6), Description)
  }
  for (const { PrefixListId, Description } of permission.PrefixListIds ?? []) {
    if (PrefixListId === undefined) throw missingParameter('prefixListId')
    add({ PrefixListId }, Description)
  }
  for (const { GroupId, GroupName, UserId, Description } of permission.UserIdGroupPairs ?? []) {
    const id = GroupId ?? (GroupName === undefined ? undefined : idOfName(GroupName, ctx))
    if (id === undefined) throw missingParameter('groupId')
    add(checkedReference(group, id, UserId, ctx), Description)
  }
  if (rules.length === 0) throw noPeer()
  return rules
}

function noPeer(): AwsError {
  return new AwsError(
    'MissingParameter',
    'Missing source specification: include source security group or CIDR information',
  )
}

function revoke(
  action: string,
  isEgress: boolean,
  input: Revoke,
  ctx: Context,
): Answer<RevokeSecurityGroupIngressResult> {
  const group = requestedGroup(input, ctx)
  allowOnGroup(action, group, ctx)
  const held = rulesOf(group, isEgress, ctx)
  const ids = input.SecurityGroupRuleIds ?? []
  if (ids.length > 0) {
    const found = ids.map((id) => ruleOf(id, held))
    return revoked([...new Set(found)], [], ctx)
  }
  const byKey = new Map(held.map((rule) => [ruleKey(rule), rule]))
  const wanted = requestedRules(group, isEgress, input, ctx)
  const unknown = wanted.filter((rule) => !byKey.has(ruleKey(rule)))
  const isDefault = ctx.tx.get(vpcs, group.VpcId)?.IsDefault
  // As documented: only groups of VPCs other than the default one refuse what they do not hold.
  if (unknown.length > 0 && !isDefault) {
    throw new AwsError(
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    )
  }
  const found = wanted.flatMap((rule) => byKey.get(ruleKey(rule)) ?? [])
  return revoked([...new Set(found)], unknown, ctx)
}

/** The rule of an id among those of a group. */
export function ruleOf(id: string, rules: readonly SecurityGroupRule[]): SecurityGroupRule {
  const found = rules.find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id)
  if (found) return found
  throw SECURITY_GROUP_RULE.missing([id])
}

function revoked(
  rules: readonly SecurityGroupRule[],
  unknown: readonly NewRule[],
  ctx: Context,
): Answer<RevokeSecurityGroupIngressResult> {
  for (const rule of rules) removeRule(rule, ctx)
  return {
    Return: true,
    UnknownIpPermissions: grouped(unknown),
    RevokedSecurityGroupRules: rules.map(({ ReferencedGroupInfo, ...rule }) => ({
      ...rule,
      ReferencedGroupId: ReferencedGroupInfo?.GroupId,
    })),
  }
}
