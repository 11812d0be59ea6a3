/** Queues themselves: names, attributes, tags, lists, and who may use them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'
import { queue, type TestQueue } from '../../../test/queues.ts'

function set({ sqs, url }: TestQueue, Attributes: Record<string, string>) {
  return sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
}

describe('CreateQueue', () => {
  it('gives the same queue for the same attributes, and no other', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs', { VisibilityTimeout: '40' })
    assert.equal(jobs.url, `${cloud.endpoint}/000000000000/jobs`)
    const sames: Record<string, string>[] = [{}, { VisibilityTimeout: '40' }, { DelaySeconds: '0' }]
    for (const same of sames) {
      assert.equal((await queue(cloud, 'jobs', same)).url, jobs.url)
    }
    const error = await failure(queue(cloud, 'jobs', { VisibilityTimeout: '30' }))
    assert.equal(error.name, 'QueueNameExists')
    assert.equal(
      error.message,
      'A queue already exists with the same name and a different value for attribute ' +
        'VisibilityTimeout',
    )
  })

  it('checks names and attributes', async () => {
    const cloud = await testCloud()
    for (const [name, attributes, error] of [
      ['no!', {}, 'InvalidParameterValue'],
      ['x'.repeat(81), {}, 'InvalidParameterValue'],
      ['x', { VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
      ['x', { Policy: '{' }, 'InvalidAttributeValue'],
      ['x', { QueueArn: 'x' }, 'InvalidAttributeName'],
      ['x', { ContentBasedDeduplication: 'true' }, 'InvalidAttributeName'],
      ['x', { FifoQueue: 'true' }, 'InvalidParameterValue'],
    ] as const) {
      assert.equal((await failure(queue(cloud, name, attributes))).name, error, name)
    }
    const sqs = cloud.client(SQSClient)
    const plain = new CreateQueueCommand({ QueueName: 'x.fifo' })
    assert.equal((await failure(sqs.send(plain))).name, 'InvalidParameterValue')
  })
})

describe('a queue', () => {
  it('has the attributes that the API documents', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    await cloud.advance(7)
    await set(jobs, { DelaySeconds: '3', KmsMasterKeyId: 'alias/aws/sqs' })
    const seconds = Math.floor(cloud.clock.now() / 1000)
    assert.deepEqual(await jobs.attributes(), {
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      CreatedTimestamp: String(seconds - 7),
      LastModifiedTimestamp: String(seconds),
      VisibilityTimeout: '30',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      DelaySeconds: '3',
      ReceiveMessageWaitTimeSeconds: '0',
      KmsMasterKeyId: 'alias/aws/sqs',
      KmsDataKeyReusePeriodSeconds: '300',
      SqsManagedSseEnabled: 'false',
    })
    await set(jobs, { KmsMasterKeyId: '' })
    assert.equal((await jobs.attributes()).KmsMasterKeyId, undefined)
  })

  it('is tagged', async () => {
    const { sqs, url: QueueUrl } = await queue(await testCloud())
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { a: '1', b: '2' } }))
    await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a'] }))
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }))
    assert.deepEqual(Tags, { b: '2' })
  })

  it('is purged once a minute at most', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    await jobs.send('a')
    await jobs.send('b')
    await jobs.receive({ MaxNumberOfMessages: 1 })
    const purge = () => jobs.sqs.send(new PurgeQueueCommand({ QueueUrl: jobs.url }))
    await purge()
    assert.deepEqual(await jobs.counts(), [0, 0, 0])
    assert.equal((await failure(purge())).name, 'PurgeQueueInProgress')
    await cloud.advance(60)
    await purge()
  })

  it('is gone once deleted, with its messages', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', { ContentBasedDeduplication: 'true' })
    await jobs.send('a', { MessageGroupId: 'g' })
    await jobs.sqs.send(new DeleteQueueCommand({ QueueUrl: jobs.url }))
    const error = await failure(jobs.receive())
    assert.equal(error.name, 'QueueDoesNotExist')
    assert.equal(error.message, 'The specified queue does not exist.')
    const again = await queue(cloud, 'jobs.fifo', { ContentBasedDeduplication: 'true' })
    assert.deepEqual(await again.counts(), [0, 0, 0])
    await again.send('a', { MessageGroupId: 'g' })
    assert.deepEqual(await again.counts(), [1, 0, 0])
  })

  it('has its receivers told when it is deleted', async () => {
    const jobs = await queue(await testCloud())
    const waits = failure(jobs.receive({ WaitTimeSeconds: 20 }))
    await jobs.attributes()
    await jobs.sqs.send(new DeleteQueueCommand({ QueueUrl: jobs.url }))
    assert.equal((await waits).name, 'QueueDoesNotExist')
  })
})

describe('a reset', () => {
  it('is told to receivers that wait', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const waits = failure(jobs.receive({ WaitTimeSeconds: 20 }))
    await jobs.attributes()
    await cloud.reset()
    assert.equal((await waits).name, 'QueueDoesNotExist')
  })
})

describe('ListQueues', () => {
  it('lists by prefix and page', async () => {
    const cloud = await testCloud()
    const { sqs } = await queue(cloud, 'b')
    for (const name of ['a2', 'a1', 'a3']) await queue(cloud, name)
    const list = async (input: object) => {
      const { QueueUrls, NextToken } = await sqs.send(new ListQueuesCommand(input))
      return { names: QueueUrls?.map((url) => url.replace(/.*\//, '')), NextToken }
    }
    assert.deepEqual((await list({ QueueNamePrefix: 'a' })).names, ['a1', 'a2', 'a3'])
    const first = await list({ MaxResults: 3 })
    assert.deepEqual(first.names, ['a1', 'a2', 'a3'])
    const rest = await list({ MaxResults: 3, NextToken: first.NextToken })
    assert.deepEqual(rest, { names: ['b'], NextToken: undefined })
  })
})

describe('permissions', () => {
  const SEND = 'sqs:SendMessage'

  it('are asked by action and queue, and denied in the words of SQS', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const credentials = await user(cloud, 'eva', allow(SEND, jobs.arn))
    const sqs = cloud.client(SQSClient, { credentials })
    const QueueUrl = jobs.url
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const error = await failure(sqs.send(new ReceiveMessageCommand({ QueueUrl })))
    assert.equal(error.name, 'AccessDenied')
    assert.equal(
      error.message,
      'User: arn:aws:iam::000000000000:user/eva is not authorized to perform: sqs:receivemessage ' +
        'on resource: arn:aws:sqs:us-east-1:000000000000:jobs because no identity-based policy ' +
        'allows the sqs:receivemessage action',
    )
  })

  it('to tag are needed to create with tags', async () => {
    const cloud = await testCloud()
    const credentials = await user(cloud, 'eva', allow('sqs:CreateQueue'))
    const sqs = cloud.client(SQSClient, { credentials })
    await sqs.send(new CreateQueueCommand({ QueueName: 'plain' }))
    const tagged = new CreateQueueCommand({ QueueName: 'tagged', tags: { a: '1' } })
    assert.match((await failure(sqs.send(tagged))).message, /not authorized .* sqs:tagqueue on/)
  })

  it('of the owner stay with the account', async () => {
    const cloud = await testCloud()
    const { sqs, url: QueueUrl, arn } = await queue(cloud)
    const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: arn }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
    const other = cloud.client(SQSClient, { credentials })
    await other.send(new PurgeQueueCommand({ QueueUrl }))
    const remove = failure(other.send(new DeleteQueueCommand({ QueueUrl })))
    assert.equal((await remove).name, 'AccessDenied')
  })

  it('come from the queue for other accounts', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const QueueUrl = jobs.url
    const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
    const other = cloud.client(SQSClient, { credentials })
    const send = () => other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    assert.match((await failure(send())).message, /because no resource-based policy allows/)
    const label = { QueueUrl, Label: 'share' }
    const sharing = { AWSAccountIds: ['111122223333'], Actions: ['SendMessage', 'GetQueueUrl'] }
    await jobs.sqs.send(new AddPermissionCommand({ ...label, ...sharing }))
    await send()
    const owner = { QueueName: 'jobs', QueueOwnerAWSAccountId: '000000000000' }
    assert.equal((await other.send(new GetQueueUrlCommand(owner))).QueueUrl, QueueUrl)
    const twice = await failure(jobs.sqs.send(new AddPermissionCommand({ ...label, ...sharing })))
    assert.match(twice.message, /Already exists/)
    await jobs.sqs.send(new RemovePermissionCommand(label))
    assert.equal((await jobs.attributes()).Policy, undefined)
    assert.equal((await failure(send())).name, 'AccessDenied')
  })
})
