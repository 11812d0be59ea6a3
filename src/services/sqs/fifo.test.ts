import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChangeMessageVisibilityCommand, type Message } from '@aws-sdk/client-sqs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { queue } from '../../../test/queues.ts'

const BY_CONTENT = { ContentBasedDeduplication: 'true' }

describe('a FIFO queue', () => {
  it('keeps the order of a group, and holds it while one of it is in flight', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    for (const body of ['a1', 'b1', 'a2', 'b2', 'a3']) {
      await jobs.send(body, { MessageGroupId: body.charAt(0) })
    }
    const [a1] = await jobs.receive({ MaxNumberOfMessages: 1 })
    assert.equal(a1?.Body, 'a1')
    assert.deepEqual(await jobs.bodies(), ['b1', 'b2'])
    assert.deepEqual(await jobs.counts(), [2, 3, 0])
    assert.deepEqual(await jobs.bodies(), [])
    await jobs.delete(a1 as Message)
    assert.deepEqual(await jobs.bodies({ MaxNumberOfMessages: 1 }), ['a2'])
    await cloud.advance(30)
    assert.deepEqual(await jobs.bodies(), ['b1', 'b2', 'a2', 'a3'])
  })

  it('takes a message once in five minutes', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    const group = { MessageGroupId: 'g' }
    const first = await jobs.send('x', group)
    const second = await jobs.send('x', group)
    assert.deepEqual(
      [second.MessageId, second.SequenceNumber],
      [first.MessageId, first.SequenceNumber],
    )
    const third = await jobs.send('x', { ...group, MessageDeduplicationId: 'other' })
    assert.ok((third.SequenceNumber ?? '') > (first.SequenceNumber ?? ''))
    assert.match(first.SequenceNumber ?? '', /^\d{20}$/)
    assert.deepEqual(await jobs.counts(), [2, 0, 0])
    await cloud.advance(299)
    await jobs.send('x', group)
    assert.deepEqual(await jobs.counts(), [2, 0, 0])
    await cloud.advance(1)
    await jobs.send('x', group)
    assert.deepEqual(await jobs.counts(), [3, 0, 0])
  })

  it('deduplicates by group when told so', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo', {
      ...BY_CONTENT,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    })
    for (const MessageGroupId of ['a', 'b', 'a']) await jobs.send('x', { MessageGroupId })
    assert.deepEqual(await jobs.counts(), [2, 0, 0])
  })

  it('comes back to what it passed over', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    for (const body of ['a1', 'a2', 'b1', 'b2', 'a3']) {
      await jobs.send(body, { MessageGroupId: body.charAt(0) })
    }
    const one = { MaxNumberOfMessages: 1 }
    const [a1] = await jobs.receive(one)
    const [b1] = await jobs.receive({ ...one, VisibilityTimeout: 5 })
    assert.deepEqual([a1?.Body, b1?.Body], ['a1', 'b1'])
    assert.deepEqual(await jobs.bodies(), [])
    await cloud.advance(5)
    assert.deepEqual(await jobs.bodies(one), ['b1'])
    await jobs.delete(a1 as Message)
    assert.deepEqual(await jobs.bodies(one), ['a2'])
    await jobs.send('c1', { MessageGroupId: 'c' })
    assert.deepEqual(await jobs.bodies(), ['c1'])
    await cloud.advance(30)
    assert.deepEqual(await jobs.bodies(), ['b1', 'b2', 'a2', 'a3', 'c1'])
  })

  it('wakes a waiting receiver when its group is free', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    for (const body of ['a', 'b']) await jobs.send(body, { MessageGroupId: 'g' })
    const [a] = await jobs.receive({ MaxNumberOfMessages: 1 })
    const waits = jobs.bodies({ WaitTimeSeconds: 20 })
    await jobs.attributes()
    await jobs.delete(a as Message)
    assert.deepEqual(await waits, ['b'])
  })

  it('refuses a handle whose time is over', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    await jobs.send('a', { MessageGroupId: 'g' })
    const [message] = await jobs.receive()
    await cloud.advance(30)
    const error = await failure(jobs.delete(message as Message))
    assert.equal(error.name, 'InvalidParameterValue')
    assert.match(error.message, /Reason: The receipt handle has expired\.$/)
  })

  it('says what a message lacks', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo')
    const missing = await failure(jobs.send('x'))
    assert.equal(missing.name, 'MissingParameter')
    assert.equal(missing.message, 'The request must contain the parameter MessageGroupId.')
    const group = { MessageGroupId: 'g' }
    assert.equal(
      (await failure(jobs.send('x', group))).message,
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId ' +
        'provided explicitly',
    )
    const delayed = { ...group, MessageDeduplicationId: '1', DelaySeconds: 1 }
    assert.match((await failure(jobs.send('x', delayed))).message, /^Value 1 for .* queue type\.$/)
  })

  it('gives as much as it can of one group before the next, and then the others', async () => {
    const jobs = await queue(await testCloud(), 'jobs.fifo', BY_CONTENT)
    for (const body of ['a1', 'b1', 'b2', 'c1', 'a2']) {
      await jobs.send(body, { MessageGroupId: body.charAt(0) })
    }
    const free = { VisibilityTimeout: 0 }
    assert.deepEqual(await jobs.bodies({ ...free, MaxNumberOfMessages: 3 }), ['a1', 'a2', 'b1'])
    assert.deepEqual(await jobs.bodies(free), ['c1', 'a1', 'a2', 'b1', 'b2'])
  })

  it('gives of a group what stands before the first in flight', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    for (const body of ['a1', 'a2', 'a3', 'b1']) {
      await jobs.send(body, { MessageGroupId: body.charAt(0) })
    }
    const [a1] = await jobs.receive({ MaxNumberOfMessages: 2 })
    const { sqs, url: QueueUrl } = jobs
    const input = { QueueUrl, ReceiptHandle: a1?.ReceiptHandle, VisibilityTimeout: 1 }
    await sqs.send(new ChangeMessageVisibilityCommand(input))
    await cloud.advance(2)
    assert.deepEqual(await jobs.bodies(), ['b1', 'a1'])
  })

  it('repeats a receive under the same attempt id', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud, 'jobs.fifo', BY_CONTENT)
    for (const body of ['a1', 'a2', 'b1']) {
      await jobs.send(body, { MessageGroupId: body.charAt(0) })
    }
    const attempt = { ReceiveRequestAttemptId: 'try', MaxNumberOfMessages: 2 }
    const first = await jobs.receive(attempt)
    await cloud.advance(20)
    const second = await jobs.receive(attempt)
    assert.deepEqual(second, first)
    await cloud.advance(20)
    assert.deepEqual(await jobs.bodies(), ['b1'])
    await jobs.delete(first[0] as Message)
    assert.deepEqual(await jobs.bodies(attempt), [])
    await cloud.advance(10)
    assert.deepEqual(await jobs.bodies(attempt), ['a2'])
  })
})
