import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AssociateVpcCidrBlockCommand,
  CreateDefaultSubnetCommand,
  CreateDefaultVpcCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateVpcCidrBlockCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../../test/cloud.ts'
import { describe, ec2Cloud, run, running } from '../../../../test/ec2.ts'
import { inVpc, newGroup, newSubnet, newVpc } from '../../../../test/network.ts'

test('a VPC has a main route table, a default ACL and a default group', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const tags = { ResourceType: 'vpc' as const, Tags: [{ Key: 'Name', Value: 'lab' }] }
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.1.2.3/16', TagSpecifications: [tags] }),
  )
  const VpcId = Vpc?.VpcId ?? ''
  assert.equal(Vpc?.State, 'pending')
  assert.equal(Vpc?.CidrBlock, '10.1.0.0/16')
  assert.deepEqual(Vpc?.Tags, tags.Tags)
  const { Vpcs } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'tag:Name', Values: ['lab'] }] }),
  )
  assert.deepEqual(
    Vpcs?.map((vpc) => [vpc.VpcId, vpc.State, vpc.IsDefault]),
    [[VpcId, 'available', false]],
  )
  const { Tags } = await ec2.send(new DescribeTagsCommand({}))
  assert.deepEqual(Tags, [{ Key: 'Name', Value: 'lab', ResourceId: VpcId, ResourceType: 'vpc' }])
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand(inVpc(VpcId)))
  assert.equal(RouteTables?.length, 1)
  assert.equal(RouteTables?.[0]?.Associations?.[0]?.Main, true)
  assert.deepEqual(RouteTables?.[0]?.Routes, [
    {
      DestinationCidrBlock: '10.1.0.0/16',
      GatewayId: 'local',
      Origin: 'CreateRouteTable',
      State: 'active',
    },
  ])
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand(inVpc(VpcId)))
  assert.deepEqual(
    NetworkAcls?.[0]?.Entries?.map(({ Egress, RuleNumber, RuleAction }) =>
      [Egress, RuleNumber, RuleAction].join(' '),
    ),
    ['true 100 allow', 'true 32767 deny', 'false 100 allow', 'false 32767 deny'],
  )
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand(inVpc(VpcId)))
  const [group] = SecurityGroups ?? []
  assert.equal(group?.GroupName, 'default')
  assert.equal(group?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId, group?.GroupId)
  await ec2.send(new DeleteVpcCommand({ VpcId }))
  const gone = await failure(ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })))
  assert.equal(gone.name, 'InvalidVpcID.NotFound')
  assert.equal(gone.message, `The vpc ID '${VpcId}' does not exist`)
  const left = await ec2.send(new DescribeSecurityGroupsCommand(inVpc(VpcId)))
  assert.deepEqual(left.SecurityGroups, [])
})

test('blocks that no VPC can have are refused', async () => {
  const { ec2 } = await ec2Cloud()
  const fault = async (CidrBlock?: string) => {
    const { name, message } = await failure(ec2.send(new CreateVpcCommand({ CidrBlock })))
    return `${name}: ${message}`
  }
  assert.equal(await fault('10.0.0.0/8'), "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.")
  assert.equal(await fault('10.0.0.0/29'), "InvalidVpc.Range: The CIDR '10.0.0.0/29' is invalid.")
  assert.equal(
    await fault('10.0.0.0'),
    'InvalidParameterValue: Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a ' +
      'valid CIDR block.',
  )
  assert.equal(
    await fault(),
    "MissingParameter: Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.",
  )
})

test('attributes of a VPC change one by one', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const values = async () => {
    const names = ['enableDnsSupport', 'enableDnsHostnames'] as const
    const answers = names.map((Attribute) =>
      on.ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute })),
    )
    const [support, hostnames] = await Promise.all(answers)
    return [support?.EnableDnsSupport?.Value, hostnames?.EnableDnsHostnames?.Value]
  }
  assert.deepEqual(await values(), [true, false])
  const EnableDnsHostnames = { Value: true }
  await on.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames }))
  assert.deepEqual(await values(), [true, true])
  const both = { VpcId, EnableDnsHostnames, EnableDnsSupport: { Value: true } }
  const { name } = await failure(on.ec2.send(new ModifyVpcAttributeCommand(both)))
  assert.equal(name, 'InvalidParameterCombination')
})

test('public names are given out in VPCs that have host names', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: true }]
  const nameOf = async () => {
    const id = await running(on, { NetworkInterfaces })
    const { PublicIpAddress, PublicDnsName } = await describe(on, id)
    assert.ok(PublicIpAddress)
    return PublicDnsName
  }
  assert.equal(await nameOf(), '')
  const EnableDnsHostnames = { Value: true }
  await on.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames }))
  assert.match((await nameOf()) ?? '', /^ec2-54-[\d-]+\.compute-1\.amazonaws\.com$/)
})

test('subnets lie in their VPC, beside each other', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const create = (CidrBlock: string, more = {}) =>
    ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, ...more }))
  const { Subnet } = await create('10.0.1.0/24', { AvailabilityZone: 'us-east-1b' })
  assert.equal(Subnet?.AvailableIpAddressCount, 251)
  assert.equal(Subnet?.AvailabilityZoneId, 'use1-az1')
  assert.equal(Subnet?.State, 'available')
  const fault = async (CidrBlock: string, more = {}) => {
    const { name, message } = await failure(create(CidrBlock, more))
    return `${name}: ${message}`
  }
  assert.equal(
    await fault('10.0.1.128/25'),
    "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet",
  )
  assert.equal(
    await fault('10.1.0.0/24'),
    "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.",
  )
  assert.match(
    await fault('10.0.2.0/24', { AvailabilityZone: 'eu-west-1a' }),
    /^InvalidParameterValue: Value \(eu-west-1a\) for parameter availabilityZone is invalid\. /,
  )
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand(inVpc(VpcId)))
  assert.deepEqual(
    NetworkAcls?.[0]?.Associations?.map(({ SubnetId }) => SubnetId),
    [Subnet?.SubnetId],
  )
})

test('what lies in a VPC or a subnet keeps it from being deleted', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }))
  const SubnetId = Subnet?.SubnetId ?? ''
  const [instance] = await run(on, { SubnetId })
  assert.equal(instance?.VpcId, VpcId)
  assert.equal(instance?.PublicIpAddress, undefined)
  const counted = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }))
  assert.equal(counted.Subnets?.[0]?.AvailableIpAddressCount, 250)
  const subnetFault = await failure(ec2.send(new DeleteSubnetCommand({ SubnetId })))
  assert.equal(subnetFault.name, 'DependencyViolation')
  assert.equal(
    subnetFault.message,
    `The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
  )
  const vpcFault = await failure(ec2.send(new DeleteVpcCommand({ VpcId })))
  assert.equal(vpcFault.name, 'DependencyViolation')
  assert.equal(vpcFault.message, `The vpc '${VpcId}' has dependencies and cannot be deleted.`)
})

test('attributes of a subnet decide on what is launched in it', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }))
  const SubnetId = Subnet?.SubnetId ?? ''
  const MapPublicIpOnLaunch = { Value: true }
  await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch }))
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }))
  assert.equal(Subnets?.[0]?.MapPublicIpOnLaunch, true)
  const id = await running(on, { SubnetId })
  assert.ok((await describe(on, id)).PublicIpAddress)
})

test('a VPC may have a second block and one of IPv6', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const CidrBlock = '10.1.0.0/16'
  const { CidrBlockAssociation } = await ec2.send(
    new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock }),
  )
  assert.equal(CidrBlockAssociation?.CidrBlockState?.State, 'associating')
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.1.0.0/24' }))
  const AssociationId = CidrBlockAssociation?.AssociationId ?? ''
  const take = () => ec2.send(new DisassociateVpcCidrBlockCommand({ AssociationId }))
  assert.match((await failure(take())).message, /in use by a subnet/)
  await ec2.send(new DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }))
  await take()
  const { Ipv6CidrBlockAssociation } = await ec2.send(
    new AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }),
  )
  const ipv6 = Ipv6CidrBlockAssociation?.Ipv6CidrBlock ?? ''
  assert.match(ipv6, /^2600:1f18:.*::\/56$/)
  const Ipv6CidrBlock = ipv6.replace('/56', '/64')
  const withIpv6 = { VpcId, CidrBlock: '10.0.0.0/24', Ipv6CidrBlock }
  const made = await ec2.send(new CreateSubnetCommand(withIpv6))
  const held = made.Subnet?.Ipv6CidrBlockAssociationSet?.[0]
  assert.equal(held?.Ipv6CidrBlock, Ipv6CidrBlock)
  const GroupIds = [await newGroup(on, VpcId)]
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }))
  const [out] = SecurityGroups?.[0]?.IpPermissionsEgress ?? []
  assert.deepEqual(out?.Ipv6Ranges, [{ CidrIpv6: '::/0' }])
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand(inVpc(VpcId)))
  assert.deepEqual(
    RouteTables?.[0]?.Routes?.map((route) => route.DestinationCidrBlock ?? ipv6),
    ['10.0.0.0/16', ipv6],
  )
})

test('the default VPC can be deleted, and made again', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const exists = await failure(ec2.send(new CreateDefaultVpcCommand({})))
  assert.equal(exists.name, 'DefaultVpcAlreadyExists')
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}))
  const VpcId = Vpcs?.[0]?.VpcId ?? ''
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand(inVpc(VpcId)))
  for (const { SubnetId } of Subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }))
  const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({}))
  const InternetGatewayId = InternetGateways?.[0]?.InternetGatewayId
  await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }))
  await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }))
  await ec2.send(new DeleteVpcCommand({ VpcId }))
  const none = await failure(run(on))
  assert.equal(`${none.name}: ${none.message}`, 'VPCIdNotSpecified: No default VPC for this user')
  const { Vpc } = await ec2.send(new CreateDefaultVpcCommand({}))
  assert.equal(Vpc?.IsDefault, true)
  const again = await ec2.send(new DescribeSubnetsCommand({}))
  assert.equal(again.Subnets?.length, Subnets.length)
  assert.equal((await run(on)).length, 1)
  const AvailabilityZone = 'us-east-1a'
  const held = await failure(ec2.send(new CreateDefaultSubnetCommand({ AvailabilityZone })))
  assert.equal(held.name, 'DefaultSubnetAlreadyExistsInAvailabilityZone')
})

test('a VPC has five blocks of IPv4 addresses at most', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const associate = (CidrBlock: string) =>
    failure(on.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock })))
  for (const third of [43, 44, 45, 46]) {
    const CidrBlock = `10.200.${third}.0/24`
    await on.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock }))
  }
  const { name, message } = await associate('10.200.50.0/22')
  assert.equal(name, 'CidrLimitExceeded')
  assert.equal(message, `This network ${VpcId} has met its maximum number of allowed CIDRs: 5`)
})

test('a subnet of IPv6 alone is never made of IPv4 addresses instead', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const create = (input: object) =>
    failure(on.ec2.send(new CreateSubnetCommand({ VpcId, Ipv6Native: true, ...input })))
  const cidr = { CidrBlock: '10.0.0.0/24' }
  for (const input of [{}, cidr]) {
    const { name, message } = await create(input)
    assert.equal(name, 'MissingParameter')
    assert.equal(message, "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided.")
  }
  const both = await create({ ...cidr, Ipv6CidrBlock: '2001:db8::/64' })
  assert.equal(both.name, 'InvalidParameterCombination')
  const alone = await create({ Ipv6CidrBlock: '2001:db8::/64' })
  assert.equal(alone.name, 'UnsupportedOperation')
})
