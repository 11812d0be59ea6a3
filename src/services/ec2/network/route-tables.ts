/** Route tables and their associations with subnets. */
import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteTableRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DisassociateRouteTableRequest,
  ReplaceRouteTableAssociationRequest,
  ReplaceRouteTableAssociationResult,
  RouteTable as SdkRouteTable,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidValue, missingParameter } from '../errors.ts'
import type { Fields, FilterValue } from '../filters.ts'
import { earlier, identityOf } from '../idempotency.ts'
import { existing, newId, ROUTE_TABLE, SUBNET, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import {
  alreadyAssociated,
  associationNotFound,
  differentNetworks,
  hasDependencies,
} from './errors.ts'
import { find } from './find.ts'
import { type Route, shownRoute } from './route-targets.ts'
import { type RouteTable, routeTables } from './rows.ts'
import { existingSubnet, subnetOwned } from './subnets.ts'
import { newRouteTable } from './vpc-parts.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

/** Creates a table with the routes within the VPC. */
export function createRouteTable(
  input: Checked<CreateRouteTableRequest>,
  ctx: Context,
): Answer<CreateRouteTableResult> {
  const tags = tagsFor(input.TagSpecifications, ['route-table'])
  const vpc = existingVpc(input.VpcId, ctx)
  const vpcId = vpc.VpcId
  allowOn('ec2:CreateRouteTable', VPC, vpcId, ctx, vpcKeysOf(vpc))
  allowNew('CreateRouteTable', ROUTE_TABLE, tags, ctx, { vpcId })
  const identity = identityOf(input)
  const repeated = earlier(ctx.tx.by(routeTables, 'vpc', vpcId), identity)
  if (repeated) return { RouteTable: shown(repeated, ctx), ClientToken: input.ClientToken }
  const [ipv6] = vpc.Ipv6CidrBlockAssociationSet
  const part = { ...vpc, ipv6CidrBlock: ipv6?.Ipv6CidrBlock }
  const row = { ...newRouteTable(part, (kind) => newId(kind, ctx), ctx), ...identity }
  ctx.tx.put(routeTables, row.RouteTableId, row)
  tagNew(row.RouteTableId, 'route-table', tags, ctx)
  return { RouteTable: shown(row, ctx), ClientToken: input.ClientToken }
}

function shown(row: RouteTable, ctx: Context): Answer<SdkRouteTable> {
  const Routes = row.Routes.map((route) => shownRoute(route, row, ctx))
  return { ...row, Routes, Tags: tagsOf(row.RouteTableId, ctx) ?? [] }
}

/** The table of an id, or AWS's error. */
export function existingTable(id: string, ctx: Context): RouteTable {
  ensureDefaultVpc(ctx)
  return existing(ROUTE_TABLE, routeTables, id, 'routeTableId', ctx)
}

/** Asks for an action on a table. */
export function allowOnTable(action: string, { RouteTableId, VpcId }: RouteTable, ctx: Context) {
  allowOn(action, ROUTE_TABLE, RouteTableId, ctx, { vpcId: VpcId })
}

/** Deletes a table that no subnet uses and that is not the main one. */
export function deleteRouteTable(
  { RouteTableId }: Checked<DeleteRouteTableRequest>,
  ctx: Context,
): object {
  const table = existingTable(RouteTableId, ctx)
  allowOnTable('ec2:DeleteRouteTable', table, ctx)
  if (table.Associations.length > 0) throw hasDependencies('routeTable', RouteTableId)
  ctx.tx.delete(routeTables, RouteTableId)
  forgetTags(RouteTableId, ctx)
  return {}
}

/** Has a subnet use a table instead of the main one. */
export function associateRouteTable(
  input: Checked<AssociateRouteTableRequest>,
  ctx: Context,
): Answer<AssociateRouteTableResult> {
  const table = existingTable(input.RouteTableId, ctx)
  const { RouteTableId } = table
  if (!input.SubnetId) throw missingParameter('subnetId or gatewayId')
  const subnet = existingSubnet(input.SubnetId, ctx)
  const { SubnetId } = subnet
  allowOnTable('ec2:AssociateRouteTable', table, ctx)
  allowOn('ec2:AssociateRouteTable', SUBNET, SubnetId, ctx, subnetOwned(subnet))
  if (subnet.VpcId !== table.VpcId) {
    throw differentNetworks(`route table ${RouteTableId} and subnet ${SubnetId}`)
  }
  const [other] = ctx.tx.by(routeTables, 'subnet', SubnetId)
  const held = other?.Associations.find((each) => each.SubnetId === SubnetId)
  if (other?.RouteTableId === RouteTableId && held) {
    const { RouteTableAssociationId: AssociationId, AssociationState } = held
    return { AssociationId, AssociationState }
  }
  if (other) {
    throw alreadyAssociated(
      `the specified association for route table ${RouteTableId} conflicts with an existing ` +
        'association',
    )
  }
  const AssociationId = addAssociation(table, { SubnetId, Main: false }, ctx)
  return { AssociationId, AssociationState: { State: 'associated' } }
}

function addAssociation(
  table: RouteTable,
  what: { SubnetId?: string | undefined; Main?: boolean | undefined },
  ctx: Context,
): string {
  const RouteTableAssociationId = newId({ prefix: 'rtbassoc' }, ctx)
  const association = {
    ...what,
    RouteTableAssociationId,
    RouteTableId: table.RouteTableId,
    AssociationState: { State: 'associated' as const },
  }
  const Associations = [...table.Associations, association]
  ctx.tx.put(routeTables, table.RouteTableId, { ...table, Associations })
  return RouteTableAssociationId
}

/** The table that holds an association, and the association. */
function associated(id: string, ctx: Context) {
  ensureDefaultVpc(ctx)
  const [table] = ctx.tx.by(routeTables, 'association', id)
  const association = table?.Associations.find((each) => each.RouteTableAssociationId === id)
  if (!table || !association) throw associationNotFound(id)
  return { table, association }
}

function removeAssociation(table: RouteTable, id: string, ctx: Context): void {
  const Associations = table.Associations.filter((each) => each.RouteTableAssociationId !== id)
  ctx.tx.put(routeTables, table.RouteTableId, { ...table, Associations })
}

/** Has a subnet use the main table again. */
export function disassociateRouteTable(
  { AssociationId }: Checked<DisassociateRouteTableRequest>,
  ctx: Context,
): object {
  const { table, association } = associated(AssociationId, ctx)
  allowOnTable('ec2:DisassociateRouteTable', table, ctx)
  if (association.Main) {
    throw invalidValue(`cannot disassociate the main route table association ${AssociationId}`)
  }
  removeAssociation(table, AssociationId, ctx)
  return {}
}

/** Has a subnet use another table, or makes another table the main one. */
export function replaceRouteTableAssociation(
  input: Checked<ReplaceRouteTableAssociationRequest>,
  ctx: Context,
): Answer<ReplaceRouteTableAssociationResult> {
  const { table: from, association } = associated(input.AssociationId, ctx)
  const to = existingTable(input.RouteTableId, ctx)
  allowOnTable('ec2:ReplaceRouteTableAssociation', to, ctx)
  if (from.VpcId !== to.VpcId) {
    throw differentNetworks(`route table ${to.RouteTableId} and route table ${from.RouteTableId}`)
  }
  removeAssociation(from, input.AssociationId, ctx)
  const { SubnetId, Main } = association
  const NewAssociationId = addAssociation(
    existingTable(to.RouteTableId, ctx),
    { SubnetId, Main },
    ctx,
  )
  return { NewAssociationId, AssociationState: { State: 'associated' } }
}

const eachAssociation =
  (value: (association: RouteTable['Associations'][number]) => FilterValue) =>
  ({ Associations }: RouteTable) =>
    Associations.map(value)

const eachRoute = (value: (route: Route) => FilterValue) => (table: RouteTable, ctx: Context) =>
  table.Routes.map((route) => value(shownRoute(route, table, ctx)))

const ROUTE_FIELDS: Fields<RouteTable> = {
  'route.destination-cidr-block': eachRoute((route) => route.DestinationCidrBlock),
  'route.destination-ipv6-cidr-block': eachRoute((route) => route.DestinationIpv6CidrBlock),
  'route.destination-prefix-list-id': eachRoute((route) => route.DestinationPrefixListId),
  'route.egress-only-internet-gateway-id': eachRoute((route) => route.EgressOnlyInternetGatewayId),
  'route.gateway-id': eachRoute(({ GatewayId }) => GatewayId),
  'route.instance-id': eachRoute(({ InstanceId }) => InstanceId),
  'route.nat-gateway-id': eachRoute(({ NatGatewayId }) => NatGatewayId),
  'route.origin': eachRoute(({ Origin }) => Origin),
  'route.state': eachRoute(({ State }) => State),
  'route.transit-gateway-id': () => undefined,
  'route.vpc-peering-connection-id': () => undefined,
}

const ROUTE_TABLES: Listing<RouteTable> = {
  kind: ROUTE_TABLE,
  table: routeTables,
  idOf: ({ RouteTableId }) => RouteTableId,
  fields: {
    'association.gateway-id': eachAssociation(({ GatewayId }) => GatewayId),
    'association.main': eachAssociation(({ Main }) => Main ?? false),
    'association.route-table-association-id': eachAssociation(
      ({ RouteTableAssociationId }) => RouteTableAssociationId,
    ),
    'association.route-table-id': eachAssociation(({ RouteTableId }) => RouteTableId),
    'association.subnet-id': eachAssociation(({ SubnetId }) => SubnetId),
    'owner-id': ({ OwnerId }) => OwnerId,
    'route-table-id': ({ RouteTableId }) => RouteTableId,
    'vpc-id': ({ VpcId }) => VpcId,
    ...ROUTE_FIELDS,
  },
  indexes: { 'association.subnet-id': 'subnet', 'vpc-id': 'vpc' },
}

/** Tables by id, or all that match. */
export function describeRouteTables(
  input: DescribeRouteTablesRequest,
  ctx: Context,
): Answer<DescribeRouteTablesResult> {
  ctx.allow('ec2:DescribeRouteTables', '*')
  const parameters = { set: 'routeTableIdSet', one: 'routeTableId' }
  const { rows, NextToken } = find(ROUTE_TABLES, input.RouteTableIds, input, parameters, ctx)
  return { RouteTables: rows.map((row) => shown(row, ctx)), NextToken }
}
