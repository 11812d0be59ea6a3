import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../../test/cloud.ts'
import { ec2Cloud, run } from '../../../../test/ec2.ts'

test('each region has a default VPC from the start, always the same', async () => {
  const { ec2 } = await ec2Cloud()
  const other = await ec2Cloud()
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}))
  const { VpcId, CidrBlock, IsDefault } = Vpcs[0] ?? {}
  assert.deepEqual([Vpcs.length, CidrBlock, IsDefault], [1, '172.31.0.0/16', true])
  const again = await other.ec2.send(new DescribeVpcsCommand({}))
  assert.equal(again.Vpcs?.[0]?.VpcId, VpcId)
  const { Subnets = [] } = await ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId ?? ''] }] }),
  )
  assert.deepEqual(
    Subnets.map(({ AvailabilityZone, CidrBlock }) => `${AvailabilityZone} ${CidrBlock}`),
    [
      'us-east-1a 172.31.0.0/20',
      'us-east-1b 172.31.16.0/20',
      'us-east-1c 172.31.32.0/20',
      'us-east-1d 172.31.48.0/20',
      'us-east-1e 172.31.64.0/20',
      'us-east-1f 172.31.80.0/20',
    ],
  )
  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }),
  )
  assert.equal(SecurityGroups?.[0]?.IpPermissionsEgress?.[0]?.IpRanges?.[0]?.CidrIp, '0.0.0.0/0')
})

test('addresses of a subnet are counted', async () => {
  const on = await ec2Cloud()
  await run(on, { MaxCount: 3 })
  const { Subnets } = await on.ec2.send(new DescribeSubnetsCommand({}))
  assert.equal(Subnets?.[0]?.AvailableIpAddressCount, 4088)
  assert.equal(Subnets?.[1]?.AvailableIpAddressCount, 4091)
})

test('what does not exist has its own error', async () => {
  const { ec2 } = await ec2Cloud()
  const vpc = ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-0123456789abcdef0'] }))
  const noVpc = await failure(vpc)
  assert.deepEqual(
    [noVpc.name, noVpc.message],
    ['InvalidVpcID.NotFound', "The vpc ID 'vpc-0123456789abcdef0' does not exist"],
  )
  const group = ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['nobody'] }))
  assert.equal((await failure(group)).name, 'InvalidGroup.NotFound')
  const subnet = ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-0123456789abcdef0'] }))
  assert.equal((await failure(subnet)).name, 'InvalidSubnetID.NotFound')
})
