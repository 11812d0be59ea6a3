import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'

const LAMBDA = trustOf({ Service: 'lambda.amazonaws.com' })
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

test('a role is created, shown, changed and deleted', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const { Role: created } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'worker',
      Path: '/teams/blue/',
      Description: 'works',
      AssumeRolePolicyDocument: LAMBDA,
      Tags: [{ Key: 'team', Value: 'blue' }],
    }),
  )
  assert.match(created?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/)
  assert.equal(created?.Arn, 'arn:aws:iam::000000000000:role/teams/blue/worker')
  assert.equal(decodeURIComponent(created?.AssumeRolePolicyDocument ?? ''), LAMBDA)
  assert.equal(created?.MaxSessionDuration, undefined)

  await iam.send(new UpdateRoleCommand({ RoleName: 'worker', MaxSessionDuration: 7200 }))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'WORKER' }))
  assert.equal(Role?.MaxSessionDuration, 7200)
  assert.equal(Role?.Description, 'works')
  assert.deepEqual(Role?.RoleLastUsed, {})
  assert.deepEqual(Role?.Tags, [{ Key: 'team', Value: 'blue' }])
  assert.deepEqual(Role?.CreateDate, new Date(cloud.clock.now()))

  await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))
  const gone = await failure(iam.send(new GetRoleCommand({ RoleName: 'worker' })))
  assert.equal(gone.name, 'NoSuchEntityException')
  assert.equal(gone.message, 'The role with name worker cannot be found.')
})

test('what is in use or taken is refused in words of AWS', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const role = { RoleName: 'worker', AssumeRolePolicyDocument: LAMBDA }
  await iam.send(new CreateRoleCommand(role))
  const taken = await failure(iam.send(new CreateRoleCommand({ ...role, RoleName: 'Worker' })))
  assert.equal(taken.message, 'Role with name Worker already exists.')

  await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC }))
  const attached = await failure(iam.send(new DeleteRoleCommand({ RoleName: 'worker' })))
  assert.equal(attached.name, 'DeleteConflictException')
  assert.equal(attached.message, 'Cannot delete entity, must detach all policies first.')
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC }))
  const twice = await failure(
    iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC })),
  )
  assert.equal(twice.message, `Policy ${BASIC} was not found.`)

  const inline = { RoleName: 'worker', PolicyName: 'own' }
  await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: allow('ec2:*') }))
  const embedded = await failure(iam.send(new DeleteRoleCommand({ RoleName: 'worker' })))
  assert.equal(embedded.message, 'Cannot delete entity, must delete policies first.')
})

test('inline and attached policies are kept as given', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: LAMBDA }))
  const document = `${allow('ec2:Describe*')}\n`
  for (const PolicyName of ['b', 'a', '__proto__']) {
    const policy = { RoleName: 'worker', PolicyName, PolicyDocument: document }
    await iam.send(new PutRolePolicyCommand(policy))
  }
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'worker' }))
  assert.deepEqual(PolicyNames, ['__proto__', 'a', 'b'])
  const got = await iam.send(new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'a' }))
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), document)
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'a' }))
  const missing = await failure(
    iam.send(new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'constructor' })),
  )
  assert.equal(missing.message, 'The role policy with name constructor cannot be found.')

  await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC }))
  const list = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'worker' }))
  assert.deepEqual(list.AttachedPolicies, [
    { PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: BASIC },
  ])
})

test('quotas hold: size of inline policies, of the trust policy, attached policies', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: LAMBDA }))
  const big = allow('ec2:StopInstances', `arn:aws:ec2:*:*:instance/${'i'.repeat(10_200)}`)
  const inline = await failure(
    iam.send(
      new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'big', PolicyDocument: big }),
    ),
  )
  assert.equal(inline.name, 'LimitExceededException')
  assert.equal(inline.message, 'Maximum policy size of 10240 bytes exceeded for role worker')
  const trust = trustOf({ Service: `${'a'.repeat(2100)}.amazonaws.com` })
  const acl = await failure(
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'worker', PolicyDocument: trust })),
  )
  assert.equal(acl.message, 'Cannot exceed quota for ACLSizePerRole: 2048')
})

test('a role lists in pages, by path', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  for (const RoleName of ['c', 'A', 'b', 'd']) {
    const Path = RoleName === 'd' ? '/other/' : '/team/'
    await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: LAMBDA }))
  }
  const first = await iam.send(new ListRolesCommand({ PathPrefix: '/team/', MaxItems: 2 }))
  assert.deepEqual(
    first.Roles?.map(({ RoleName }) => RoleName),
    ['A', 'b'],
  )
  assert.equal(first.IsTruncated, true)
  const { Marker } = first
  const second = await iam.send(new ListRolesCommand({ PathPrefix: '/team/', Marker }))
  assert.deepEqual(
    second.Roles?.map(({ RoleName }) => RoleName),
    ['c'],
  )
  assert.equal(second.IsTruncated, false)
  assert.equal(second.Marker, undefined)
  const wrong = await failure(iam.send(new ListRolesCommand({ Marker: 'nonsense' })))
  assert.equal(wrong.name, 'ValidationError')
})

test('tags of a role have keys without regard to case', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: LAMBDA }))
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    iam.send(new TagRoleCommand({ RoleName: 'worker', Tags }))
  await tag({ Key: 'team', Value: 'blue' }, { Key: 'env', Value: '' })
  await tag({ Key: 'Team', Value: 'red' })
  const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'worker' }))
  assert.deepEqual(Tags, [
    { Key: 'Team', Value: 'red' },
    { Key: 'env', Value: '' },
  ])
  const twice = await failure(tag({ Key: 'a', Value: '' }, { Key: 'A', Value: '' }))
  assert.equal(twice.name, 'InvalidInputException')
  assert.equal(
    twice.message,
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  )
  const reserved = await failure(tag({ Key: 'AWS:a', Value: '' }))
  assert.equal(reserved.name, 'InvalidInputException')
  await iam.send(new UntagRoleCommand({ RoleName: 'worker', TagKeys: ['ENV', 'none'] }))
  const { Tags: left } = await iam.send(new ListRoleTagsCommand({ RoleName: 'worker' }))
  assert.deepEqual(left, [{ Key: 'Team', Value: 'red' }])
})

test('a trust policy names principals that exist, and their ids once they are gone', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const arn = 'arn:aws:iam::000000000000:user/eva'
  const role = { RoleName: 'worker', AssumeRolePolicyDocument: trustOf({ AWS: arn }) }
  const invalid = await failure(iam.send(new CreateRoleCommand(role)))
  assert.equal(invalid.name, 'MalformedPolicyDocumentException')
  assert.equal(invalid.message, `Invalid principal in policy: "AWS":"${arn}"`)

  const { User } = await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  await iam.send(new CreateRoleCommand(role))
  await iam.send(new DeleteUserCommand({ UserName: 'eva' }))
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }))
  const document = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
  assert.equal(document.Statement[0].Principal.AWS, User?.UserId)
})

test('an account number as principal is answered as it was given', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const trust = trustOf({ AWS: '111111111111' })
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust }),
  )
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), trust)
})

test('a boundary must be a managed policy', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: LAMBDA }))
  const put = (PermissionsBoundary: string) =>
    iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'worker', PermissionsBoundary }))
  const form = await failure(put('arn:aws:iam::000000000000:not_a_policy/invalid'))
  assert.equal(form.name, 'InvalidInputException')
  assert.equal(form.message, 'ARN arn:aws:iam::000000000000:not_a_policy/invalid is not valid.')
  const none = await failure(put('arn:aws:iam::000000000000:policy/none'))
  assert.equal(
    none.message,
    'Scope ARN: arn:aws:iam::000000000000:policy/none does not exist or is not attachable.',
  )
  await put('arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess')
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }))
  assert.deepEqual(Role?.PermissionsBoundary, {
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess',
  })
})
