/**
 * What every VPC has from its start: a main route table, a default network ACL and a default
 * security group. They go with it.
 */
import type { Context } from '../../../aws/context.ts'
import {
  ec2Arn,
  type Kind,
  NETWORK_ACL,
  newId,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
} from '../ids.ts'
import { forgetTags } from '../tag-rows.ts'
import {
  type NetworkAcl,
  networkAcls,
  type RouteTable,
  routeTables,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
} from './rows.ts'

export const EVERYWHERE = '0.0.0.0/0'
export const EVERYWHERE_6 = '::/0'
export const DEFAULT_GROUP_NAME = 'default'

/** Makes the id of a new part; of the default VPC's, always the same. */
export type MakeId = (kind: Pick<Kind, 'prefix'>) => string

interface NewVpc {
  readonly VpcId: string
  readonly CidrBlock: string
  readonly ipv6CidrBlock?: string | undefined
}

/** Stores the parts of a new VPC; returns the main route table. */
export function putVpcParts(vpc: NewVpc, makeId: MakeId, ctx: Context): RouteTable {
  putDefaultGroup(vpc.VpcId, makeId, ctx)
  putDefaultAcl(vpc, makeId, ctx)
  const table = newRouteTable(vpc, makeId, ctx)
  const Associations = [
    {
      Main: true,
      RouteTableAssociationId: makeId({ prefix: 'rtbassoc' }),
      RouteTableId: table.RouteTableId,
      AssociationState: { State: 'associated' as const },
    },
  ]
  const main = { ...table, Associations }
  ctx.tx.put(routeTables, main.RouteTableId, main)
  return main
}

/** A table with the routes within the VPC, not stored yet. */
export function newRouteTable(
  { VpcId, CidrBlock, ipv6CidrBlock }: NewVpc,
  makeId: MakeId,
  ctx: Context,
): RouteTable {
  return {
    RouteTableId: makeId(ROUTE_TABLE),
    OwnerId: ctx.account,
    VpcId,
    PropagatingVgws: [],
    Routes: [
      localRoute({ DestinationCidrBlock: CidrBlock }),
      ...(ipv6CidrBlock ? [localRoute({ DestinationIpv6CidrBlock: ipv6CidrBlock })] : []),
    ],
    Associations: [],
  }
}

type Destination = { DestinationCidrBlock: string } | { DestinationIpv6CidrBlock: string }

/** The route that keeps traffic within the VPC. */
export function localRoute(destination: Destination): RouteTable['Routes'][number] {
  return { ...destination, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' }
}

function putDefaultGroup(VpcId: string, makeId: MakeId, ctx: Context): void {
  const GroupId = makeId(SECURITY_GROUP)
  const group = { GroupId, GroupName: DEFAULT_GROUP_NAME, VpcId }
  putGroup({ ...group, Description: 'default VPC security group' }, ctx)
  const ReferencedGroupInfo = { GroupId, UserId: ctx.account }
  putRule({ ...allTraffic(GroupId, false), ReferencedGroupInfo }, makeId, ctx)
  putRule({ ...allTraffic(GroupId, true), CidrIpv4: EVERYWHERE }, makeId, ctx)
}

/** Stores a group of this account. */
export function putGroup(group: SecurityGroup, ctx: Context): void {
  const SecurityGroupArn = ec2Arn('security-group', group.GroupId, ctx)
  const row = { ...group, OwnerId: ctx.account, SecurityGroupArn }
  ctx.tx.put(securityGroups, group.GroupId, row)
}

/** A rule that has no id yet. */
export type NewRule = Omit<SecurityGroupRule, 'SecurityGroupRuleId'>

/** A rule for all protocols and ports, of nobody yet. */
export function allTraffic(GroupId: string, IsEgress: boolean): NewRule {
  return { GroupId, IsEgress, IpProtocol: '-1', FromPort: -1, ToPort: -1 }
}

/** Stores a rule of this account. */
export function putRule(rule: NewRule, makeId: MakeId, ctx: Context): SecurityGroupRule {
  const SecurityGroupRuleId = makeId(SECURITY_GROUP_RULE)
  const row: SecurityGroupRule = {
    SecurityGroupRuleId,
    ...rule,
    GroupOwnerId: ctx.account,
    SecurityGroupRuleArn: ec2Arn('security-group-rule', SecurityGroupRuleId, ctx),
  }
  ctx.tx.put(securityGroupRules, SecurityGroupRuleId, row)
  return row
}

/** The rules of a network ACL that AWS adds behind all others. */
const LAST_ACL_RULE = 32_767
const LAST_ACL_RULE_6 = 32_768
const FIRST_ACL_RULE = 100
const FIRST_ACL_RULE_6 = 101

const RULES = [
  { number: FIRST_ACL_RULE, action: 'allow', cidr: { CidrBlock: EVERYWHERE } },
  { number: FIRST_ACL_RULE_6, action: 'allow', cidr: { Ipv6CidrBlock: EVERYWHERE_6 } },
  { number: LAST_ACL_RULE, action: 'deny', cidr: { CidrBlock: EVERYWHERE } },
  { number: LAST_ACL_RULE_6, action: 'deny', cidr: { Ipv6CidrBlock: EVERYWHERE_6 } },
] as const

/** The entries of a new network ACL: one that denies all, or a default one that allows all. */
export function firstEntries(isDefault: boolean, ipv6: boolean): NetworkAcl['Entries'] {
  return [true, false].flatMap((Egress) =>
    RULES.filter(({ action }) => isDefault || action === 'deny')
      .filter(({ cidr }) => ipv6 || 'CidrBlock' in cidr)
      .map(({ number, action, cidr }) => ({
        ...cidr,
        Egress,
        Protocol: '-1',
        RuleAction: action,
        RuleNumber: number,
      })),
  )
}

function putDefaultAcl({ VpcId, ipv6CidrBlock }: NewVpc, makeId: MakeId, ctx: Context): void {
  const NetworkAclId = makeId(NETWORK_ACL)
  ctx.tx.put(networkAcls, NetworkAclId, {
    NetworkAclId,
    OwnerId: ctx.account,
    VpcId,
    IsDefault: true,
    Entries: firstEntries(true, ipv6CidrBlock !== undefined),
    Associations: [],
  })
}

/** The default ACL of a VPC takes each new subnet. */
export function associateDefaultAcl(
  vpcId: string,
  SubnetId: string,
  ctx: Context,
  makeId: MakeId = (kind) => newId(kind, ctx),
): void {
  const acl = ctx.tx.by(networkAcls, 'vpc', vpcId).find(({ IsDefault }) => IsDefault)
  if (!acl) throw new Error(`${vpcId} has no default network ACL`)
  const { NetworkAclId } = acl
  const association = {
    NetworkAclAssociationId: makeId({ prefix: 'aclassoc' }),
    NetworkAclId,
    SubnetId,
  }
  const Associations = [...acl.Associations, association]
  ctx.tx.put(networkAcls, NetworkAclId, { ...acl, Associations })
}

/** Removes the parts, and with them all else of their kinds that the VPC has. */
export function removeVpcParts(vpcId: string, ctx: Context): void {
  for (const { RouteTableId } of ctx.tx.by(routeTables, 'vpc', vpcId)) {
    ctx.tx.delete(routeTables, RouteTableId)
    forgetTags(RouteTableId, ctx)
  }
  for (const { NetworkAclId } of ctx.tx.by(networkAcls, 'vpc', vpcId)) {
    ctx.tx.delete(networkAcls, NetworkAclId)
    forgetTags(NetworkAclId, ctx)
  }
  for (const { GroupId } of ctx.tx.by(securityGroups, 'vpc', vpcId)) removeGroup(GroupId, ctx)
}

/** Removes a group and its rules. */
export function removeGroup(groupId: string, ctx: Context): void {
  for (const rule of ctx.tx.by(securityGroupRules, 'group', groupId)) removeRule(rule, ctx)
  ctx.tx.delete(securityGroups, groupId)
  forgetTags(groupId, ctx)
}

/** Removes a rule with its tags. */
export function removeRule({ SecurityGroupRuleId }: SecurityGroupRule, ctx: Context): void {
  ctx.tx.delete(securityGroupRules, SecurityGroupRuleId)
  forgetTags(SecurityGroupRuleId, ctx)
}
