import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { automation } from '../../test/automation.ts'
import { failure, type TestCloud } from '../../test/cloud.ts'
import { ec2Cloud, running } from '../../test/ec2.ts'
import { allow, trustOf } from '../../test/policies.ts'
import { credentialsIn, role, user } from '../../test/principals.ts'
import { evaluate, parsePolicy, requestContext } from '../policy/index.ts'
import { type Least, leastPolicy } from './least.ts'

const ACCOUNT = '000000000000'
const EC2 = `arn:aws:ec2:us-east-1:${ACCOUNT}:`

async function least(cloud: TestCloud, name: string): Promise<Least> {
  const answer = await fetch(`${cloud.endpoint}/_windtunnel/iam/least?role=${name}`)
  return (await answer.json()) as Least
}

/** A client with the credentials of a role that has these policies. */
async function worker(cloud: TestCloud, ...policies: string[]): Promise<EC2Client> {
  const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` }
  const RoleArn = await role(cloud, 'worker', trustOf(root), ...policies)
  const credentials = await user(cloud, 'eva', allow('sts:AssumeRole'))
  const sts = cloud.client(STSClient, { credentials })
  const session = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }))
  return cloud.client(EC2Client, { credentials: credentialsIn(session) })
}

const tagged = (Name: string) => ({
  TagSpecifications: [
    {
      ResourceType: 'instance' as const,
      Tags: [
        { Key: 'Name', Value: Name },
        { Key: 'team', Value: 'blue' },
        { Key: 'only', Value: Name },
      ],
    },
  ],
})

test('a policy for what was called, narrowed by the tags that all had', async () => {
  const on = await ec2Cloud()
  const ids = [await running(on, tagged('a')), await running(on, tagged('b'))]
  const may = allow(['ec2:Describe*', 'ec2:StopInstances', 'ec2:TerminateInstances'])
  const ec2 = await worker(on.cloud, may)
  await ec2.send(new DescribeInstancesCommand({}))
  await ec2.send(new StopInstancesCommand({ InstanceIds: ids }))
  const tag = { Resources: ids, Tags: [{ Key: 'x', Value: 'y' }] }
  await failure(ec2.send(new CreateTagsCommand(tag)))
  const found = await least(on.cloud, 'worker')
  const blue = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  const instances = `${EC2}instance/*`
  assert.equal(found.calls, 3)
  // The refusal came at the first of the two, so all its tags are those that all had.
  const first = { StringEquals: { 'aws:ResourceTag/only': 'a', 'aws:ResourceTag/team': 'blue' } }
  const tags = {
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: instances,
    Condition: first,
  } as const
  assert.deepEqual(found.policy.Statement, [
    { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
    { Effect: 'Allow', Action: 'ec2:StopInstances', Resource: instances, Condition: blue },
    tags,
  ])
  assert.deepEqual(found.missing, [tags])
  assert.deepEqual(
    found.unused.map(({ action, used }) => [action, used]),
    [
      ['ec2:Describe*', ['ec2:DescribeInstances']],
      ['ec2:TerminateInstances', []],
    ],
  )
})

test('the policy allows exactly the calls that were recorded', async () => {
  const on = await ec2Cloud()
  const id = await running(on, tagged('a'))
  const ec2 = await worker(on.cloud, allow('ec2:*'))
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  const { roles, functions } = on.cloud.deployment()
  const found = roles.find(({ name }) => name === 'worker')
  assert.ok(found)
  const records = on.cloud.trace.records()
  const { policy } = leastPolicy({ role: found, functions, records })
  const identity = [parsePolicy(policy, 'identity')]
  const roleArn = found.arn
  const principal = { type: 'assumed-role', account: ACCOUNT, arn: roleArn, roleArn } as const
  const may = (action: string, resource: string, keys: Record<string, string>) => {
    const context = requestContext(keys)
    return evaluate({ principal, action, resource, context }, { identity }).allowed
  }
  const keys = { 'aws:ResourceTag/team': 'blue', 'aws:ResourceTag/only': 'a' }
  assert.ok(may('ec2:StopInstances', `${EC2}instance/${id}`, keys))
  assert.ok(!may('ec2:StopInstances', `${EC2}instance/${id}`, {}))
  assert.ok(!may('ec2:StartInstances', `${EC2}instance/${id}`, keys))
  assert.ok(!may('ec2:StopInstances', `${EC2}volume/vol-1`, keys))
})

test('a function needs its logs, whatever it calls', async () => {
  const on = await ec2Cloud()
  const pattern = { source: ['aws.ec2'] }
  await automation(on.cloud.clientConfig, { source: 'exports.handler = () => {}', pattern })
  const { policy, missing, unused } = await least(on.cloud, 'automation-role')
  const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/lambda/automation:*`
  assert.deepEqual(policy.Statement, [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: group,
    },
  ])
  assert.deepEqual([missing, unused], [[], []])
  const unknown = await fetch(`${on.cloud.endpoint}/_windtunnel/iam/least?role=nobody`)
  assert.equal(unknown.status, 404)
})
