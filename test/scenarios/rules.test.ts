/** Public automations whose weight lies on rules: schedules, hubs, transformers, and traps. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import {
  type EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { Actor } from '../../src/services/events/testing/delivery.ts'
import { type TestCloud, testCloud } from '../cloud.ts'
import { deploy } from '../functions.ts'

const STATE_CHANGE = 'EC2 Instance State-change Notification'

async function launch(cloud: TestCloud): Promise<string> {
  const ec2 = cloud.client(EC2Client)
  const wanted = { ImageId: 'ami-0123456789abcdef0', MinCount: 1, MaxCount: 1 }
  const { Instances } = await ec2.send(new RunInstancesCommand(wanted))
  await cloud.advance(60)
  return Instances?.[0]?.InstanceId ?? ''
}

async function stateOf(cloud: TestCloud, id: string) {
  const ask = new DescribeInstancesCommand({ InstanceIds: [id] })
  const { Reservations } = await cloud.client(EC2Client).send(ask)
  return Reservations?.[0]?.Instances?.[0]?.State?.Name
}

async function rule(events: EventBridgeClient, Name: string, pattern: object, target: object) {
  const EventPattern = JSON.stringify(pattern)
  await events.send(new PutRuleCommand({ Name, EventPattern }))
  const Targets = [{ Id: '1', ...target } as Target]
  await events.send(new PutTargetsCommand({ Rule: Name, Targets }))
}

const bodies = async (user: Actor, queue: string) =>
  (await user.receive(queue)).map(({ Body }) => JSON.parse(Body ?? ''))

describe('working hours, by two cron rules (cdk-start-stop-ec2)', () => {
  const handler = (operation: string) => `
    const { EC2Client, ${operation}Command } = require('@aws-sdk/client-ec2')
    exports.handler = async (event) => {
      const ec2 = new EC2Client({ region: event.region })
      await ec2.send(new ${operation}Command({ InstanceIds: [process.env.TARGET_EC2] }))
    }`

  it('stop an instance in the evening and start it in the morning', async () => {
    const cloud = await testCloud()
    const { events } = new Actor(cloud)
    const id = await launch(cloud)
    for (const [name, operation, hour] of [
      ['stop', 'StopInstances', 18],
      ['start', 'StartInstances', 7],
    ] as const) {
      const statements = [{ Effect: 'Allow', Action: `ec2:${operation}`, Resource: '*' }]
      const Environment = { Variables: { TARGET_EC2: id } }
      const made = await deploy(cloud, name, handler(operation), { statements, Environment })
      const ScheduleExpression = `cron(0 ${hour} * * ? *)`
      const put = new PutRuleCommand({ Name: name, ScheduleExpression })
      const { RuleArn } = await events.send(put)
      const Targets = [{ Id: '1', Arn: made.arn }]
      await events.send(new PutTargetsCommand({ Rule: name, Targets }))
      const permission = new AddPermissionCommand({
        FunctionName: name,
        StatementId: 'rule',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: RuleArn,
      })
      await cloud.client(LambdaClient).send(permission)
    }
    await cloud.advance(18 * 3600)
    assert.equal(await stateOf(cloud, id), 'stopped')
    await cloud.advance(13 * 3600)
    assert.equal(await stateOf(cloud, id), 'running')
  })
})

/** Its functions call CloudWatch, which we have not: queues stand in for them. */
describe('alarms for instances, gathered by a hub (amazon-cloudwatch-auto-alarms)', () => {
  it('bring the events of a spoke to the hub, with the account of the spoke', async () => {
    const cloud = await testCloud()
    const spoke = new Actor(cloud)
    const hub = new Actor(cloud, { account: '999999999999' })
    const permission = {
      Action: 'events:PutEvents',
      StatementId: 'spoke',
      Principal: spoke.account,
    }
    await hub.events.send(new PutPermissionCommand(permission))
    const state = ['running', 'terminated']
    const pattern = { source: ['aws.ec2'], 'detail-type': [STATE_CHANGE], detail: { state } }
    const queue = await hub.queue('alarms')
    await rule(hub.events, 'alarms', pattern, { Arn: queue })
    const Arn = `arn:aws:events:us-east-1:${hub.account}:event-bus/default`
    const send = { Effect: 'Allow', Action: 'events:PutEvents', Resource: Arn }
    const RoleArn = await spoke.role('to-hub', send)
    await rule(spoke.events, 'to-hub', pattern, { Arn, RoleArn })
    const id = await launch(cloud)
    await cloud.client(EC2Client).send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    await cloud.advance(60)
    const events = await bodies(hub, queue)
    assert.deepEqual(
      events.map(({ account, detail }) => [account, detail['instance-id'], detail.state]),
      [
        [spoke.account, id, 'running'],
        [spoke.account, id, 'terminated'],
      ],
    )
  })
})

describe('an automation document for each instance (eventbridge-rule-to-ssm-automation)', () => {
  const InputTransformer = {
    InputPathsMap: { instance: '$.detail.instance-id' },
    InputTemplate: '{"InstanceId":[<instance>],"Mode":["<instance>"]}',
  }
  const pattern = { source: ['aws.ec2'], detail: { state: ['running'] } }

  it('is given lists of texts by its transformer', async () => {
    const cloud = await testCloud()
    const user = new Actor(cloud)
    const queue = await user.queue('queue')
    await rule(user.events, 'rule', pattern, { Arn: queue, InputTransformer })
    const id = await launch(cloud)
    assert.deepEqual(await bodies(user, queue), [{ InstanceId: [id], Mode: [id] }])
  })

  it('is a target that we do not deliver to, which the trace and the dead letter say', async () => {
    const cloud = await testCloud()
    const user = new Actor(cloud)
    const letters = await user.queue('letters')
    const Arn = 'arn:aws:ssm:us-east-1:000000000000:automation-definition/doc:$DEFAULT'
    const RoleArn = await user.role('automation')
    const target = { Arn, RoleArn, InputTransformer, DeadLetterConfig: { Arn: letters } }
    await rule(user.events, 'rule', pattern, target)
    const id = await launch(cloud)
    assert.deepEqual(await bodies(user, letters), [{ InstanceId: [id], Mode: [id] }])
    const [step] = cloud.trace
      .records()
      .flatMap((record) => (record.step.kind === 'delivery' ? [record.step] : []))
    assert.equal(step?.outcome, 'dead-letter')
    assert.equal(step?.because, `Windtunnel does not deliver to ${Arn}.`)
  })
})

describe('patterns that look right and match nothing', () => {
  const traps: [what: string, pattern: object][] = [
    ['another case', { source: ['aws.ec2'], detail: { State: ['running'] } }],
    ['a detail-type that is not', { 'detail-type': ['EBS Volume State-change Notification'] }],
    ['another service’s event', { source: ['aws.ec2'], 'detail-type': ['Tag Change on Resource'] }],
    ['a number for a text', { account: [0] }],
  ]
  for (const [what, pattern] of traps) {
    it(`name ${what}`, async () => {
      const cloud = await testCloud()
      const user = new Actor(cloud)
      const queue = await user.queue('queue')
      await rule(user.events, 'rule', pattern, { Arn: queue })
      await launch(cloud)
      const events = cloud.trace.records().filter(({ step }) => step.kind === 'event')
      assert.ok(events.length > 0)
      assert.deepEqual(await bodies(user, queue), [])
    })
  }
})

describe('the trace of an event', () => {
  it('says of the rules that did not match why', async () => {
    const cloud = await testCloud()
    const user = new Actor(cloud)
    const queue = await user.queue('queue')
    const wrong = { source: ['aws.ec2'], detail: { State: ['running'] } }
    await rule(user.events, 'wrong', wrong, { Arn: queue })
    await rule(user.events, 'right', { detail: { state: ['running'] } }, { Arn: queue })
    await launch(cloud)
    const [event] = await bodies(user, queue)
    const answer = await fetch(`${cloud.endpoint}/_windtunnel/traces?id=${event.id}`)
    const { explanations } = (await answer.json()) as { explanations: Record<string, string[]> }
    assert.equal(explanations[event.id]?.length, 1)
    assert.match(explanations[event.id]?.[0] ?? '', /^rule wrong: .*detail\.State is absent/)
  })
})
