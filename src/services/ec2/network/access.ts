/**
 * Permissions on resources of the network. Each is asked for with the condition keys that the
 * service authorization reference lists for its type.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
import type { ConditionKeys } from '../../../aws/authority.ts'
import { resourceTagKeys } from '../../../aws/condition-keys.ts'
import type { Context } from '../../../aws/context.ts'
import { ec2Arn, type Kind } from '../ids.ts'
import { tagsOf } from '../tag-rows.ts'
import { allowTagging, type RequestedTags } from '../tag-specifications.ts'

/** The key that holds the id, of the types that have one. */
const ID_KEYS: Readonly<Record<string, string>> = {
  'dhcp-options': 'ec2:DhcpOptionsID',
  'elastic-ip': 'ec2:AllocationId',
  'internet-gateway': 'ec2:InternetGatewayID',
  'network-acl': 'ec2:NetworkAclID',
  'network-interface': 'ec2:NetworkInterfaceID',
  'route-table': 'ec2:RouteTableID',
  'security-group': 'ec2:SecurityGroupID',
  subnet: 'ec2:SubnetID',
  vpc: 'ec2:VpcID',
}

export interface Owned {
  /** The VPC that it belongs to. */
  readonly vpcId?: string | undefined
  /** Further keys of its type: `ec2:AvailabilityZone`. */
  readonly keys?: ConditionKeys
}

function commonKeys({ vpcId, keys }: Owned, ctx: Context): ConditionKeys {
  return {
    'ec2:Region': ctx.region,
    ...(vpcId && { 'ec2:Vpc': ec2Arn('vpc', vpcId, ctx) }),
    ...keys,
  }
}

/** Condition keys of a resource, with the tags that it has. */
export function resourceKeys(
  { resourceType }: Kind,
  id: string,
  owned: Owned,
  ctx: Context,
): ConditionKeys {
  const tags = tagsOf(id, ctx) ?? []
  const idKey = ID_KEYS[resourceType]
  return {
    ...(idKey && { [idKey]: id }),
    ...commonKeys(owned, ctx),
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}

/** Asks for an action on a resource that exists. */
export function allowOn(
  action: string,
  kind: Kind,
  id: string,
  ctx: Context,
  owned: Owned = {},
): void {
  const keys = resourceKeys(kind, id, owned, ctx)
  ctx.allow(action, ec2Arn(kind.resourceType, id, ctx), { keys })
}

/** Asks for the creation of a resource with its tags. */
export function allowNew(
  operation: string,
  { resourceType }: Kind,
  tags: RequestedTags,
  ctx: Context,
  owned: Owned = {},
): void {
  const keys = { ...commonKeys(owned, ctx), ...tags.keys(resourceType) }
  ctx.allow(`ec2:${operation}`, ec2Arn(resourceType, '*', ctx), { keys })
  allowTagging(operation, tags, ctx)
}

/** The attribute that a Modify operation changes, as a condition key. */
export function attributeKeys(name: string, value: unknown): ConditionKeys {
  return { 'ec2:Attribute': name, [`ec2:Attribute/${name}`]: String(value) }
}
