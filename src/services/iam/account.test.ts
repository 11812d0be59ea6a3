import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateAccountAliasCommand,
  CreateInstanceProfileCommand,
  CreateServiceLinkedRoleCommand,
  DeleteAccountAliasCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GenerateCredentialReportCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'
import { role, user } from '../../../test/principals.ts'

const EC2 = trustOf({ Service: 'ec2.amazonaws.com' })

test('an account has one alias, which no other account has', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const aliases = async () => (await iam.send(new ListAccountAliasesCommand({}))).AccountAliases
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'first' }))
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'second' }))
  assert.deepEqual(await aliases(), ['second'])
  const other = cloud.client(IAMClient, {
    credentials: { accessKeyId: '111111111111', secretAccessKey: 'test' },
  })
  const taken = await failure(other.send(new CreateAccountAliasCommand({ AccountAlias: 'second' })))
  assert.equal(taken.name, 'EntityAlreadyExistsException')
  await iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'second' }))
  assert.deepEqual(await aliases(), [])
})

test('an instance profile holds one role, which the caller must be allowed to pass', async () => {
  const cloud = await testCloud()
  const root = cloud.client(IAMClient)
  await role(cloud, 'web', EC2)
  const names = { InstanceProfileName: 'web-profile', RoleName: 'web' }
  const { InstanceProfile } = await root.send(new CreateInstanceProfileCommand(names))
  assert.match(InstanceProfile?.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/)
  assert.deepEqual(InstanceProfile?.Roles, [])

  const credentials = await user(cloud, 'eva', allow('iam:AddRoleToInstanceProfile'))
  const eva = cloud.client(IAMClient, { credentials })
  const { message } = await failure(eva.send(new AddRoleToInstanceProfileCommand(names)))
  assert.match(message, /iam:PassRole on resource: arn:aws:iam::000000000000:role\/web because/)
  await root.send(new AddRoleToInstanceProfileCommand(names))
  const second = await failure(root.send(new AddRoleToInstanceProfileCommand(names)))
  assert.equal(second.message, 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')

  const got = await root.send(new GetInstanceProfileCommand(names))
  assert.deepEqual(
    got.InstanceProfile?.Roles?.map(({ RoleName }) => RoleName),
    ['web'],
  )
  const list = await root.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'web' }))
  assert.equal(list.InstanceProfiles?.length, 1)
  const conflict = 'Cannot delete entity, must remove roles from instance profile first.'
  assert.equal((await failure(root.send(new DeleteRoleCommand(names)))).message, conflict)
  assert.equal(
    (await failure(root.send(new DeleteInstanceProfileCommand(names)))).message,
    conflict,
  )
  await root.send(new RemoveRoleFromInstanceProfileCommand(names))
  await root.send(new DeleteInstanceProfileCommand(names))
  await root.send(new DeleteRoleCommand(names))
})

test('a service-linked role is made, protected, and deleted by its own operations', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const AWSServiceName = 'spot.amazonaws.com'
  const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))
  const RoleName = 'AWSServiceRoleForEC2Spot'
  const path = `aws-service-role/${AWSServiceName}/${RoleName}`
  assert.equal(Role?.Arn, `arn:aws:iam::000000000000:role/${path}`)
  const again = await failure(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName })))
  assert.equal(again.name, 'InvalidInputException')
  assert.equal(
    again.message,
    `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
  )
  const suffix = { AWSServiceName: 'lambda.amazonaws.com', CustomSuffix: 'x' }
  const suffixed = await failure(iam.send(new CreateServiceLinkedRoleCommand(suffix)))
  assert.equal(suffixed.message, 'Custom suffix is not allowed for lambda.amazonaws.com')
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const shaped = await failure(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })))
  assert.equal(shaped.name, 'UnmodifiableEntityException')
  assert.equal((await failure(iam.send(new DeleteRoleCommand({ RoleName })))).name, shaped.name)

  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }))
  const status = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId })
  assert.equal((await iam.send(status)).Status, 'SUCCEEDED')
  assert.equal(
    (await failure(iam.send(new GetRoleCommand({ RoleName })))).name,
    'NoSuchEntityException',
  )
})

test('the whole account is told: details, summary, credential report', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await user(cloud, 'eva', allow('ec2:*'), 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess')
  await role(cloud, 'web', EC2, allow('ec2:*'))
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}))
  assert.deepEqual(
    details.UserDetailList?.map(({ UserName }) => UserName),
    ['eva'],
  )
  assert.deepEqual(
    details.RoleDetailList?.map(({ RoleName }) => RoleName),
    ['web'],
  )
  assert.deepEqual(
    details.Policies?.map(({ PolicyName }) => PolicyName),
    ['AmazonEC2ReadOnlyAccess'],
  )
  const filtered = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }))
  assert.deepEqual(filtered.UserDetailList, [])
  assert.equal(filtered.RoleDetailList?.length, 1)

  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
  assert.deepEqual([SummaryMap?.Users, SummaryMap?.Roles, SummaryMap?.UsersQuota], [1, 1, 5000])

  const early = await failure(iam.send(new GetCredentialReportCommand({})))
  assert.equal(early.name, 'CredentialReportNotPresentException')
  const generate = async () => (await iam.send(new GenerateCredentialReportCommand({}))).State
  assert.equal(await generate(), 'STARTED')
  assert.equal(await generate(), 'COMPLETE')
  const { Content } = await iam.send(new GetCredentialReportCommand({}))
  const [header = '', root = '', eva = ''] = Buffer.from(Content ?? [])
    .toString()
    .split('\n')
  assert.match(root, /^<root_account>,arn:aws:iam::000000000000:root,N\/A,not_supported/)
  assert.match(eva, /^eva,arn:aws:iam::000000000000:user\/eva,2026-01-01T00:00:00Z,false,/)
  assert.equal(eva.split(',').length, header.split(',').length)
  await cloud.advance(4 * 3600)
  const late = await failure(iam.send(new GetCredentialReportCommand({})))
  assert.equal(late.name, 'CredentialReportExpiredException')
})

test('service-linked roles are named, described and given suffixes as AWS does', async () => {
  const iam = (await testCloud()).client(IAMClient)
  const create = async (AWSServiceName: string, more: object = {}) => {
    const command = new CreateServiceLinkedRoleCommand({ AWSServiceName, ...more })
    const { RoleName } = (await iam.send(command)).Role ?? {}
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role
  }
  assert.equal((await create('batch.amazonaws.com'))?.RoleName, 'AWSServiceRoleForBatch')
  const ssm = await create('ssm.amazonaws.com')
  assert.equal(ssm?.Description, 'Provides access to AWS Resources managed or used by Amazon SSM.')
  const suffixed = await create('lexv2.amazonaws.com', { CustomSuffix: 'x', Description: 'mine' })
  assert.equal(suffixed?.RoleName, 'AWSServiceRoleForLexV2Bots_x')
  assert.equal(suffixed?.Description, 'mine')
  const unknown = await failure(create('constructor.amazonaws.com'))
  assert.equal(unknown.name, 'InvalidInputException')
})
