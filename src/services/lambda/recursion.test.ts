/** Functions, queues and destinations that start each other again and again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { queue } from '../../../test/queues.ts'
import { lineageOf, MAX_PASSES, nextLineage, passesThrough } from './lineage.ts'
import { ECHO, FUNCTIONS, refused } from './testing/functions.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q'
const STATEMENT = { Effect: 'Allow', Action: ['sqs:*', 'lambda:InvokeFunction'], Resource: '*' }
const SETTINGS = { statements: [STATEMENT], Timeout: 20 }
const LIMIT = MAX_PASSES + 4
const LOOP =
  'Lambda has detected your function being invoked in a recursive loop with other AWS resources ' +
  "and stopped your function's invocation."

/** Sends on what it gets, with its trace header, as SDKs do; gives up after `LIMIT` passes. */
const FORWARD = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
  const client = new SQSClient({ maxAttempts: 1 })
  exports.handler = async ({ Records: [{ body }] }) => {
    const pass = Number(body) + 1
    if (pass > ${LIMIT}) return
    const QueueUrl = process.env.AWS_ENDPOINT_URL + '/000000000000/q'
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: String(pass) }))
  }`

/** The same with a function, which it invokes without waiting. */
const invokes = (name: string) => `
  const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda')
  const client = new LambdaClient({ maxAttempts: 1 })
  exports.handler = async ({ pass }) => {
    if (pass === ${LIMIT}) return
    const Payload = JSON.stringify({ pass: pass + 1 })
    const call = { FunctionName: '${name}', InvocationType: 'Event', Payload }
    await client.send(new InvokeCommand(call))
  }`

const ONE = 'exports.handler = async () => 1'

function starts(cloud: TestCloud): number {
  return cloud.trace
    .records()
    .filter(({ step }) => step.kind === 'invocation' && step.phase === 'start').length
}

async function throughQueue(cloud: TestCloud): Promise<number> {
  const sqs = cloud.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  await cloud.client(LambdaClient).send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: QUEUE,
      FunctionName: 'f',
      BatchSize: 1,
    }),
  )
  await cloud.settle()
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '0' }))
  await cloud.settle()
  return starts(cloud)
}

const begin = (cloud: TestCloud) =>
  invoke(cloud, 'f', { pass: 1 }, { InvocationType: 'Event', LogType: 'None' })

function allow(cloud: TestCloud) {
  const call = { FunctionName: 'f', RecursiveLoop: 'Allow' } as const
  return cloud.client(LambdaClient).send(new PutFunctionRecursionConfigCommand(call))
}

describe('a recursive loop of a queue and a function', () => {
  it('is stopped', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', FORWARD, SETTINGS)
    await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }))
    assert.equal(await throughQueue(cloud), MAX_PASSES)
  })

  it('goes on where the function allows it', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', FORWARD, SETTINGS)
    await allow(cloud)
    assert.equal(await throughQueue(cloud), LIMIT + 1)
  })
})

describe('a function that invokes itself', () => {
  it('is stopped, and its event goes where failures go', async () => {
    const cloud = await testCloud()
    const failed = await queue(cloud, 'q')
    const DeadLetterConfig = { TargetArn: QUEUE }
    await deploy(cloud, 'f', invokes('f'), { ...SETTINGS, DeadLetterConfig })
    const DestinationConfig = { OnFailure: { Destination: QUEUE } }
    const config = { FunctionName: 'f', DestinationConfig }
    await cloud.client(LambdaClient).send(new PutFunctionEventInvokeConfigCommand(config))
    await begin(cloud)
    await cloud.settle()
    assert.equal(starts(cloud), MAX_PASSES)
    const [letter, record] = await failed.receive({ MessageAttributeNames: ['All'] })
    const event = { pass: MAX_PASSES + 1 }
    assert.deepEqual(JSON.parse(letter?.Body ?? ''), event)
    const { ErrorCode, ErrorMessage } = letter?.MessageAttributes ?? {}
    assert.deepEqual([ErrorCode?.StringValue, ErrorMessage?.StringValue], ['400', LOOP])
    const { requestContext, requestPayload, ...rest } = JSON.parse(record?.Body ?? '')
    assert.deepEqual(requestPayload, event)
    const { condition, approximateInvokeCount } = requestContext
    assert.deepEqual([condition, approximateInvokeCount], ['RetriesExhausted', 0])
    assert.deepEqual(Object.keys(rest).sort(), ['timestamp', 'version'])
  })
})

describe('functions that start each other', () => {
  it('by invocations are stopped', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', invokes('g').replace(`${LIMIT}`, '100'), SETTINGS)
    await deploy(cloud, 'g', invokes('f').replace(`${LIMIT}`, '100'), SETTINGS)
    await begin(cloud)
    await cloud.settle()
    assert.equal(starts(cloud), 2 * MAX_PASSES)
  })

  it('by destinations are stopped', async () => {
    const cloud = await testCloud()
    for (const name of ['f', 'g']) await deploy(cloud, name, ONE, SETTINGS)
    for (const [FunctionName, other] of [
      ['f', 'g'],
      ['g', 'f'],
    ]) {
      const DestinationConfig = { OnSuccess: { Destination: `${FUNCTIONS}:${other}` } }
      const config = { FunctionName, DestinationConfig }
      await cloud.client(LambdaClient).send(new PutFunctionEventInvokeConfigCommand(config))
    }
    await begin(cloud)
    await cloud.settle()
    assert.equal(starts(cloud), 2 * MAX_PASSES)
  })
})

/** The trace header of a chain that has come through `f` as often as can be. */
function header(): string {
  const hash = nextLineage([], `${FUNCTIONS}:f`).split(/[=:]/)[1]
  return `Root=1-00000000-000000000000000000000000;Lineage=${hash}:${MAX_PASSES}`
}

describe('an event that EventBridge brings', () => {
  it('is never part of a loop', async () => {
    const cloud = await testCloud()
    const { arn } = await deploy(cloud, 'f', ONE)
    const Principal = 'events.amazonaws.com'
    const leave = {
      FunctionName: 'f',
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal,
    }
    await cloud.client(LambdaClient).send(new AddPermissionCommand(leave))
    const events = cloud.client(EventBridgeClient)
    await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["own"]}' }))
    await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: arn }] }))
    const event = { Source: 'own', DetailType: 'd', Detail: '{}', TraceHeader: header() }
    await events.send(new PutEventsCommand({ Entries: [event] }))
    await cloud.settle()
    assert.equal(starts(cloud), 1)
  })
})

describe('a caller that waits', () => {
  function inLoop(cloud: TestCloud): LambdaClient {
    const client = cloud.client(LambdaClient)
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> }
        request.headers['x-amzn-trace-id'] = header()
        return next(args)
      },
      { step: 'build' },
    )
    return client
  }

  it('is told that it is in a loop', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const call = { FunctionName: 'f', Payload: '1' }
    const client = inLoop(cloud)
    const name = 'RecursiveInvocationException'
    assert.equal(await refused(client.send(new InvokeCommand(call)), name, LOOP), 400)
    await refused(client.send(new InvokeWithResponseStreamCommand(call)), name, LOOP)
    assert.equal(starts(cloud), 0)
    await allow(cloud)
    const { Payload } = await client.send(new InvokeCommand(call))
    assert.equal(Payload?.transformToString(), '{"echo":1}')
  })
})

describe('the lineage of a chain', () => {
  it('counts the passes of each function', () => {
    let header = 'Root=1-67000000-000000000000000000000000;Parent=0000000000000000;Sampled=0'
    for (const arn of ['f', 'g', 'f'])
      header = `${header.split(';Lineage')[0]};${next(header, arn)}`
    const lineage = lineageOf(header)
    assert.deepEqual(
      ['f', 'g', 'h'].map((arn) => passesThrough(lineage, arn)),
      [2, 1, 0],
    )
  })

  const next = (header: string, arn: string) => nextLineage([lineageOf(header)], arn)
})
