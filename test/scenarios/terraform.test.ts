/**
 * Terraform's AWS provider 5.100, call by call: what it asks to apply a system, to find it
 * unchanged, and to destroy it. The calls and the members were recorded from Terraform itself.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  DescribeInstancesResult,
  DescribeSecurityGroupsResult,
  DescribeTagsResult,
  DescribeVolumesResult,
} from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { failure, testCloud } from '../cloud.ts'
import {
  applyAutomation,
  destroyAutomation,
  goneAutomation,
  readAutomation,
} from '../terraform/automation.ts'
import { provider } from '../terraform/clients.ts'
import { applyEc2, destroyEc2, gone, readEc2 } from '../terraform/ec2.ts'

test('a network, instances and volumes are applied, found unchanged and destroyed', async () => {
  const aws = provider(await testCloud())
  const { Account } = await aws.sts.send(new GetCallerIdentityCommand({}))
  assert.equal(Account, '000000000000')
  const state = await applyEc2(aws)
  const applied = await readEc2(aws, state)
  const tagged = applied[`${state.templated} template`] as DescribeTagsResult
  assert.deepEqual(
    tagged.Tags?.map(({ Key, Value }) => [Key, Value]),
    [
      ['aws:ec2launchtemplate:id', state.template],
      ['aws:ec2launchtemplate:version', '1'],
    ],
  )
  const [group] = (applied.group as DescribeSecurityGroupsResult).SecurityGroups ?? []
  assert.deepEqual(
    [group?.IpPermissions, group?.IpPermissionsEgress].map((rules) =>
      rules?.map(({ IpProtocol, IpRanges }) => [IpProtocol, IpRanges?.[0]?.CidrIp]),
    ),
    [[['tcp', '10.0.0.0/8']], [['-1', '0.0.0.0/0']]],
  )
  const [volume] = (applied.volume as DescribeVolumesResult).Volumes ?? []
  assert.equal(volume?.Attachments?.[0]?.InstanceId, state.plain)
  const described = applied[state.plain] as DescribeInstancesResult
  const instance = described.Reservations?.[0]?.Instances?.[0]
  assert.equal(instance?.SubnetId, state.subnet)
  assert.equal(instance?.State?.Name, 'running')
  assert.deepEqual(instance?.Tags, [{ Key: 'Name', Value: 'plain' }])
  assert.deepEqual(await readEc2(aws, state), applied)
  await destroyEc2(aws, state)
  for (const [code, read] of Object.entries(gone(aws, state))) {
    assert.equal((await failure(read())).name, code)
  }
})

test('roles, rules, a function, a log group and a queue are too', async () => {
  const aws = provider(await testCloud())
  const state = await applyAutomation(aws)
  const applied = await readAutomation(aws, state)
  assert.deepEqual(await readAutomation(aws, state), applied)
  await destroyAutomation(aws, state)
  for (const [code, read] of Object.entries(goneAutomation(aws, state))) {
    assert.equal((await failure(read())).name, code)
  }
})
