/** Log events through the real client: put, read by stream, and expired. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { logGroup, type TestGroup } from '../../../test/logs.ts'
import { MS_PER_DAY, MS_PER_HOUR } from '../../clock.ts'

const SECONDS_PER_DAY = 86_400

function put({ logs, name }: TestGroup, events: [timestamp: number, message: string][]) {
  const logEvents = events.map(([timestamp, message]) => ({ timestamp, message }))
  const stream = { logGroupName: name, logStreamName: 's' }
  return logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
}

describe('PutLogEvents', () => {
  it('rejects what is too old, too new or expired, and takes the rest', async () => {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    await group.put('s')
    const now = cloud.clock.now()
    const young = await put(group, [
      [now, 'kept'],
      [now + 2 * MS_PER_HOUR, 'just kept'],
      [now + 2 * MS_PER_HOUR + 1, 'too new'],
    ])
    assert.deepEqual(young.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 2 })
    assert.match(young.nextSequenceToken ?? '', /^\d{56}$/)
    const limit = now - 14 * MS_PER_DAY
    const old = await put(group, [
      [limit - 1, 'too old'],
      [limit, 'oldest'],
    ])
    assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 })
    assert.deepEqual(await group.messages('s'), ['oldest', 'kept', 'just kept'])
    const { logs, name: logGroupName } = group
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }))
    const expired = await put(group, [[now - MS_PER_DAY - 1, 'expired']])
    assert.deepEqual(expired.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 })
  })

  it('refuses batches that break its rules', async () => {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    await group.put('s')
    const now = cloud.clock.now()
    const text = async (events: [number, string][]) => (await failure(put(group, events))).message
    assert.equal(
      await text([
        [now, 'a'],
        [now - 1, 'b'],
      ]),
      'Log events in a single PutLogEvents request must be in chronological order.',
    )
    assert.equal(
      await text([
        [now - MS_PER_DAY - 1, 'a'],
        [now, 'b'],
      ]),
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
    const half = 'x'.repeat(524_300)
    assert.equal(
      await text([
        [now, half],
        [now, half],
      ]),
      'Upload too large: 1048652 bytes exceeds limit of 1048576',
    )
    assert.match(await text([[now, half + half]]), /^Log event too large: 1048626 bytes exceeds/)
    assert.deepEqual(await group.messages('s'), [])
  })
})

describe('GetLogEvents', () => {
  async function ten() {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    await group.put('s')
    const start = cloud.clock.now()
    await put(
      group,
      [...'abcdefghij'].map((message, index) => [start + index, message]),
    )
    const read = async (input: Partial<GetLogEventsCommandInput> = {}) => {
      const stream = { logGroupName: group.name, logStreamName: 's' }
      const answer = await group.logs.send(new GetLogEventsCommand({ ...stream, ...input }))
      return { ...answer, text: answer.events?.map(({ message }) => message).join('') }
    }
    return { group, start, read }
  }

  it('gives the newest, or from the head, and goes both ways', async () => {
    const { read } = await ten()
    const newest = await read({ limit: 3 })
    assert.equal(newest.text, 'hij')
    const before = await read({ limit: 3, nextToken: newest.nextBackwardToken })
    assert.equal(before.text, 'efg')
    const forward = await read({ limit: 3, nextToken: before.nextForwardToken })
    assert.equal(forward.text, 'hij')
    assert.equal((await read({ limit: 3, startFromHead: true })).text, 'abc')
  })

  it('gives the same token at the end, until there is more', async () => {
    const { group, start, read } = await ten()
    const { nextForwardToken: nextToken } = await read({ startFromHead: true })
    const end = await read({ nextToken, startFromHead: true })
    assert.deepEqual([end.text, end.nextForwardToken], ['', nextToken])
    await put(group, [[start + 9, 'k']])
    assert.equal((await read({ nextToken, startFromHead: true })).text, 'k')
    const head = await read({ limit: 10, nextToken: end.nextBackwardToken })
    const beyond = await read({ nextToken: head.nextBackwardToken })
    assert.deepEqual([beyond.text, beyond.nextBackwardToken], ['', head.nextBackwardToken])
  })

  it('keeps within a time, whose end is not included', async () => {
    const { start, read } = await ten()
    assert.equal((await read({ startTime: start + 2, endTime: start + 5 })).text, 'cde')
  })

  it('keeps pages below a megabyte', async () => {
    const { group, start, read } = await ten()
    for (const message of ['K', 'L', 'M']) await put(group, [[start + 20, message.repeat(400_000)]])
    const page = await read()
    assert.equal(page.events?.length, 2)
    const before = await read({ nextToken: page.nextBackwardToken })
    assert.equal(before.events?.length, 11)
  })

  it('refuses tokens that it did not give', async () => {
    const { read } = await ten()
    const error = await failure(read({ nextToken: 'f/1/s' }))
    assert.equal(error.name, 'InvalidParameterException')
    assert.equal(error.message, 'The specified nextToken is invalid.')
  })

  it('has the same forward token for an empty stream', async () => {
    const group = await logGroup(await testCloud())
    await group.put('s')
    const stream = { logGroupName: group.name, logStreamName: 's', startFromHead: true }
    const { nextForwardToken: nextToken } = await group.logs.send(new GetLogEventsCommand(stream))
    const again = await group.logs.send(new GetLogEventsCommand({ ...stream, nextToken }))
    assert.equal(again.nextForwardToken, nextToken)
  })
})

describe('retention', () => {
  it('hides events at their time, and gives back their space', async () => {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    const { logs, name: logGroupName } = group
    await group.put('s', 'old')
    await cloud.advance(SECONDS_PER_DAY / 2)
    await put(group, [[cloud.clock.now(), 'young']])
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }))
    const bytes = async () =>
      (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.storedBytes
    assert.equal(await bytes(), 'old'.length + 'young'.length + 2 * 26)
    await cloud.advance(SECONDS_PER_DAY / 2)
    assert.deepEqual(await group.messages('s'), ['old', 'young'])
    await cloud.advance(1)
    assert.deepEqual(await group.messages('s'), ['young'])
    assert.equal(await bytes(), 'young'.length + 26)
    const stream = async () =>
      (await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams?.[0]
    assert.equal((await stream())?.firstEventTimestamp, (await stream())?.lastEventTimestamp)
    await cloud.advance(SECONDS_PER_DAY)
    assert.equal(await bytes(), 0)
    assert.equal((await stream())?.firstEventTimestamp, undefined)
    assert.equal(cloud.agenda.waiting, 0)
  })
})
