import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'
import { type ClientCredentials, credentialsIn, role, user } from '../../../test/principals.ts'

const ACCOUNT = '000000000000'
const EVA = `arn:aws:iam::${ACCOUNT}:user/eva`
const WORKER = `arn:aws:iam::${ACCOUNT}:role/worker`
const TRUST_ACCOUNT = trustOf({ AWS: ACCOUNT }, undefined, ['sts:AssumeRole', 'sts:TagSession'])

type Options = Partial<AssumeRoleCommandInput>

function assume(cloud: TestCloud, credentials: ClientCredentials, options: Options = {}) {
  const sts = cloud.client(STSClient, { credentials })
  const input = { RoleArn: WORKER, RoleSessionName: 'session', ...options }
  return sts.send(new AssumeRoleCommand(input))
}

test('a role that trusts the account is assumed by who is allowed to', async () => {
  const cloud = await testCloud()
  await role(cloud, 'worker', TRUST_ACCOUNT, allow('iam:ListUsers'))
  const eva = await user(cloud, 'eva', allow('sts:AssumeRole', WORKER))
  const ada = await user(cloud, 'ada')

  const answer = await assume(cloud, eva)
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/session`
  assert.equal(answer.AssumedRoleUser?.Arn, session)
  assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:session$/)
  assert.match(answer.Credentials?.AccessKeyId ?? '', /^ASIA[A-Z2-7]{16}$/)
  assert.deepEqual(answer.Credentials?.Expiration, new Date(cloud.clock.now() + 3_600_000))
  assert.equal(answer.PackedPolicySize, undefined)

  const credentials = credentialsIn(answer)
  const who = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
  assert.equal(who.Arn, session)
  assert.equal(who.UserId, answer.AssumedRoleUser?.AssumedRoleId)
  const iam = cloud.client(IAMClient, { credentials })
  await iam.send(new ListUsersCommand({}))
  const denied = await failure(iam.send(new ListRolesCommand({})))
  assert.match(denied.message, new RegExp(`^User: ${session} is not authorized`))

  const refused = await failure(assume(cloud, ada))
  const text = `is not authorized to perform: sts:AssumeRole on resource: ${WORKER}`
  assert.equal(refused.name, 'AccessDenied')
  assert.equal(refused.message, `User: arn:aws:iam::${ACCOUNT}:user/ada ${text}`)
  const none = await failure(assume(cloud, eva, { RoleArn: `${WORKER}s` }))
  assert.equal(none.message, `User: ${EVA} ${text}s`)
})

test('a role that trusts the user itself needs no policy of the user', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva')
  await role(cloud, 'worker', trustOf({ AWS: EVA }))
  await assume(cloud, eva)
  const PolicyDocument = trustOf({ Service: 'lambda.amazonaws.com' })
  const update = new UpdateAssumeRolePolicyCommand({ RoleName: 'worker', PolicyDocument })
  await cloud.client(IAMClient).send(update)
  assert.equal((await failure(assume(cloud, eva))).name, 'AccessDenied')
})

test('an external id is asked for', async () => {
  const cloud = await testCloud()
  const condition = { StringEquals: { 'sts:ExternalId': 'secret' } }
  const eva = await user(cloud, 'eva')
  await role(cloud, 'worker', trustOf({ AWS: EVA }, condition))
  assert.equal((await failure(assume(cloud, eva))).name, 'AccessDenied')
  assert.equal((await failure(assume(cloud, eva, { ExternalId: 'other' }))).name, 'AccessDenied')
  await assume(cloud, eva, { ExternalId: 'secret' })
})

test('sessions expire on the clock of the cloud', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva')
  await role(cloud, 'worker', trustOf({ AWS: EVA }), allow('iam:ListUsers'))
  const credentials = credentialsIn(await assume(cloud, eva, { DurationSeconds: 900 }))
  const iam = cloud.client(IAMClient, { credentials })
  await cloud.advance(899)
  await iam.send(new ListUsersCommand({}))
  await cloud.advance(1)
  const expired = await failure(iam.send(new ListUsersCommand({})))
  assert.equal(expired.name, 'ExpiredToken')
  assert.equal(expired.message, 'The security token included in the request is expired')
  await cloud.advance(2 * 86_400)
  assert.equal((await failure(iam.send(new ListUsersCommand({})))).name, 'InvalidClientTokenId')
})

test('a session needs its token, and its role', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva')
  await role(cloud, 'worker', trustOf({ AWS: EVA }), allow('iam:ListUsers'))
  const credentials = credentialsIn(await assume(cloud, eva))
  const call = (changes: Partial<ClientCredentials>) =>
    cloud
      .client(IAMClient, { credentials: { ...credentials, ...changes } })
      .send(new ListUsersCommand({}))
  await call({})
  const forged = { sessionToken: `${credentials.sessionToken}A` }
  assert.equal((await failure(call(forged))).name, 'InvalidClientTokenId')
  assert.equal((await failure(call({ sessionToken: undefined }))).name, 'InvalidClientTokenId')

  const iam = cloud.client(IAMClient)
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p0' }))
  assert.equal((await failure(call({}))).name, 'AccessDenied')
  await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))
  const AssumeRolePolicyDocument = TRUST_ACCOUNT
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument }))
  assert.equal((await failure(call({}))).name, 'InvalidClientTokenId')
})

test('durations have limits: of the role, and of chained roles', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva', allow('sts:AssumeRole'))
  await role(cloud, 'worker', TRUST_ACCOUNT, allow('sts:AssumeRole'))
  const long = await failure(assume(cloud, eva, { DurationSeconds: 7201 }))
  assert.equal(long.name, 'ValidationError')
  assert.equal(
    long.message,
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  )
  const session = credentialsIn(await assume(cloud, eva, { DurationSeconds: 7200 }))
  const chained = await failure(assume(cloud, session, { DurationSeconds: 3601 }))
  assert.equal(
    chained.message,
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role ' +
      'chaining.',
  )
  await assume(cloud, session, { DurationSeconds: 3600 })
})

test('session policies take away from what the role may', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva')
  await role(cloud, 'worker', trustOf({ AWS: EVA }), allow(['iam:ListUsers', 'iam:GetRole']))
  const answer = await assume(cloud, eva, { Policy: allow(['iam:ListUsers', 'iam:ListRoles']) })
  assert.ok(answer.PackedPolicySize)
  const iam = cloud.client(IAMClient, { credentials: credentialsIn(answer) })
  await iam.send(new ListUsersCommand({}))
  const limited = await failure(iam.send(new GetRoleCommand({ RoleName: 'worker' })))
  assert.match(limited.message, /because no session policy allows the iam:GetRole action$/)
  const ungranted = await failure(iam.send(new ListRolesCommand({})))
  assert.match(ungranted.message, /because no identity-based policy allows/)

  const arn = 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess'
  const managed = credentialsIn(await assume(cloud, eva, { PolicyArns: [{ arn }] }))
  const call = cloud.client(IAMClient, { credentials: managed }).send(new ListUsersCommand({}))
  assert.match((await failure(call)).message, /because no session policy allows/)

  const malformed = await failure(assume(cloud, eva, { Policy: '{' }))
  assert.equal(malformed.name, 'MalformedPolicyDocumentException')
  assert.equal(malformed.message, 'This policy contains invalid Json')
})

test('session tags are conditions, and transitive ones pass on to chained roles', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva', allow(['sts:AssumeRole', 'sts:TagSession']))
  const blue = { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }
  const policies = [allow('iam:ListUsers', '*', blue), allow('sts:*')]
  await role(cloud, 'worker', TRUST_ACCOUNT, ...policies)
  const list = (credentials: ClientCredentials) =>
    cloud.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
  const Tags = [{ Key: 'team', Value: 'blue' }]

  const plain = credentialsIn(await assume(cloud, eva))
  assert.equal((await failure(list(plain))).name, 'AccessDenied')
  const tagged = credentialsIn(await assume(cloud, eva, { Tags }))
  await list(tagged)
  assert.equal(
    (await failure(list(credentialsIn(await assume(cloud, tagged))))).name,
    'AccessDenied',
  )
  const options = { Tags, TransitiveTagKeys: ['team'] }
  const transitive = credentialsIn(await assume(cloud, eva, options))
  await list(credentialsIn(await assume(cloud, transitive)))

  const texts: [Promise<unknown>, string][] = [
    [
      assume(cloud, eva, { Tags, TransitiveTagKeys: ['other'] }),
      'The specified transitive tag key must be included in the requested tags.',
    ],
    [
      assume(cloud, eva, { Tags: [...Tags, { Key: 'Team', Value: 'x' }] }),
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
    [
      assume(cloud, eva, { Tags: [{ Key: 'aws:team', Value: 'x' }] }),
      "Tag keys starting with 'aws:' are reserved for internal use.",
    ],
    [
      assume(cloud, transitive, { Tags }),
      "One of the specified transitive tag keys can't be set because it conflicts with a " +
        'transitive tag key from the calling session.',
    ],
  ]
  for (const [call, text] of texts) {
    const { name, message } = await failure(call)
    assert.deepEqual([name, message], ['InvalidParameterValue', text])
  }
})

test('another account needs both sides: trust and permission', async () => {
  const cloud = await testCloud()
  const other = { credentials: { accessKeyId: '111111111111', secretAccessKey: 'test' } }
  const AssumeRolePolicyDocument = trustOf({ AWS: EVA })
  await cloud
    .client(IAMClient, other)
    .send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument }))
  const RoleArn = 'arn:aws:iam::111111111111:role/worker'
  const ada = await user(cloud, 'ada', allow('sts:AssumeRole', RoleArn))
  assert.equal((await failure(assume(cloud, ada, { RoleArn }))).name, 'AccessDenied')
  const eva = await user(cloud, 'eva', allow('sts:AssumeRole', RoleArn))
  const credentials = credentialsIn(await assume(cloud, eva, { RoleArn }))
  const who = cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
  assert.equal((await who).Account, '111111111111')
})

test('malformed ARNs and session names are refused', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva')
  for (const RoleArn of [
    'nothing-valid-in-here',
    'arn::b:::something/test-role',
    'arn:a::::something/test-role',
    'arn:a:::something/test-role',
    'arn:a:a::aaaaaaaaaa:',
  ]) {
    const { name, message } = await failure(assume(cloud, eva, { RoleArn }))
    assert.deepEqual([name, message], ['ValidationError', `${RoleArn} is invalid`])
  }
  const { message } = await failure(assume(cloud, eva, { RoleSessionName: 'Session1:2' }))
  assert.match(message, /^1 validation error detected: Value 'Session1:2' at 'roleSessionName'/)
})

test('the root user may assume a role that trusts it, with a note that AWS would not', async () => {
  const cloud = await testCloud()
  await role(cloud, 'worker', TRUST_ACCOUNT)
  const root = { accessKeyId: 'test', secretAccessKey: 'test' }
  await assume(cloud, root)
  const traces = await (await fetch(`${cloud.endpoint}/_windtunnel/traces`)).text()
  assert.match(traces, /Roles may not be assumed by root accounts/)
})
