/** FilterLogEvents through the real client; the patterns have tests of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  PutLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { logGroup } from '../../../test/logs.ts'

async function threeStreams() {
  const cloud = await testCloud()
  const group = await logGroup(cloud)
  const start = cloud.clock.now()
  for (const [index, logStreamName] of ['web/1', 'web/2', 'db'].entries()) {
    await group.put(logStreamName)
    const logEvents = [0, 10, 20].map((offset) => ({
      timestamp: start + offset + index,
      message: `{"stream":"${logStreamName}","offset":${offset}}`,
    }))
    const stream = { logGroupName: group.name, logStreamName }
    await group.logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
  }
  const filter = async (input: Partial<FilterLogEventsCommandInput> = {}) => {
    const command = new FilterLogEventsCommand({ logGroupName: group.name, ...input })
    const answer = await group.logs.send(command)
    const found = answer.events?.map(({ logStreamName, timestamp = 0 }) => [
      logStreamName,
      timestamp - start,
    ])
    return { ...answer, found }
  }
  return { group, start, filter }
}

describe('FilterLogEvents', () => {
  it('gives all streams in the order of time', async () => {
    const { filter } = await threeStreams()
    const { found, events, searchedLogStreams } = await filter()
    const offsets = [0, 1, 2, 10, 11, 12, 20, 21, 22]
    const names = ['web/1', 'web/2', 'db']
    assert.deepEqual(
      found,
      offsets.map((offset) => [names[offset % 10], offset]),
    )
    assert.equal(new Set(events?.map(({ eventId }) => eventId)).size, 9)
    assert.match(events?.[0]?.eventId ?? '', /^\d{56}$/)
    assert.deepEqual(searchedLogStreams, [])
  })

  it('keeps to streams, times and a pattern', async () => {
    const { start, filter } = await threeStreams()
    const web = await filter({ logStreamNamePrefix: 'web', startTime: start + 11 })
    assert.deepEqual(web.found, [
      ['web/2', 11],
      ['web/1', 20],
      ['web/2', 21],
    ])
    const named = await filter({ logStreamNames: ['db'], endTime: start + 12 })
    assert.deepEqual(named.found, [
      ['db', 2],
      ['db', 12],
    ])
    const pattern = { filterPattern: '{ $.stream = "web*" && $.offset >= 20 }' }
    assert.deepEqual((await filter(pattern)).found, [
      ['web/1', 20],
      ['web/2', 21],
    ])
  })

  it('goes on from page to page without loss', async () => {
    const { group, filter } = await threeStreams()
    const { events } = await filter()
    for (const pageSize of [1, 2, 4]) {
      const paged: unknown[] = []
      const pages = paginateFilterLogEvents(
        { client: group.logs, pageSize },
        { logGroupName: group.name },
      )
      for await (const page of pages) paged.push(...(page.events ?? []))
      assert.deepEqual(paged, events)
    }
  })

  it('refuses what makes no sense', async () => {
    const { start, filter } = await threeStreams()
    for (const input of [
      { logStreamNames: ['db'], logStreamNamePrefix: 'd' },
      { startTime: start, endTime: start - 1 },
      { filterPattern: 'a:b' },
      { nextToken: 'x' },
    ]) {
      const error = await failure(filter(input))
      assert.equal(error.name, 'InvalidParameterException', JSON.stringify(input))
    }
    const unknown = await failure(filter({ logStreamNames: ['none'] }))
    assert.equal(unknown.message, 'The specified log stream does not exist.')
  })
})
