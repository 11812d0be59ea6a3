/** Security group rules by their ids: describing and changing them. */
import type {
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult,
  ModifySecurityGroupRulesRequest,
  ModifySecurityGroupRulesResult,
  SecurityGroupRuleRequest,
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidCombination, missingParameter } from '../errors.ts'
import { checkedFilters } from '../filters.ts'
import { isWellFormed, SECURITY_GROUP, SECURITY_GROUP_RULE } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { allowOn } from './access.ts'
import { find } from './find.ts'
import {
  BOTH_PORTS,
  checkedPeer,
  checkedReference,
  checkedTraffic,
  ruleKey,
} from './permissions.ts'
import { type SecurityGroup, type SecurityGroupRule, securityGroupRules } from './rows.ts'
import { ruleOf, rulesIn, rulesOf, shownRule } from './rules.ts'
import { allowOnGroup, checkRuleDescription, requestedGroup } from './security-groups.ts'

const RULES: Listing<SecurityGroupRule> = {
  kind: SECURITY_GROUP_RULE,
  table: securityGroupRules,
  idOf: ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
  fields: {
    'group-id': ({ GroupId }) => GroupId,
    'security-group-rule-id': ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
  },
  indexes: { 'group-id': 'group' },
}

/** Rules by id, or all that match. */
export function describeSecurityGroupRules(
  input: DescribeSecurityGroupRulesRequest,
  ctx: Context,
): Answer<DescribeSecurityGroupRulesResult> {
  ctx.allow('ec2:DescribeSecurityGroupRules', '*')
  for (const { name, values } of checkedFilters(input.Filters)) {
    if (name !== 'group-id') continue
    for (const id of values) {
      if (isWellFormed(SECURITY_GROUP, id)) continue
      const text = `The security group ID '${id}' is malformed`
      throw new AwsError('InvalidGroupId.Malformed', text)
    }
  }
  const parameters = { set: 'securityGroupRuleIds', one: 'securityGroupRuleId' }
  const { rows, NextToken } = find(RULES, input.SecurityGroupRuleIds, input, parameters, ctx)
  return { SecurityGroupRules: rows.map((row) => shownRule(row, ctx)), NextToken }
}

/** Replaces rules of a group, each by the one that the request spells out for its id. */
export function modifySecurityGroupRules(
  input: Checked<ModifySecurityGroupRulesRequest>,
  ctx: Context,
): ModifySecurityGroupRulesResult {
  const group = requestedGroup(input, ctx)
  allowOnGroup('ec2:ModifySecurityGroupRules', group, ctx)
  const held = [...rulesOf(group, false, ctx), ...rulesOf(group, true, ctx)]
  for (const { SecurityGroupRuleId: id, SecurityGroupRule: wanted } of input.SecurityGroupRules) {
    if (!id) throw missingParameter('securityGroupRuleId')
    const rule = ruleOf(id, held)
    allowOn('ec2:ModifySecurityGroupRules', SECURITY_GROUP_RULE, id, ctx)
    const row = { ...rule, ...changed(wanted ?? {}, group, ctx) }
    const isSame = (other: SecurityGroupRule) =>
      other.SecurityGroupRuleId !== id && ruleKey(other) === ruleKey(row)
    if (rulesOf(group, rule.IsEgress, ctx).some(isSame)) {
      throw new AwsError('InvalidPermission.Duplicate', 'The specified rule already exists')
    }
    ctx.tx.put(securityGroupRules, id, row)
  }
  return { Return: true }
}

function changed(
  wanted: SecurityGroupRuleRequest,
  group: SecurityGroup,
  ctx: Context,
): Partial<SecurityGroupRule> {
  const { IpProtocol, FromPort, ToPort, Description } = wanted
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = wanted
  checkRuleDescription(Description)
  const missingPorts = `Invalid value for portRange. ${BOTH_PORTS}`
  const traffic = checkedTraffic(IpProtocol, FromPort, ToPort, missingPorts)
  const peers = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((peer) => peer)
  const kinds = 'cidrIp, cidrIpv6, prefixListId, or referencedGroupId'
  if (peers.length === 0) {
    const text = `The request must contain exactly one of: ${kinds}`
    throw new AwsError('MissingParameter', text)
  }
  if (peers.length > 1) throw invalidCombination(`Only one of ${kinds} can be specified`)
  const cidr = CidrIpv4 ?? CidrIpv6
  return {
    ...traffic,
    CidrIpv4: undefined,
    CidrIpv6: undefined,
    ReferencedGroupInfo: undefined,
    ...(cidr && checkedPeer(cidr)),
    PrefixListId,
    ...(ReferencedGroupId && checkedReference(group, ReferencedGroupId, undefined, ctx)),
    Description,
  }
}

type Update = UpdateSecurityGroupRuleDescriptionsIngressRequest

/** Changes what rules for incoming traffic say of themselves. */
export const updateSecurityGroupRuleDescriptionsIngress = (input: Update, ctx: Context) =>
  updateDescriptions('ec2:UpdateSecurityGroupRuleDescriptionsIngress', false, input, ctx)

/** The same of rules for outgoing traffic. */
export const updateSecurityGroupRuleDescriptionsEgress = (input: Update, ctx: Context) =>
  updateDescriptions('ec2:UpdateSecurityGroupRuleDescriptionsEgress', true, input, ctx)

function updateDescriptions(
  action: string,
  isEgress: boolean,
  input: Update,
  ctx: Context,
): UpdateSecurityGroupRuleDescriptionsIngressResult {
  const group = requestedGroup(input, ctx)
  allowOnGroup(action, group, ctx)
  const held = rulesOf(group, isEgress, ctx)
  const describe = (rule: SecurityGroupRule, Description: string | undefined) => {
    checkRuleDescription(Description)
    ctx.tx.put(securityGroupRules, rule.SecurityGroupRuleId, { ...rule, Description })
  }
  for (const { SecurityGroupRuleId, Description } of input.SecurityGroupRuleDescriptions ?? []) {
    describe(ruleOf(SecurityGroupRuleId ?? '', held), Description)
  }
  const wanted = (input.IpPermissions ?? []).flatMap((permission) =>
    rulesIn(permission, group, isEgress, ctx),
  )
  for (const rule of wanted) {
    const found = held.find((other) => ruleKey(other) === ruleKey(rule))
    if (!found) {
      const text = 'The specified rule does not exist in this security group.'
      throw new AwsError('InvalidPermission.NotFound', text)
    }
    describe(found, rule.Description)
  }
  return { Return: true }
}
