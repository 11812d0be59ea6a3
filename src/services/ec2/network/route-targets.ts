/** Where routes lead, and whether it is still there. */
import type { CreateRouteRequest, Route as SdkRoute } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { invalidCombination, invalidParameter, invalidValue, missingParameter } from '../errors.ts'
import {
  EGRESS_ONLY_GATEWAY,
  existing,
  INSTANCE,
  INTERNET_GATEWAY,
  NAT_GATEWAY,
  NETWORK_INTERFACE,
} from '../ids.ts'
import { instances } from '../instance-rows.ts'
import { vpcEndpoints } from './endpoint-rows.ts'
import { differentNetworks } from './errors.ts'
import {
  egressOnlyGateways,
  internetGateways,
  natGateways,
  networkInterfaces,
  type RouteTable,
} from './rows.ts'

export type Route = Answer<SdkRoute>

/** A route as it is answered: a black hole once what it leads to is gone. */
export function shownRoute(route: Route, table: RouteTable, ctx: Context): Route {
  return leadsSomewhere(route, table, ctx) ? route : { ...route, State: 'blackhole' }
}

function leadsSomewhere(route: Route, { VpcId }: RouteTable, { tx }: Context): boolean {
  const { GatewayId, NatGatewayId, NetworkInterfaceId, EgressOnlyInternetGatewayId: out } = route
  if (GatewayId?.startsWith('vpce-')) return tx.has(vpcEndpoints, GatewayId)
  if (GatewayId && GatewayId !== 'local') {
    const gateway = tx.get(internetGateways, GatewayId)
    return gateway?.Attachments.some((attachment) => attachment.VpcId === VpcId) ?? false
  }
  if (NatGatewayId) return tx.get(natGateways, NatGatewayId)?.State === 'available'
  if (NetworkInterfaceId) return tx.has(networkInterfaces, NetworkInterfaceId)
  return out ? tx.has(egressOnlyGateways, out) : true
}

const TARGETS = [
  'GatewayId',
  'NatGatewayId',
  'InstanceId',
  'NetworkInterfaceId',
  'EgressOnlyInternetGatewayId',
] as const

const UNSUPPORTED = [
  'CarrierGatewayId',
  'CoreNetworkArn',
  'LocalGatewayId',
  'TransitGatewayId',
  'VpcEndpointId',
  'VpcPeeringConnectionId',
] as const

/** The target that a request names, checked to be in the VPC of the table. */
export function requestedTarget(
  input: Partial<CreateRouteRequest>,
  { RouteTableId, VpcId }: RouteTable,
  ctx: Context,
): Route {
  const unsupported = UNSUPPORTED.find((name) => input[name])
  if (unsupported) throw invalidValue(`Windtunnel has no routes by ${unsupported}.`)
  const [name, ...more] = TARGETS.filter((each) => input[each])
  if (!name) throw missingParameter('gatewayId')
  if (more.length > 0) {
    throw invalidCombination(`Exactly one target may be specified: ${[name, ...more].join(', ')}`)
  }
  const id = input[name] ?? ''
  const { vpcId, route } = targetOf(name, id, ctx)
  if (vpcId !== undefined && vpcId !== VpcId) {
    throw differentNetworks(`route table ${RouteTableId} and ${NAMES[name]} ${id}`)
  }
  return route
}

const NAMES: Readonly<Record<(typeof TARGETS)[number], string>> = {
  GatewayId: 'network gateway',
  NatGatewayId: 'NAT gateway',
  InstanceId: 'instance',
  NetworkInterfaceId: 'interface',
  EgressOnlyInternetGatewayId: 'egress only internet gateway',
}

interface Target {
  /** Undefined where any VPC will do; empty where it is in none. */
  readonly vpcId: string | undefined
  readonly route: Route
}

function targetOf(name: (typeof TARGETS)[number], id: string, ctx: Context): Target {
  switch (name) {
    case 'GatewayId': {
      if (id === 'local') return { vpcId: undefined, route: { GatewayId: id } }
      const gateway = existing(INTERNET_GATEWAY, internetGateways, id, 'gatewayId', ctx)
      return { vpcId: gateway.Attachments[0]?.VpcId ?? '', route: { GatewayId: id } }
    }
    case 'NatGatewayId': {
      const gateway = existing(NAT_GATEWAY, natGateways, id, 'natGatewayId', ctx)
      return { vpcId: gateway.VpcId, route: { NatGatewayId: id } }
    }
    case 'EgressOnlyInternetGatewayId': {
      const parameter = 'egressOnlyInternetGatewayId'
      const gateway = existing(EGRESS_ONLY_GATEWAY, egressOnlyGateways, id, parameter, ctx)
      const route = { EgressOnlyInternetGatewayId: id }
      return { vpcId: gateway.Attachments[0]?.VpcId ?? '', route }
    }
    case 'NetworkInterfaceId':
      return byInterface(id, ctx)
    case 'InstanceId': {
      const instance = existing(INSTANCE, instances, id, 'instanceId', ctx)
      const [only, ...others] = instance.NetworkInterfaceIds
      if (!only) throw invalidParameter('instanceId', id, 'It has no network interface.')
      if (others.length > 0) {
        throw invalidParameter('instanceId', id, 'There are multiple interfaces attached to it.')
      }
      return byInterface(only, ctx)
    }
  }
}

function byInterface(id: string, ctx: Context): Target {
  const row = existing(NETWORK_INTERFACE, networkInterfaces, id, 'networkInterfaceId', ctx)
  const { InstanceId, InstanceOwnerId } = row.Attachment ?? {}
  const route = { NetworkInterfaceId: id, ...(InstanceId && { InstanceId, InstanceOwnerId }) }
  return { vpcId: row.VpcId, route }
}
