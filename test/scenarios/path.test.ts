/** EC2 → EventBridge → Lambda → EC2, and each way in which it can fail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  type Tag,
} from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { DeliveryStep, InvocationStep, Step } from '../../src/trace/record.ts'
import { automation } from '../automation.ts'
import { type TestCloud, testCloud } from '../cloud.ts'

const ACCOUNT = '000000000000'
const REGION = 'us-east-1'
const RUNNING = {
  source: ['aws.ec2'],
  'detail-type': ['EC2 Instance State-change Notification'],
  detail: { state: ['running'] },
}
const MAY_TAG = [{ Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*' }]

const TAG_OWNER = `
const { CreateTagsCommand, DescribeInstancesCommand, EC2Client } = require('@aws-sdk/client-ec2')
const ec2 = new EC2Client({})
exports.handler = async ({ detail }) => {
  const InstanceIds = [detail['instance-id']]
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  const tags = Reservations[0].Instances[0].Tags ?? []
  if (tags.some(({ Key }) => Key === 'Owner')) return 'owned'
  const Tags = [{ Key: 'Owner', Value: 'nobody' }]
  await ec2.send(new CreateTagsCommand({ Resources: InstanceIds, Tags }))
  return 'tagged'
}`

const STOP_UNOWNED = `
const { DescribeInstancesCommand, EC2Client, StopInstancesCommand } = require('@aws-sdk/client-ec2')
const ec2 = new EC2Client({})
exports.handler = async ({ detail }) => {
  const InstanceIds = [detail['instance-id']]
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  const tags = Reservations[0].Instances[0].Tags ?? []
  const owned = tags.some(({ Key }) => Key === 'Owner')
  if (!owned) await ec2.send(new StopInstancesCommand({ InstanceIds }))
}`

async function launch(cloud: TestCloud, Tags: Tag[] = []): Promise<string> {
  const { Instances } = await cloud.client(EC2Client).send(
    new RunInstancesCommand({
      ImageId: 'ami-0abcdef1234567890',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
    }),
  )
  await cloud.advance(60)
  return Instances?.[0]?.InstanceId ?? ''
}

async function instance(cloud: TestCloud, id: string) {
  const call = new DescribeInstancesCommand({ InstanceIds: [id] })
  const { Reservations } = await cloud.client(EC2Client).send(call)
  return Reservations?.[0]?.Instances?.[0]
}

function steps<K extends Step['kind']>(cloud: TestCloud, kind: K): Extract<Step, { kind: K }>[] {
  return cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === kind ? [step as Extract<Step, { kind: K }>] : []))
}

function ends(cloud: TestCloud): InvocationStep[] {
  return steps(cloud, 'invocation').filter(({ phase }) => phase === 'end')
}

/** A dead-letter queue that EventBridge may write to for this rule, given to the rule's target. */
async function deadLetters(cloud: TestCloud, ruleArn: string, functionArn: string) {
  const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
  })
  const queue = new CreateQueueCommand({ QueueName: 'dead', Attributes: { Policy } })
  const { QueueUrl } = await cloud.client(SQSClient).send(queue)
  const Targets = [{ Id: 'function', Arn: functionArn, DeadLetterConfig: { Arn } }]
  await cloud.client(EventBridgeClient).send(new PutTargetsCommand({ Rule: 'automation', Targets }))
  return async (): Promise<Message[]> => {
    const call = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    })
    return (await cloud.client(SQSClient).send(call)).Messages ?? []
  }
}

describe('an automation', () => {
  it('tags whatever starts without an owner', async () => {
    const cloud = await testCloud()
    const look = { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' }
    await automation(cloud.clientConfig, {
      source: TAG_OWNER,
      pattern: RUNNING,
      statements: [...MAY_TAG, look],
    })
    const unowned = await launch(cloud)
    assert.deepEqual((await instance(cloud, unowned))?.Tags, [{ Key: 'Owner', Value: 'nobody' }])
    const owned = await launch(cloud, [{ Key: 'Owner', Value: 'eva' }])
    assert.deepEqual((await instance(cloud, owned))?.Tags, [{ Key: 'Owner', Value: 'eva' }])
    const [first] = steps(cloud, 'delivery') as DeliveryStep[]
    assert.equal(first?.outcome, 'accepted')
    assert.match(first?.because ?? '', /statement 1 \(events\) of resource-based policy/)
  })

  it('stops whatever starts without an owner', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: STOP_UNOWNED,
      pattern: RUNNING,
      statements: [
        { Effect: 'Allow', Action: ['ec2:DescribeInstances', 'ec2:StopInstances'], Resource: '*' },
      ],
    })
    const unowned = await launch(cloud)
    assert.equal((await instance(cloud, unowned))?.State?.Name, 'stopped')
    const owned = await launch(cloud, [{ Key: 'Owner', Value: 'eva' }])
    assert.equal((await instance(cloud, owned))?.State?.Name, 'running')
  })

  it('logs the document (A12, the AWS tutorial)', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: `exports.handler = (event, context, callback) => {
        console.log('LogEC2InstanceStateChange')
        console.log('Received event:', JSON.stringify(event, null, 2))
        callback(null, 'Finished')
      }`,
      pattern: RUNNING,
    })
    const id = await launch(cloud)
    const { events = [] } = await cloud
      .client(CloudWatchLogsClient)
      .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/automation' }))
    const own = events
      .map(({ message = '' }) => message)
      .filter((line) => line.includes('\tINFO\t'))
    assert.match(own[0] ?? '', /\tINFO\tLogEC2InstanceStateChange\n$/)
    assert.match(own[1] ?? '', new RegExp(`Received event: \\{\n.*"instance-id": "${id}"`, 's'))
  })

  it('looks at Spot Instances only, by a filter (B4, its Lambda half)', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: `
        const { DescribeInstancesCommand, EC2Client } = require('@aws-sdk/client-ec2')
        exports.handler = async ({ detail }) => {
          const { Reservations } = await new EC2Client({}).send(new DescribeInstancesCommand({
            InstanceIds: [detail['instance-id']],
            Filters: [{ Name: 'instance-lifecycle', Values: ['spot'] }],
          }))
          console.log(Reservations.length === 0 ? 'not a Spot Instance' : 'a Spot Instance')
        }`,
      pattern: RUNNING,
      statements: [{ Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' }],
    })
    await launch(cloud)
    const lines = steps(cloud, 'log').flatMap((step) => step.lines)
    assert.ok(
      lines.some((line) => line.endsWith('not a Spot Instance')),
      lines.join('\n'),
    )
  })
})

describe('a function that the rule may not invoke', () => {
  const TOLD = { source: 'exports.handler = async () => {}', pattern: RUNNING }

  it('is not invoked; the event is dropped, and the trace says why', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, { ...TOLD, permission: false })
    await launch(cloud)
    assert.equal(steps(cloud, 'invocation').length, 0)
    const [delivery] = steps(cloud, 'delivery')
    assert.equal(delivery?.outcome, 'dropped')
    assert.equal(delivery?.errorCode, 'NO_PERMISSIONS')
    assert.match(delivery?.because ?? '', /no resource-based policy/)
  })

  it('leaves the event in the dead-letter queue with NO_PERMISSIONS', async () => {
    const cloud = await testCloud()
    const made = await automation(cloud.clientConfig, { ...TOLD, permission: false })
    const receive = await deadLetters(cloud, made.ruleArn, made.functionArn)
    const id = await launch(cloud)
    const [message, ...more] = await receive()
    assert.equal(more.length, 0)
    assert.equal(JSON.parse(message?.Body ?? '').detail['instance-id'], id)
    const attributes = Object.fromEntries(
      Object.entries(message?.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        value.StringValue,
      ]),
    )
    assert.equal(attributes.ERROR_CODE, 'NO_PERMISSIONS')
    assert.equal(attributes.RULE_ARN, made.ruleArn)
    assert.equal(attributes.TARGET_ARN, made.functionArn)
    assert.equal(steps(cloud, 'delivery').at(-1)?.outcome, 'dead-letter')
  })

  it('is so with another rule as its SourceArn, and the trace compares the two', async () => {
    const cloud = await testCloud()
    const other = `arn:aws:events:${REGION}:${ACCOUNT}:rule/another`
    const { ruleArn } = await automation(cloud.clientConfig, { ...TOLD, permission: other })
    await launch(cloud)
    const [delivery] = steps(cloud, 'delivery')
    assert.equal(delivery?.errorCode, 'NO_PERMISSIONS')
    assert.ok(delivery?.because.includes(other), delivery?.because)
    assert.ok(delivery?.because.includes(ruleArn), delivery?.because)
  })
})

describe('a function that fails', () => {
  it('for want of an EC2 permission gets EC2’s words, and the trace the reason', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, { source: TAG_OWNER, pattern: RUNNING })
    await launch(cloud)
    const denied = steps(cloud, 'call').find(({ error }) => error)
    assert.equal(denied?.error?.code, 'UnauthorizedOperation')
    const role = `arn:aws:sts::${ACCOUNT}:assumed-role/automation-role/automation`
    assert.match(
      denied?.error?.message ?? '',
      new RegExp(
        `^You are not authorized to perform this operation\\. User: ${role} is not authorized to ` +
          'perform: ec2:DescribeInstances because no identity-based policy allows the ' +
          'ec2:DescribeInstances action$',
      ),
    )
    assert.equal(ends(cloud)[0]?.outcome, 'error')
  })

  it('by throwing is tried three times with the same request id, on the clock', async () => {
    const cloud = await testCloud()
    const source = "exports.handler = async () => { throw new Error('no') }"
    await automation(cloud.clientConfig, { source, pattern: RUNNING })
    await launch(cloud)
    assert.equal(ends(cloud).length, 1)
    await cloud.advance(3600)
    const made = ends(cloud)
    assert.equal(made.length, 3)
    assert.equal(new Set(made.map(({ requestId }) => requestId)).size, 1)
    assert.ok(made.every(({ because }) => because === 'Error: no'))
  })

  const FAILURES: [string, string, string, RegExp][] = [
    [
      'by taking too long',
      'exports.handler = () => new Promise(() => setTimeout(() => {}, 1e6))',
      'timeout',
      /Task timed out after 1\.00 seconds/,
    ],
    [
      'by exiting',
      'exports.handler = async () => process.exit(3)',
      'error',
      /Runtime\.ExitError: .*exit status 3/,
    ],
    [
      'by returning too much',
      "exports.handler = async () => 'x'.repeat(7 * 1024 * 1024)",
      'error',
      /Function\.ResponseSizeTooLarge/,
    ],
  ]
  for (const [how, source, outcome, because] of FAILURES) {
    it(`${how} is told so, and tried again`, async () => {
      const cloud = await testCloud()
      await automation(cloud.clientConfig, { source, pattern: RUNNING, Timeout: 1 })
      await launch(cloud)
      assert.equal(ends(cloud)[0]?.outcome, outcome)
      assert.match(ends(cloud)[0]?.because ?? '', because)
      await cloud.advance(60)
      assert.equal(ends(cloud).length, 2)
    })
  }
})
