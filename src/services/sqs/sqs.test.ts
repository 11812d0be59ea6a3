import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { testCloud } from '../../../test/cloud.ts'

describe('SQS', () => {
  it('keeps a message until it is deleted', async () => {
    const cloud = await testCloud()
    const sqs = cloud.client(SQSClient)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
    assert.equal(QueueUrl, `${cloud.endpoint}/000000000000/jobs`)
    const MessageAttributes = {
      team: { DataType: 'String', StringValue: 'blue' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from('xyz') },
    }
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }))
    const receive = new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    const [message] = (await sqs.send(receive)).Messages ?? []
    assert.equal(message?.Body, 'hello')
    assert.equal(message?.Attributes?.ApproximateReceiveCount, '1')
    assert.equal((await sqs.send(receive)).Messages, undefined)
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    )
    assert.equal(Attributes?.ApproximateNumberOfMessagesNotVisible, '1')
    await cloud.advance(30)
    const [again] = (await sqs.send(receive)).Messages ?? []
    assert.equal(again?.Attributes?.ApproximateReceiveCount, '2')
    const { ReceiptHandle } = again ?? {}
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    await cloud.advance(30)
    assert.equal((await sqs.send(receive)).Messages, undefined)
  })

  it('wakes a receiver that waits', async () => {
    const cloud = await testCloud()
    const sqs = cloud.client(SQSClient)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
    const waits = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    await cloud.settle()
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
    assert.equal((await waits).Messages?.[0]?.Body, 'hello')
  })
})
