import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { failure, testCloud } from '../../../test/cloud.ts'

describe('CloudWatch Logs', () => {
  it('keeps what is put, and gives it back', async () => {
    const cloud = await testCloud()
    const logs = cloud.client(CloudWatchLogsClient)
    const logGroupName = '/aws/lambda/f'
    const logStreamName = '2026/01/01/[$LATEST]abc'
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { team: 'blue' } }))
    const again = await failure(logs.send(new CreateLogGroupCommand({ logGroupName })))
    assert.equal(again.name, 'ResourceAlreadyExistsException')
    assert.equal(again.message, 'The specified log group already exists')
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    const timestamp = cloud.clock.now()
    const logEvents = ['START', 'ERROR no', 'END'].map((message) => ({ timestamp, message }))
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
    const got = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }))
    assert.deepEqual(
      got.events?.map(({ message }) => message),
      ['START', 'ERROR no', 'END'],
    )
    const nextToken = got.nextForwardToken
    const end = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, nextToken }))
    assert.deepEqual(end.events, [])
    assert.equal(end.nextForwardToken, nextToken)
    const filtered = await logs.send(
      new FilterLogEventsCommand({ logGroupName, filterPattern: '?ERROR ?END' }),
    )
    assert.deepEqual(
      filtered.events?.map(({ message }) => message),
      ['ERROR no', 'END'],
    )
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}))
    assert.equal(logGroups?.[0]?.storedBytes, 5 + 8 + 3 + 3 * 26)
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }))
    assert.equal(logStreams?.[0]?.firstEventTimestamp, timestamp)
    await logs.send(new DeleteLogGroupCommand({ logGroupName }))
  })
})
