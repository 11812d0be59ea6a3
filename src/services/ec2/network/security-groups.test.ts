import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  GetSecurityGroupsForVpcCommand,
  type IpPermission,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud, run } from '../../../../test/ec2.ts'
import { fault, newGroup, newSubnet, newVpc } from '../../../../test/network.ts'

const ARN = 'arn:aws:ec2:us-east-1:000000000000:'

const SSH: IpPermission = {
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'home' }],
}

async function described({ ec2 }: Ec2Cloud, GroupId: string) {
  const command = new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] })
  const { SecurityGroups } = await ec2.send(command)
  return SecurityGroups?.[0] ?? {}
}

test('a new group lets everything out and nothing in', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const GroupId = await newGroup(on, VpcId)
  const { IpPermissions, IpPermissionsEgress, ...group } = await described(on, GroupId)
  assert.deepEqual(group, {
    GroupId,
    GroupName: 'web',
    Description: 'for a test',
    OwnerId: '000000000000',
    SecurityGroupArn: `${ARN}security-group/${GroupId}`,
    VpcId,
  })
  assert.deepEqual(IpPermissions, [])
  assert.deepEqual(IpPermissionsEgress, [
    {
      IpProtocol: '-1',
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    },
  ])
})

test('names are taken once in a VPC, and some never', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  await newGroup(on, VpcId)
  const create = (GroupName: string, Description = 'x') =>
    fault(on.ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description })))
  assert.equal(
    await create('web'),
    `InvalidGroup.Duplicate: The security group 'web' already exists for VPC '${VpcId}'`,
  )
  assert.equal(
    await create('default'),
    'InvalidParameterValue: Cannot use reserved security group name: default',
  )
  assert.match(await create('sg-mine'), /Group names may not be in the format sg-\*/)
  assert.match(await create('other', 'naïve'), /Invalid security group description\. Valid desc/)
  await newGroup(on, await newVpc(on))
})

test('rules come and go by what they say', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const GroupId = await newGroup(on, await newVpc(on))
  const IpPermissions = [SSH, { ...SSH, IpRanges: [], Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]
  const authorize = new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })
  const { SecurityGroupRules = [] } = await ec2.send(authorize)
  assert.deepEqual(
    SecurityGroupRules.map(({ CidrIpv4, CidrIpv6, IsEgress }) => [CidrIpv4, CidrIpv6, IsEgress]),
    [
      ['10.0.0.0/8', undefined, false],
      [undefined, '::/0', false],
    ],
  )
  assert.deepEqual((await described(on, GroupId)).IpPermissions, [
    {
      ...SSH,
      Ipv6Ranges: [{ CidrIpv6: '::/0' }],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    },
  ])
  assert.equal(
    await fault(
      ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, ...{ IpPermissions: [SSH] } })),
    ),
    'InvalidPermission.Duplicate: the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to ' +
      'port: 22, ALLOW" already exists',
  )
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
  assert.equal(
    await fault(
      ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [all] })),
    ),
    'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists',
  )
  const revoke = new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [SSH] })
  const { RevokedSecurityGroupRules } = await ec2.send(revoke)
  assert.equal(RevokedSecurityGroupRules?.[0]?.CidrIpv4, '10.0.0.0/8')
  assert.equal(
    await fault(ec2.send(revoke)),
    'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
  )
})

test('in the default VPC, unknown rules are told and not refused', async () => {
  const { ec2 } = await ec2Cloud()
  const command = new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'x' })
  const { GroupId } = await ec2.send(command)
  const IpPermissions = [{ IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]
  const revoke = new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions })
  const { UnknownIpPermissions } = await ec2.send(revoke)
  assert.equal(UnknownIpPermissions?.[0]?.Ipv6Ranges?.[0]?.CidrIpv6, '::/0')
})

test('what makes no rule is refused in AWS words', async () => {
  const on = await ec2Cloud()
  const GroupId = await newGroup(on, await newVpc(on))
  const authorize = (permission: IpPermission) =>
    fault(
      on.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }),
      ),
    )
  assert.equal(
    await authorize({ ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/40' }] }),
    'InvalidParameterValue: CIDR block 10.0.0.0/40 is malformed',
  )
  assert.equal(
    await authorize({ ...SSH, ToPort: undefined }),
    "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' " +
      'for portRange.',
  )
  assert.equal(
    await authorize({ ...SSH, FromPort: 23 }),
    'InvalidParameterValue: Invalid TCP port range.',
  )
  assert.equal(
    await authorize({ ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '10.0.0.1/8' }] }),
    'InvalidParameterValue: The same permission must not appear multiple times',
  )
  const UserIdGroupPairs = [{ GroupId: 'sg-00000000000000000' }]
  assert.equal(
    await authorize({ IpProtocol: '-1', UserIdGroupPairs }),
    "InvalidGroup.NotFound: The security group 'sg-00000000000000000' does not exist",
  )
})

test('rules have ids, by which they are tagged, changed and revoked', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const GroupId = await newGroup(on, await newVpc(on))
  const Tags = [{ Key: 'team', Value: 'red' }]
  const authorize = new AuthorizeSecurityGroupIngressCommand({
    GroupId,
    IpPermissions: [SSH],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags }],
  })
  const [rule] = (await ec2.send(authorize)).SecurityGroupRules ?? []
  const SecurityGroupRuleId = rule?.SecurityGroupRuleId ?? ''
  await ec2.send(
    new CreateTagsCommand({ Resources: [SecurityGroupRuleId], Tags: [{ Key: 'a', Value: 'b' }] }),
  )
  const Filters = [{ Name: 'tag:team', Values: ['red'] }]
  const found = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))
  assert.deepEqual(found.SecurityGroupRules, [
    {
      SecurityGroupRuleId,
      GroupId,
      GroupOwnerId: '000000000000',
      IsEgress: false,
      IpProtocol: 'tcp',
      FromPort: 22,
      ToPort: 22,
      CidrIpv4: '10.0.0.0/8',
      Description: 'home',
      SecurityGroupRuleArn: `${ARN}security-group-rule/${SecurityGroupRuleId}`,
      Tags: [...Tags, { Key: 'a', Value: 'b' }],
    },
  ])
  const SecurityGroupRule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIpv4: '0.0.0.0/0' }
  const SecurityGroupRules = [{ SecurityGroupRuleId, SecurityGroupRule }]
  await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules }))
  const Description = 'the world'
  await ec2.send(
    new UpdateSecurityGroupRuleDescriptionsIngressCommand({
      GroupId,
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId, Description }],
    }),
  )
  assert.deepEqual((await described(on, GroupId)).IpPermissions?.[0]?.IpRanges, [
    { CidrIp: '0.0.0.0/0', Description },
  ])
  const revoke = () =>
    ec2.send(
      new RevokeSecurityGroupIngressCommand({
        GroupId,
        SecurityGroupRuleIds: [SecurityGroupRuleId],
      }),
    )
  await revoke()
  assert.deepEqual((await described(on, GroupId)).IpPermissions, [])
  assert.match(await fault(revoke()), /^InvalidSecurityGroupRuleId\.NotFound: /)
})

test('a group that is used cannot be deleted, the default one never', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const web = await newGroup(on, VpcId)
  const db = await newGroup(on, VpcId, 'db')
  const UserIdGroupPairs = [{ GroupId: web }]
  const IpPermissions = [{ IpProtocol: '-1', UserIdGroupPairs }]
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: db, IpPermissions }))
  const remove = (GroupId: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  assert.equal(
    await fault(remove(web)),
    `DependencyViolation: resource ${web} has a dependent object`,
  )
  await run(on, { SubnetId: await newSubnet(on, VpcId), SecurityGroupIds: [db] })
  assert.match(await fault(remove(db)), /^DependencyViolation: /)
  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }),
  )
  const id = SecurityGroups?.[0]?.GroupId ?? ''
  assert.equal(
    await fault(remove(id)),
    `CannotDelete: the specified group: "${id}" name: "default" cannot be deleted by a user`,
  )
  const spare = await newGroup(on, VpcId, 'spare')
  await remove(spare)
  assert.equal(
    await fault(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [spare] }))),
    `InvalidGroup.NotFound: The security group '${spare}' does not exist`,
  )
})

test('a change of a rule is refused in words of its own', async () => {
  const on = await ec2Cloud()
  const GroupId = await newGroup(on, await newVpc(on))
  const { SecurityGroupRules } = await on.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [SSH] }),
  )
  const SecurityGroupRuleId = SecurityGroupRules?.[0]?.SecurityGroupRuleId
  const modify = (change: object) => {
    const SecurityGroupRule = { IpProtocol: 'udp', FromPort: 1, ToPort: 2, ...change }
    const rules = [{ SecurityGroupRuleId, SecurityGroupRule }]
    const command = new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: rules })
    return fault(on.ec2.send(command))
  }
  const peer = { CidrIpv4: '2.3.4.5/32' }
  assert.equal(
    await modify({ ...peer, IpProtocol: undefined }),
    "InvalidParameterValue: Invalid value 'null' for protocol. VPC security group rules must " +
      'specify protocols explicitly.',
  )
  assert.equal(
    await modify({ ...peer, FromPort: undefined }),
    'InvalidParameterValue: Invalid value for portRange. Must specify both from and to ports ' +
      'with TCP/UDP.',
  )
  assert.equal(
    await modify({}),
    'MissingParameter: The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, ' +
      'or referencedGroupId',
  )
  assert.equal(
    await modify({ ...peer, CidrIpv6: '2001:db8::/32' }),
    'InvalidParameterCombination: Only one of cidrIp, cidrIpv6, prefixListId, or ' +
      'referencedGroupId can be specified',
  )
  const Filters = [{ Name: 'group-id', Values: ['foobar'] }]
  assert.equal(
    await fault(on.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))),
    "InvalidGroupId.Malformed: The security group ID 'foobar' is malformed",
  )
})

test('the groups of a VPC are those that can be used in it', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const GroupId = await newGroup(on, VpcId)
  const groups = async (Filters?: { Name: string; Values: string[] }[]) => {
    const command = new GetSecurityGroupsForVpcCommand({ VpcId, Filters })
    return (await on.ec2.send(command)).SecurityGroupForVpcs ?? []
  }
  const names = (await groups()).map(({ GroupName }) => GroupName)
  assert.deepEqual(names, ['default', 'web'])
  assert.deepEqual(await groups([{ Name: 'group-name', Values: ['web'] }]), [
    {
      GroupId,
      GroupName: 'web',
      Description: 'for a test',
      OwnerId: '000000000000',
      PrimaryVpcId: VpcId,
      Tags: [],
    },
  ])
})
