import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateRouteTableCommand,
  CreateVpcEndpointCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyVpcEndpointCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, REGION } from '../../../../test/ec2.ts'
import { fault, inVpc, newGroup, newSubnet, newVpc } from '../../../../test/network.ts'

const S3 = `com.amazonaws.${REGION}.s3`

async function newTable({ ec2 }: Ec2Cloud, VpcId: string): Promise<string> {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }))
  return RouteTable?.RouteTableId ?? ''
}

async function routesOf({ ec2 }: Ec2Cloud, id: string): Promise<(string | undefined)[]> {
  const command = new DescribeRouteTablesCommand({ RouteTableIds: [id] })
  const { RouteTables } = await ec2.send(command)
  assert.deepEqual(RouteTables?.[0]?.Tags, [])
  const routes = RouteTables?.[0]?.Routes ?? []
  return routes.flatMap(({ DestinationPrefixListId, GatewayId, State }) =>
    DestinationPrefixListId ? [DestinationPrefixListId, GatewayId, State] : [],
  )
}

async function endpointsOf({ ec2 }: Ec2Cloud, vpc: string) {
  const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand(inVpc(vpc)))
  return VpcEndpoints ?? []
}

test('a gateway endpoint is a route to the prefix list of its service', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const [table, other] = [await newTable(on, VpcId), await newTable(on, VpcId)]
  const input = { VpcId, ServiceName: S3, RouteTableIds: [table] }
  const { VpcEndpoint } = await on.ec2.send(new CreateVpcEndpointCommand(input))
  const id = VpcEndpoint?.VpcEndpointId ?? ''
  assert.deepEqual(
    [VpcEndpoint?.State, VpcEndpoint?.VpcEndpointType, VpcEndpoint?.RouteTableIds],
    ['available', 'Gateway', [table]],
  )
  const Filters = [{ Name: 'prefix-list-name', Values: [S3] }]
  const lists = await on.ec2.send(new DescribePrefixListsCommand({ Filters }))
  const { PrefixListId, Cidrs } = lists.PrefixLists?.[0] ?? {}
  const list = await on.ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId }))
  assert.deepEqual(
    list.Entries?.map(({ Cidr }) => Cidr),
    Cidrs,
  )
  assert.deepEqual(await routesOf(on, table), [PrefixListId, id, 'active'])
  assert.match(await fault(on.ec2.send(new CreateVpcEndpointCommand(input))), /^RouteAlreadyExists/)
  const move = { VpcEndpointId: id, AddRouteTableIds: [other], RemoveRouteTableIds: [table] }
  await on.ec2.send(new ModifyVpcEndpointCommand(move))
  assert.deepEqual(await routesOf(on, table), [])
  assert.deepEqual(await routesOf(on, other), [PrefixListId, id, 'active'])
  assert.deepEqual(
    (await endpointsOf(on, VpcId)).map(({ RouteTableIds }) => RouteTableIds),
    [[other]],
  )
  const deletion = new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })
  assert.deepEqual((await on.ec2.send(deletion)).Unsuccessful, [])
  assert.deepEqual(await routesOf(on, other), [])
  const again = await on.ec2.send(deletion)
  assert.equal(again.Unsuccessful?.[0]?.Error?.Code, 'InvalidVpcEndpointId.NotFound')
})

test('an endpoint of interfaces has one in each subnet, and keeps its VPC', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const input = {
    VpcId,
    VpcEndpointType: 'Interface',
    ServiceName: `com.amazonaws.${REGION}.ssm`,
  } as const
  const SubnetIds = [await newSubnet(on, VpcId)]
  const create = new CreateVpcEndpointCommand({ ...input, SubnetIds })
  const { VpcEndpoint } = await on.ec2.send(create)
  assert.equal(VpcEndpoint?.State, 'pending')
  const [endpoint] = await endpointsOf(on, VpcId)
  assert.deepEqual([endpoint?.State, endpoint?.Groups?.[0]?.GroupName], ['available', 'default'])
  assert.equal(endpoint?.DnsOptions?.DnsRecordIpType, 'ipv4')
  assert.match(endpoint?.DnsEntries?.[0]?.HostedZoneId ?? '', /^Z[A-Z0-9]+$/)
  assert.deepEqual(JSON.parse(endpoint?.PolicyDocument ?? ''), {
    Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }],
  })
  const cards = async () => {
    const found = await on.ec2.send(new DescribeNetworkInterfacesCommand(inVpc(VpcId)))
    return found.NetworkInterfaces?.map(({ InterfaceType, Groups }) => [
      InterfaceType,
      Groups?.map(({ GroupName }) => GroupName),
    ])
  }
  assert.deepEqual(await cards(), [['vpc_endpoint', ['default']]])
  const VpcEndpointId = endpoint?.VpcEndpointId ?? ''
  const change = new ModifyVpcEndpointCommand({
    VpcEndpointId,
    AddSecurityGroupIds: [await newGroup(on, VpcId)],
    RemoveSecurityGroupIds: endpoint?.Groups?.map(({ GroupId = '' }) => GroupId),
  })
  await on.ec2.send(change)
  assert.deepEqual(await cards(), [['vpc_endpoint', ['web']]])
  const used = await fault(on.ec2.send(new DeleteVpcCommand({ VpcId })))
  assert.match(used, /^DependencyViolation/)
  await on.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }))
  assert.deepEqual(await cards(), [])
})

test('services that there are not, and what nothing here makes', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const ServiceName = `com.amazonaws.${REGION}.ssm`
  const gateway = new CreateVpcEndpointCommand({ VpcId, ServiceName })
  assert.equal(
    await fault(on.ec2.send(gateway)),
    `InvalidServiceName: The Vpc Endpoint Service '${ServiceName}' does not exist`,
  )
  const peerings = await on.ec2.send(new DescribeVpcPeeringConnectionsCommand({}))
  assert.deepEqual(peerings.VpcPeeringConnections, [])
  const VpcPeeringConnectionIds = ['pcx-0123456789abcdef0']
  const one = new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds })
  assert.match(await fault(on.ec2.send(one)), /^InvalidVpcPeeringConnectionID.NotFound/)
})
