/** Event source mappings: queues that start functions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { deploy } from '../../../../test/functions.ts'
import { FUNCTIONS, refused } from '../testing/functions.ts'

const QUEUES = 'arn:aws:sqs:us-east-1:000000000000'
const INVALID = 'InvalidParameterValueException'
const MAY_READ = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  Resource: '*',
}
/** Writes each batch to its log, where the tests read it. */
const REPORT = `exports.handler = async (event) => {
  console.log('BATCH ' + JSON.stringify(event))
  const failing = event.Records.filter(({ body }) => body.startsWith('fail'))
  if (failing.some(({ body }) => body === 'fail all')) throw new Error('all of them')
  return { batchItemFailures: failing.map(({ messageId }) => ({ itemIdentifier: messageId })) }
}`

interface Batch {
  Records: {
    messageId: string
    body: string
    attributes: Record<string, string>
    messageAttributes: object
  }[]
}

async function queue(cloud: TestCloud, name: string, Attributes = {}): Promise<string> {
  const command = new CreateQueueCommand({ QueueName: name, Attributes })
  return (await cloud.client(SQSClient).send(command)).QueueUrl ?? ''
}

function map(cloud: TestCloud, input: Partial<CreateEventSourceMappingCommandInput> = {}) {
  const named = { EventSourceArn: `${QUEUES}:q`, FunctionName: 'f' }
  return cloud
    .client(LambdaClient)
    .send(new CreateEventSourceMappingCommand({ ...named, ...input }))
}

function send(cloud: TestCloud, QueueUrl: string, MessageBody: string, input = {}) {
  return cloud.client(SQSClient).send(new SendMessageCommand({ QueueUrl, MessageBody, ...input }))
}

function batches(cloud: TestCloud): Batch[] {
  return cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === 'log' ? step.lines : []))
    .flatMap((line) => /BATCH (.*)$/.exec(line)?.[1] ?? [])
    .map((text) => JSON.parse(text))
}

const bodies = (cloud: TestCloud) =>
  batches(cloud).map(({ Records }) => Records.map(({ body }) => body))

async function left(cloud: TestCloud, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await cloud
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  )
}

describe('an event source mapping', () => {
  it('goes through its states', async () => {
    const cloud = await testCloud({ timing: 'aws' })
    const lambda = cloud.client(LambdaClient)
    await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await cloud.advance(2)
    const { $metadata, UUID, LastModified, ...shown } = await map(cloud, { Tags: { a: 'b' } })
    assert.equal($metadata.httpStatusCode, 202)
    assert.ok(LastModified instanceof Date)
    const arn = `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`
    assert.deepEqual(shown, {
      BatchSize: 10,
      EventSourceArn: `${QUEUES}:q`,
      EventSourceMappingArn: arn,
      FunctionArn: `${FUNCTIONS}:f`,
      FunctionResponseTypes: [],
      MaximumBatchingWindowInSeconds: 0,
      State: 'Creating',
      StateTransitionReason: 'USER_INITIATED',
    })
    const state = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State
    await cloud.advance(2)
    assert.equal(await state(), 'Enabled')
    const update = (input: object) =>
      lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input }))
    assert.equal((await update({ BatchSize: 5 })).State, 'Updating')
    assert.equal((await update({ Enabled: false })).State, 'Disabling')
    await cloud.advance(2)
    assert.equal(await state(), 'Disabled')
    const { Tags } = await lambda.send(new ListTagsCommand({ Resource: arn }))
    assert.deepEqual(Tags, { a: 'b' })
    const list = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'f' }))
    assert.equal(list.EventSourceMappings?.[0]?.BatchSize, 5)
    const gone = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))
    assert.equal(gone.State, 'Deleting')
    await cloud.advance(2)
    await refused(
      state(),
      'ResourceNotFoundException',
      'The resource you requested does not exist.',
    )
    assert.equal((await map(cloud, { Enabled: false })).State, 'Disabled')
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await deploy(cloud, 'slow', REPORT, { statements: [MAY_READ], Timeout: 60 })
    await deploy(cloud, 'powerless', REPORT)
    await refused(map(cloud, { EventSourceArn: undefined }), INVALID, 'Unrecognized event source.')
    await refused(map(cloud, { FunctionName: 'none' }), INVALID, 'Function does not exist')
    await refused(
      map(cloud, { EventSourceArn: `${QUEUES}:none` }),
      INVALID,
      'Error occurred while ReceiveMessage. SQS Error Code: ' +
        'AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does ' +
        'not exist.',
    )
    await refused(
      map(cloud, { BatchSize: 11 }),
      INVALID,
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater ' +
        'than 10',
    )
    for (const pattern of ['None', 'simple string', '{"eventSource":"aws:sqs"}', '{"a":[]}']) {
      const FilterCriteria = { Filters: [{ Pattern: pattern }] }
      await refused(map(cloud, { FilterCriteria }), INVALID, 'Invalid filter pattern definition.')
    }
    await refused(
      map(cloud, { DestinationConfig: { OnFailure: { Destination: `${QUEUES}:q` } } }),
      INVALID,
      'Unsupported DestinationConfig parameter for given event source mapping type.',
    )
    await refused(
      map(cloud, { FunctionName: 'slow' }),
      INVALID,
      'Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds',
    )
    await refused(
      map(cloud, { FunctionName: 'powerless' }),
      INVALID,
      'The provided execution role does not have permissions to call ReceiveMessage on SQS',
    )
    const { UUID } = await map(cloud)
    await refused(
      map(cloud),
      'ResourceConflictException',
      `An event source mapping with SQS arn (" ${QUEUES}:q ") and function (" f ") already ` +
        `exists. Please update or delete the existing mapping with UUID ${UUID}`,
    )
  })
})

describe('messages of a mapped queue', () => {
  it('reach the function as recorded, and are deleted', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await map(cloud)
    await cloud.settle()
    await send(cloud, url, 'hello', {
      MessageAttributes: { Title: { DataType: 'String', StringValue: 'The Whistler' } },
    })
    await cloud.settle()
    const [batch] = batches(cloud)
    assert.equal(batch?.Records.length, 1)
    const [record] = batch?.Records ?? []
    assert.deepEqual(Object.keys(record ?? {}), [
      'messageId',
      'receiptHandle',
      'body',
      'attributes',
      'messageAttributes',
      'md5OfMessageAttributes',
      'md5OfBody',
      'eventSource',
      'eventSourceARN',
      'awsRegion',
    ])
    assert.deepEqual(record?.messageAttributes, {
      Title: {
        stringValue: 'The Whistler',
        stringListValues: [],
        binaryListValues: [],
        dataType: 'String',
      },
    })
    assert.equal(record?.attributes.ApproximateReceiveCount, '1')
    // What the function did follows from the sending of the message.
    const records = cloud.trace.records()
    const sent = records.find(
      ({ step }) => step.kind === 'call' && step.operation === 'SendMessage',
    )
    const ran = records.find(({ step }) => step.kind === 'invocation')
    assert.equal(ran?.journey, sent?.journey)
    assert.equal(await left(cloud, url), 0)
  })

  it('that were there before, or are delayed, are read too', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await send(cloud, url, 'before')
    await send(cloud, url, 'later', { DelaySeconds: 20 })
    await map(cloud)
    await cloud.settle()
    assert.deepEqual(bodies(cloud), [['before']])
    await cloud.advance(19)
    assert.equal(bodies(cloud).length, 1)
    await cloud.advance(1)
    assert.deepEqual(bodies(cloud), [['before'], ['later']])
  })

  it('come again after their visibility timeout when the function fails', async () => {
    const cloud = await testCloud()
    await queue(cloud, 'dead')
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `${QUEUES}:dead`,
      maxReceiveCount: 2,
    })
    const url = await queue(cloud, 'q', { RedrivePolicy })
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await map(cloud)
    await cloud.settle()
    await send(cloud, url, 'fail all')
    await cloud.settle()
    assert.equal(batches(cloud).length, 1)
    await cloud.advance(30)
    const counts = batches(cloud).map(
      ({ Records }) => Records[0]?.attributes.ApproximateReceiveCount,
    )
    assert.deepEqual(counts, ['1', '2'])
    await cloud.advance(3600)
    assert.equal(batches(cloud).length, 2)
    assert.equal(await left(cloud, url), 0)
    assert.equal(await left(cloud, `${cloud.endpoint}/000000000000/dead`), 1)
  })

  it('of a batch are kept one by one when the function reports them', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    const { UUID } = await map(cloud, {
      Enabled: false,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
    await cloud.settle()
    const Entries = ['a', 'fail b', 'c'].map((MessageBody) => ({ Id: MessageBody[0], MessageBody }))
    await cloud.client(SQSClient).send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
    await cloud
      .client(LambdaClient)
      .send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
    await cloud.settle()
    assert.deepEqual(bodies(cloud), [['a', 'fail b', 'c']])
    assert.equal(await left(cloud, url), 1)
    await cloud.advance(30)
    assert.deepEqual(bodies(cloud)[1], ['fail b'])
  })

  it('are gathered over the batching window, up to the batch size', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await map(cloud, { BatchSize: 3, MaximumBatchingWindowInSeconds: 10 })
    await cloud.settle()
    await send(cloud, url, '1')
    await cloud.advance(5)
    await send(cloud, url, '2')
    await cloud.advance(4)
    assert.deepEqual(bodies(cloud), [])
    await cloud.advance(1)
    assert.deepEqual(bodies(cloud), [['1', '2']])
    for (const body of ['3', '4', '5']) await send(cloud, url, body)
    await cloud.settle()
    assert.deepEqual(bodies(cloud)[1], ['3', '4', '5'])
  })

  it('are told once when they are gathered for longer than they are hidden', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q', { VisibilityTimeout: '5' })
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await map(cloud, { BatchSize: 100, MaximumBatchingWindowInSeconds: 30 })
    await cloud.settle()
    await send(cloud, url, '1')
    await cloud.advance(6)
    await send(cloud, url, '2')
    await cloud.advance(24)
    assert.deepEqual(
      bodies(cloud).map((batch) => batch.sort()),
      [['1', '2']],
    )
    assert.equal(await left(cloud, url), 0)
    const VisibilityTimeout = '0'
    const hidden = { QueueUrl: url, Attributes: { VisibilityTimeout } }
    await cloud.client(SQSClient).send(new SetQueueAttributesCommand(hidden))
    await send(cloud, url, '3')
    await cloud.advance(30)
    assert.deepEqual(bodies(cloud)[1], ['3'])
  })

  it('that match no filter are deleted unseen', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q')
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    const Pattern = JSON.stringify({ body: { price: [{ numeric: ['>', 100] }] } })
    await map(cloud, { FilterCriteria: { Filters: [{ Pattern }] } })
    await cloud.settle()
    for (const body of ['{"price":101}', '{"price":99}', 'text']) await send(cloud, url, body)
    await cloud.settle()
    assert.deepEqual(bodies(cloud), [['{"price":101}']])
    assert.equal(await left(cloud, url), 0)
  })

  it('of a FIFO queue come in the order of their group', async () => {
    const cloud = await testCloud()
    const url = await queue(cloud, 'q.fifo', {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
    })
    await deploy(cloud, 'f', REPORT, { statements: [MAY_READ] })
    await map(cloud, { EventSourceArn: `${QUEUES}:q.fifo`, BatchSize: 1 })
    await cloud.settle()
    for (const body of ['1', '2', '3']) await send(cloud, url, body, { MessageGroupId: 'g' })
    await cloud.settle()
    assert.deepEqual(bodies(cloud), [['1'], ['2'], ['3']])
  })
})
