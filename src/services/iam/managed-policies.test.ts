import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
} from '@aws-sdk/client-iam'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow } from '../../../test/policies.ts'

const ARN = 'arn:aws:iam::000000000000:policy/ops/stop'

async function cloudWithPolicy() {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const policy = { PolicyName: 'stop', Path: '/ops/', PolicyDocument: allow('ec2:StopInstances') }
  const { Policy } = await iam.send(new CreatePolicyCommand({ ...policy, Description: 'stops' }))
  return { cloud, iam, policy, created: Policy }
}

test('a policy is created, shown and deleted', async () => {
  const { iam, policy, created } = await cloudWithPolicy()
  assert.equal(created?.Arn, ARN)
  assert.match(created?.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/)
  assert.equal(created?.Description, undefined)
  const taken = await failure(iam.send(new CreatePolicyCommand({ ...policy, Path: '/' })))
  assert.equal(taken.name, 'EntityAlreadyExistsException')
  assert.equal(
    taken.message,
    'A policy called stop already exists. Duplicate names are not allowed.',
  )
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: ARN }))
  assert.equal(Policy?.Description, 'stops')
  assert.deepEqual(Policy?.Tags, [])
  await iam.send(new DeletePolicyCommand({ PolicyArn: ARN }))
  const gone = await failure(iam.send(new GetPolicyCommand({ PolicyArn: ARN })))
  assert.equal(gone.message, `Policy ${ARN} was not found.`)
})

test('a policy has up to five versions, one of them the default', async () => {
  const { iam } = await cloudWithPolicy()
  const add = (action: string, SetAsDefault = false) =>
    iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: ARN,
        PolicyDocument: allow(action),
        SetAsDefault,
      }),
    )
  const { PolicyVersion } = await add('ec2:StartInstances', true)
  assert.equal(PolicyVersion?.VersionId, 'v2')
  assert.equal(PolicyVersion?.IsDefaultVersion, true)
  for (const action of ['ec2:a', 'ec2:b', 'ec2:c']) await add(action)
  const sixth = await failure(add('ec2:d'))
  assert.equal(
    sixth.message,
    'A managed policy can have up to 5 versions. Before you create a new version, you must ' +
      'delete an existing version.',
  )
  const version = { PolicyArn: ARN, VersionId: 'v2' }
  const isDefault = await failure(iam.send(new DeletePolicyVersionCommand(version)))
  assert.equal(isDefault.message, 'Cannot delete the default version of a policy.')
  await iam.send(new SetDefaultPolicyVersionCommand({ ...version, VersionId: 'v1' }))
  await iam.send(new DeletePolicyVersionCommand(version))
  assert.equal((await add('ec2:e')).PolicyVersion?.VersionId, 'v6')
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: ARN }))
  const ids = Versions?.map(({ VersionId }) => VersionId)
  assert.deepEqual(ids, ['v6', 'v5', 'v4', 'v3', 'v1'])
  const none = await failure(iam.send(new GetPolicyVersionCommand(version)))
  assert.equal(none.message, `Policy ${ARN} version v2 does not exist or is not attachable.`)
  const several = await failure(iam.send(new DeletePolicyCommand({ PolicyArn: ARN })))
  assert.match(several.message, /^This policy has more than one version\./)
})

test('a policy in use is listed with its users and stays', async () => {
  const { iam } = await cloudWithPolicy()
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const use = { UserName: 'eva', PolicyArn: ARN }
  await iam.send(new AttachUserPolicyCommand(use))
  const attached = await failure(iam.send(new DeletePolicyCommand({ PolicyArn: ARN })))
  assert.equal(attached.name, 'DeleteConflictException')
  assert.equal(attached.message, 'Cannot delete a policy attached to entities.')
  const { PolicyUsers } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: ARN }))
  assert.deepEqual(
    PolicyUsers?.map(({ UserName }) => UserName),
    ['eva'],
  )
  const { Policies } = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }))
  assert.deepEqual(
    Policies?.map(({ Arn, AttachmentCount }) => [Arn, AttachmentCount]),
    [[ARN, 1]],
  )
  await iam.send(new DetachUserPolicyCommand(use))
  await iam.send(new DeletePolicyCommand({ PolicyArn: ARN }))
})

test('policies that AWS manages can be read and attached, not changed', async () => {
  const { iam } = await cloudWithPolicy()
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }))
  assert.equal(Policy?.Path, '/service-role/')
  const VersionId = Policy?.DefaultVersionId
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }))
  assert.deepEqual(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')), {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  })
  assert.equal(
    (await failure(iam.send(new DeletePolicyCommand({ PolicyArn })))).name,
    'AccessDenied',
  )
  const { Policies: own } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))
  assert.deepEqual(
    own?.map(({ Arn }) => Arn),
    [ARN],
  )
  const { Policies: all } = await iam.send(new ListPoliciesCommand({ MaxItems: 1000 }))
  const names = new Set(all?.map(({ PolicyName }) => PolicyName))
  for (const name of ['AmazonEC2FullAccess', 'AWSLambda_FullAccess', 'AdministratorAccess']) {
    assert.ok(names.has(name), name)
  }
})

test('tags of policies have keys with regard to case, and list in their order', async () => {
  const { iam } = await cloudWithPolicy()
  const Tags = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ]
  await iam.send(new TagPolicyCommand({ PolicyArn: ARN, Tags }))
  const { Tags: listed } = await iam.send(new ListPolicyTagsCommand({ PolicyArn: ARN }))
  assert.deepEqual(listed, Tags.toReversed())
  const twice = await failure(
    iam.send(new TagPolicyCommand({ PolicyArn: ARN, Tags: [...Tags, ...Tags] })),
  )
  assert.equal(twice.message, 'Duplicate tag keys found.')
})

test('malformed documents and ARNs are refused in words of AWS', async () => {
  const { iam } = await cloudWithPolicy()
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const bad = { PolicyName: 'bad', PolicyDocument: '{"Version":"2012-10-17","Statement":[{}]}' }
  const malformed = await failure(iam.send(new CreatePolicyCommand(bad)))
  assert.equal(malformed.name, 'MalformedPolicyDocumentException')
  assert.equal(malformed.message, 'Syntax errors in policy.')
  const attach = (PolicyArn: string) =>
    failure(iam.send(new AttachUserPolicyCommand({ UserName: 'eva', PolicyArn })))
  assert.equal(
    (await attach('longpolicynamebutnoarn')).message,
    'Invalid ARN:  Could not be parsed!',
  )
  const none = await attach(`${ARN}123`)
  assert.equal(none.name, 'NoSuchEntityException')
  assert.equal(none.message, `Policy ${ARN}123 does not exist or is not attachable.`)
})
