/** Answers as they were recorded of CloudWatch Logs, where the API's text does not tell. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteResourcePolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeResourcePoliciesCommand,
  ListLogGroupsCommand,
  PutLogEventsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { failure, testCloud } from '../../../test/cloud.ts'

async function logsWith(...names: string[]) {
  const cloud = await testCloud()
  const logs = cloud.client(CloudWatchLogsClient)
  for (const logGroupName of names) await logs.send(new CreateLogGroupCommand({ logGroupName }))
  return { cloud, logs }
}

test('a stream has an upload token once it has events', async () => {
  const { cloud, logs } = await logsWith('g')
  const stream = { logGroupName: 'g', logStreamName: 's' }
  await logs.send(new CreateLogStreamCommand(stream))
  const described = async () => {
    const answer = await logs.send(new DescribeLogStreamsCommand({ logGroupName: 'g' }))
    return answer.logStreams?.[0] ?? {}
  }
  assert.ok(!('uploadSequenceToken' in (await described())))
  const logEvents = [{ timestamp: cloud.clock.now(), message: 'x' }]
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
  assert.match((await described()).uploadSequenceToken ?? '', /^\d{56}$/)
})

test('a group is named once', async () => {
  const { logs } = await logsWith('g')
  const twice = { logGroupName: 'g', logGroupIdentifier: 'g' }
  const error = await failure(logs.send(new DescribeLogStreamsCommand(twice)))
  assert.deepEqual(
    [error.name, error.message],
    ['ValidationException', 'LogGroup name and LogGroup ARN are mutually exclusive parameters.'],
  )
})

test('a name may be 512 characters long', async () => {
  const { logs } = await logsWith('x'.repeat(512))
  const long = new CreateLogGroupCommand({ logGroupName: 'x'.repeat(513) })
  const error = await failure(logs.send(long))
  assert.deepEqual(
    [error.name, error.message],
    [
      'InvalidParameterException',
      'Invalid LogGroup or LogStream, both must have length less than or equal to 512.',
    ],
  )
})

test('names that begin with aws/ are kept for AWS', async () => {
  const { logs } = await logsWith('/aws/lambda/f')
  const reserved = new CreateLogGroupCommand({ logGroupName: 'aws/f' })
  assert.equal((await failure(logs.send(reserved))).name, 'InvalidParameterException')
})

test('groups that a pattern finds are told with less', async () => {
  const { logs } = await logsWith('one', 'two')
  const byPattern = new DescribeLogGroupsCommand({ logGroupNamePattern: 'wo' })
  const { logGroups = [] } = await logs.send(byPattern)
  assert.equal(logGroups.length, 1)
  assert.deepEqual(Object.keys(logGroups[0] ?? {}).toSorted(), [
    'arn',
    'creationTime',
    'logGroupArn',
    'logGroupClass',
    'logGroupName',
    'metricFilterCount',
  ])
})

test('ListLogGroups finds by prefixes and parts of names', async () => {
  const { logs } = await logsWith('/aws/lambda/f', 'my/aws/lambda', 'discovery', 'other')
  const listed = async (logGroupNamePattern?: string) => {
    const asked = { ...(logGroupNamePattern && { logGroupNamePattern }) }
    const { logGroups = [] } = await logs.send(new ListLogGroupsCommand(asked))
    return logGroups.map(({ logGroupName }) => logGroupName)
  }
  assert.equal((await listed()).length, 4)
  assert.deepEqual(await listed('^/aws/lambda|discovery'), ['/aws/lambda/f', 'discovery'])
  assert.deepEqual(await listed('none'), [])
  const { logGroups } = await logs.send(new ListLogGroupsCommand({ limit: 1 }))
  assert.deepEqual(logGroups, [
    {
      logGroupName: '/aws/lambda/f',
      logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f',
      logGroupClass: 'STANDARD',
    },
  ])
})

test('a resource policy is read back in the form that AWS writes', async () => {
  const { logs } = await logsWith()
  const document = (version: object, Service: string | string[]) => {
    const statement = { Effect: 'Allow', Principal: { Service }, Action: 'logs:*', Resource: '*' }
    return JSON.stringify({ ...version, Statement: [statement] })
  }
  const given = document({}, ['route53.amazonaws.com'])
  const put = { policyName: 'p', policyDocument: given }
  const answer = await logs.send(new PutResourcePolicyCommand(put))
  assert.equal(answer.resourcePolicy?.policyDocument, given)
  const read = await logs.send(new DescribeResourcePoliciesCommand({}))
  assert.equal(
    read.resourcePolicies?.[0]?.policyDocument,
    document({ Version: '2008-10-17' }, 'route53.amazonaws.com'),
  )
  const none = new DeleteResourcePolicyCommand({ policyName: 'none' })
  assert.equal((await failure(logs.send(none))).message, 'Policy with name [none] does not exist.')
})
