/** VPC endpoints: gateways in route tables, and interfaces in subnets. */
import type {
  CreateVpcEndpointRequest,
  DeleteVpcEndpointsRequest,
  DeleteVpcEndpointsResult,
  DescribeVpcEndpointsRequest,
  UnsuccessfulItem,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Checked } from '../../../aws/service.ts'
import { invalidParameter, missingParameter, unsupportedOperation } from '../errors.ts'
import { earlier, identityOf } from '../idempotency.ts'
import {
  allExisting,
  checkForm,
  newId,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SUBNET,
  VPC,
  VPC_ENDPOINT,
} from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { type RequestedTags, tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { freeAddress } from './addresses.ts'
import { addRoute, removeRoute, type VpcEndpoint, vpcEndpoints } from './endpoint-rows.ts'
import { find } from './find.ts'
import { newInterface, removeInterface } from './interfaces.ts'
import { prefixListOf } from './prefix-lists.ts'
import {
  networkInterfaces,
  type RouteTable,
  routeTables,
  type SecurityGroup,
  type Subnet,
  securityGroups,
  subnets,
  type Vpc,
} from './rows.ts'
import { DEFAULT_GROUP_NAME } from './vpc-parts.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

/** The policy of endpoints that are given none; as recorded, interfaces' has no Version. */
export function openPolicy(type: VpcEndpoint['VpcEndpointType']): string {
  const Statement = [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }]
  return JSON.stringify({ ...(type === 'Gateway' && { Version: '2008-10-17' }), Statement })
}
const REQUESTER = 'amazon-aws'
const NAME_DIGITS = 8
/** As Route 53's: a Z and about twenty capitals and digits. */
const ZONE_ID_DIGITS = 20

interface Parts {
  readonly vpc: Vpc
  readonly tables: readonly RouteTable[]
  readonly subnets: readonly Subnet[]
  readonly groups: readonly SecurityGroup[]
}

/** What a request names, all of it in the VPC; an interface has the default group if no other. */
function partsOf(input: Checked<CreateVpcEndpointRequest>, ctx: Context): Parts {
  const vpc = existingVpc(input.VpcId, ctx)
  const { VpcId } = vpc
  const { RouteTableIds = [], SubnetIds = [], SecurityGroupIds = [] } = input
  const tables = allExisting(ROUTE_TABLE, routeTables, RouteTableIds, 'routeTableId', ctx)
  const nets = allExisting(SUBNET, subnets, SubnetIds, 'subnetId', ctx)
  const named = allExisting(SECURITY_GROUP, securityGroups, SecurityGroupIds, 'groupId', ctx)
  const ofVpc = ctx.tx.by(securityGroups, 'vpc', VpcId)
  const usual = ofVpc.filter(({ GroupName }) => GroupName === DEFAULT_GROUP_NAME)
  const groups = named.length > 0 ? named : usual
  for (const part of [...tables, ...nets, ...groups]) {
    if (part.VpcId === VpcId) continue
    throw invalidParameter('vpcId', VpcId, 'All resources of an endpoint must be in its VPC.')
  }
  return { vpc, tables, subnets: nets, groups }
}

function checkService(name: string | undefined, type: string, ctx: Context): string {
  if (!name) throw missingParameter('ServiceName')
  const isRegional = name.startsWith(`com.amazonaws.${ctx.region}.`)
  const exists = type === 'Gateway' ? prefixListOf(name, ctx) : isRegional
  if (exists) return name
  const text = `The Vpc Endpoint Service '${name}' does not exist`
  throw new AwsError('InvalidServiceName', text)
}

/** Creates a gateway endpoint, which is there at once, or one of interfaces. */
export function createVpcEndpoint(input: Checked<CreateVpcEndpointRequest>, ctx: Context): object {
  const tags = tagsFor(input.TagSpecifications, [VPC_ENDPOINT.resourceType])
  const { VpcEndpointType = 'Gateway', ClientToken } = input
  const parts = partsOf(input, ctx)
  allowCreation(input, parts, tags, ctx)
  if (VpcEndpointType !== 'Gateway' && VpcEndpointType !== 'Interface') {
    throw unsupportedOperation(`Windtunnel has no VPC endpoints of the type ${VpcEndpointType}.`)
  }
  const ServiceName = checkService(input.ServiceName, VpcEndpointType, ctx)
  const { VpcId } = parts.vpc
  const identity = identityOf(input)
  const own = ctx.tx.by(vpcEndpoints, 'vpc', VpcId)
  const repeated = earlier(own, identity)
  if (repeated) return { VpcEndpoint: shown(repeated, ctx), ClientToken }
  const row: VpcEndpoint = {
    VpcEndpointId: newId(VPC_ENDPOINT, ctx),
    VpcEndpointType,
    VpcId,
    ServiceName,
    ServiceRegion: ctx.region,
    State: 'available',
    PolicyDocument: input.PolicyDocument ?? openPolicy(VpcEndpointType),
    RouteTableIds: [],
    SubnetIds: [],
    Groups: [],
    NetworkInterfaceIds: [],
    PrivateDnsEnabled: false,
    RequesterManaged: false,
    OwnerId: ctx.account,
    CreationTimestamp: ctx.now,
    DnsEntries: [],
    ...identity,
  }
  const isGateway = VpcEndpointType === 'Gateway'
  const complete = isGateway ? gateway(row, parts, own, ctx) : withCards(row, parts, input, ctx)
  ctx.tx.put(vpcEndpoints, row.VpcEndpointId, complete)
  tagNew(row.VpcEndpointId, VPC_ENDPOINT.resourceType, tags, ctx)
  const State = isGateway ? 'available' : 'pending'
  return { VpcEndpoint: shown({ ...complete, State }, ctx), ClientToken }
}

function allowCreation(
  { ServiceName }: CreateVpcEndpointRequest,
  { vpc, tables, subnets: nets, groups }: Parts,
  tags: RequestedTags,
  ctx: Context,
): void {
  const action = 'ec2:CreateVpcEndpoint'
  allowOn(action, VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  const keys = { 'ec2:VpceServiceName': ServiceName }
  allowNew('CreateVpcEndpoint', VPC_ENDPOINT, tags, ctx, { keys })
  for (const { RouteTableId } of tables) allowOn(action, ROUTE_TABLE, RouteTableId, ctx)
  for (const { SubnetId } of nets) allowOn(action, SUBNET, SubnetId, ctx)
  if (nets.length === 0) return
  for (const { GroupId } of groups) allowOn(action, SECURITY_GROUP, GroupId, ctx)
}

function gateway(
  row: VpcEndpoint,
  { tables }: Parts,
  others: readonly VpcEndpoint[],
  ctx: Context,
): VpcEndpoint {
  for (const { RouteTableId } of tables) {
    const taken = others.some(
      (each) => each.ServiceName === row.ServiceName && each.RouteTableIds.includes(RouteTableId),
    )
    if (taken) {
      const id = prefixListOf(row.ServiceName, ctx)?.PrefixListId
      throw new AwsError(
        'RouteAlreadyExists',
        `route table ${RouteTableId} already has a route with destination-prefix-list-id ${id}`,
      )
    }
    addRoute(RouteTableId, row, ctx)
  }
  return { ...row, RouteTableIds: tables.map(({ RouteTableId }) => RouteTableId) }
}

function withCards(
  row: VpcEndpoint,
  { subnets: nets, groups }: Parts,
  { PrivateDnsEnabled = true, IpAddressType = 'ipv4', DnsOptions }: CreateVpcEndpointRequest,
  ctx: Context,
): VpcEndpoint {
  const NetworkInterfaceIds = nets.map((subnet) => {
    const spec = {
      subnet,
      groups,
      description: `VPC Endpoint Interface ${row.VpcEndpointId}`,
      associatePublicIp: false,
      privateIpAddress: freeAddress(subnet, ctx),
      requester: REQUESTER,
    }
    const made = newInterface(spec, ctx)
    const inUse = { ...made, InterfaceType: 'vpc_endpoint', Status: 'in-use' } as const
    ctx.tx.put(networkInterfaces, made.NetworkInterfaceId, inUse)
    return made.NetworkInterfaceId
  })
  const service = row.ServiceName.split('.').slice(3).reverse().join('.')
  const name = `${row.VpcEndpointId}-${ctx.ids.hex(NAME_DIGITS)}.${service}.${ctx.region}`
  return {
    ...row,
    SubnetIds: nets.map(({ SubnetId }) => SubnetId),
    Groups: groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    NetworkInterfaceIds,
    PrivateDnsEnabled,
    IpAddressType,
    DnsOptions: { DnsRecordIpType: DnsOptions?.DnsRecordIpType ?? 'ipv4' },
    DnsEntries: [
      {
        DnsName: `${name}.vpce.amazonaws.com`,
        HostedZoneId: `Z${ctx.ids.hex(ZONE_ID_DIGITS).toUpperCase()}`,
      },
    ],
  }
}

/** Ends endpoints; those that there are not are told apart. */
export function deleteVpcEndpoints(
  { VpcEndpointIds }: Checked<DeleteVpcEndpointsRequest>,
  ctx: Context,
): DeleteVpcEndpointsResult {
  checkForm(VPC_ENDPOINT, VpcEndpointIds, 'vpcEndpointId')
  const Unsuccessful: UnsuccessfulItem[] = []
  for (const id of VpcEndpointIds) {
    const row = ctx.tx.get(vpcEndpoints, id)
    const keys = { 'ec2:VpceServiceName': row?.ServiceName }
    allowOn('ec2:DeleteVpcEndpoints', VPC_ENDPOINT, id, ctx, { keys })
    if (row) removeEndpoint(row, ctx)
    else {
      const { code: Code, message: Message } = VPC_ENDPOINT.missing([id])
      Unsuccessful.push({ ResourceId: id, Error: { Code, Message } })
    }
  }
  return { Unsuccessful }
}

function removeEndpoint(row: VpcEndpoint, ctx: Context): void {
  for (const id of row.RouteTableIds) removeRoute(id, row, ctx)
  for (const id of row.NetworkInterfaceIds) {
    const found = ctx.tx.get(networkInterfaces, id)
    if (found) removeInterface(found, ctx)
  }
  ctx.tx.delete(vpcEndpoints, row.VpcEndpointId)
  forgetTags(row.VpcEndpointId, ctx)
}

function shown(row: VpcEndpoint, ctx: Context) {
  return { ...row, Tags: tagsOf(row.VpcEndpointId, ctx) ?? [] }
}

const ENDPOINTS: Listing<VpcEndpoint> = {
  kind: VPC_ENDPOINT,
  table: vpcEndpoints,
  idOf: ({ VpcEndpointId }) => VpcEndpointId,
  fields: {
    'ip-address-type': ({ IpAddressType }) => IpAddressType,
    'service-name': ({ ServiceName }) => ServiceName,
    'service-region': ({ ServiceRegion }) => ServiceRegion,
    'vpc-endpoint-id': ({ VpcEndpointId }) => VpcEndpointId,
    'vpc-endpoint-state': ({ State }) => State,
    'vpc-endpoint-type': ({ VpcEndpointType }) => VpcEndpointType,
    'vpc-id': ({ VpcId }) => VpcId,
  },
  indexes: { 'vpc-id': 'vpc' },
}

/** Endpoints by id, or all that match. */
export function describeVpcEndpoints(input: DescribeVpcEndpointsRequest, ctx: Context): object {
  ctx.allow('ec2:DescribeVpcEndpoints', '*')
  const parameters = { set: 'vpcEndpointIdSet', one: 'vpcEndpointId' }
  const { rows, NextToken } = find(ENDPOINTS, input.VpcEndpointIds, input, parameters, ctx)
  return { VpcEndpoints: rows.map((row) => shown(row, ctx)), NextToken }
}
