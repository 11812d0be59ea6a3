// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is a policy variable.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { allow, deny, trustOf } from '../../../test/policies.ts'
import { type ClientCredentials, user } from '../../../test/principals.ts'

const EVA = 'arn:aws:iam::000000000000:user/eva'
const PREFIX = `User: ${EVA} is not authorized to perform:`

function as(cloud: TestCloud, credentials: ClientCredentials) {
  return cloud.client(IAMClient, { credentials })
}

test('a user without policies is refused, in the words of IAM', async () => {
  const cloud = await testCloud()
  const eva = as(cloud, await user(cloud, 'eva'))
  const denials: [call: Promise<unknown>, action: string, resource: string][] = [
    [eva.send(new GetRoleCommand({ RoleName: 'r' })), 'GetRole', 'role r'],
    [
      eva.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: '{}' })),
      'CreateRole',
      'arn:aws:iam::000000000000:role/r',
    ],
    [eva.send(new ListRolesCommand({})), 'ListRoles', 'arn:aws:iam::000000000000:role/'],
    [eva.send(new ListUsersCommand({})), 'ListUsers', 'arn:aws:iam::000000000000:user/'],
    [eva.send(new ListPoliciesCommand({})), 'ListPolicies', 'policy path /'],
    [eva.send(new GetUserCommand({})), 'GetUser', 'user eva'],
    [eva.send(new ListAccessKeysCommand({})), 'ListAccessKeys', 'user eva'],
    [
      eva.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: '{}' })),
      'CreatePolicy',
      'policy p',
    ],
    [
      eva.send(new GetPolicyCommand({ PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })),
      'GetPolicy',
      'policy arn:aws:iam::aws:policy/AdministratorAccess',
    ],
  ]
  for (const [call, action, resource] of denials) {
    const { name, message, $metadata } = await failure(call)
    assert.equal(name, 'AccessDenied')
    assert.equal(($metadata as { httpStatusCode: number }).httpStatusCode, 403)
    const why = `because no identity-based policy allows the iam:${action} action`
    assert.equal(message, `${PREFIX} iam:${action} on resource: ${resource} ${why}`)
  }
})

test('inline, attached and group policies allow; a deny in any of them wins', async () => {
  const cloud = await testCloud()
  const root = cloud.client(IAMClient)
  const eva = as(cloud, await user(cloud, 'eva', allow('iam:GetUser', EVA)))
  const members = await failure(eva.send(new ListUsersCommand({})))
  assert.equal(members.name, 'AccessDenied')
  await eva.send(new GetUserCommand({}))

  const { Policy } = await root.send(
    new CreatePolicyCommand({ PolicyName: 'list', PolicyDocument: allow('iam:ListUsers') }),
  )
  const PolicyArn = Policy?.Arn
  await root.send(new CreateGroupCommand({ GroupName: 'ops' }))
  await root.send(new AttachGroupPolicyCommand({ GroupName: 'ops', PolicyArn }))
  await root.send(new AddUserToGroupCommand({ GroupName: 'ops', UserName: 'eva' }))
  await eva.send(new ListUsersCommand({}))

  const second = { PolicyArn, PolicyDocument: deny('iam:List*'), SetAsDefault: true }
  await root.send(new CreatePolicyVersionCommand(second))
  const { message } = await failure(eva.send(new ListUsersCommand({})))
  assert.match(message, /with an explicit deny in an identity-based policy$/)
})

test('a permissions boundary limits, and grants nothing', async () => {
  const cloud = await testCloud()
  const root = cloud.client(IAMClient)
  const eva = as(cloud, await user(cloud, 'eva', allow('iam:*')))
  await eva.send(new ListRolesCommand({}))
  const { Policy } = await root.send(
    new CreatePolicyCommand({
      PolicyName: 'limit',
      PolicyDocument: allow(['iam:ListUsers', 'ec2:*']),
    }),
  )
  const PermissionsBoundary = Policy?.Arn
  await root.send(new PutUserPermissionsBoundaryCommand({ UserName: 'eva', PermissionsBoundary }))
  await eva.send(new ListUsersCommand({}))
  const { message } = await failure(eva.send(new ListRolesCommand({})))
  assert.match(message, /because no permissions boundary allows the iam:ListRoles action$/)
})

test('conditions see the principal, the request and the resource', async () => {
  const cloud = await testCloud()
  const root = cloud.client(IAMClient)
  const own = 'arn:aws:iam::000000000000:user/${aws:username}'
  const onTag = { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }
  const readOnly = { ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/*ReadOnlyAccess' } }
  const until = { DateLessThan: { 'aws:CurrentTime': '2026-01-01T01:00:00Z' } }
  const credentials = await user(
    cloud,
    'eva',
    allow('iam:ListAccessKeys', own),
    allow('iam:GetUser', '*', onTag),
    allow('iam:AttachUserPolicy', '*', readOnly),
    allow('iam:ListUsers', '*', until),
  )
  await user(cloud, 'ada')
  const eva = as(cloud, credentials)

  await eva.send(new ListAccessKeysCommand({}))
  const others = await failure(eva.send(new ListAccessKeysCommand({ UserName: 'ada' })))
  assert.equal(others.name, 'AccessDenied')

  const Tags = [{ Key: 'team', Value: 'blue' }]
  await root.send(new TagUserCommand({ UserName: 'eva', Tags }))
  assert.equal(
    (await failure(eva.send(new GetUserCommand({ UserName: 'ada' })))).name,
    'AccessDenied',
  )
  await root.send(new TagUserCommand({ UserName: 'ada', Tags }))
  await eva.send(new GetUserCommand({ UserName: 'ada' }))

  const attach = (name: string) =>
    eva.send(
      new AttachUserPolicyCommand({
        UserName: 'ada',
        PolicyArn: `arn:aws:iam::aws:policy/${name}`,
      }),
    )
  await attach('AmazonEC2ReadOnlyAccess')
  assert.equal((await failure(attach('AdministratorAccess'))).name, 'AccessDenied')

  await eva.send(new ListUsersCommand({}))
  await cloud.advance(3600)
  assert.equal((await failure(eva.send(new ListUsersCommand({})))).name, 'AccessDenied')
})

test('setting tags on what is created needs the permission to tag', async () => {
  const cloud = await testCloud()
  const credentials = await user(cloud, 'eva', allow('iam:CreateRole'))
  const eva = as(cloud, credentials)
  const AssumeRolePolicyDocument = trustOf({ Service: 'lambda.amazonaws.com' })
  const role = { RoleName: 'r', AssumeRolePolicyDocument, Tags: [{ Key: 'a', Value: 'b' }] }
  const { message } = await failure(eva.send(new CreateRoleCommand(role)))
  assert.match(message, /iam:TagRole on resource: arn:aws:iam::000000000000:role\/r because/)
  const PolicyDocument = allow('iam:TagRole', '*', {
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] },
  })
  const inline = { UserName: 'eva', PolicyName: 'tag', PolicyDocument }
  await cloud.client(IAMClient).send(new PutUserPolicyCommand(inline))
  await eva.send(new CreateRoleCommand(role))
})

test('a refused call leaves no trace in the state, and its reason in the trace', async () => {
  const cloud = await testCloud()
  const eva = as(cloud, await user(cloud, 'eva', allow('iam:PutRolePolicy', `${EVA}/*`)))
  const PolicyDocument = allow('*')
  const put = { RoleName: 'r', PolicyName: 'p', PolicyDocument }
  await failure(eva.send(new PutRolePolicyCommand(put)))
  const response = await fetch(`${cloud.endpoint}/_windtunnel/traces`)
  const text = await response.text()
  assert.match(text, /Statement 1 of identity-based policy p0 \(inline of eva\) allows the action/)
})
