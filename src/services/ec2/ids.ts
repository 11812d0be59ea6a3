/** Ids of EC2's resources: a prefix and 17 hexadecimal digits, 8 for those of before 2016. */
import { createHash } from 'node:crypto'
import type { ResourceType } from '@aws-sdk/client-ec2'
import { arn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Table } from '../../store/store.ts'
import { invalidParameter } from './errors.ts'

const ID_DIGITS = 17

export interface Kind {
  readonly prefix: string
  /** What follows the prefix, where it is not the usual number. */
  readonly form?: RegExp
  /** As in ARNs and in tag specifications. */
  readonly resourceType: ResourceType
  readonly missing: (ids: readonly string[]) => AwsError
  /** `parameter` is the parameter that named the id. */
  readonly malformed: (id: string, parameter: string) => AwsError
}

const notFound = (code: string, text: (id: string) => string) => (ids: readonly string[]) =>
  new AwsError(code, text(ids[0] ?? ''))

/** Several ids have a wording of their own. */
const allNotFound =
  (code: string, one: (id: string) => string, several: (ids: string) => string) =>
  (ids: readonly string[]) =>
    new AwsError(code, ids.length === 1 ? one(ids[0] ?? '') : several(ids.join(', ')))

const malformed = (code: string) => (id: string) => new AwsError(code, `Invalid id: "${id}"`)

const malformedExpecting = (code: string, prefix: string) => (id: string) =>
  new AwsError(code, `Invalid id: "${id}" (expecting "${prefix}-...")`)

const badValue = (prefix: string) => (id: string, parameter: string) =>
  invalidParameter(parameter, id, `Expected: '${prefix}-...'.`)

export const INSTANCE: Kind = {
  prefix: 'i',
  resourceType: 'instance',
  missing: allNotFound(
    'InvalidInstanceID.NotFound',
    (id) => `The instance ID '${id}' does not exist`,
    (ids) => `The instance IDs '${ids}' do not exist`,
  ),
  malformed: malformed('InvalidInstanceID.Malformed'),
}

export const IMAGE: Kind = {
  prefix: 'ami',
  resourceType: 'image',
  missing: allNotFound(
    'InvalidAMIID.NotFound',
    (id) => `The image id '[${id}]' does not exist`,
    (ids) => `The image ids '[${ids}]' do not exist`,
  ),
  malformed: malformedExpecting('InvalidAMIID.Malformed', 'ami'),
}

export const VOLUME: Kind = {
  prefix: 'vol',
  resourceType: 'volume',
  missing: notFound('InvalidVolume.NotFound', (id) => `The volume '${id}' does not exist.`),
  malformed: badValue('vol'),
}

export const SNAPSHOT: Kind = {
  prefix: 'snap',
  resourceType: 'snapshot',
  missing: notFound('InvalidSnapshot.NotFound', (id) => `The snapshot '${id}' does not exist.`),
  malformed: badValue('snap'),
}

export const VPC: Kind = {
  prefix: 'vpc',
  resourceType: 'vpc',
  missing: notFound('InvalidVpcID.NotFound', (id) => `The vpc ID '${id}' does not exist`),
  malformed: malformedExpecting('InvalidVpcId.Malformed', 'vpc'),
}

export const SUBNET: Kind = {
  prefix: 'subnet',
  resourceType: 'subnet',
  missing: notFound('InvalidSubnetID.NotFound', (id) => `The subnet ID '${id}' does not exist`),
  malformed: malformedExpecting('InvalidSubnetId.Malformed', 'subnet'),
}

export const SECURITY_GROUP: Kind = {
  prefix: 'sg',
  resourceType: 'security-group',
  missing: notFound('InvalidGroup.NotFound', (id) => `The security group '${id}' does not exist`),
  malformed: malformedExpecting('InvalidGroupId.Malformed', 'sg'),
}

export const NETWORK_INTERFACE: Kind = {
  prefix: 'eni',
  resourceType: 'network-interface',
  missing: notFound(
    'InvalidNetworkInterfaceID.NotFound',
    (id) => `The networkInterface ID '${id}' does not exist`,
  ),
  malformed: malformedExpecting('InvalidNetworkInterfaceId.Malformed', 'eni'),
}

const other = (prefix: string, resourceType: ResourceType, name: string, code: string): Kind => ({
  prefix,
  resourceType,
  missing: notFound(`${code}.NotFound`, (id) => `The ${name} ID '${id}' does not exist`),
  malformed: malformedExpecting(`${code}.Malformed`, prefix),
})

export const INTERNET_GATEWAY = other(
  'igw',
  'internet-gateway',
  'internetGateway',
  'InvalidInternetGatewayID',
)
export const ROUTE_TABLE = other('rtb', 'route-table', 'routeTable', 'InvalidRouteTableID')
export const NETWORK_ACL = other('acl', 'network-acl', 'networkAcl', 'InvalidNetworkAclID')
export const DHCP_OPTIONS = other('dopt', 'dhcp-options', 'dhcpOption', 'InvalidDhcpOptionID')
export const EGRESS_ONLY_GATEWAY = other(
  'eigw',
  'egress-only-internet-gateway',
  'eigw',
  'InvalidGatewayID',
)
export const ELASTIC_IP = other('eipalloc', 'elastic-ip', 'allocation', 'InvalidAllocationID')
export const SECURITY_GROUP_RULE = other(
  'sgr',
  'security-group-rule',
  'security group rule',
  'InvalidSecurityGroupRuleId',
)
export const KEY_PAIR = other('key', 'key-pair', 'key pair', 'InvalidKeyPair')
export const PLACEMENT_GROUP: Kind = {
  prefix: 'pg',
  resourceType: 'placement-group',
  missing: notFound(
    'InvalidPlacementGroup.Unknown',
    (id) => `The placement group '${id}' is unknown.`,
  ),
  malformed: malformedExpecting('InvalidPlacementGroupId.Malformed', 'pg'),
}

export const FLEET: Kind = {
  prefix: 'fleet',
  resourceType: 'fleet',
  missing: notFound('InvalidFleetId.NotFound', (id) => `The fleet ID '${id}' does not exist`),
  malformed: malformedExpecting('InvalidFleetId.Malformed', 'fleet'),
}

export const LAUNCH_TEMPLATE: Kind = {
  prefix: 'lt',
  resourceType: 'launch-template',
  missing: notFound(
    'InvalidLaunchTemplateId.NotFound',
    (id) => `The specified launch template, with template ID ${id}, does not exist.`,
  ),
  malformed: malformedExpecting('InvalidLaunchTemplateId.Malformed', 'lt'),
}

export const FLOW_LOG: Kind = {
  prefix: 'fl',
  resourceType: 'vpc-flow-log',
  missing: (ids) =>
    new AwsError(
      'InvalidFlowLogId.NotFound',
      'These flow log ids in the input list are not found: ' +
        `[TotalCount: ${ids.length}] ${ids.join(', ')}`,
    ),
  malformed: malformedExpecting('InvalidFlowLogId.Malformed', 'fl'),
}

export const VPC_ENDPOINT: Kind = {
  prefix: 'vpce',
  resourceType: 'vpc-endpoint',
  missing: notFound(
    'InvalidVpcEndpointId.NotFound',
    (id) => `The Vpc Endpoint Id '${id}' does not exist`,
  ),
  malformed: malformedExpecting('InvalidVpcEndpointId.Malformed', 'vpce'),
}

export const PREFIX_LIST = other('pl', 'prefix-list', 'prefix list', 'InvalidPrefixListID')

export const REPLACE_ROOT_VOLUME_TASK = other(
  'replacevol',
  'replace-root-volume-task',
  'replace root volume task',
  'InvalidReplaceRootVolumeTaskId',
)

export const NAT_GATEWAY: Kind = {
  prefix: 'nat',
  resourceType: 'natgateway',
  missing: notFound('NatGatewayNotFound', (id) => `The Nat Gateway ${id} was not found`),
  malformed: malformedExpecting('NatGatewayMalformed', 'nat'),
}

/** Fleets have UUIDs. */
const HEX = /^(?:[0-9a-f]{8}|[0-9a-f]{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function isWellFormed({ prefix, form = HEX }: Kind, id: string): boolean {
  return id.startsWith(`${prefix}-`) && form.test(id.slice(prefix.length + 1))
}

/** Throws the kind's error for the first malformed id. */
export function checkForm(kind: Kind, ids: readonly string[], parameter: string): void {
  for (const id of ids) if (!isWellFormed(kind, id)) throw kind.malformed(id, parameter)
}

export function newId({ prefix }: Pick<Kind, 'prefix'>, ctx: Context): string {
  // Ids of AWS begin with a zero too.
  return `${prefix}-0${ctx.ids.hex(ID_DIGITS - 1)}`
}

/** The same id for the same seed: what exists in a region from the start. */
export function derivedId({ prefix }: Pick<Kind, 'prefix'>, seed: string): string {
  const digest = createHash('sha256').update(`${prefix} ${seed}`).digest('hex')
  return `${prefix}-0${digest.slice(0, ID_DIGITS - 1)}`
}

/** The row of an id, or the kind's "malformed" or "not found". */
export function existing<T>(
  kind: Kind,
  table: Table<T>,
  id: string,
  parameter: string,
  ctx: Context,
): T {
  checkForm(kind, [id], parameter)
  const row = ctx.tx.get(table, id)
  if (!row) throw kind.missing([id])
  return row
}

/** The rows of several ids, each once: all, or the error of those that do not exist. */
export function allExisting<T>(
  kind: Kind,
  table: Table<T>,
  ids: readonly string[],
  parameter: string,
  ctx: Context,
): T[] {
  const distinct = [...new Set(ids)]
  checkForm(kind, distinct, parameter)
  const missing = distinct.filter((id) => !ctx.tx.has(table, id))
  if (missing.length > 0) throw kind.missing(missing)
  return distinct.flatMap((id) => ctx.tx.get(table, id) ?? [])
}

/** AMIs and snapshots have no account in their ARNs: they can be shared. */
const WITHOUT_ACCOUNT = new Set(['image', 'snapshot'])

/** The ARN of a resource of this world; `*` for the id of one that does not exist yet. */
export function ec2Arn(
  resourceType: string,
  id: string,
  { region, account }: Pick<Context, 'region' | 'account'>,
): string {
  const owner = WITHOUT_ACCOUNT.has(resourceType) ? '' : account
  return arn('ec2', region, owner, `${resourceType}/${id}`)
}
