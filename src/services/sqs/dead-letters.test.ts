import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { queue } from '../../../test/queues.ts'

async function pair(cloud: TestCloud, suffix = '') {
  const dead = await queue(cloud, `dead${suffix}`)
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 })
  const jobs = await queue(cloud, `jobs${suffix}`, { RedrivePolicy })
  return { jobs, dead }
}

describe('a redrive policy', () => {
  it('gives up a message that was received too often', async () => {
    const cloud = await testCloud()
    const { jobs, dead } = await pair(cloud)
    const { MessageId } = await jobs.send('a')
    for (const _ of ['once', 'twice']) {
      assert.deepEqual(await jobs.bodies(), ['a'])
      await cloud.advance(30)
    }
    assert.deepEqual(await jobs.bodies(), [])
    const [letter] = await dead.receive({ MessageSystemAttributeNames: ['All'] })
    assert.equal(letter?.MessageId, MessageId)
    // The count goes on: recorded messages in queues for dead letters are one beyond the policy's.
    assert.equal(letter?.Attributes?.ApproximateReceiveCount, '3')
    assert.equal(letter?.Attributes?.DeadLetterQueueSourceArn, jobs.arn)
    assert.deepEqual(await jobs.counts(), [0, 0, 0])
  })

  it('keeps the order of a FIFO queue', async () => {
    const cloud = await testCloud()
    const { jobs, dead } = await pair(cloud, '.fifo')
    for (const body of ['a', 'b']) {
      await jobs.send(body, { MessageGroupId: 'g', MessageDeduplicationId: body })
    }
    const one = { MaxNumberOfMessages: 1, VisibilityTimeout: 0 }
    assert.deepEqual([await jobs.bodies(one), await jobs.bodies(one)].flat(), ['a', 'a'])
    assert.deepEqual(await jobs.bodies(one), ['b'])
    assert.deepEqual(await dead.bodies(), ['a'])
  })

  it('counts anew in a queue that has one itself', async () => {
    const cloud = await testCloud()
    const last = await queue(cloud, 'last')
    const policy = (target: string) =>
      JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 1 })
    const middle = await queue(cloud, 'middle', { RedrivePolicy: policy(last.arn) })
    const first = await queue(cloud, 'first', { RedrivePolicy: policy(middle.arn) })
    await first.send('a')
    const now = { VisibilityTimeout: 0 }
    for (const jobs of [first, middle]) {
      assert.deepEqual(await jobs.bodies(now), ['a'])
      assert.deepEqual(await jobs.bodies(now), [])
    }
    assert.deepEqual(await last.bodies(), ['a'])
  })

  it('must name a queue that there is, of the same kind', async () => {
    const cloud = await testCloud()
    const { jobs } = await pair(cloud)
    const { arn: fifo } = await queue(cloud, 'dead.fifo')
    const reason = async (policy: object) => {
      const Attributes = { RedrivePolicy: JSON.stringify(policy) }
      const command = new SetQueueAttributesCommand({ QueueUrl: jobs.url, Attributes })
      return (await failure(jobs.sqs.send(command))).message.replace(/^.* Reason: /s, '')
    }
    const maxReceiveCount = 1
    assert.equal(
      await reason({ deadLetterTargetArn: `${jobs.arn}x`, maxReceiveCount }),
      'Dead letter target does not exist.',
    )
    assert.equal(
      await reason({ deadLetterTargetArn: fifo, maxReceiveCount }),
      'Dead-letter queue must be same type of queue as the source.',
    )
    assert.equal(
      await reason({ maxReceiveCount }),
      'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.',
    )
    assert.match(await reason({ deadLetterTargetArn: fifo, maxReceiveCount: 0 }), /from 1 to 1000/)
  })

  it('shows in the list of its sources', async () => {
    const { jobs, dead } = await pair(await testCloud())
    const { queueUrls } = await jobs.sqs.send(
      new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url }),
    )
    assert.deepEqual(queueUrls, [jobs.url])
  })
})

describe('a message move task', () => {
  it('moves dead letters back to where they came from, at its rate', async () => {
    const cloud = await testCloud()
    const { jobs, dead } = await pair(cloud)
    for (const body of ['a', 'b', 'c']) await jobs.send(body)
    for (const _ of ['once', 'twice', 'given up']) await jobs.receive({ VisibilityTimeout: 0 })
    assert.deepEqual(await dead.counts(), [3, 0, 0])
    const start = { SourceArn: dead.arn, MaxNumberOfMessagesPerSecond: 2 }
    await jobs.sqs.send(new StartMessageMoveTaskCommand(start))
    await cloud.settle()
    assert.deepEqual(
      [await jobs.counts(), await dead.counts()],
      [
        [2, 0, 0],
        [1, 0, 0],
      ],
    )
    const second = await failure(jobs.sqs.send(new StartMessageMoveTaskCommand(start)))
    assert.match(second.message, /^There is already a task running\./)
    await cloud.advance(1)
    const { Results } = await jobs.sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: dead.arn }),
    )
    assert.equal(Results?.[0]?.Status, 'COMPLETED')
    assert.equal(Results?.[0]?.ApproximateNumberOfMessagesMoved, 3)
    assert.deepEqual(await jobs.counts(), [3, 0, 0])
  })

  it('needs a queue for dead letters', async () => {
    const jobs = await queue(await testCloud())
    const error = await failure(
      jobs.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: jobs.arn })),
    )
    assert.equal(error.message, 'Source queue must be configured as a Dead Letter Queue.')
  })
})
