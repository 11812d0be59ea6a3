/** Functions in VPCs, in the words that AWS was recorded with. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  type VpcConfig,
} from '@aws-sdk/client-lambda'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, role } from '../../../test/functions.ts'
import { allow, deny } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'
import { ECHO, refused } from './testing/functions.ts'

const INVALID = 'InvalidParameterValueException'
const VPC_ACCESS = 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'
const NOBODY = 'sg-0123456789abcdef0'
const NOWHERE = 'subnet-0123456789abcdef0'

/** A subnet and the default security group of the default VPC. */
async function defaults(cloud: TestCloud) {
  const ec2 = cloud.client(EC2Client)
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}))
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}))
  const { SubnetId = '', VpcId = '' } = Subnets[0] ?? {}
  return { subnet: SubnetId, group: SecurityGroups[0]?.GroupId ?? '', vpc: VpcId }
}

/** A subnet and a group of a VPC of their own. */
async function another(cloud: TestCloud) {
  const ec2 = cloud.client(EC2Client)
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
  const VpcId = Vpc?.VpcId
  const made = { VpcId, CidrBlock: '10.0.1.0/24' }
  const { Subnet } = await ec2.send(new CreateSubnetCommand(made))
  const named = { VpcId, GroupName: 'g', Description: 'a group' }
  const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand(named))
  return { subnet: Subnet?.SubnetId ?? '', group: GroupId }
}

async function networkRole(cloud: TestCloud): Promise<string> {
  const Role = await role(cloud, 'networked')
  const attached = { RoleName: 'networked', PolicyArn: VPC_ACCESS }
  await cloud.client(IAMClient).send(new AttachRolePolicyCommand(attached))
  return Role
}

const inVpc = (subnet: string, group: string): VpcConfig => ({
  SubnetIds: [subnet],
  SecurityGroupIds: [group],
})

function update(
  cloud: TestCloud,
  VpcConfig: VpcConfig,
  lambda = cloud.client(LambdaClient),
): Promise<FunctionConfiguration> {
  return lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', VpcConfig }))
}

describe('a function in a VPC', () => {
  it('shows the VPC of its subnets until it is taken out', async () => {
    const cloud = await testCloud()
    const { subnet, group, vpc } = await defaults(cloud)
    const Role = await networkRole(cloud)
    await deploy(cloud, 'f', ECHO, { Role, VpcConfig: inVpc(subnet, group) })
    const read = async () => {
      const named = new GetFunctionConfigurationCommand({ FunctionName: 'f' })
      return (await cloud.client(LambdaClient).send(named)).VpcConfig
    }
    const attached = { ...inVpc(subnet, group), VpcId: vpc, Ipv6AllowedForDualStack: false }
    assert.deepEqual(await read(), attached)
    await update(cloud, { ...inVpc(subnet, group), Ipv6AllowedForDualStack: true })
    assert.deepEqual(await read(), { ...attached, Ipv6AllowedForDualStack: true })
    await cloud.settle()
    const none = { SubnetIds: [], SecurityGroupIds: [] }
    await update(cloud, none)
    assert.deepEqual(await read(), { ...none, VpcId: '', Ipv6AllowedForDualStack: false })
  })

  it('needs subnets and groups that are there, the groups first', async () => {
    const cloud = await testCloud()
    const { subnet, group } = await defaults(cloud)
    const other = await another(cloud)
    await deploy(cloud, 'f', ECHO, { Role: await networkRole(cloud) })
    await refused(
      update(cloud, inVpc(NOWHERE, NOBODY)),
      INVALID,
      'Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 ' +
        `Error Message: The security group '${NOBODY}' does not exist`,
    )
    await refused(
      update(cloud, inVpc(NOWHERE, group)),
      INVALID,
      'Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 ' +
        `Error Message: The subnet ID '${NOWHERE}' does not exist`,
    )
    await refused(
      update(cloud, { SubnetIds: [subnet] }),
      INVALID,
      'SubnetIds and SecurityIds must coexist or be both empty list.',
    )
    await refused(
      update(cloud, inVpc(subnet, other.group)),
      INVALID,
      'Security Groups are required to be in the same VPC.',
    )
    await refused(
      update(cloud, { SubnetIds: [subnet, other.subnet], SecurityGroupIds: [group] }),
      INVALID,
      'Subnets are required to be in the same VPC.',
    )
    await refused(
      update(cloud, inVpc('bad-format', group)),
      'ValidationException',
      "1 validation error detected: Value '[bad-format]' at 'vpcConfig.subnetIds' failed to " +
        'satisfy constraint: Member must satisfy constraint: [Member must have length less than ' +
        'or equal to 1024, Member must have length greater than or equal to 0, Member must ' +
        'satisfy regular expression pattern: subnet-[0-9a-z]*]',
    )
  })

  it('needs a role that may make, describe and delete interfaces', async () => {
    const cloud = await testCloud()
    const { subnet, group } = await defaults(cloud)
    const VpcConfig = inVpc(subnet, group)
    const may = (Action: string | string[], Resource = '*') => ({
      Effect: 'Allow',
      Action,
      Resource,
    })
    const [make, read, remove] = ['Create', 'Describe', 'Delete'].map(
      (verb) => `ec2:${verb}NetworkInterface${verb === 'Describe' ? 's' : ''}`,
    ) as [string, string, string]
    const ofInterfaces = 'arn:aws:ec2:*:000000000000:network-interface/*'
    const cases: [string, object[]][] = [
      ['CreateNetworkInterface', [may([read, remove])]],
      ['CreateNetworkInterface', [may([read, remove]), may(make, ofInterfaces)]],
      ['DescribeNetworkInterfaces', [may([make, remove])]],
      ['DeleteNetworkInterface', [may([make, read]), may(remove, ofInterfaces)]],
    ]
    for (const [i, [call, statements]] of cases.entries()) {
      await refused(
        deploy(cloud, `f${i}`, ECHO, { VpcConfig, statements }),
        INVALID,
        `The provided execution role does not have permissions to call ${call} on EC2`,
      )
    }
    await deploy(cloud, 'f', ECHO, { VpcConfig, statements: [may([make, read, remove])] })
  })

  it('needs a caller that may read it, and lets policies ask for it', async () => {
    const cloud = await testCloud()
    const { subnet, group, vpc } = await defaults(cloud)
    await deploy(cloud, 'f', ECHO, { Role: await networkRole(cloud) })
    const as = async (name: string, ...policies: string[]) =>
      cloud.client(LambdaClient, { credentials: await user(cloud, name, ...policies) })
    const blind = await as('blind', allow('lambda:*'))
    const status = await refused(
      update(cloud, inVpc(subnet, group), blind),
      'AccessDeniedException',
      'Your access has been denied by EC2, please make sure your request credentials have ' +
        `permission to DescribeSecurityGroups for ${group}. EC2 Error Code: ` +
        'UnauthorizedOperation. EC2 Error Message: You are not authorized to perform this ' +
        'operation. User: arn:aws:iam::000000000000:user/blind is not authorized to perform: ' +
        'ec2:DescribeSecurityGroups because no identity-based policy allows the ' +
        'ec2:DescribeSecurityGroups action',
    )
    assert.equal(status, 403)
    const all = allow(['lambda:*', 'ec2:Describe*'])
    const elsewhere = { StringEquals: { 'lambda:VpcIds': vpc } }
    const kept = await as('kept', all, deny('lambda:*', '*', elsewhere))
    const error = await failure(update(cloud, inVpc(subnet, group), kept))
    assert.match(error.message, /with an explicit deny in an identity-based policy/)
    const wanted = { 'ForAllValues:StringEquals': { 'lambda:SubnetIds': [subnet] } }
    const free = await as('free', allow('ec2:Describe*'), allow('lambda:*', '*', wanted))
    await update(cloud, inVpc(subnet, group), free)
  })
})
