/** Log groups and streams through the real client. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteResourcePolicyCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeResourcePoliciesCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogGroupDeletionProtectionCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { failure, testCloud } from '../../../test/cloud.ts'
import { logGroup } from '../../../test/logs.ts'
import { allow } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'

const ARN = 'arn:aws:logs:us-east-1:000000000000:log-group'

describe('a log group', () => {
  it('is described, and there once', async () => {
    const cloud = await testCloud()
    const { logs } = await logGroup(cloud, '/aws/lambda/f')
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}))
    assert.deepEqual(logGroups, [
      {
        logGroupName: '/aws/lambda/f',
        creationTime: cloud.clock.now(),
        metricFilterCount: 0,
        arn: `${ARN}:/aws/lambda/f:*`,
        logGroupArn: `${ARN}:/aws/lambda/f`,
        storedBytes: 0,
        logGroupClass: 'STANDARD',
        deletionProtectionEnabled: false,
      },
    ])
    const again = await failure(logGroup(cloud, '/aws/lambda/f'))
    assert.equal(again.name, 'ResourceAlreadyExistsException')
    assert.equal(again.message, 'The specified log group already exists')
    const named = { logGroupName: '/aws/lambda/f' }
    await logs.send(new DeleteLogGroupCommand(named))
    const gone = await failure(logs.send(new DeleteLogGroupCommand(named)))
    assert.equal(gone.name, 'ResourceNotFoundException')
    assert.equal(gone.message, 'The specified log group does not exist.')
  })

  it('is listed by name, prefix, pattern and page', async () => {
    const cloud = await testCloud()
    const logs = cloud.client(CloudWatchLogsClient)
    for (const name of ['/b/two', '/a/one', '/b/one', 'B']) await logGroup(cloud, name)
    const list = async (input: object) => {
      const { logGroups, nextToken } = await logs.send(new DescribeLogGroupsCommand(input))
      return { names: logGroups?.map(({ logGroupName }) => logGroupName), nextToken }
    }
    assert.deepEqual((await list({ logGroupNamePrefix: '/b' })).names, ['/b/one', '/b/two'])
    assert.deepEqual((await list({ logGroupNamePattern: 'one' })).names, ['/a/one', '/b/one'])
    const first = await list({ limit: 3 })
    assert.deepEqual(first.names, ['/a/one', '/b/one', '/b/two'])
    assert.deepEqual(await list({ limit: 3, nextToken: first.nextToken }), {
      names: ['B'],
      nextToken: undefined,
    })
    const both = { logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }
    assert.equal((await failure(list(both))).name, 'InvalidParameterException')
    const wrong = await failure(list({ nextToken: '!' }))
    assert.equal(wrong.message, 'The specified nextToken is invalid.')
  })

  it('takes the periods of retention that there are', async () => {
    const cloud = await testCloud()
    const { logs, name: logGroupName } = await logGroup(cloud)
    const put = (retentionInDays: number) =>
      logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))
    const days = async () =>
      (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays
    await put(14)
    assert.equal(await days(), 14)
    assert.equal((await failure(put(15))).name, 'InvalidParameterException')
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }))
    assert.equal(await days(), undefined)
  })

  it('is tagged by ARN and by name', async () => {
    const cloud = await testCloud()
    const { logs, name: logGroupName } = await logGroup(cloud, 'g', { tags: { a: '1' } })
    const resourceArn = `${ARN}:g`
    await logs.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }))
    await logs.send(new TagLogGroupCommand({ logGroupName, tags: { c: '3' } }))
    await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn }))
    assert.deepEqual(tags, { b: '2', c: '3' })
    const old = await logs.send(new ListTagsLogGroupCommand({ logGroupName }))
    assert.deepEqual(old.tags, tags)
    const none = new ListTagsForResourceCommand({ resourceArn: `${ARN}:none` })
    assert.equal((await failure(logs.send(none))).name, 'ResourceNotFoundException')
  })

  it('can be protected from deletion', async () => {
    const { logs, name } = await logGroup(await testCloud())
    const protect = (deletionProtectionEnabled: boolean) =>
      logs.send(
        new PutLogGroupDeletionProtectionCommand({
          logGroupIdentifier: `${ARN}:${name}`,
          deletionProtectionEnabled,
        }),
      )
    await protect(true)
    const remove = () => logs.send(new DeleteLogGroupCommand({ logGroupName: name }))
    assert.equal((await failure(remove())).name, 'ValidationException')
    await protect(false)
    await remove()
  })
})

describe('a log stream', () => {
  it('is listed by name or last event', async () => {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    const { logs, name: logGroupName } = group
    await group.put('b', 'first')
    await cloud.advance(1)
    await group.put('a', 'second')
    await group.put('c')
    const list = async (input: object) => {
      const command = new DescribeLogStreamsCommand({ logGroupName, ...input })
      const { logStreams } = await logs.send(command)
      return logStreams?.map(({ logStreamName }) => logStreamName)
    }
    assert.deepEqual(await list({}), ['a', 'b', 'c'])
    assert.deepEqual(await list({ descending: true, limit: 2 }), ['c', 'b'])
    assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['a', 'b', 'c'])
    assert.deepEqual(await list({ logStreamNamePrefix: 'b' }), ['b'])
    const both = list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' })
    assert.equal(
      (await failure(both)).message,
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    )
    const { logStreams } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: 'a' }),
    )
    const [{ uploadSequenceToken, ...stream } = {}] = logStreams ?? []
    const now = cloud.clock.now()
    assert.match(uploadSequenceToken ?? '', /^\d{56}$/)
    assert.deepEqual(stream, {
      logStreamName: 'a',
      arn: `${ARN}:${logGroupName}:log-stream:a`,
      creationTime: now,
      firstEventTimestamp: now,
      lastEventTimestamp: now,
      lastIngestionTime: now,
      storedBytes: 0,
    })
  })

  it('belongs to a group, and goes with its events', async () => {
    const cloud = await testCloud()
    const group = await logGroup(cloud)
    const stream = { logGroupName: group.name, logStreamName: 's' }
    const { logs } = group
    const create = (input: typeof stream) => logs.send(new CreateLogStreamCommand(input))
    await group.put('s', 'a')
    const again = await failure(create(stream))
    assert.equal(again.message, 'The specified log stream already exists')
    const groupless = await failure(create({ ...stream, logGroupName: 'none' }))
    assert.equal(groupless.message, 'The specified log group does not exist.')
    await logs.send(new DeleteLogStreamCommand(stream))
    const gone = await failure(logs.send(new DeleteLogStreamCommand(stream)))
    assert.equal(gone.message, 'The specified log stream does not exist.')
    await create(stream)
    assert.deepEqual(await group.messages('s'), [])
  })
})

describe('resource policies', () => {
  it('are kept by name, ten of them', async () => {
    const logs = (await testCloud()).client(CloudWatchLogsClient)
    const Principal = { Service: 'events.amazonaws.com' }
    const Statement = [{ Effect: 'Allow', Principal, Action: 'logs:*', Resource: '*' }]
    const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const put = (policyName: string, document = policyDocument) =>
      logs.send(new PutResourcePolicyCommand({ policyName, policyDocument: document }))
    for (const name of 'abcdefghij') await put(name)
    await put('a')
    assert.equal((await failure(put('k'))).name, 'LimitExceededException')
    assert.equal((await failure(put('a', '{"Version":"1"}'))).name, 'InvalidParameterException')
    await logs.send(new DeleteResourcePolicyCommand({ policyName: 'a' }))
    const { resourcePolicies } = await logs.send(new DescribeResourcePoliciesCommand({}))
    assert.equal(resourcePolicies?.length, 9)
    assert.equal(resourcePolicies?.[0]?.policyDocument, policyDocument)
    const gone = new DeleteResourcePolicyCommand({ policyName: 'a' })
    assert.equal((await failure(logs.send(gone))).name, 'ResourceNotFoundException')
  })
})

describe('permissions', () => {
  it('are asked on streams, as denials say', async () => {
    const cloud = await testCloud()
    await logGroup(cloud, 'g')
    const credentials = await user(
      cloud,
      'eva',
      allow(['logs:CreateLogStream', 'logs:CreateLogGroup'], `${ARN}:g*:*`),
    )
    const logs = cloud.client(CloudWatchLogsClient, { credentials })
    await logs.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }))
    await logs.send(new CreateLogGroupCommand({ logGroupName: 'g2' }))
    const denial = async (call: Promise<unknown>) => (await failure(call)).message
    const eva = 'User: arn:aws:iam::000000000000:user/eva is not authorized to perform:'
    assert.equal(
      await denial(logs.send(new CreateLogGroupCommand({ logGroupName: 'h' }))),
      `${eva} logs:CreateLogGroup on resource: ${ARN}:h:log-stream: because no identity-based ` +
        'policy allows the logs:CreateLogGroup action',
    )
    assert.match(
      await denial(logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'g' }))),
      /on resource: arn:aws:logs:us-east-1:000000000000:log-group::log-stream: because/,
    )
    const tags = { team: 'blue' }
    assert.equal(
      await denial(logs.send(new CreateLogGroupCommand({ logGroupName: 'g3', tags }))),
      'User with accountId: 000000000000 is not authorized to perform CreateLogGroup with Tags',
    )
  })
})
