/** ModifyVpcEndpoint: the policy, the route tables of a gateway, the groups of interfaces. */
import type { ModifyVpcEndpointRequest, ModifyVpcEndpointResult } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { unsupportedOperation } from '../errors.ts'
import { allExisting, existing, ROUTE_TABLE, SECURITY_GROUP, VPC_ENDPOINT } from '../ids.ts'
import { allowOn } from './access.ts'
import { addRoute, removeRoute, type VpcEndpoint, vpcEndpoints } from './endpoint-rows.ts'
import { openPolicy } from './endpoints.ts'
import { networkInterfaces, routeTables, securityGroups } from './rows.ts'

type Input = Checked<ModifyVpcEndpointRequest>

/** Changes what is given; the rest stays. */
export function modifyVpcEndpoint(input: Input, ctx: Context): ModifyVpcEndpointResult {
  const { VpcEndpointId: id } = input
  const row = existing(VPC_ENDPOINT, vpcEndpoints, id, 'vpcEndpointId', ctx)
  const action = 'ec2:ModifyVpcEndpoint'
  allowOn(action, VPC_ENDPOINT, id, ctx)
  const { AddRouteTableIds: tableIds = [], AddSecurityGroupIds: groupIds = [] } = input
  const tables = allExisting(ROUTE_TABLE, routeTables, tableIds, 'routeTableId', ctx)
  for (const { RouteTableId } of tables) allowOn(action, ROUTE_TABLE, RouteTableId, ctx)
  const added = allExisting(SECURITY_GROUP, securityGroups, groupIds, 'groupId', ctx)
  for (const { GroupId } of added) allowOn(action, SECURITY_GROUP, GroupId, ctx)
  if (input.AddSubnetIds?.length || input.RemoveSubnetIds?.length) {
    throw unsupportedOperation('Windtunnel does not change the subnets of VPC endpoints.')
  }
  const taken = new Set(input.RemoveSecurityGroupIds)
  const groups = added.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
  const Groups = [...row.Groups, ...groups].filter(({ GroupId = '' }) => !taken.has(GroupId))
  const changed: VpcEndpoint = {
    ...row,
    Groups,
    RouteTableIds: routed(row, input, ctx),
    PolicyDocument: input.ResetPolicy
      ? openPolicy(row.VpcEndpointType)
      : (input.PolicyDocument ?? row.PolicyDocument),
    PrivateDnsEnabled: input.PrivateDnsEnabled ?? row.PrivateDnsEnabled,
  }
  ctx.tx.put(vpcEndpoints, id, changed)
  for (const each of row.NetworkInterfaceIds) {
    const found = ctx.tx.get(networkInterfaces, each)
    if (found) ctx.tx.put(networkInterfaces, each, { ...found, Groups })
  }
  return { Return: true }
}

/** The tables with a route to the endpoint, once those of the request have got or lost theirs. */
function routed(
  row: VpcEndpoint,
  { AddRouteTableIds: added = [], RemoveRouteTableIds: removed = [] }: Input,
  ctx: Context,
): string[] {
  const fresh = added.filter((id) => !row.RouteTableIds.includes(id))
  for (const id of fresh) addRoute(id, row, ctx)
  for (const id of removed) removeRoute(id, row, ctx)
  return [...row.RouteTableIds, ...fresh].filter((id) => !removed.includes(id))
}
