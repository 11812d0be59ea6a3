/** DescribeVpcAttribute and ModifyVpcAttribute. */
import type {
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  ModifyVpcAttributeRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { invalidCombination, invalidParameter, missingParameter } from '../errors.ts'
import { VPC } from '../ids.ts'
import { allowOn, attributeKeys } from './access.ts'
import { vpcs } from './rows.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

const ATTRIBUTES = {
  enableDnsSupport: 'EnableDnsSupport',
  enableDnsHostnames: 'EnableDnsHostnames',
  enableNetworkAddressUsageMetrics: 'EnableNetworkAddressUsageMetrics',
} as const

/** One attribute of a VPC. */
export function describeVpcAttribute(
  { VpcId, Attribute }: Checked<DescribeVpcAttributeRequest>,
  ctx: Context,
): DescribeVpcAttributeResult {
  const vpc = existingVpc(VpcId, ctx)
  const { keys } = vpcKeysOf(vpc)
  allowOn('ec2:DescribeVpcAttribute', VPC, vpc.VpcId, ctx, {
    keys: { ...keys, 'ec2:Attribute': Attribute },
  })
  const name = ATTRIBUTES[Attribute]
  if (!name) throw invalidParameter('attribute', Attribute, 'Unknown attribute.')
  return { VpcId: vpc.VpcId, [name]: { Value: vpc[name] } }
}

/** Changes one attribute of a VPC. */
export function modifyVpcAttribute(
  input: Checked<ModifyVpcAttributeRequest>,
  ctx: Context,
): object {
  const vpc = existingVpc(input.VpcId, ctx)
  const given = Object.values(ATTRIBUTES).filter((name) => input[name]?.Value !== undefined)
  const [name] = given
  if (!name) throw missingParameter('Attribute')
  const Value = input[name]?.Value ?? false
  const { keys } = vpcKeysOf(vpc)
  allowOn('ec2:ModifyVpcAttribute', VPC, vpc.VpcId, ctx, {
    keys: { ...keys, ...attributeKeys(name, Value) },
  })
  if (given.length > 1) {
    throw invalidCombination(`Fields for multiple attribute types specified: ${given.join(', ')}`)
  }
  ctx.tx.put(vpcs, vpc.VpcId, { ...vpc, [name]: Value })
  return {}
}
