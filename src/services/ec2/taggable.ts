/** What can be tagged by id: each kind of resource with its table and condition keys. */
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Table } from '../../store/store.ts'
import { fleets } from './fleet-rows.ts'
import {
  DHCP_OPTIONS,
  EGRESS_ONLY_GATEWAY,
  ELASTIC_IP,
  ec2Arn,
  existing,
  FLEET,
  FLOW_LOG,
  IMAGE,
  INSTANCE,
  INTERNET_GATEWAY,
  KEY_PAIR,
  type Kind,
  LAUNCH_TEMPLATE,
  NAT_GATEWAY,
  NETWORK_ACL,
  NETWORK_INTERFACE,
  PLACEMENT_GROUP,
  REPLACE_ROOT_VOLUME_TASK,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  SNAPSHOT,
  SUBNET,
  VOLUME,
  VPC,
  VPC_ENDPOINT,
} from './ids.ts'
import { imageKeys, resolveImage } from './images.ts'
import { instanceKeys } from './instance-keys.ts'
import { instances } from './instance-rows.ts'
import { keyPairs } from './key-pair-rows.ts'
import { launchTemplates } from './launch-template-rows.ts'
import { resourceKeys } from './network/access.ts'
import { vpcEndpoints } from './network/endpoint-rows.ts'
import { flowLogs } from './network/flow-logs.ts'
import {
  dhcpOptions,
  egressOnlyGateways,
  elasticAddresses,
  internetGateways,
  natGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  securityGroupRules,
  securityGroups,
  subnets,
  vpcs,
} from './network/rows.ts'
import { placementGroups } from './placement-group-rows.ts'
import { replaceRootVolumeTasks } from './root-volume-tasks.ts'
import type { Settings } from './settings.ts'
import { snapshotKeys, snapshots } from './snapshot-rows.ts'
import { SPOT_REQUEST, spotRequests } from './spot/rows.ts'
import type { Tagged } from './tag-changes.ts'
import { tagsOf } from './tag-rows.ts'
import { volumeKeys, volumes } from './volume-rows.ts'

export interface Taggable extends Tagged {
  readonly arn: string
  readonly keys: ConditionKeys
}

interface Entry {
  readonly kind: Kind
  /** Condition keys of the resource; throws "not found". */
  readonly keysOf: (id: string, ctx: Context, settings: Settings) => ConditionKeys
  /** What its ARN has in place of the id. */
  readonly nameOf?: (id: string, ctx: Context) => string
}

const PARAMETER = 'resourceId'

function entry<T>(
  kind: Kind,
  table: Table<T>,
  keys: (row: T, ctx: Context) => ConditionKeys = () => ({}),
): Entry {
  const keysOf = (id: string, ctx: Context) => ({
    'ec2:Region': ctx.region,
    ...resourceTagKeys(tagsOf(id, ctx) ?? []),
    ...resourceTagKeys(tagsOf(id, ctx) ?? [], 'ec2'),
    ...keys(existing(kind, table, id, PARAMETER, ctx), ctx),
  })
  return { kind, keysOf }
}

/** Of the network: with their ids as condition keys, and the VPC of those that lie in one. */
function network<T>(
  kind: Kind,
  table: Table<T>,
  vpcOf: (row: T) => string | undefined = () => undefined,
): Entry {
  const keysOf = (id: string, ctx: Context) => {
    const vpcId = vpcOf(existing(kind, table, id, PARAMETER, ctx))
    return resourceKeys(kind, id, { vpcId }, ctx)
  }
  return { kind, keysOf }
}

/** Of which ARNs have the name, not the id. */
function named<T>(kind: Kind, table: Table<T>, name: (row: T) => string): Entry {
  const nameOf = (id: string, ctx: Context) => name(existing(kind, table, id, PARAMETER, ctx))
  return { ...entry(kind, table), nameOf }
}

const inVpc = ({ VpcId }: { readonly VpcId: string }) => VpcId

/** Public and unknown images have no row of their own. */
function ofImages(): Entry {
  return {
    kind: IMAGE,
    keysOf: (id, ctx, settings) => imageKeys(resolveImage(id, ctx, settings), ctx),
  }
}

const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  [
    entry(INSTANCE, instances, instanceKeys),
    entry(VOLUME, volumes, volumeKeys),
    entry(SNAPSHOT, snapshots, snapshotKeys),
    ofImages(),
    network(VPC, vpcs),
    network(SUBNET, subnets, inVpc),
    network(SECURITY_GROUP, securityGroups, inVpc),
    network(SECURITY_GROUP_RULE, securityGroupRules),
    network(NETWORK_INTERFACE, networkInterfaces, inVpc),
    network(INTERNET_GATEWAY, internetGateways),
    network(EGRESS_ONLY_GATEWAY, egressOnlyGateways),
    network(NAT_GATEWAY, natGateways, inVpc),
    network(VPC_ENDPOINT, vpcEndpoints),
    network(FLOW_LOG, flowLogs),
    network(ROUTE_TABLE, routeTables, inVpc),
    network(NETWORK_ACL, networkAcls, inVpc),
    network(DHCP_OPTIONS, dhcpOptions),
    network(ELASTIC_IP, elasticAddresses),
    entry(FLEET, fleets),
    entry(SPOT_REQUEST, spotRequests),
    entry(LAUNCH_TEMPLATE, launchTemplates),
    entry(REPLACE_ROOT_VOLUME_TASK, replaceRootVolumeTasks),
    named(KEY_PAIR, keyPairs, ({ KeyName }) => KeyName),
    named(PLACEMENT_GROUP, placementGroups, ({ GroupName }) => GroupName),
  ].map((each: Entry) => [each.kind.prefix, each]),
)

/** The resource of an id; throws what AWS answers when there is none. */
export function taggable(id: string, ctx: Context, settings: Settings): Taggable {
  const found = ENTRIES.get(id.slice(0, id.indexOf('-')))
  if (!found) throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
  const { kind, keysOf, nameOf } = found
  const keys = keysOf(id, ctx, settings)
  const { resourceType: type } = kind
  return { id, type, arn: ec2Arn(type, nameOf?.(id, ctx) ?? id, ctx), keys }
}
