import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail'
import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  EC2Client,
  ModifyInstanceCreditSpecificationCommand,
  ModifyInstanceMetadataOptionsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { aws, WITHOUT_CLI } from '../../../test/cli.ts'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { credentialsIn, role, user } from '../../../test/principals.ts'
import { watch } from '../../../test/rules.ts'
import { Actor } from '../events/testing/delivery.ts'

const ACCOUNT = '000000000000'
const API_CALL = 'AWS API Call via CloudTrail'
const ALL = { 'detail-type': [API_CALL] }
const ImageId = 'ami-0123456789abcdef0'

type Record = { [member: string]: unknown }
type Elements = { [name: string]: Record }

function lookup(cloud: TestCloud, input: LookupEventsCommandInput = {}) {
  return cloud.client(CloudTrailClient).send(new LookupEventsCommand(input))
}

async function newest(cloud: TestCloud, EventName: string): Promise<Record> {
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: EventName }]
  const { Events } = await lookup(cloud, { LookupAttributes })
  return JSON.parse(Events?.[0]?.CloudTrailEvent ?? 'null')
}

test('RunInstances is told in whole, after it happened', async () => {
  const cloud = await testCloud()
  const ec2 = cloud.client(EC2Client)
  const calls = await watch(cloud, { ...ALL, detail: { eventName: ['RunInstances'] } })
  const { Instances, ReservationId } = await ec2.send(
    new RunInstancesCommand({
      ImageId,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      ClientToken: 'once',
      UserData: 'c2VjcmV0',
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
    }),
  )
  const [event, ...more] = await calls.seen()
  assert.equal(more.length, 0)
  const { id, detail, ...envelope } = event ?? { detail: {} }
  assert.match(id ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual(envelope, {
    version: '0',
    'detail-type': API_CALL,
    source: 'aws.ec2',
    account: ACCOUNT,
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: [],
  })
  const { responseElements, userAgent, requestID, eventID, ...rest } = detail as Record
  assert.match(String(userAgent), /^aws-sdk-js/)
  assert.deepEqual(rest, {
    eventVersion: '1.10',
    userIdentity: {
      type: 'Root',
      principalId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:root`,
      accountId: ACCOUNT,
      accessKeyId: 'test',
    },
    eventTime: '2026-01-01T00:00:00Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'RunInstances',
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    requestParameters: {
      instancesSet: { items: [{ imageId: ImageId, minCount: 1, maxCount: 1 }] },
      instanceType: 't3.micro',
      userData: '<sensitiveDataRemoved>',
      tagSpecificationSet: {
        items: [{ resourceType: 'instance', tags: [{ key: 'Name', value: 'web' }] }],
      },
      clientToken: 'once',
    },
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  })
  assert.notEqual(requestID, eventID)
  const { instancesSet, ...answer } = responseElements as Record
  assert.deepEqual(answer, {
    requestId: requestID,
    reservationId: ReservationId,
    ownerId: ACCOUNT,
    groupSet: {},
  })
  const [instance] = (instancesSet as { items: Record[] }).items
  assert.equal(instance?.instanceId, Instances?.[0]?.InstanceId)
  assert.deepEqual(instance?.instanceState, { code: 0, name: 'pending' })
  assert.deepEqual(instance?.tagSet, { items: [{ key: 'Name', value: 'web' }] })
  assert.deepEqual(instance?.monitoring, { state: 'disabled' })
  assert.equal(instance?.launchTime, Date.UTC(2026, 0, 1))
})

test('lists of ids are wrapped, and an answer without members says that it succeeded', async () => {
  const cloud = await testCloud()
  const ec2 = cloud.client(EC2Client)
  const launch = { ImageId, MinCount: 1, MaxCount: 1 }
  const { Instances } = await ec2.send(new RunInstancesCommand(launch))
  const instanceId = Instances?.[0]?.InstanceId ?? ''
  const Tags = [{ Key: 'a', Value: 'b' }]
  await ec2.send(new CreateTagsCommand({ Resources: [instanceId], Tags }))
  const tagged = await newest(cloud, 'CreateTags')
  assert.deepEqual(tagged.requestParameters, {
    resourcesSet: { items: [{ resourceId: instanceId }] },
    tagSet: { items: [{ key: 'a', value: 'b' }] },
  })
  assert.deepEqual(tagged.responseElements, { requestId: tagged.requestID, _return: true })
  await cloud.advance(1)
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }))
  const terminated = await newest(cloud, 'TerminateInstances')
  assert.deepEqual(terminated.requestParameters, { instancesSet: { items: [{ instanceId }] } })
  assert.deepEqual(terminated.responseElements, {
    requestId: terminated.requestID,
    instancesSet: {
      items: [
        {
          instanceId,
          currentState: { code: 32, name: 'shutting-down' },
          previousState: { code: 16, name: 'running' },
        },
      ],
    },
  })
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8 }))
  const { requestParameters } = await newest(cloud, 'CreateVolume')
  const { clientToken, ...volume } = requestParameters as Record
  assert.deepEqual(volume, { size: '8', zone: 'us-east-1a' })
})

test('later operations of EC2 stand whole under their names', async () => {
  const cloud = await testCloud()
  const ec2 = cloud.client(EC2Client)
  const launch = { ImageId, InstanceType: 't3.micro' as const, MinCount: 2, MaxCount: 2 }
  const { Instances } = await ec2.send(new RunInstancesCommand(launch))
  const [InstanceId = '', Other = ''] = Instances?.map((each) => each.InstanceId ?? '') ?? []
  const options = { InstanceId, HttpTokens: 'required' as const }
  await ec2.send(new ModifyInstanceMetadataOptionsCommand(options))
  const one = await newest(cloud, 'ModifyInstanceMetadataOptions')
  assert.deepEqual(one.requestParameters, { ModifyInstanceMetadataOptionsRequest: options })
  const { ModifyInstanceMetadataOptionsResponse: answer } = one.responseElements as Elements
  const { instanceMetadataOptions, ...rest } = answer ?? {}
  const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/'
  assert.deepEqual(rest, { xmlns, requestId: one.requestID, instanceId: InstanceId })
  assert.equal((instanceMetadataOptions as Record).httpTokens, 'required')
  const specification = (id: string) => ({ InstanceId: id, CpuCredits: 'standard' })
  const InstanceCreditSpecifications = [specification(InstanceId), specification(Other)]
  const credits = { InstanceCreditSpecifications, ClientToken: 'once' }
  await ec2.send(new ModifyInstanceCreditSpecificationCommand(credits))
  const several = await newest(cloud, 'ModifyInstanceCreditSpecification')
  assert.deepEqual(several.requestParameters, {
    ModifyInstanceCreditSpecificationRequest: {
      ClientToken: 'once',
      InstanceCreditSpecification: [
        { ...specification(InstanceId), tag: 1 },
        { ...specification(Other), tag: 2 },
      ],
    },
  })
})

test('refused calls are told with their error, and have no effect', async () => {
  const cloud = await testCloud()
  const calls = await watch(cloud, { ...ALL, source: ['aws.ec2'] })
  const credentials = await user(cloud, 'eve')
  const ec2 = cloud.client(EC2Client, { credentials })
  const launch = new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1 })
  const error = await failure(ec2.send(launch))
  const [event] = await calls.seen()
  const detail = (event?.detail ?? {}) as Record
  assert.equal(detail.errorCode, 'Client.UnauthorizedOperation')
  assert.equal(detail.errorMessage, error.message)
  assert.equal(detail.responseElements, null)
  const { principalId, ...identity } = detail.userIdentity as Record
  assert.match(String(principalId), /^AIDA/)
  assert.deepEqual(identity, {
    type: 'IAMUser',
    arn: `arn:aws:iam::${ACCOUNT}:user/eve`,
    accountId: ACCOUNT,
    accessKeyId: credentials.accessKeyId,
    userName: 'eve',
  })
})

test('roles are told with their issuer; sessions without their secret', async () => {
  const cloud = await testCloud()
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow] })
  const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const RoleArn = await role(cloud, 'admin', document, policy)
  const credentials = await user(cloud, 'eve', policy)
  const sts = cloud.client(STSClient, { credentials })
  const assumed = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  const session = await newest(cloud, 'AssumeRole')
  assert.deepEqual(session.requestParameters, { roleArn: RoleArn, roleSessionName: 'me' })
  const { credentials: shown } = session.responseElements as { credentials: Record }
  assert.equal(shown.accessKeyId, assumed.Credentials?.AccessKeyId)
  assert.equal(shown.expiration, 'Jan 1, 2026 1:00:00 AM')
  assert.equal('secretAccessKey' in shown, false)
  assert.equal(session.readOnly, true)
  const ec2 = cloud.client(EC2Client, { credentials: credentialsIn(assumed) })
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }))
  const { userIdentity } = await newest(cloud, 'CreateVolume')
  const roleId = assumed.AssumedRoleUser?.AssumedRoleId?.split(':')[0]
  assert.deepEqual(userIdentity, {
    type: 'AssumedRole',
    principalId: `${roleId}:me`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/admin/me`,
    accountId: ACCOUNT,
    accessKeyId: assumed.Credentials?.AccessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: roleId,
        arn: RoleArn,
        accountId: ACCOUNT,
        userName: 'admin',
      },
      attributes: { creationDate: '2026-01-01T00:00:00Z', mfaAuthenticated: 'false' },
    },
  })
})

test('what a service does under a role names the service', async () => {
  const cloud = await testCloud()
  const ec2 = cloud.client(EC2Client)
  const create = new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 })
  const { VolumeId } = await ec2.send(create)
  await cloud.advance(1)
  const user = new Actor(cloud)
  const may = { Effect: 'Allow', Action: 'ec2:CreateSnapshot', Resource: '*' }
  const RoleArn = await user.role('snapshots', may)
  const Arn = `arn:aws:events:us-east-1:${ACCOUNT}:target/create-snapshot`
  await user.rule('snapshots', [{ Arn, RoleArn, Input: JSON.stringify(VolumeId) }])
  await user.put()
  const { userIdentity, sourceIPAddress, userAgent } = await newest(cloud, 'CreateSnapshot')
  const { type, invokedBy, sessionContext } = userIdentity as Record
  const { sessionIssuer, attributes } = sessionContext as Elements
  const events = 'events.amazonaws.com'
  assert.deepEqual([type, invokedBy], ['AssumedRole', events])
  assert.equal(sessionIssuer?.arn, RoleArn)
  assert.equal(attributes?.creationDate, '2026-01-01T00:00:01Z')
  assert.deepEqual([sourceIPAddress, userAgent], [events, events])
})

test('a function is named as the scope of its calls', async () => {
  const cloud = await testCloud()
  const handler = `
    const { EC2Client, CreateVolumeCommand } = require('@aws-sdk/client-ec2')
    exports.handler = async () => {
      const volume = { AvailabilityZone: 'us-east-1a', Size: 1 }
      await new EC2Client({}).send(new CreateVolumeCommand(volume))
    }`
  const statements = [{ Effect: 'Allow', Action: 'ec2:CreateVolume', Resource: '*' }]
  const { arn } = await deploy(cloud, 'maker', handler, { statements })
  await invoke(cloud, 'maker')
  const { userIdentity } = await newest(cloud, 'CreateVolume')
  const { arn: session, inScopeOf } = userIdentity as Record
  assert.equal(session, `arn:aws:sts::${ACCOUNT}:assumed-role/maker-role/maker`)
  assert.deepEqual(inScopeOf, { issuerType: 'AWS::Lambda::Function', credentialsIssuedTo: arn })
})

test('what only reads is for rules that ask for it, and for the history', async () => {
  const cloud = await testCloud()
  const usual = await watch(cloud, { ...ALL, source: ['aws.ec2'] })
  const state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
  const quiet = await watch(cloud, { ...ALL, source: ['aws.ec2'] }, { name: 'quiet', state })
  const ec2 = cloud.client(EC2Client)
  const Filters = [{ Name: 'instance-type', Values: ['t3.micro'] }]
  await ec2.send(new DescribeInstancesCommand({ Filters }))
  assert.deepEqual(await usual.seen(), [])
  const [event] = await quiet.seen()
  const { readOnly, requestParameters, responseElements } = (event?.detail ?? {}) as Record
  assert.deepEqual([readOnly, responseElements], [true, null])
  const items = [{ name: 'instance-type', valueSet: { items: [{ value: 't3.micro' }] } }]
  assert.deepEqual(requestParameters, { filterSet: { items } })
})

test('a rule that is not about CloudTrail costs no event', async () => {
  const cloud = await testCloud()
  await watch(cloud, { source: ['aws.ec2'], 'detail-type': ['EBS Volume Notification'] })
  const volume = new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 })
  await cloud.client(EC2Client).send(volume)
  await cloud.advance(1)
  const types = cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === 'event' ? [step.event['detail-type']] : []))
  assert.deepEqual([...new Set(types)], ['EBS Volume Notification'])
})

test('code, environments and secrets stay out; Lambda dates its operations', async () => {
  const cloud = await testCloud()
  const Environment = { Variables: { TOKEN: 'secret' } }
  await deploy(cloud, 'f', 'exports.handler = async () => 1', { Environment })
  const created = await newest(cloud, 'CreateFunction20150331')
  const { code, environment, functionName, runtime } = created.requestParameters as Record
  assert.deepEqual([code, environment, functionName, runtime], [{}, {}, 'f', 'nodejs22.x'])
  assert.doesNotMatch(JSON.stringify(created), /secret/)
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eve' }))
  await iam.send(new CreateAccessKeyCommand({ UserName: 'eve' }))
  const { responseElements } = await newest(cloud, 'CreateAccessKey')
  const { accessKey } = responseElements as { accessKey: Record }
  assert.deepEqual(Object.keys(accessKey).sort(), [
    'accessKeyId',
    'createDate',
    'status',
    'userName',
  ])
  assert.equal(accessKey.createDate, 'Jan 1, 2026 12:00:00 AM')
})

test('IAM is recorded in us-east-1, wherever it is called from', async () => {
  const cloud = await testCloud()
  const region = 'eu-west-1'
  await cloud.client(IAMClient, { region }).send(new CreateUserCommand({ UserName: 'eve' }))
  const { awsRegion } = await newest(cloud, 'CreateUser')
  assert.equal(awsRegion, 'us-east-1')
})

test('an answer that is too large is left out', async () => {
  const cloud = await testCloud()
  const launch = { ImageId, MinCount: 200, MaxCount: 200 }
  await cloud.client(EC2Client).send(new RunInstancesCommand(launch))
  const { responseElements, requestID: requestId } = await newest(cloud, 'RunInstances')
  const reason = 'responseElements too large'
  assert.deepEqual(responseElements, { requestId, omitted: true, reason })
})

test('LookupEvents goes back in time, page by page, by one attribute', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  for (let n = 0; n < 5; n++) {
    await iam.send(new CreateUserCommand({ UserName: `user-${n}` }))
    await cloud.advance(60)
  }
  await cloud.client(EC2Client).send(new DescribeRegionsCommand({}))
  const LookupAttributes = [{ AttributeKey: 'ReadOnly' as const, AttributeValue: 'false' }]
  const names: unknown[] = []
  let NextToken: string | undefined
  do {
    const page = await lookup(cloud, { LookupAttributes, MaxResults: 2, NextToken })
    names.push(...(page.Events ?? []).map(({ Resources }) => Resources?.[0]?.ResourceName))
    NextToken = page.NextToken
  } while (NextToken)
  assert.deepEqual(names, ['user-4', 'user-3', 'user-2', 'user-1', 'user-0'])
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n))
  const some = await lookup(cloud, { LookupAttributes, StartTime: at(1), EndTime: at(3) })
  assert.equal(some.Events?.length, 3)
  const [event] = some.Events ?? []
  assert.deepEqual([event?.Username, event?.ReadOnly], ['root', 'false'])
  assert.deepEqual(event?.EventTime, at(3))
  for (const [AttributeKey, AttributeValue, count] of [
    ['ResourceName', 'user-3', 1],
    ['ResourceType', 'AWS::IAM::User', 5],
    ['EventSource', 'iam.amazonaws.com', 5],
    ['EventId', event?.EventId ?? '', 1],
    ['Username', 'nobody', 0],
    ['AccessKeyId', 'AKIAIOSFODNN7EXAMPLE', 0],
  ] as const) {
    const found = await lookup(cloud, { LookupAttributes: [{ AttributeKey, AttributeValue }] })
    assert.equal(found.Events?.length, count, AttributeKey)
  }
  const backwards = await failure(lookup(cloud, { StartTime: at(3), EndTime: at(1) }))
  assert.equal(backwards.name, 'InvalidTimeRangeException')
  assert.equal((await failure(lookup(cloud, { NextToken: 'x' }))).name, 'InvalidNextTokenException')
})

test('the history outlives the server', async () => {
  const data = mkdtempSync(join(tmpdir(), 'windtunnel-'))
  try {
    const before = await testCloud({ data })
    await before.client(IAMClient).send(new CreateUserCommand({ UserName: 'eve' }))
    const { eventID } = await newest(before, 'CreateUser')
    await before.close()
    const after = await testCloud({ data })
    assert.equal((await newest(after, 'CreateUser')).eventID, eventID)
    await after.reset()
    assert.equal(await newest(after, 'CreateUser'), null)
    await after.close()
  } finally {
    rmSync(data, { recursive: true })
  }
})

test('the AWS CLI looks events up', { skip: WITHOUT_CLI }, async () => {
  const cloud = await testCloud()
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'eve' }))
  const query = ['--query', 'Events[].[EventName, Username, Resources[0].ResourceName]']
  const found = await aws(cloud, 'cloudtrail', 'lookup-events', ...query)
  assert.deepEqual(found, [['CreateUser', 'root', 'eve']])
})

test('there are no trails, though events are delivered as if one logged', async () => {
  const cloud = await testCloud()
  const trails = cloud.client(CloudTrailClient)
  assert.deepEqual((await trails.send(new DescribeTrailsCommand({}))).trailList, [])
  const error = await failure(trails.send(new GetTrailStatusCommand({ Name: 'mine' })))
  assert.equal(error.name, 'TrailNotFoundException')
  assert.match(error.message, /^Unknown trail: arn:aws:cloudtrail:us-east-1:0{12}:trail\/mine for/)
})
