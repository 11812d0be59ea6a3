/** VPC endpoints as they are stored, and the routes that gateway endpoints put into tables. */
import type { VpcEndpoint as SdkVpcEndpoint } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { table } from '../../../store/store.ts'
import type { RequestIdentity } from '../idempotency.ts'
import { prefixListOf } from './prefix-lists.ts'
import { routeTables } from './rows.ts'

type Always =
  | 'VpcEndpointId'
  | 'VpcEndpointType'
  | 'VpcId'
  | 'ServiceName'
  | 'PolicyDocument'
  | 'RouteTableIds'
  | 'SubnetIds'
  | 'Groups'
  | 'NetworkInterfaceIds'

export type VpcEndpoint = Answer<Omit<SdkVpcEndpoint, Always | 'State' | 'Tags'>> & {
  readonly [K in Always]-?: Answer<NonNullable<SdkVpcEndpoint[K]>>
} & RequestIdentity & {
    /** AWS answers it in lower case, whatever the enum of its API says. */
    readonly State: 'available' | 'pending'
  }

export const vpcEndpoints = table<VpcEndpoint>('ec2.vpc-endpoints', {
  indexes: { vpc: ({ VpcId }) => VpcId },
})

type Routed = Pick<VpcEndpoint, 'VpcEndpointId' | 'ServiceName'>

/** Leads the traffic to the service of a gateway endpoint to it. */
export function addRoute(
  tableId: string,
  { VpcEndpointId: GatewayId, ServiceName }: Routed,
  ctx: Context,
): void {
  const found = ctx.tx.get(routeTables, tableId)
  const DestinationPrefixListId = prefixListOf(ServiceName, ctx)?.PrefixListId
  if (!found || !DestinationPrefixListId) return
  const route = { DestinationPrefixListId, GatewayId, Origin: 'CreateRoute', State: 'active' }
  const Routes = [...found.Routes, route as (typeof found.Routes)[number]]
  ctx.tx.put(routeTables, tableId, { ...found, Routes })
}

export function removeRoute(tableId: string, { VpcEndpointId }: Routed, ctx: Context): void {
  const found = ctx.tx.get(routeTables, tableId)
  if (!found) return
  const Routes = found.Routes.filter(({ GatewayId }) => GatewayId !== VpcEndpointId)
  ctx.tx.put(routeTables, tableId, { ...found, Routes })
}
