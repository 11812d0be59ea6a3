import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { allow } from '../../../test/policies.ts'

async function keyOf(cloud: TestCloud, UserName: string) {
  const { AccessKey } = await cloud.client(IAMClient).send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

test('a user is known by its keys until they are deactivated or deleted', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'eva', Path: '/ops/' }))
  assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  const credentials = await keyOf(cloud, 'eva')
  assert.match(credentials.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.match(credentials.secretAccessKey, /^[\w+/]{40}$/)
  const sts = cloud.client(STSClient, { credentials })
  const who = () => sts.send(new GetCallerIdentityCommand({}))
  const { Arn, UserId, Account } = await who()
  assert.deepEqual([Arn, UserId, Account], [User?.Arn, User?.UserId, '000000000000'])

  const key = { UserName: 'eva', AccessKeyId: credentials.accessKeyId }
  await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }))
  assert.equal((await failure(who())).name, 'InvalidClientTokenId')
  await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Active' }))
  await who()
  await iam.send(new DeleteAccessKeyCommand(key))
  assert.equal((await failure(who())).name, 'InvalidClientTokenId')
  const gone = await failure(iam.send(new DeleteAccessKeyCommand(key)))
  assert.equal(gone.message, `The Access Key with id ${key.AccessKeyId} cannot be found.`)
})

test('a user has two keys at most, and must lose them before it is deleted', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const keys = [await keyOf(cloud, 'eva'), await keyOf(cloud, 'eva')]
  const third = await failure(keyOf(cloud, 'eva'))
  assert.equal(third.name, 'LimitExceededException')
  assert.equal(third.message, 'Cannot exceed quota for AccessKeysPerUser: 2')
  const conflict = await failure(iam.send(new DeleteUserCommand({ UserName: 'eva' })))
  assert.equal(conflict.message, 'Cannot delete entity, must delete access keys first.')
  for (const { accessKeyId: AccessKeyId } of keys) {
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'eva', AccessKeyId }))
  }
  await iam.send(new DeleteUserCommand({ UserName: 'eva' }))
  const none = await failure(iam.send(new GetUserCommand({ UserName: 'eva' })))
  assert.equal(none.message, 'The user with name eva cannot be found.')
})

test('operations without a name mean the caller', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const { User: root } = await iam.send(new GetUserCommand({}))
  assert.equal(root?.Arn, 'arn:aws:iam::000000000000:root')
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const PolicyDocument = allow('iam:*')
  await iam.send(new PutUserPolicyCommand({ UserName: 'eva', PolicyName: 'p', PolicyDocument }))
  const own = cloud.client(IAMClient, { credentials: await keyOf(cloud, 'eva') })
  assert.equal((await own.send(new GetUserCommand({}))).User?.UserName, 'eva')
  const { AccessKeyMetadata } = await own.send(new ListAccessKeysCommand({}))
  assert.deepEqual(
    AccessKeyMetadata?.map(({ UserName }) => UserName),
    ['eva'],
  )
})

test('a renamed user keeps its keys, groups and policies', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'ops' }))
  await iam.send(new AddUserToGroupCommand({ UserName: 'eva', GroupName: 'ops' }))
  const credentials = await keyOf(cloud, 'eva')
  const renamed = { UserName: 'eva', NewUserName: 'ada', NewPath: '/x/' }
  await iam.send(new UpdateUserCommand(renamed))
  await iam.send(new UpdateGroupCommand({ GroupName: 'ops', NewGroupName: 'sre' }))
  const sts = cloud.client(STSClient, { credentials })
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, 'arn:aws:iam::000000000000:user/x/ada')
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'ada' }))
  assert.deepEqual(
    Groups?.map(({ GroupName }) => GroupName),
    ['sre'],
  )
  const { Users } = await iam.send(new ListUsersCommand({}))
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['ada'],
  )
})

test('groups hold users, and must be empty before they are deleted', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateGroupCommand({ GroupName: 'ops' }))
  const member = { UserName: 'eva', GroupName: 'ops' }
  const nobody = await failure(iam.send(new AddUserToGroupCommand(member)))
  assert.equal(nobody.message, 'The user with name eva cannot be found.')
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  await iam.send(new AddUserToGroupCommand(member))
  await iam.send(new AddUserToGroupCommand(member))
  const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'ops' }))
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['eva'],
  )
  const full = await failure(iam.send(new DeleteGroupCommand({ GroupName: 'ops' })))
  assert.equal(full.message, 'Cannot delete entity, must remove users from group first.')
  const busy = await failure(iam.send(new DeleteUserCommand({ UserName: 'eva' })))
  assert.equal(busy.name, 'DeleteConflictException')
  await iam.send(new RemoveUserFromGroupCommand(member))
  await iam.send(new DeleteGroupCommand({ GroupName: 'ops' }))
})

test('the last use of a key is known', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const credentials = await keyOf(cloud, 'eva')
  const lastUse = () =>
    iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: credentials.accessKeyId }))
  assert.deepEqual((await lastUse()).AccessKeyLastUsed, { Region: 'N/A', ServiceName: 'N/A' })
  const PolicyDocument = allow('iam:ListUsers')
  await iam.send(new PutUserPolicyCommand({ UserName: 'eva', PolicyName: 'p', PolicyDocument }))
  await cloud.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
  const { UserName, AccessKeyLastUsed } = await lastUse()
  assert.equal(UserName, 'eva')
  assert.deepEqual(AccessKeyLastUsed, {
    LastUsedDate: new Date(cloud.clock.now()),
    Region: 'us-east-1',
    ServiceName: 'iam',
  })
  const unknown = await failure(
    iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })),
  )
  assert.equal(unknown.name, 'AccessDenied')
})
