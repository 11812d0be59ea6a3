import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AllocateAddressCommand,
  AssociateDhcpOptionsCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateDhcpOptionsCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteDhcpOptionsCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkAclCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DescribeDhcpOptionsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  ReleaseAddressCommand,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, run } from '../../../../test/ec2.ts'
import { fault, inVpc, newGateway, newSubnet, newVpc } from '../../../../test/network.ts'

const EVERYWHERE = '0.0.0.0/0'

async function newTable({ ec2 }: Ec2Cloud, VpcId: string): Promise<string> {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }))
  return RouteTable?.RouteTableId ?? ''
}

async function routes({ ec2 }: Ec2Cloud, id: string) {
  const command = new DescribeRouteTablesCommand({ RouteTableIds: [id] })
  const { RouteTables } = await ec2.send(command)
  return RouteTables?.[0]?.Routes?.map(
    ({ DestinationCidrBlock, GatewayId, NetworkInterfaceId, NatGatewayId, State }) =>
      [DestinationCidrBlock, GatewayId ?? NatGatewayId ?? NetworkInterfaceId, State].join(' '),
  )
}

test('routes lead to what is in their VPC, and to nowhere once it is gone', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const RouteTableId = await newTable(on, VpcId)
  const GatewayId = await newGateway(on, VpcId)
  const route = { RouteTableId, DestinationCidrBlock: EVERYWHERE }
  await ec2.send(new CreateRouteCommand({ ...route, GatewayId }))
  const local = '10.0.0.0/16 local active'
  assert.deepEqual(await routes(on, RouteTableId), [local, `${EVERYWHERE} ${GatewayId} active`])
  const other = await newGateway(on, await newVpc(on))
  assert.equal(
    await fault(ec2.send(new ReplaceRouteCommand({ ...route, GatewayId: other }))),
    `InvalidParameterValue: route table ${RouteTableId} and network gateway ${other} belong to ` +
      'different networks',
  )
  const [instance] = await run(on, { SubnetId: await newSubnet(on, VpcId) })
  const InstanceId = instance?.InstanceId
  assert.equal(
    await fault(ec2.send(new CreateRouteCommand({ ...route, InstanceId }))),
    `RouteAlreadyExists: The route identified by ${EVERYWHERE} already exists.`,
  )
  await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId: GatewayId }))
  assert.deepEqual(await routes(on, RouteTableId), [local, `${EVERYWHERE} ${GatewayId} blackhole`])
  await ec2.send(new ReplaceRouteCommand({ ...route, InstanceId }))
  const [held] = instance?.NetworkInterfaces ?? []
  assert.deepEqual(await routes(on, RouteTableId), [
    local,
    `${EVERYWHERE} ${held?.NetworkInterfaceId} active`,
  ])
  await ec2.send(new DeleteRouteCommand(route))
  assert.equal(
    await fault(ec2.send(new DeleteRouteCommand(route))),
    `InvalidRoute.NotFound: no route with destination-cidr-block ${EVERYWHERE} in route table ` +
      RouteTableId,
  )
  assert.match(
    await fault(
      ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '10.0.0.0/16' })),
    ),
    /^InvalidParameterValue: cannot remove local route 10\.0\.0\.0\/16 in route table/,
  )
})

test('a subnet uses one table; the main one can be replaced, not removed', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const [first, second] = [await newTable(on, VpcId), await newTable(on, VpcId)]
  const associate = (RouteTableId: string) =>
    ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }))
  const { AssociationId } = await associate(first)
  assert.equal((await associate(first)).AssociationId, AssociationId)
  assert.match(await fault(associate(second)), /^Resource\.AlreadyAssociated: the specified assoc/)
  const remove = (RouteTableId: string) => ec2.send(new DeleteRouteTableCommand({ RouteTableId }))
  assert.equal(
    await fault(remove(first)),
    `DependencyViolation: The routeTable '${first}' has dependencies and cannot be deleted.`,
  )
  const { NewAssociationId } = await ec2.send(
    new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: second }),
  )
  await remove(first)
  await ec2.send(new DisassociateRouteTableCommand({ AssociationId: NewAssociationId }))
  assert.equal(
    await fault(ec2.send(new DisassociateRouteTableCommand({ AssociationId: NewAssociationId }))),
    `InvalidAssociationID.NotFound: The association ID '${NewAssociationId}' does not exist`,
  )
  const main = async () => {
    const Filters = [...inVpc(VpcId).Filters, { Name: 'association.main', Values: ['true'] }]
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }))
    return RouteTables?.[0]
  }
  const before = (await main())?.Associations?.[0]?.RouteTableAssociationId
  assert.match(
    await fault(ec2.send(new DisassociateRouteTableCommand({ AssociationId: before }))),
    /cannot disassociate the main route table association/,
  )
  await ec2.send(
    new ReplaceRouteTableAssociationCommand({ AssociationId: before, RouteTableId: second }),
  )
  assert.equal((await main())?.RouteTableId, second)
})

test('a gateway belongs to one VPC, a VPC to one gateway', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const id = await newGateway(on, VpcId)
  const attach = (InternetGatewayId: string) =>
    fault(ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId })))
  assert.equal(
    await attach(id),
    `Resource.AlreadyAssociated: resource ${id} is already attached to network ${VpcId}`,
  )
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  assert.equal(
    await attach(InternetGateway?.InternetGatewayId ?? ''),
    `InvalidParameterValue: Network ${VpcId} already has an internet gateway attached`,
  )
  assert.equal(
    await fault(ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id }))),
    `DependencyViolation: The internetGateway '${id}' has dependencies and cannot be deleted.`,
  )
  const NetworkInterfaces = [
    { DeviceIndex: 0, SubnetId: await newSubnet(on, VpcId), AssociatePublicIpAddress: true },
  ]
  await run(on, { NetworkInterfaces })
  assert.equal(
    await fault(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId }))),
    `DependencyViolation: Network ${VpcId} has some mapped public address(es). Please unmap ` +
      'those public address(es) before detaching the gateway.',
  )
})

test('entries of an ACL have numbers, and a subnet has one ACL', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId }))
  const NetworkAclId = NetworkAcl?.NetworkAclId ?? ''
  assert.deepEqual(
    NetworkAcl?.Entries?.map(({ RuleNumber }) => RuleNumber),
    [32767, 32767],
  )
  const at = { NetworkAclId, RuleNumber: 100, Egress: false }
  const entry = {
    ...at,
    Protocol: 'tcp',
    RuleAction: 'allow' as const,
    CidrBlock: '10.0.0.0/8',
    PortRange: { From: 22, To: 22 },
  }
  await ec2.send(new CreateNetworkAclEntryCommand(entry))
  assert.equal(
    await fault(ec2.send(new CreateNetworkAclEntryCommand(entry))),
    'NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists.',
  )
  await ec2.send(new ReplaceNetworkAclEntryCommand({ ...entry, RuleAction: 'deny' }))
  const described = async (Values: string[]) => {
    const Filters = [{ Name: 'association.subnet-id', Values }]
    return (await ec2.send(new DescribeNetworkAclsCommand({ Filters }))).NetworkAcls?.[0]
  }
  const before = (await described([SubnetId]))?.Associations?.[0]
  await ec2.send(
    new ReplaceNetworkAclAssociationCommand({
      AssociationId: before?.NetworkAclAssociationId,
      NetworkAclId,
    }),
  )
  const after = await described([SubnetId])
  assert.equal(after?.NetworkAclId, NetworkAclId)
  const rule = after?.Entries?.find(({ RuleNumber }) => RuleNumber === 100)
  assert.equal(`${rule?.Protocol} ${rule?.RuleAction}`, '6 deny')
  assert.equal(
    await fault(ec2.send(new DeleteNetworkAclCommand({ NetworkAclId }))),
    `DependencyViolation: The networkAcl '${NetworkAclId}' has dependencies and cannot be deleted.`,
  )
  await ec2.send(new DeleteNetworkAclEntryCommand(at))
  assert.equal(
    await fault(ec2.send(new DeleteNetworkAclEntryCommand(at))),
    'InvalidNetworkAclEntry.NotFound: no ingress entry with number 100',
  )
  await ec2.send(new DeleteSubnetCommand({ SubnetId }))
  await ec2.send(new DeleteNetworkAclCommand({ NetworkAclId }))
})

test('a VPC uses a set of DHCP options', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const DhcpConfigurations = [{ Key: 'domain-name', Values: ['lab.test'] }]
  const { DhcpOptions } = await ec2.send(new CreateDhcpOptionsCommand({ DhcpConfigurations }))
  const DhcpOptionsId = DhcpOptions?.DhcpOptionsId ?? ''
  await ec2.send(new AssociateDhcpOptionsCommand({ DhcpOptionsId, VpcId }))
  const remove = new DeleteDhcpOptionsCommand({ DhcpOptionsId })
  assert.equal(
    await fault(ec2.send(remove)),
    `DependencyViolation: The dhcpOptions '${DhcpOptionsId}' has dependencies and cannot be ` +
      'deleted.',
  )
  const Filters = [{ Name: 'value', Values: ['lab.*'] }]
  const found = await ec2.send(new DescribeDhcpOptionsCommand({ Filters }))
  assert.equal(found.DhcpOptions?.[0]?.DhcpOptionsId, DhcpOptionsId)
  await ec2.send(new AssociateDhcpOptionsCommand({ DhcpOptionsId: 'default', VpcId }))
  await ec2.send(remove)
})

test('a NAT gateway has an interface and an address, and keeps its subnet', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  await newGateway(on, VpcId)
  const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({}))
  const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }))
  const NatGatewayId = NatGateway?.NatGatewayId ?? ''
  assert.equal(NatGateway?.State, 'pending')
  const state = async () => {
    const command = new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGatewayId] })
    const { NatGateways } = await ec2.send(command)
    return NatGateways?.[0]
  }
  assert.equal((await state())?.State, 'available')
  assert.equal((await state())?.NatGatewayAddresses?.[0]?.PublicIp, PublicIp)
  assert.match(await fault(ec2.send(new DeleteSubnetCommand({ SubnetId }))), /^DependencyViolation/)
  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }))
  assert.equal((await state())?.State, 'deleted')
  await ec2.send(new ReleaseAddressCommand({ AllocationId }))
  await ec2.send(new DeleteSubnetCommand({ SubnetId }))
  await on.cloud.advance(3600)
  assert.match(await fault(state()), /^NatGatewayNotFound: /)
})
