/** Asynchronous invocations: their results, their retries, and many of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateAliasCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, role } from '../../../test/functions.ts'
import { ECHO, FUNCTIONS, gate, refused, release, THROW } from './testing/functions.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:results'
const MAY_SEND = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE }
const INVALID = 'InvalidParameterValueException'

async function results(cloud: TestCloud): Promise<Message[]> {
  const { Messages = [] } = await cloud.client(SQSClient).send(
    new ReceiveMessageCommand({
      QueueUrl: `${cloud.endpoint}/000000000000/results`,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  )
  return Messages
}

function queue(cloud: TestCloud) {
  return cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'results' }))
}

function configure(
  cloud: TestCloud,
  input: Partial<PutFunctionEventInvokeConfigCommandInput> = {},
) {
  const command = new PutFunctionEventInvokeConfigCommand({ FunctionName: 'f', ...input })
  return cloud.client(LambdaClient).send(command)
}

function event(cloud: TestCloud, Payload = '{}', FunctionName = 'f') {
  const command = new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload })
  return cloud.client(LambdaClient).send(command)
}

function starts(cloud: TestCloud): number {
  return cloud.trace
    .records()
    .filter(({ step }) => step.kind === 'invocation' && step.phase === 'start').length
}

describe('the result of an asynchronous invocation', () => {
  it('goes to the destination for success, as recorded', async () => {
    const cloud = await testCloud()
    await queue(cloud)
    await deploy(cloud, 'f', ECHO, { statements: [MAY_SEND] })
    await configure(cloud, { DestinationConfig: { OnSuccess: { Destination: QUEUE } } })
    await event(cloud, '{"n":1}')
    await cloud.settle()
    const [message] = await results(cloud)
    const { requestContext, timestamp, ...record } = JSON.parse(message?.Body ?? '')
    assert.equal(timestamp, '2026-01-01T00:00:00.000Z')
    const { requestId, ...context } = requestContext
    assert.match(requestId, /^[0-9a-f-]{36}$/)
    assert.deepEqual(context, {
      functionArn: `${FUNCTIONS}:f:$LATEST`,
      condition: 'Success',
      approximateInvokeCount: 1,
    })
    assert.deepEqual(record, {
      version: '1.0',
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { echo: { n: 1 } },
    })
  })

  it('goes to the destination for failure once its retries are used up', async () => {
    const cloud = await testCloud()
    await queue(cloud)
    await deploy(cloud, 'f', THROW, { statements: [MAY_SEND] })
    await release(cloud, 'f', THROW)
    await cloud
      .client(LambdaClient)
      .send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }))
    const DestinationConfig = { OnFailure: { Destination: QUEUE } }
    await configure(cloud, { DestinationConfig, MaximumRetryAttempts: 1, Qualifier: 'live' })
    await event(cloud, '{}', 'f:live')
    await cloud.settle()
    assert.deepEqual(await results(cloud), [])
    await cloud.advance(60)
    const [message] = await results(cloud)
    const { requestContext, responseContext, responsePayload } = JSON.parse(message?.Body ?? '')
    assert.equal(requestContext.condition, 'RetriesExhausted')
    assert.equal(requestContext.approximateInvokeCount, 2)
    assert.equal(requestContext.functionArn, `${FUNCTIONS}:f:live`)
    assert.deepEqual(responseContext, {
      statusCode: 200,
      executedVersion: '1',
      functionError: 'Unhandled',
    })
    assert.equal(responsePayload.errorMessage, 'no luck')
  })

  it('says when the event became too old', async () => {
    const cloud = await testCloud()
    await queue(cloud)
    await deploy(cloud, 'f', THROW, { statements: [MAY_SEND] })
    await configure(cloud, {
      DestinationConfig: { OnFailure: { Destination: QUEUE } },
      MaximumEventAgeInSeconds: 60,
    })
    await event(cloud)
    await cloud.advance(60)
    const [message] = await results(cloud)
    const { condition, approximateInvokeCount } = JSON.parse(message?.Body ?? '').requestContext
    assert.deepEqual([condition, approximateInvokeCount], ['EventAgeExceeded', 1])
  })

  it('is a dead letter with what went wrong', async () => {
    const cloud = await testCloud()
    await queue(cloud)
    await deploy(cloud, 'f', THROW, {
      statements: [MAY_SEND],
      DeadLetterConfig: { TargetArn: QUEUE },
    })
    await configure(cloud, { MaximumRetryAttempts: 0 })
    await event(cloud, '{"n":1}')
    await cloud.settle()
    const [{ Body, MessageAttributes: attributes = {} } = {}] = await results(cloud)
    assert.equal(Body, '{"n":1}')
    assert.deepEqual(attributes.ErrorCode, { DataType: 'Number', StringValue: '200' })
    assert.deepEqual(attributes.ErrorMessage, { DataType: 'String', StringValue: 'no luck' })
    assert.equal(attributes.RequestID?.DataType, 'String')
  })
})

describe('an event invoke configuration', () => {
  it('is kept for each qualifier', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', ECHO)
    const { $metadata, LastModified, ...shown } = await configure(cloud, {
      MaximumRetryAttempts: 1,
    })
    assert.deepEqual(LastModified, new Date(cloud.clock.now()))
    assert.deepEqual(shown, {
      FunctionArn: `${FUNCTIONS}:f:$LATEST`,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    })
    await configure(cloud, { Qualifier: '1', MaximumEventAgeInSeconds: 60 })
    const updated = await lambda.send(
      new UpdateFunctionEventInvokeConfigCommand({
        FunctionName: 'f',
        Qualifier: '1',
        MaximumRetryAttempts: 0,
      }),
    )
    assert.deepEqual([updated.MaximumRetryAttempts, updated.MaximumEventAgeInSeconds], [0, 60])
    const { FunctionEventInvokeConfigs = [] } = await lambda.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'f' }),
    )
    assert.deepEqual(
      FunctionEventInvokeConfigs.map(({ FunctionArn }) => FunctionArn),
      [`${FUNCTIONS}:f:$LATEST`, `${FUNCTIONS}:f:1`],
    )
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const to = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } })
    await refused(
      configure(cloud, { FunctionName: 'none', MaximumRetryAttempts: 1 }),
      'ResourceNotFoundException',
      "The function doesn't exist.",
    )
    await refused(
      configure(cloud, { FunctionName: 'none' }),
      INVALID,
      'You must specify at least one of error handling or destination setting.',
    )
    await refused(
      configure(cloud, to(`${FUNCTIONS}:none`)),
      INVALID,
      `The destination ARN ${FUNCTIONS}:none is invalid.`,
    )
    const role = 'arn:aws:iam::000000000000:role/r'
    await refused(
      configure(cloud, to(role)),
      INVALID,
      'The provided destination config DestinationConfig(onSuccess=null, ' +
        `onFailure=OnFailure(destination=${role})) is invalid.`,
    )
    const OnSuccess = { Destination: 'arn:aws:s3:::bucket' }
    await refused(
      configure(cloud, { DestinationConfig: { OnSuccess } }),
      INVALID,
      'The provided destination config DestinationConfig(' +
        'onSuccess=OnSuccess(destination=arn:aws:s3:::bucket), onFailure=null) is invalid.',
    )
    await refused(
      configure(cloud, to(`${FUNCTIONS}:f`)),
      INVALID,
      "You can't specify the function as a destination for itself.",
    )
    await refused(
      configure(cloud, to(QUEUE)),
      INVALID,
      'The provided execution role does not have permissions to call SendMessage on SQS',
    )
    await refused(
      lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: 'f',
          DeadLetterConfig: { TargetArn: QUEUE },
        }),
      ),
      INVALID,
      'The provided execution role does not have permissions to call SendMessage on SQS',
    )
    await refused(
      lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'f' })),
      'ResourceNotFoundException',
      `The function ${FUNCTIONS}:f:$LATEST doesn't have an EventInvokeConfig`,
    )
  })
})

describe('a throttled event', () => {
  it('is tried again after 1, 2, 4 seconds and so on, until it is too old', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await queue(cloud)
    const { source, entered, open } = gate()
    const Role = await role(cloud, 'r', [MAY_SEND])
    await deploy(cloud, 'f', source, { Role, Timeout: 60 })
    await configure(cloud, {
      DestinationConfig: { OnFailure: { Destination: QUEUE } },
      MaximumEventAgeInSeconds: 60,
    })
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 1 }),
    )
    const running = lambda.send(new InvokeCommand({ FunctionName: 'f' }))
    await entered()
    await event(cloud)
    await cloud.advance(70)
    const throttled = cloud.trace
      .records()
      .filter(({ step }) => step.kind === 'invocation' && step.outcome === 'throttled')
    const first = throttled[0]?.at ?? 0
    assert.deepEqual(
      throttled.map(({ at }) => (at - first) / 1000),
      [0, 1, 3, 7, 15, 31],
    )
    const [message] = await results(cloud)
    const { condition, approximateInvokeCount } = JSON.parse(message?.Body ?? '').requestContext
    assert.deepEqual([condition, approximateInvokeCount], ['EventAgeExceeded', 0])
    open()
    await running
  })
})

describe('many events', () => {
  const EVENTS = 300

  it('that wait for one function cost no more than what runs', async () => {
    const cloud = await testCloud()
    const { source, entered, open } = gate()
    await deploy(cloud, 'f', source, { Timeout: 60 })
    await cloud
      .client(LambdaClient)
      .send(
        new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 1 }),
      )
    for (let n = 0; n < EVENTS; n += 100) {
      await Promise.all(Array.from({ length: 100 }, () => event(cloud)))
    }
    await entered()
    assert.equal(starts(cloud), 1)
    // Neither rows of the agenda nor processes wait for them: one looks at the queue, and one
    // sweeps code.
    assert.ok(cloud.agenda.waiting <= 2, `${cloud.agenda.waiting} rows`)
    open()
    await cloud.settle()
    assert.equal(starts(cloud), EVENTS)
  })

  it('are forgotten by a reset, and others run after it', async () => {
    const cloud = await testCloud()
    const { source, entered } = gate()
    await deploy(cloud, 'f', source, { Timeout: 60 })
    for (let n = 0; n < 3; n++) await event(cloud)
    await entered()
    await cloud.reset()
    await deploy(cloud, 'f', ECHO)
    await event(cloud)
    await cloud.settle()
    assert.equal(starts(cloud), 1)
  })
})
