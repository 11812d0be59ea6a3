/** What can be tagged by id: each kind of resource with its table and condition keys. */
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Table } from '../../store/store.ts'
import {
  DHCP_OPTIONS,
  ec2Arn,
  existing,
  IMAGE,
  INSTANCE,
  INTERNET_GATEWAY,
  type Kind,
  NETWORK_ACL,
  NETWORK_INTERFACE,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SNAPSHOT,
  SUBNET,
  VOLUME,
  VPC,
} from './ids.ts'
import { imageKeys, resolveImage } from './images.ts'
import { instanceKeys } from './instance-keys.ts'
import { instances } from './instance-rows.ts'
import {
  dhcpOptions,
  internetGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
} from './network/rows.ts'
import type { Settings } from './settings.ts'
import { snapshotKeys, snapshots } from './snapshot-rows.ts'
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
    entry(VPC, vpcs),
    entry(SUBNET, subnets),
    entry(SECURITY_GROUP, securityGroups),
    entry(NETWORK_INTERFACE, networkInterfaces),
    entry(INTERNET_GATEWAY, internetGateways),
    entry(ROUTE_TABLE, routeTables),
    entry(NETWORK_ACL, networkAcls),
    entry(DHCP_OPTIONS, dhcpOptions),
  ].map((each: Entry) => [each.kind.prefix, each]),
)

/** The resource of an id; throws what AWS answers when there is none. */
export function taggable(id: string, ctx: Context, settings: Settings): Taggable {
  const found = ENTRIES.get(id.slice(0, id.indexOf('-')))
  if (!found) throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
  const { kind, keysOf } = found
  const keys = keysOf(id, ctx, settings)
  return { id, type: kind.resourceType, arn: ec2Arn(kind.resourceType, id, ctx), keys }
}
