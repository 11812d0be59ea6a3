/**
 * Kinds of resources that nothing here makes. Accounts that have none answer with empty lists, and
 * do not know any id: so do we, for what walks through all kinds, such as the cleaning of a VPC.
 * Names of filters are not checked, since there is nothing to filter.
 */
import type { Filter } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { checkedFilters } from './filters.ts'

interface Kind {
  /** The member of the answer. */
  readonly list: string
  /** The member of the request that names some by id. */
  readonly ids: string
  readonly code: string
  readonly missing: (id: string) => string
}

const kind = (list: string, ids: string, code: string, name: string): Kind => ({
  list,
  ids,
  code,
  missing: (id) => `The ${name} ID '${id}' does not exist`,
})

const KINDS: Readonly<Record<string, Kind>> = {
  DescribeCapacityReservations: kind(
    'CapacityReservations',
    'CapacityReservationIds',
    'InvalidCapacityReservationId.NotFound',
    'capacity reservation',
  ),
  DescribeCustomerGateways: kind(
    'CustomerGateways',
    'CustomerGatewayIds',
    'InvalidCustomerGatewayID.NotFound',
    'customerGateway',
  ),
  DescribeHosts: kind('Hosts', 'HostIds', 'InvalidHostID.NotFound', 'host'),
  DescribeInstanceConnectEndpoints: kind(
    'InstanceConnectEndpoints',
    'InstanceConnectEndpointIds',
    'InvalidInstanceConnectEndpointId.NotFound',
    'instance connect endpoint',
  ),
  DescribeInstanceEventWindows: kind(
    'InstanceEventWindows',
    'InstanceEventWindowIds',
    'InvalidInstanceEventWindowID.NotFound',
    'instance event window',
  ),
  DescribeReservedInstances: kind(
    'ReservedInstances',
    'ReservedInstancesIds',
    'InvalidReservedInstancesId',
    'Reserved Instance',
  ),
  DescribeSpotFleetRequests: kind(
    'SpotFleetRequestConfigs',
    'SpotFleetRequestIds',
    'InvalidSpotFleetRequestId.NotFound',
    'spot fleet request',
  ),
  DescribeTransitGatewayAttachments: kind(
    'TransitGatewayAttachments',
    'TransitGatewayAttachmentIds',
    'InvalidTransitGatewayAttachmentID.NotFound',
    'transitGatewayAttachment',
  ),
  DescribeTransitGatewayVpcAttachments: kind(
    'TransitGatewayVpcAttachments',
    'TransitGatewayAttachmentIds',
    'InvalidTransitGatewayAttachmentID.NotFound',
    'transitGatewayAttachment',
  ),
  DescribeTransitGateways: {
    list: 'TransitGateways',
    ids: 'TransitGatewayIds',
    code: 'InvalidTransitGatewayID.NotFound',
    missing: (id) => `Transit Gateway ${id} was deleted or does not exist.`,
  },
  DescribeVpcPeeringConnections: kind(
    'VpcPeeringConnections',
    'VpcPeeringConnectionIds',
    'InvalidVpcPeeringConnectionID.NotFound',
    'vpcPeeringConnection',
  ),
  DescribeVpnConnections: kind(
    'VpnConnections',
    'VpnConnectionIds',
    'InvalidVpnConnectionID.NotFound',
    'vpnConnection',
  ),
  DescribeVpnGateways: kind(
    'VpnGateways',
    'VpnGatewayIds',
    'InvalidVpnGatewayID.NotFound',
    'vpnGateway',
  ),
  // What Recycle Bin would keep needs its rules, which nothing here makes.
  ListImagesInRecycleBin: kind('Images', 'ImageIds', 'InvalidAMIID.NotFound', 'image'),
  ListSnapshotsInRecycleBin: kind(
    'Snapshots',
    'SnapshotIds',
    'InvalidSnapshot.NotFound',
    'snapshot',
  ),
}

type Request = Readonly<Record<string, unknown>> & {
  readonly Filters?: readonly Filter[]
  readonly Filter?: readonly Filter[]
}

/** The operations that describe these kinds, each with its permission. */
export const NONE_MADE = Object.fromEntries(
  Object.entries(KINDS).map(([operation, { list, ids, code, missing }]) => [
    operation,
    (input: Request, ctx: Context): object => {
      ctx.allow(`ec2:${operation}`, '*')
      checkedFilters(input.Filters ?? input.Filter)
      const named = input[ids]
      if (Array.isArray(named) && named.length > 0) throw new AwsError(code, missing(named[0]))
      return { [list]: [] }
    },
  ]),
)
