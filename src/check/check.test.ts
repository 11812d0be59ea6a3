import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { automation } from '../../test/automation.ts'
import { WITHOUT_CLI } from '../../test/cli.ts'
import { type TestCloud, testCloud } from '../../test/cloud.ts'
import { BASIC_EXECUTION } from '../../test/functions.ts'
import { mend } from '../../test/mend.ts'
import { trustOf } from '../../test/policies.ts'
import { check, commandLine, type Finding } from './index.ts'

const source = 'exports.handler = async () => {}'
const STATES = {
  source: ['aws.ec2'],
  'detail-type': ['EC2 Instance State-change Notification'],
  detail: { state: ['running'] },
}

const found = (cloud: TestCloud): Finding[] => check(cloud.deployment())

/** The one finding of a cloud, which its command clears. */
async function cleared(cloud: TestCloud): Promise<Finding> {
  const [finding, ...others] = found(cloud)
  assert.ok(finding)
  assert.deepEqual(others, [])
  await mend(cloud, finding.mend)
  assert.deepEqual(found(cloud), [])
  return finding
}

async function put(cloud: TestCloud, pattern: object, rest: object = {}): Promise<void> {
  const EventPattern = JSON.stringify(pattern)
  const command = new PutRuleCommand({ Name: 'watch', EventPattern, ...rest })
  await cloud.client(EventBridgeClient).send(command)
}

test('an automation in order has no findings', async () => {
  const cloud = await testCloud()
  await automation(cloud.clientConfig, { source, pattern: STATES })
  assert.deepEqual(found(cloud), [])
})

test('a pattern for a field that the event spells otherwise', async () => {
  const cloud = await testCloud()
  const detail = { state: ['available'] }
  const pattern = { source: ['aws.ec2'], 'detail-type': ['EC2 AMI State Change'], detail }
  await put(cloud, pattern, { Description: 'new images' })
  const { kind, level, why, mend: words = [] } = await cleared(cloud)
  assert.deepEqual([kind, level], ['pattern-matches-nothing', 'error'])
  assert.match(why, /detail\.state is absent.*the event has detail\.State/)
  const meant = { ...pattern, detail: { State: ['available'] } }
  assert.ok(words.includes(JSON.stringify(meant)))
  const again = cloud.deployment().rules[0]
  assert.equal(again?.description, 'new images')
})

test('patterns for detail-types and sources that there are not', async () => {
  const cloud = await testCloud()
  const cases = [
    ['aws.ec2', 'EBS Volume State-change Notification', 'aws.ec2', 'EBS Volume Notification'],
    ['aws.ec2', 'Tag Change on Resource', 'aws.tag', 'Tag Change on Resource'],
    ['aws.ebs', 'EBS Snapshot Notification', 'aws.ec2', 'EBS Snapshot Notification'],
  ]
  for (const [wrong, wrongType, right, rightType] of cases) {
    await put(cloud, { source: [wrong], 'detail-type': [wrongType] })
    const { mend: words = [] } = await cleared(cloud)
    assert.ok(words.includes(JSON.stringify({ source: [right], 'detail-type': [rightType] })))
  }
})

test('patterns that may match, or that are not for events of AWS, are left alone', async () => {
  const cloud = await testCloud()
  const ec2 = { source: ['aws.ec2'] }
  const call = { 'detail-type': ['AWS API Call via CloudTrail'] }
  const patterns = [
    { source: ['my.app'], detail: { state: ['x'] } },
    { detail: { State: ['available'] } },
    { source: [{ prefix: 'aws.' }], detail: { any: [1] } },
    { source: ['aws.s3'], ...call, detail: { eventName: ['PutObject'] } },
    { ...ec2, detail: { event: ['createSnapshot'], source: [{ suffix: 'vol-1' }] } },
    { ...ec2, detail: { $or: [{ state: ['stopped'] }, { other: ['x'] }] } },
    { ...ec2, detail: { $or: Array.from({ length: 64 }, (_, n) => ({ [`x${n}`]: ['y'] })) } },
    { ...STATES, account: ['111122223333'], resources: [{ suffix: 'i-1' }] },
  ]
  for (const pattern of patterns) {
    await put(cloud, pattern)
    assert.deepEqual(found(cloud), [], JSON.stringify(pattern))
  }
  await put(cloud, { ...ec2, 'detail-type': ['No Such Thing'] }, { State: 'DISABLED' })
  assert.deepEqual(found(cloud), [])
})

test('a function whose policy does not let its rule in', async () => {
  const cloud = await testCloud()
  await automation(cloud.clientConfig, { source, pattern: STATES, permission: false })
  const { kind, level, what } = await cleared(cloud)
  assert.deepEqual([kind, level], ['target-not-allowed', 'error'])
  assert.match(what, /^Rule automation may not invoke its target automation/)
})

test('a permission for a rule that is not there', async () => {
  const cloud = await testCloud()
  const permission = 'arn:aws:events:us-east-1:000000000000:rule/automaton'
  await automation(cloud.clientConfig, { source, pattern: STATES, permission })
  const findings = found(cloud)
  assert.deepEqual(
    findings.map(({ kind, level }) => `${level} ${kind}`),
    ['error target-not-allowed', 'warning permission-for-no-rule'],
  )
  for (const { mend: words } of findings) await mend(cloud, words)
  assert.deepEqual(found(cloud), [])
})

test('a role that Lambda cannot assume, and one that is gone', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await automation(cloud.clientConfig, { source, pattern: STATES })
  const RoleName = 'automation-role'
  const PolicyDocument = trustOf({ Service: 'ec2.amazonaws.com' })
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
  const { kind, level } = await cleared(cloud)
  assert.deepEqual([kind, level], ['role-not-assumable', 'error'])
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: BASIC_EXECUTION }))
  await iam.send(new DeleteRoleCommand({ RoleName }))
  const [gone] = found(cloud)
  assert.match(gone?.why ?? '', /^There is no role/)
  await mend(cloud, gone?.mend)
  // The new role lacks what the old one had.
  assert.equal((await cleared(cloud)).kind, 'logs-not-allowed')
})

test('a role that may not write logs', async () => {
  const cloud = await testCloud()
  await automation(cloud.clientConfig, { source, pattern: STATES })
  const attached = { RoleName: 'automation-role', PolicyArn: BASIC_EXECUTION }
  await cloud.client(IAMClient).send(new DetachRolePolicyCommand(attached))
  const { kind, level } = await cleared(cloud)
  assert.deepEqual([kind, level], ['logs-not-allowed', 'warning'])
})

test('a dead-letter queue that is not there, or that EventBridge may not write to', async () => {
  const cloud = await testCloud()
  const { functionArn } = await automation(cloud.clientConfig, { source, pattern: STATES })
  const Arn = 'arn:aws:sqs:us-east-1:000000000000:letters'
  const target = { Id: 'function', Arn: functionArn, DeadLetterConfig: { Arn } }
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'letters' }))
  const events = cloud.client(EventBridgeClient)
  await events.send(new PutTargetsCommand({ Rule: 'automation', Targets: [target] }))
  const { kind, level } = await cleared(cloud)
  assert.deepEqual([kind, level], ['dead-letters-not-allowed', 'error'])
  const lost = { ...target, DeadLetterConfig: { Arn: `${Arn}-2` } }
  await events.send(new PutTargetsCommand({ Rule: 'automation', Targets: [lost] }))
  const [missing] = found(cloud)
  assert.match(missing?.why ?? '', /^There is no queue/)
  await mend(cloud, missing?.mend)
  assert.equal((await cleared(cloud)).kind, 'dead-letters-not-allowed')
  await events.send(new RemoveTargetsCommand({ Rule: 'automation', Ids: ['function'] }))
})

test('a command is one that a shell and the AWS CLI take', { skip: WITHOUT_CLI }, async () => {
  const cloud = await testCloud()
  await put(cloud, { source: ['aws.ec2'], 'detail-type': ["EBS Volume 'State' Notification"] })
  const [finding] = found(cloud)
  const aws = `aws() { command aws --endpoint-url ${cloud.endpoint} "$@"; }`
  await promisify(execFile)('sh', ['-c', `${aws}; ${commandLine(finding?.mend ?? [])}`], {
    env: {
      ...process.env,
      AWS_DEFAULT_REGION: cloud.config.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  })
  assert.deepEqual(found(cloud), [])
})
