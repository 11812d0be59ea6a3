/** Messages of standard queues, through the real client, which verifies their digests. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { queue, type TestQueue } from '../../../test/queues.ts'

function changeVisibility(jobs: TestQueue, { ReceiptHandle }: Message, VisibilityTimeout: number) {
  return jobs.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: jobs.url, ReceiptHandle, VisibilityTimeout }),
  )
}

describe('a message', () => {
  it('comes with what was sent and what SQS knows', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const sentAt = String(cloud.clock.now())
    await jobs.send('héllo', {
      MessageAttributes: {
        team: { DataType: 'String', StringValue: 'blue' },
        'team.size': { DataType: 'Number.int', StringValue: '5' },
        raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 1]) },
      },
      MessageSystemAttributes: {
        AWSTraceHeader: {
          DataType: 'String',
          StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793',
        },
      },
    })
    const [message] = await jobs.receive({
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: 0,
    })
    assert.equal(message?.Body, 'héllo')
    assert.deepEqual(message?.Attributes, {
      SenderId: '000000000000',
      SentTimestamp: sentAt,
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: sentAt,
      AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    })
    assert.deepEqual(Object.keys(message?.MessageAttributes ?? {}), ['team', 'team.size', 'raw'])
    const [some] = await jobs.receive({ MessageAttributeNames: ['team.*'] })
    assert.deepEqual(Object.keys(some?.MessageAttributes ?? {}), ['team', 'team.size'])
    assert.equal(some?.Attributes, undefined)
  })

  it('is invisible while in flight, and back after its timeout', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs', { VisibilityTimeout: '10' })
    await jobs.send('a')
    const [first] = await jobs.receive()
    assert.deepEqual(await jobs.counts(), [0, 1, 0])
    assert.deepEqual(await jobs.bodies(), [])
    await cloud.advance(10)
    assert.deepEqual(await jobs.counts(), [1, 0, 0])
    const [second] = await jobs.receive({
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    })
    assert.equal(second?.Attributes?.ApproximateReceiveCount, '2')
    assert.notEqual(second?.ReceiptHandle, first?.ReceiptHandle)
    // The older handle succeeds, but deletes nothing.
    await jobs.delete(first as Message)
    assert.deepEqual(await jobs.counts(), [0, 1, 0])
    await jobs.delete(second as Message)
    await jobs.delete(second as Message)
    assert.deepEqual(await jobs.counts(), [0, 0, 0])
  })

  it('can be kept longer, or given back at once', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    await jobs.send('a')
    const [message] = await jobs.receive()
    await changeVisibility(jobs, message as Message, 100)
    await cloud.advance(99)
    assert.deepEqual(await jobs.bodies(), [])
    await changeVisibility(jobs, message as Message, 0)
    assert.deepEqual(await jobs.counts(), [1, 0, 0])
    await jobs.delete(message as Message)
    const again = await failure(changeVisibility(jobs, message as Message, 5))
    assert.equal(again.name, 'InvalidParameterValue')
    assert.match(again.message, /Message does not exist or is not available for visibility timeout/)
  })

  it('waits for its delay', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs', { DelaySeconds: '5' })
    await jobs.send('queue delay')
    await jobs.send('own delay', { DelaySeconds: 1 })
    assert.deepEqual(await jobs.counts(), [0, 0, 2])
    await cloud.advance(1)
    assert.deepEqual(await jobs.bodies(), ['own delay'])
    assert.deepEqual(await jobs.counts(), [0, 1, 1])
    await cloud.advance(4)
    assert.deepEqual(await jobs.bodies(), ['queue delay'])
  })

  it('is forgotten after the retention period', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs', { MessageRetentionPeriod: '60' })
    await jobs.send('a')
    await jobs.send('b')
    await jobs.receive({ MaxNumberOfMessages: 1, VisibilityTimeout: 90 })
    await cloud.advance(60)
    assert.deepEqual(await jobs.bodies(), [])
    await cloud.advance(30)
    assert.deepEqual(await jobs.bodies(), [])
    assert.deepEqual(await jobs.counts(), [0, 0, 0])
  })
})

describe('what SQS refuses', () => {
  it('is said in its words', async () => {
    const jobs = await queue(await testCloud(), 'jobs', { MaximumMessageSize: '1024' })
    const cases: [Promise<unknown>, string, RegExp][] = [
      [jobs.send('x'.repeat(1025)), 'InvalidParameterValue', /shorter than 1024 bytes\.$/],
      [jobs.send('\u0001'), 'InvalidMessageContents', /'#x1' was found in the message body/],
      [jobs.send('x', { DelaySeconds: 901 }), 'InvalidParameterValue', /DelaySeconds must be >= 0/],
      [jobs.send('x', { MessageDeduplicationId: '1' }), 'InvalidParameterValue', /queue type/],
      [jobs.receive({ MaxNumberOfMessages: 0 }), 'InvalidParameterValue', /between 1 and 10/],
      [jobs.receive({ WaitTimeSeconds: 21 }), 'InvalidParameterValue', /Must be >= 0 and <= 20/],
      [
        jobs.delete({ ReceiptHandle: 'no' }),
        'ReceiptHandleIsInvalid',
        /^The input receipt handle "no" is not a valid receipt handle\.$/,
      ],
      [
        jobs.send('x', { MessageAttributes: { n: { DataType: 'Number', StringValue: 'five' } } }),
        'InvalidParameterValue',
        /Can't cast the value of message \(user\) attribute 'n' to a number\./,
      ],
    ]
    for (const [call, name, message] of cases) {
      const error = await failure(call)
      assert.equal(error.name, name)
      assert.match(error.message, message)
    }
  })
})

describe('a batch', () => {
  it('succeeds and fails by entry', async () => {
    const jobs = await queue(await testCloud())
    const { Successful, Failed } = await jobs.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: jobs.url,
        Entries: [
          { Id: 'good', MessageBody: 'a' },
          { Id: 'bad', MessageBody: 'b', DelaySeconds: 1000 },
          { Id: 'worse', MessageBody: 'c', MessageAttributes: { n: { DataType: 'Integer' } } },
        ],
      }),
    )
    assert.equal(Failed?.length, 2)
    assert.deepEqual(
      Successful?.map(({ Id }) => Id),
      ['good'],
    )
    assert.equal(Failed?.[0]?.Id, 'bad')
    assert.equal(Failed?.[0]?.SenderFault, true)
    const [message] = await jobs.receive()
    const deleted = await jobs.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: jobs.url,
        Entries: [
          { Id: '1', ReceiptHandle: message?.ReceiptHandle },
          { Id: '2', ReceiptHandle: 'no' },
        ],
      }),
    )
    assert.deepEqual(deleted.Successful, [{ Id: '1' }])
    assert.equal(deleted.Failed?.[0]?.Code, 'ReceiptHandleIsInvalid')
  })

  it('is refused as a whole when it is no batch', async () => {
    const { sqs, url: QueueUrl } = await queue(await testCloud())
    const entries = (...ids: string[]) => ids.map((Id) => ({ Id, MessageBody: 'x' }))
    const name = async (Entries: { Id: string; MessageBody: string }[]) =>
      (await failure(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })))).name
    assert.equal(await name([]), 'EmptyBatchRequest')
    assert.equal(await name(entries('a', 'a')), 'BatchEntryIdsNotDistinct')
    assert.equal(await name(entries('a b')), 'InvalidBatchEntryId')
    assert.equal(await name(entries(...'abcdefghijk')), 'TooManyEntriesInBatchRequest')
    const half = 'x'.repeat(600_000)
    const large = entries('a', 'b').map((entry) => ({ ...entry, MessageBody: half }))
    assert.equal(await name(large), 'BatchRequestTooLong')
  })
})

describe('a receiver that waits', () => {
  it('is woken by a message', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const waits = jobs.bodies({ WaitTimeSeconds: 20 })
    await cloud.settle()
    await jobs.send('a')
    assert.deepEqual(await waits, ['a'])
  })

  it('is woken when a delay or a visibility timeout ends', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    await jobs.send('a', { DelaySeconds: 3 })
    const delayed = jobs.bodies({ WaitTimeSeconds: 20, VisibilityTimeout: 4 })
    await jobs.attributes()
    await cloud.advance(3)
    assert.deepEqual(await delayed, ['a'])
    const again = jobs.bodies({ WaitTimeSeconds: 20 })
    await jobs.attributes()
    await cloud.advance(4)
    assert.deepEqual(await again, ['a'])
  })

  it('gets nothing once its time is over', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs', { ReceiveMessageWaitTimeSeconds: '20' })
    const start = cloud.clock.now()
    let received: unknown
    const waits = jobs.bodies().then((bodies) => {
      received = bodies
    })
    while (received === undefined) {
      await jobs.attributes()
      await cloud.advance(1)
    }
    await waits
    assert.deepEqual(received, [])
    assert.ok(cloud.clock.now() - start >= 20_000)
  })

  it('takes nothing after its client has left', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const leaves = new AbortController()
    const receive = new ReceiveMessageCommand({ QueueUrl: jobs.url, WaitTimeSeconds: 20 })
    const waits = jobs.sqs.send(receive, { abortSignal: leaves.signal })
    await jobs.attributes()
    leaves.abort()
    assert.equal((await failure(waits)).name, 'AbortError')
    // Both follow the first over sockets of their own, so the server sees the hang-up first.
    await jobs.attributes()
    await jobs.attributes()
    await jobs.send('a')
    assert.deepEqual(await jobs.bodies(), ['a'])
  })
})
