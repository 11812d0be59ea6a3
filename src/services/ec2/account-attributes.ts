/** DescribeAccountAttributes: what an account may have by default. */
import type {
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { defaultVpc } from './network/default-vpc.ts'

/** The named attributes, or all. */
export function describeAccountAttributes(
  { AttributeNames = [] }: DescribeAccountAttributesRequest,
  ctx: Context,
): DescribeAccountAttributesResult {
  ctx.allow('ec2:DescribeAccountAttributes', '*')
  const attributes: Readonly<Record<string, string>> = {
    'supported-platforms': 'VPC',
    'vpc-max-security-groups-per-interface': '5',
    'max-elastic-ips': '5',
    'max-instances': '20',
    'vpc-max-elastic-ips': '5',
    'default-vpc': defaultVpc(ctx)?.VpcId ?? 'none',
  }
  const wanted = new Set<string>(AttributeNames)
  const AccountAttributes = Object.entries(attributes)
    .filter(([name]) => wanted.size === 0 || wanted.has(name))
    .map(([AttributeName, AttributeValue]) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue }],
    }))
  return { AccountAttributes }
}
