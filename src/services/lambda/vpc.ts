/**
 * The VPC that a function is attached to, checked when it is set as AWS does.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
import type { VpcConfig } from '@aws-sdk/client-lambda'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import type { World } from '../../store/store.ts'
import type { DeployedFunction, Networks, Roles } from '../ports.ts'
import { accessDenied, invalidParameter } from './errors.ts'
import { checkRoleMay } from './execution-role.ts'

export interface FunctionVpc {
  /** Empty, as the lists are, once the function has been taken out of its VPC. */
  vpcId: string
  subnetIds: string[]
  securityGroupIds: string[]
  ipv6AllowedForDualStack: boolean
}

/** What policies may ask of the VPC that a request names. */
export function vpcKeys(wanted: VpcConfig = {}, networks: Networks, ctx: Context): ConditionKeys {
  const { SubnetIds = [], SecurityGroupIds = [] } = wanted
  const [vpcId] = SubnetIds.flatMap((id) => networks.vpcOfSubnet(id, ctx) ?? [])
  return {
    ...(vpcId !== undefined && { 'lambda:VpcIds': vpcId }),
    ...(SubnetIds.length > 0 && { 'lambda:SubnetIds': SubnetIds }),
    ...(SecurityGroupIds.length > 0 && { 'lambda:SecurityGroupIds': SecurityGroupIds }),
  }
}

/** The VPC of what a request names; groups are looked at first (recorded). Throws refusals. */
export function attachedVpc(wanted: VpcConfig, networks: Networks, ctx: Context): FunctionVpc {
  const { SubnetIds: subnetIds = [], SecurityGroupIds: securityGroupIds = [] } = wanted
  const { Ipv6AllowedForDualStack: ipv6AllowedForDualStack = false } = wanted
  const vpc = { vpcId: '', subnetIds, securityGroupIds, ipv6AllowedForDualStack }
  if (subnetIds.length > 0 !== securityGroupIds.length > 0) {
    throw invalidParameter('SubnetIds and SecurityIds must coexist or be both empty list.')
  }
  if (subnetIds.length === 0) return vpc
  const ofGroups = vpcsOf(securityGroupIds, networks.vpcOfSecurityGroup, GROUPS, ctx)
  const ofSubnets = vpcsOf(subnetIds, networks.vpcOfSubnet, SUBNETS, ctx)
  // The words about groups were seen in reports; those about subnets are after them.
  if (ofSubnets.size > 1) throw invalidParameter('Subnets are required to be in the same VPC.')
  if (ofGroups.union(ofSubnets).size > 1) {
    throw invalidParameter('Security Groups are required to be in the same VPC.')
  }
  const [vpcId = ''] = ofSubnets
  return { ...vpc, vpcId }
}

/** How Lambda reads a kind of resource, and EC2's words for one that is not there. */
interface Reading {
  call: string
  code: string
  missing(id: string): string
}

const GROUPS: Reading = {
  call: 'DescribeSecurityGroups',
  code: 'InvalidGroup.NotFound',
  missing: (id) => `The security group '${id}' does not exist`,
}

const SUBNETS: Reading = {
  call: 'DescribeSubnets',
  code: 'InvalidSubnetID.NotFound',
  missing: (id) => `The subnet ID '${id}' does not exist`,
}

function vpcsOf(
  ids: readonly string[],
  vpcOf: (id: string, ctx: Context) => string | undefined,
  { call, code, missing }: Reading,
  ctx: Context,
): Set<string> {
  allowReading(call, ids, ctx)
  const found = ids.map((id) => {
    const vpcId = vpcOf(id, ctx)
    if (vpcId !== undefined) return vpcId
    throw invalidParameter(
      `Error occurred while ${call}. EC2 Error Code: ${code}. EC2 Error Message: ${missing(id)}`,
    )
  })
  return new Set(found)
}

/** Lambda reads in the caller's name: its words for a refusal were seen in users' reports. */
function allowReading(call: string, ids: readonly string[], ctx: Context): void {
  const action = `ec2:${call}`
  try {
    ctx.allow(action, '*')
  } catch {
    throw accessDenied(
      'Your access has been denied by EC2, please make sure your request credentials have ' +
        `permission to ${call} for ${ids.join(', ')}. EC2 Error Code: UnauthorizedOperation. EC2 ` +
        'Error Message: You are not authorized to perform this operation. ' +
        ctx.decide(action, '*').denial(),
    )
  }
}

/**
 * What the execution role must be allowed, "Required IAM permissions". DescribeNetworkInterfaces
 * only counts for all resources, and DeleteNetworkInterface for those of all kinds, as documented.
 */
export function networkNeeds(
  { subnetIds }: Pick<FunctionVpc, 'subnetIds'>,
  { account, region }: World,
): DeployedFunction['needs'] {
  if (subnetIds.length === 0) return []
  const ec2 = `arn:aws:ec2:${region}:${account}`
  const used = ['network-interface/*', ...subnetIds.map((id) => `subnet/${id}`)]
  return [
    ...used.map((resource) => ({
      action: 'ec2:CreateNetworkInterface',
      resource: `${ec2}:${resource}`,
    })),
    { action: 'ec2:DescribeNetworkInterfaces', resource: '*' },
    { action: 'ec2:DeleteNetworkInterface', resource: `${ec2}:*/*` },
  ]
}

/** Throws AWS's refusal unless the execution role may make interfaces in the VPC. */
export function checkNetworkRole(
  { vpc, role }: { vpc?: FunctionVpc; role: string },
  name: string,
  roles: Roles,
  ctx: Context,
): void {
  if (!vpc) return
  for (const { action, resource } of networkNeeds(vpc, ctx.world)) {
    checkRoleMay(action, resource, { role, name }, roles, ctx)
  }
}
