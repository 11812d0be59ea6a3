/** CreateRoute, ReplaceRoute and DeleteRoute. */
import type {
  CreateRouteRequest,
  CreateRouteResult,
  DeleteRouteRequest,
  ReplaceRouteRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Checked } from '../../../aws/service.ts'
import { invalidValue, missingParameter } from '../errors.ts'
import { canonicalCidr, canonicalCidr6 } from './cidr.ts'
import { allowOnTable, existingTable } from './route-tables.ts'
import { type Route, requestedTarget } from './route-targets.ts'
import { type RouteTable, routeTables } from './rows.ts'

type Destination = Pick<
  Route,
  'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'
>

/** Where the packets go that a route is for; its one value names the route. */
function requestedDestination(input: Destination): Destination & { readonly text: string } {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = input
  if (DestinationCidrBlock) {
    const text = canonicalCidr(DestinationCidrBlock, 'destinationCidrBlock')
    return { DestinationCidrBlock: text, text }
  }
  if (DestinationIpv6CidrBlock) {
    const text = canonicalCidr6(DestinationIpv6CidrBlock, 'destinationIpv6CidrBlock')
    return { DestinationIpv6CidrBlock: text, text }
  }
  if (DestinationPrefixListId) return { DestinationPrefixListId, text: DestinationPrefixListId }
  throw missingParameter('destinationCidrBlock')
}

function textOf(route: Destination): string {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = route
  return DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? ''
}

function putRoutes(table: RouteTable, Routes: RouteTable['Routes'], ctx: Context): void {
  ctx.tx.put(routeTables, table.RouteTableId, { ...table, Routes })
}

/** Adds a route; one that leads to the same place already is left as it is. */
export function createRoute(input: Checked<CreateRouteRequest>, ctx: Context): CreateRouteResult {
  const table = existingTable(input.RouteTableId, ctx)
  allowOnTable('ec2:CreateRoute', table, ctx)
  const { text, ...destination } = requestedDestination(input)
  const target = requestedTarget(input, table, ctx)
  const held = table.Routes.find((route) => textOf(route) === text)
  if (held && !leadsTo(held, target)) {
    throw new AwsError('RouteAlreadyExists', `The route identified by ${text} already exists.`)
  }
  if (!held) {
    const route = { ...destination, ...target, Origin: 'CreateRoute', State: 'active' } as const
    putRoutes(table, [...table.Routes, route], ctx)
  }
  return { Return: true }
}

function leadsTo(route: Route, target: Route): boolean {
  const names = Object.keys(target) as (keyof Route)[]
  return names.every((name) => route[name] === target[name])
}

/** Has a route lead elsewhere. */
export function replaceRoute(input: Checked<ReplaceRouteRequest>, ctx: Context): object {
  const table = existingTable(input.RouteTableId, ctx)
  allowOnTable('ec2:ReplaceRoute', table, ctx)
  const { text, ...destination } = requestedDestination(input)
  const target = input.LocalTarget ? { GatewayId: 'local' } : requestedTarget(input, table, ctx)
  const held = table.Routes.find((route) => textOf(route) === text)
  if (!held) {
    throw invalidValue(
      `There is no route defined for '${text}' in the route table. Use CreateRoute instead.`,
    )
  }
  const route = { ...destination, ...target, Origin: held.Origin, State: 'active' as const }
  putRoutes(
    table,
    table.Routes.map((each) => (each === held ? route : each)),
    ctx,
  )
  return {}
}

/** Removes a route; those within the VPC stay. */
export function deleteRoute(input: Checked<DeleteRouteRequest>, ctx: Context): object {
  const table = existingTable(input.RouteTableId, ctx)
  const { RouteTableId } = table
  allowOnTable('ec2:DeleteRoute', table, ctx)
  const { text } = requestedDestination(input)
  const held = table.Routes.find((route) => textOf(route) === text)
  if (!held) {
    const what = text.includes(':') ? 'destination-ipv6-cidr-block' : 'destination-cidr-block'
    throw new AwsError(
      'InvalidRoute.NotFound',
      `no route with ${what} ${text} in route table ${RouteTableId}`,
    )
  }
  if (held.Origin === 'CreateRouteTable') {
    throw invalidValue(`cannot remove local route ${text} in route table ${RouteTableId}`)
  }
  putRoutes(
    table,
    table.Routes.filter((each) => each !== held),
    ctx,
  )
  return {}
}
