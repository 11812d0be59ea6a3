/** Public automations that show how functions are invoked, and in what they run. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { AddPermissionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { MS_PER_MINUTE, realtime } from '../../src/clock.ts'
import { automation } from '../automation.ts'
import { WITHOUT_BOTO3 } from '../cli.ts'
import { failure, type TestCloud, testCloud } from '../cloud.ts'
import { ACCOUNT, ec2Cloud, running } from '../ec2.ts'
import { deploy, type FunctionSettings, zip } from '../functions.ts'
import { allow, trustOf } from '../policies.ts'
import { credentialsIn, role } from '../principals.ts'

const POLL_MS = 5
const SECONDS_PER_HOUR = 3600
const LAUNCHED = 'EC2 Instance-launch Lifecycle Action'
const TERMINATED = 'EC2 Instance-terminate Lifecycle Action'

const python = (source: string): FunctionSettings => ({
  Runtime: 'python3.12',
  Handler: 'index.handler',
  Timeout: 60,
  Code: { ZipFile: zip({ 'index.py': source }) },
})

/** Nothing that it causes has happened yet when it resolves. */
async function emit(cloud: TestCloud, name: string, set: Record<string, string>): Promise<void> {
  const request = { method: 'POST', body: JSON.stringify({ name, set }) }
  assert.equal((await fetch(`${cloud.endpoint}/_windtunnel/emit`, request)).status, 200)
}

function printed(cloud: TestCloud): string[] {
  return cloud.trace.records().flatMap(({ step }) => (step.kind === 'log' ? step.lines : []))
}

function invocations(cloud: TestCloud) {
  return cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === 'invocation' && step.phase === 'end' ? [step] : []))
}

async function stateOf(cloud: TestCloud, id: string): Promise<string | undefined> {
  const call = new DescribeInstancesCommand({ InstanceIds: [id] })
  const { Reservations } = await cloud.client(EC2Client).send(call)
  return Reservations?.[0]?.Instances?.[0]?.State?.Name
}

/** Its SSM command and DynamoDB table are left out, as there are no such services. */
describe('a lifecycle hook that waits for status checks (asg-lifecycle-example-tf)', () => {
  const source = `
    const { EC2Client, DescribeInstanceStatusCommand } = require('@aws-sdk/client-ec2')
    const client = new EC2Client({})
    exports.handler = async ({ detail }) => {
      const InstanceIds = [detail.EC2InstanceId]
      const seen = new Set()
      for (;;) {
        const call = new DescribeInstanceStatusCommand({ InstanceIds })
        const { InstanceStatuses: [found] } = await client.send(call)
        const checks = [found?.InstanceStatus.Status, found?.SystemStatus.Status].join()
        seen.add(checks)
        if (checks === 'ok,ok') break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      console.log([...seen].join(' then '))
    }`

  it('goes on polling until both are ok', async () => {
    const on = await ec2Cloud({ timing: 'aws' })
    const { cloud } = on
    await automation(cloud.clientConfig, {
      source,
      pattern: {
        source: ['aws.autoscaling'],
        'detail-type': [LAUNCHED, TERMINATED],
        detail: { AutoScalingGroupName: ['web'] },
      },
      statements: [{ Effect: 'Allow', Action: 'ec2:DescribeInstanceStatus', Resource: '*' }],
      Timeout: 60,
    })
    const id = await running(on)
    await cloud.advance(60)
    const set = { 'detail.AutoScalingGroupName': 'web', 'detail.EC2InstanceId': id }
    await emit(cloud, LAUNCHED, set)
    const isPolled = () =>
      cloud.trace
        .records()
        .some(({ step }) => step.kind === 'call' && step.operation === 'DescribeInstanceStatus')
    while (!isPolled()) await realtime.wait(POLL_MS)
    // The function runs meanwhile: only its next look at the checks sees this.
    cloud.clock.travel(cloud.clock.now() + 3 * MS_PER_MINUTE)
    await cloud.settle()
    assert.ok(printed(cloud).some((line) => line.endsWith('initializing,initializing then ok,ok')))
    assert.deepEqual(
      invocations(cloud).map(({ outcome }) => outcome),
      ['success'],
    )
  })
})

/** Its SSM command and CompleteLifecycleAction are left out, as there are no such services. */
describe('a backup before termination (aws-lambda-lifecycle-hooks-function)', () => {
  const source = `
def handler(event, context):
    detail = event["detail"]
    print("backup of", detail["EC2InstanceId"], "for", detail["LifecycleHookName"])`

  it('is invoked by leave of a statement that names no source', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: '',
      ...python(source),
      pattern: {
        source: ['aws.autoscaling'],
        detail: { LifecycleTransition: ['autoscaling:EC2_INSTANCE_TERMINATING'] },
      },
      permission: false,
    })
    await cloud.settle()
    const set = { 'detail.EC2InstanceId': 'i-0abc' }
    await emit(cloud, TERMINATED, set)
    await cloud.settle()
    assert.deepEqual(invocations(cloud), [])
    await cloud.client(LambdaClient).send(
      new AddPermissionCommand({
        FunctionName: 'automation',
        StatementId: 'any-rule',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
      }),
    )
    await emit(cloud, LAUNCHED, set)
    await emit(cloud, TERMINATED, { ...set, 'detail.LifecycleHookName': 'backup' })
    await cloud.settle()
    const backups = printed(cloud).filter((line) => line.startsWith('backup of'))
    assert.deepEqual(backups, ['backup of i-0abc for backup'])
  })
})

/**
 * EventBridge Scheduler is not here: the function is invoked as it would, through a role. Instances
 * are found by EC2's filters in place of the Resource Groups Tagging API's.
 */
describe('start and stop by tag (terraform-aws-lambda-scheduler-stop-start)', () => {
  const source = `
import boto3, os
ec2 = boto3.client("ec2")
def handler(event, context):
    filters = [{"Name": "tag:" + os.environ["TAG_KEY"], "Values": [os.environ["TAG_VALUE"]]}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    ids = [i["InstanceId"] for p in pages for r in p["Reservations"] for i in r["Instances"]]
    action = os.environ["SCHEDULE_ACTION"] if "action" not in event else event["action"]
    getattr(ec2, action + "_instances")(InstanceIds=ids)
    return ids`

  async function actingAs(cloud: TestCloud, name: string, policy: string): Promise<LambdaClient> {
    const trust = trustOf({ AWS: `arn:aws:iam::${ACCOUNT}:root` })
    const RoleArn = await role(cloud, name, trust, policy)
    const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'schedule' })
    const credentials = credentialsIn(await cloud.client(STSClient).send(assume))
    return cloud.client(LambdaClient, { credentials })
  }

  const call = (event: object) =>
    new InvokeCommand({ FunctionName: 'scheduler', Payload: JSON.stringify(event) })

  it('is invoked by a role that may, with no leave of the function', {
    skip: WITHOUT_BOTO3,
  }, async () => {
    const on = await ec2Cloud()
    const { cloud } = on
    const Tags = [{ Key: 'tostop', Value: 'true' }]
    const tagged = await running(on, { TagSpecifications: [{ ResourceType: 'instance', Tags }] })
    const other = await running(on)
    const Variables = { TAG_KEY: 'tostop', TAG_VALUE: 'true', SCHEDULE_ACTION: 'stop' }
    const actions = ['Describe', 'Start', 'Stop', 'Terminate'].map((verb) => `ec2:${verb}Instances`)
    const { arn } = await deploy(cloud, 'scheduler', '', {
      ...python(source),
      Environment: { Variables },
      statements: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    })
    const stranger = await actingAs(cloud, 'stranger', allow('lambda:InvokeFunction', `${arn}-not`))
    const refusal = await failure(stranger.send(call({})))
    assert.equal(refusal.name, 'AccessDeniedException')
    const schedule = await actingAs(cloud, 'schedule', allow('lambda:InvokeFunction', arn))
    const steps = [
      [undefined, 'stopped'],
      ['start', 'running'],
      ['terminate', 'terminated'],
    ]
    for (const [action, state] of steps) {
      const { Payload } = await schedule.send(call({ action }))
      assert.deepEqual(JSON.parse(Payload?.transformToString() ?? ''), [tagged])
      await cloud.advance(60)
      assert.equal(await stateOf(cloud, tagged), state)
    }
    assert.equal(await stateOf(cloud, other), 'running')
  })
})

/** Its groups and its SNS topic are left out, as there are no such services. */
describe('chaos at office hours (chaos-lambda)', () => {
  const source = `
import boto3
def handler(event, context):
    region = context.invoked_function_arn.split(":")[3]
    ec2 = boto3.client("ec2", region_name=region)
    filters = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = ec2.describe_instances(Filters=filters)["Reservations"]
    victim = reservations[0]["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[victim])
    print("terminated", victim, "in", region)`

  it('terminates an instance each hour, in the region of the function', {
    skip: WITHOUT_BOTO3,
  }, async () => {
    const on = await ec2Cloud()
    const { cloud } = on
    const ids = [await running(on), await running(on)]
    const actions = ['ec2:DescribeInstances', 'ec2:TerminateInstances']
    const { arn } = await deploy(cloud, 'chaos', '', {
      ...python(source),
      statements: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    })
    const events = cloud.client(EventBridgeClient)
    const ScheduleExpression = 'cron(0 10-16 ? * MON-FRI *)'
    const rule = new PutRuleCommand({ Name: 'chaos', ScheduleExpression })
    const { RuleArn } = await events.send(rule)
    await cloud.client(LambdaClient).send(
      new AddPermissionCommand({
        FunctionName: 'chaos',
        StatementId: 'schedule',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: RuleArn,
      }),
    )
    const Targets = [{ Id: 'chaos', Arn: arn }]
    await events.send(new PutTargetsCommand({ Rule: 'chaos', Targets }))
    const Filters = [{ Name: 'instance-state-name', Values: ['running'] }]
    const left = async () => {
      const { Reservations } = await on.ec2.send(new DescribeInstancesCommand({ Filters }))
      return Reservations?.length
    }
    // The virtual clock begins on a Thursday, at midnight.
    await cloud.advance(9.5 * SECONDS_PER_HOUR)
    assert.equal(await left(), 2)
    await cloud.advance(SECONDS_PER_HOUR)
    assert.equal(await left(), 1)
    await cloud.advance(SECONDS_PER_HOUR)
    assert.equal(await left(), 0)
    const told = printed(cloud).filter((line) => line.startsWith('terminated'))
    assert.deepEqual(told.sort(), ids.map((id) => `terminated ${id} in us-east-1`).sort())
  })
})
