import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AllocateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateDhcpOptionsCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateNetworkAclCommand,
  CreateNetworkInterfaceCommand,
  CreatePlacementGroupCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeTagsCommand,
  EC2Client,
  type ResourceType,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud } from '../../../../test/ec2.ts'
import { fault, newGroup, newSubnet, newVpc } from '../../../../test/network.ts'
import { allow } from '../../../../test/policies.ts'
import { user } from '../../../../test/principals.ts'

async function userOf({ cloud }: Ec2Cloud, ...policies: string[]): Promise<EC2Client> {
  return cloud.client(EC2Client, { credentials: await user(cloud, 'eva', ...policies) })
}

test('what is created can be tagged at once, and is found by its tags', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const Tags = [{ Key: 'team', Value: 'red' }]
  const tagged = (ResourceType: ResourceType) => [{ ResourceType, Tags }]
  const DhcpConfigurations = [{ Key: 'domain-name', Values: ['x'] }]
  const template = { LaunchTemplateName: 'web', LaunchTemplateData: { KeyName: 'a' } }
  await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: tagged('vpc') }),
  )
  await ec2.send(
    new CreateSubnetCommand({
      VpcId,
      CidrBlock: '10.0.9.0/24',
      TagSpecifications: tagged('subnet'),
    }),
  )
  await ec2.send(new CreateRouteTableCommand({ VpcId, TagSpecifications: tagged('route-table') }))
  await ec2.send(
    new CreateInternetGatewayCommand({ TagSpecifications: tagged('internet-gateway') }),
  )
  await ec2.send(
    new CreateEgressOnlyInternetGatewayCommand({
      VpcId,
      TagSpecifications: tagged('egress-only-internet-gateway'),
    }),
  )
  await ec2.send(new CreateNetworkAclCommand({ VpcId, TagSpecifications: tagged('network-acl') }))
  await ec2.send(
    new CreateSecurityGroupCommand({
      VpcId,
      GroupName: 'web',
      Description: 'x',
      TagSpecifications: tagged('security-group'),
    }),
  )
  await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId,
      TagSpecifications: tagged('network-interface'),
    }),
  )
  await ec2.send(
    new CreateDhcpOptionsCommand({ DhcpConfigurations, TagSpecifications: tagged('dhcp-options') }),
  )
  await ec2.send(new AllocateAddressCommand({ TagSpecifications: tagged('elastic-ip') }))
  await ec2.send(
    new CreateLaunchTemplateCommand({ ...template, TagSpecifications: tagged('launch-template') }),
  )
  await ec2.send(
    new CreateKeyPairCommand({
      KeyName: 'a',
      KeyType: 'ed25519',
      TagSpecifications: tagged('key-pair'),
    }),
  )
  await ec2.send(
    new CreatePlacementGroupCommand({
      GroupName: 'a',
      TagSpecifications: tagged('placement-group'),
    }),
  )
  const { Tags: found = [] } = await ec2.send(new DescribeTagsCommand({}))
  assert.deepEqual(found.map(({ ResourceType }) => ResourceType).sort(), [
    'dhcp-options',
    'egress-only-internet-gateway',
    'elastic-ip',
    'internet-gateway',
    'key-pair',
    'launch-template',
    'network-acl',
    'network-interface',
    'placement-group',
    'route-table',
    'security-group',
    'subnet',
    'vpc',
  ])
  const Resources = found.flatMap(({ ResourceId }) => ResourceId ?? [])
  await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'team', Value: 'blue' }] }))
  const again = await ec2.send(new DescribeTagsCommand({}))
  assert.ok(again.Tags?.every(({ Value }) => Value === 'blue'))
  const wrong = new CreateInternetGatewayCommand({ TagSpecifications: tagged('vpc') })
  assert.equal(
    await fault(ec2.send(wrong)),
    "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.",
  )
})

test('tagging at creation asks for ec2:CreateTags, and conditions see the tags', async () => {
  const on = await ec2Cloud()
  const eva = await userOf(
    on,
    allow('ec2:CreateVpc', '*', { StringEquals: { 'aws:RequestTag/team': 'red' } }),
    allow('ec2:CreateTags', '*', { StringEquals: { 'ec2:CreateAction': 'CreateVpc' } }),
  )
  const create = (Value: string) =>
    eva.send(
      new CreateVpcCommand({
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'team', Value }] }],
      }),
    )
  const { Vpc } = await create('red')
  assert.match(
    await fault(create('blue')),
    /^UnauthorizedOperation: .* ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:\d+:vpc\/\* bec/,
  )
  const Resources = [Vpc?.VpcId ?? '']
  const tag = new CreateTagsCommand({ Resources, Tags: [{ Key: 'a', Value: 'b' }] })
  assert.match(await fault(eva.send(tag)), /^UnauthorizedOperation: .* ec2:CreateTags on resource/)
})

test('a policy can confine a user to one VPC, or to what has a tag', async () => {
  const on = await ec2Cloud()
  const mine = await newVpc(on)
  const other = await newVpc(on)
  const arn = `arn:aws:ec2:us-east-1:000000000000:vpc/${mine}`
  const subnets = 'arn:aws:ec2:us-east-1:000000000000:subnet/*'
  const eva = await userOf(
    on,
    allow('ec2:AuthorizeSecurityGroupIngress', '*', { ArnEquals: { 'ec2:Vpc': arn } }),
    allow('ec2:DeleteVpc', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }),
    allow('ec2:CreateSubnet', arn),
    allow('ec2:CreateSubnet', subnets),
  )
  const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }]
  const authorize = (GroupId: string) =>
    eva.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
  await authorize(await newGroup(on, mine))
  assert.match(await fault(authorize(await newGroup(on, other))), /^UnauthorizedOperation: /)
  const subnet = (VpcId: string) =>
    eva.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }))
  await subnet(mine)
  assert.match(
    await fault(subnet(other)),
    new RegExp(`ec2:CreateSubnet on resource: arn:aws:ec2:us-east-1:000000000000:vpc/${other} `),
  )
  const empty = await newVpc(on)
  const remove = () => eva.send(new DeleteVpcCommand({ VpcId: empty }))
  assert.match(await fault(remove()), /^UnauthorizedOperation: /)
  const Tags = [{ Key: 'team', Value: 'red' }]
  await on.ec2.send(new CreateTagsCommand({ Resources: [empty], Tags }))
  await remove()
})

test('a dry run of any of them changes nothing', async () => {
  const on = await ec2Cloud()
  const dry = new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true })
  assert.match(await fault(on.ec2.send(dry)), /^DryRunOperation: /)
})
