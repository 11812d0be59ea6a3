/** Answers as they were recorded of SQS, where the API's text does not tell. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { queue, type TestQueue } from '../../../test/queues.ts'

function set({ sqs, url }: TestQueue, Attributes: Record<string, string>) {
  return sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
}

function change({ sqs, url }: TestQueue, message: Message | undefined, VisibilityTimeout: number) {
  const ReceiptHandle = message?.ReceiptHandle
  return sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }),
  )
}

describe('batches', () => {
  it('leave out the list that is empty', async () => {
    const { sqs, url } = await queue(await testCloud())
    const Entries = [{ Id: 'a', MessageBody: 'x' }]
    const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
    assert.equal(sent.Successful?.length, 1)
    assert.ok(!('Failed' in sent))
    for (const Command of [ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand]) {
      const entry = { Id: 'a', ReceiptHandle: 'none', VisibilityTimeout: 1 }
      const input = { QueueUrl: url, Entries: [entry] }
      const answer = await sqs.send(new Command(input) as DeleteMessageBatchCommand)
      assert.equal(answer.Failed?.length, 1)
      assert.ok(!('Successful' in answer))
    }
  })

  it('say in their own words that a message is too long', async () => {
    const { sqs, url } = await queue(await testCloud(), 'jobs', { MaximumMessageSize: '1024' })
    const Entries = [{ Id: 'a', MessageBody: 'x'.repeat(1025) }]
    const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
    assert.equal(
      Failed?.[0]?.Message,
      'One or more parameters cannot be validated. ' +
        'Reason: Message must be shorter than 1024 bytes.',
    )
  })

  it('fail as a whole where an entry misses what a FIFO queue needs', async () => {
    const { sqs, url } = await queue(await testCloud(), 'jobs.fifo')
    const whole = { Id: 'a', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: '1' }
    for (const [gap, message] of [
      [{ MessageGroupId: undefined }, 'The request must contain the parameter MessageGroupId.'],
      [
        { MessageDeduplicationId: undefined },
        'The queue should either have ContentBasedDeduplication enabled or ' +
          'MessageDeduplicationId provided explicitly',
      ],
    ] as const) {
      const Entries = [whole, { ...whole, Id: 'b', ...gap }]
      const sending = sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
      const error = await failure(sending)
      assert.deepEqual([error.name, error.message], ['InvalidParameterValue', message])
    }
  })
})

describe('attributes', () => {
  it('take booleans in any case', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo', {
      FifoQueue: 'True',
      ContentBasedDeduplication: 'TRUE',
    })
    const { FifoQueue, ContentBasedDeduplication } = await jobs.attributes()
    assert.deepEqual([FifoQueue, ContentBasedDeduplication], ['true', 'true'])
  })

  it('never change the type of a queue', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo')
    await set(jobs, { FifoQueue: 'true' })
    const error = await failure(set(jobs, { FifoQueue: 'false' }))
    assert.equal(
      error.message,
      'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    )
  })

  it('of high throughput are for FIFO queues', async () => {
    const cloud = await testCloud()
    const error = await failure(queue(cloud, 'jobs', { DeduplicationScope: 'queue' }))
    assert.deepEqual(
      [error.name, error.message],
      [
        'InvalidAttributeName',
        'You can specify the DeduplicationScope only when FifoQueue is set to true.',
      ],
    )
  })

  it('have one kind of encryption, and the period of a key only with a key', async () => {
    const jobs = await queue(await testCloud())
    const both = { KmsMasterKeyId: 'key', SqsManagedSseEnabled: 'true' }
    assert.equal((await failure(set(jobs, both))).name, 'InvalidAttributeName')
    await set(jobs, { KmsMasterKeyId: 'key', KmsDataKeyReusePeriodSeconds: '6000' })
    assert.equal((await jobs.attributes()).KmsDataKeyReusePeriodSeconds, '6000')
    await set(jobs, { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' })
    const attributes = await jobs.attributes()
    assert.equal(attributes.KmsDataKeyReusePeriodSeconds, undefined)
    assert.equal(attributes.SqsManagedSseEnabled, 'false')
  })
})

describe('permissions', () => {
  it('begin a policy of 2008, and leave none behind', async () => {
    const { sqs, url, arn } = await queue(await testCloud())
    const label = { QueueUrl: url, Label: 'other' }
    const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['Policy'] })
    await sqs.send(
      new AddPermissionCommand({ ...label, AWSAccountIds: ['111111111111'], Actions: ['*'] }),
    )
    const { Version, Id } = JSON.parse((await sqs.send(asked)).Attributes?.Policy ?? '')
    assert.deepEqual([Version, Id], ['2008-10-17', `${arn}/SQSDefaultPolicy`])
    await sqs.send(new RemovePermissionCommand(label))
    assert.ok(!('Attributes' in (await sqs.send(asked))))
    assert.equal(
      (await failure(sqs.send(new RemovePermissionCommand(label)))).message,
      "Value other for parameter Label is invalid. Reason: can't find label.",
    )
  })
})

describe('ChangeMessageVisibility', () => {
  it('takes a message back that is visible again, which its receipt still deletes', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    await jobs.send('x')
    const [message] = await jobs.receive({ VisibilityTimeout: 1 })
    await cloud.advance(2)
    await change(jobs, message, 5)
    assert.deepEqual(await jobs.counts(), [0, 1, 0])
    await cloud.advance(5)
    assert.deepEqual(await jobs.counts(), [1, 0, 0])
    await jobs.delete(message as Message)
    assert.deepEqual(await jobs.counts(), [0, 0, 0])
  })

  it('takes a receipt of an earlier receive', async () => {
    const jobs = await queue(await testCloud())
    await jobs.send('x')
    const [first] = await jobs.receive({ VisibilityTimeout: 0 })
    await jobs.receive({ VisibilityTimeout: 30 })
    await change(jobs, first, 0)
    assert.deepEqual(await jobs.bodies(), ['x'])
  })
})

describe('message attributes', () => {
  it('are named with letters of any alphabet, and carry what bodies may', async () => {
    const jobs = await queue(await testCloud())
    const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })
    await jobs.send('x', { MessageAttributes: { 'attr.1øßä': text('fine') } })
    const [message] = await jobs.receive({ MessageAttributeNames: ['*'] })
    assert.deepEqual(Object.keys(message?.MessageAttributes ?? {}), ['attr.1øßä'])
    for (const [name, value] of [
      ['a§', text('x')],
      ['a', text('\u0008')],
      ['a', text('1', `Number.${'x'.repeat(256)}`)],
    ] as const) {
      const error = await failure(jobs.send('x', { MessageAttributes: { [name]: value } }))
      assert.equal(error.name, 'InvalidParameterValue')
    }
  })
})

describe('queues', () => {
  it('may be named in place of their URLs', async () => {
    const jobs = await queue(await testCloud())
    const named = new SendMessageCommand({ QueueUrl: 'jobs', MessageBody: 'x' })
    assert.ok((await jobs.sqs.send(named)).MessageId)
    assert.deepEqual(await jobs.bodies(), ['x'])
  })

  it('leave their names unused for a minute, in the time of AWS', async () => {
    const cloud = await testCloud({ timing: 'aws' })
    const { sqs, url: QueueUrl } = await queue(cloud)
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    const error = await failure(queue(cloud))
    assert.deepEqual(
      [error.name, error.message],
      [
        'QueueDeletedRecently',
        'You must wait 60 seconds after deleting a queue before you can create another with the ' +
          'same name.',
      ],
    )
    await cloud.advance(60)
    await queue(cloud)
  })

  it('forget by a purge what they have seen', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo')
    const ids = { MessageGroupId: 'g', MessageDeduplicationId: '1' }
    await jobs.send('one', ids)
    await jobs.sqs.send(new PurgeQueueCommand({ QueueUrl: jobs.url }))
    await jobs.send('two', ids)
    assert.deepEqual(await jobs.bodies(), ['two'])
  })

  it('that are FIFO delay also what asks for no delay', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', { DelaySeconds: '5' })
    const ids = { MessageGroupId: 'g', MessageDeduplicationId: '1' }
    await jobs.send('late', { ...ids, DelaySeconds: 0 })
    assert.deepEqual(await jobs.bodies(), [])
    await cloud.advance(5)
    assert.deepEqual(await jobs.bodies(), ['late'])
  })
})

describe('requests that a standard queue refuses', () => {
  it('name attempts, system attributes that are not sent, or no tags', async () => {
    const { sqs, url: QueueUrl } = await queue(await testCloud())
    const trace = { AWSTraceHeader: { DataType: 'Number', StringValue: '1' } }
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']))
    const attempt = { QueueUrl, ReceiveRequestAttemptId: 'x' }
    const sent = { QueueUrl, MessageBody: 'x', MessageSystemAttributes: trace }
    for (const [name, asked] of [
      ['InvalidParameterValue', sqs.send(new ReceiveMessageCommand(attempt))],
      ['InvalidParameterValue', sqs.send(new SendMessageCommand(sent))],
      ['MissingParameter', sqs.send(new TagQueueCommand({ QueueUrl, Tags: {} }))],
      ['InvalidParameterValue', sqs.send(new TagQueueCommand({ QueueUrl, Tags: many }))],
      ['InvalidParameterValue', sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: [] }))],
    ] as const) {
      assert.equal((await failure(asked)).name, name)
    }
  })
})

describe('CancelMessageMoveTask', () => {
  it('says which part of a handle is wrong', async () => {
    const cloud = await testCloud()
    const sqs = cloud.client(SQSClient)
    const cancel = async (TaskHandle: string) => {
      const error = await failure(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle })))
      return [error.name, error.message]
    }
    assert.deepEqual(await cancel('foobared'), [
      'InvalidParameterValue',
      'Value for parameter TaskHandle is invalid.',
    ])
    const handle = { taskId: 'x', sourceArn: 'arn:aws:sqs:us-east-1:000000000000:none' }
    assert.deepEqual(await cancel(Buffer.from(JSON.stringify(handle)).toString('base64')), [
      'ResourceNotFoundException',
      "The resource that you specified for the SourceArn parameter doesn't exist.",
    ])
  })
})
