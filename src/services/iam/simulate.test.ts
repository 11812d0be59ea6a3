import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  IAMClient,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow, deny } from '../../../test/policies.ts'

const EVA = 'arn:aws:iam::000000000000:user/eva'
const INSTANCE = 'arn:aws:ec2:us-east-1:111122223333:instance/i-1'
const BUCKET = 'arn:aws:s3:::bucket'

test('a principal is simulated by its policies, as recorded from AWS', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const PolicyDocument =
    '{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", ' +
    '"Action": "s3:PutObject", "Resource": "*"}}'
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'put', PolicyDocument }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'eva', PolicyArn: Policy?.Arn }))
  const { EvaluationResults, IsTruncated } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: EVA,
      ActionNames: ['s3:PutObject', 's3:GetObjectVersion'],
      ResourceArns: [BUCKET],
    }),
  )
  const matched = {
    SourcePolicyId: 'put',
    SourcePolicyType: 'IAM Policy',
    StartPosition: { Line: 1, Column: 41 },
    EndPosition: { Line: 1, Column: 113 },
  }
  const result = (EvalActionName: string, EvalDecision: string, MatchedStatements: object[]) => ({
    EvalActionName,
    EvalResourceName: BUCKET,
    EvalDecision,
    MatchedStatements,
    MissingContextValues: [],
    OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    EvalDecisionDetails: {},
    ResourceSpecificResults: [
      {
        EvalResourceName: BUCKET,
        EvalResourceDecision: EvalDecision,
        MatchedStatements,
        MissingContextValues: [],
      },
    ],
  })
  assert.equal(IsTruncated, false)
  assert.deepEqual(EvaluationResults, [
    result('s3:PutObject', 'allowed', [matched]),
    result('s3:GetObjectVersion', 'implicitDeny', []),
  ])
})

test('conditions, boundaries and denies count', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const region = { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }
  const inline = { UserName: 'eva', PolicyName: 'p' }
  const PolicyDocument = allow('ec2:*', '*', region)
  await iam.send(new PutUserPolicyCommand({ ...inline, PolicyDocument }))
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess'
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'eva', PermissionsBoundary }))
  const simulate = async (...values: string[]) => {
    const ContextEntries = values.map((value) => ({
      ContextKeyName: 'aws:requestedregion',
      ContextKeyValues: [value],
      ContextKeyType: 'string' as const,
    }))
    const ActionNames = ['ec2:DescribeInstances', 'ec2:StopInstances']
    const input = { PolicySourceArn: EVA, ActionNames, ContextEntries }
    const { EvaluationResults } = await iam.send(new SimulatePrincipalPolicyCommand(input))
    return EvaluationResults?.map((result) => [
      result.EvalDecision,
      result.MissingContextValues?.length,
      result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      result.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId).join(),
    ])
  }
  assert.deepEqual(await simulate(), [
    ['implicitDeny', 1, true, ''],
    ['implicitDeny', 1, false, ''],
  ])
  assert.deepEqual(await simulate('eu-west-1'), [
    ['allowed', 0, true, 'user_eva_p,AmazonEC2ReadOnlyAccess'],
    ['implicitDeny', 0, false, ''],
  ])
})

test('policies are simulated without a principal', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const PolicyInputList = [allow('ec2:*'), deny('ec2:TerminateInstances')]
  const { EvaluationResults } = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList,
      ActionNames: ['ec2:StopInstances', 'ec2:TerminateInstances', 'iam:GetUser'],
    }),
  )
  assert.deepEqual(
    EvaluationResults?.map(({ EvalDecision, MatchedStatements }) => [
      EvalDecision,
      MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId),
    ]),
    [
      ['allowed', ['PolicyInputList.1']],
      ['explicitDeny', ['PolicyInputList.2']],
      ['implicitDeny', []],
    ],
  )
  const malformed = await failure(
    iam.send(new SimulateCustomPolicyCommand({ PolicyInputList: ['{'], ActionNames: ['ec2:*'] })),
  )
  assert.equal(malformed.name, 'MalformedPolicyDocumentException')
})

test('the condition keys of policies are named', async () => {
  const cloud = await testCloud()
  const own = `arn:aws:iam::*:user/\${aws:username}`
  const condition = { Bool: { 'aws:SecureTransport': 'true' } }
  const command = new GetContextKeysForCustomPolicyCommand({
    PolicyInputList: [allow('iam:GetUser', own, condition)],
  })
  const { ContextKeyNames } = await cloud.client(IAMClient).send(command)
  assert.deepEqual(ContextKeyNames, ['aws:SecureTransport', 'aws:username'])
})

test('what is asked of one resource by its ARN has details of it', async () => {
  const iam = (await testCloud()).client(IAMClient)
  const PolicyInputList = [allow('ec2:*', '*', { Bool: { 'aws:SecureTransport': 'true' } })]
  const ActionNames = ['ec2:StopInstances']
  const simulate = async (more: object) => {
    const command = new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames, ...more })
    return (await iam.send(command)).EvaluationResults?.[0]
  }
  const all = await simulate({})
  assert.deepEqual(all?.MissingContextValues, ['aws:SecureTransport'])
  assert.deepEqual([all?.EvalDecisionDetails, all?.ResourceSpecificResults], [undefined, undefined])
  const one = await simulate({ ResourceArns: [INSTANCE] })
  assert.deepEqual(one?.MissingContextValues, [])
  const [specific] = one?.ResourceSpecificResults ?? []
  assert.deepEqual(specific?.MissingContextValues, ['aws:SecureTransport'])
})

test('a simulation without a caller crosses no accounts, and one with a caller may', async () => {
  const cloud = await testCloud()
  const iam = cloud.client(IAMClient)
  const ActionNames = ['ec2:StopInstances']
  const scenario = { PolicyInputList: [allow('ec2:*')], ActionNames, ResourceArns: [INSTANCE] }
  const decide = async (more: object) => {
    const command = new SimulateCustomPolicyCommand({ ...scenario, ...more })
    return (await iam.send(command)).EvaluationResults?.[0]?.EvalDecision
  }
  assert.equal(await decide({}), 'allowed')
  assert.equal(await decide({ CallerArn: EVA }), 'implicitDeny')
  const CallerArn = 'arn:aws:iam::111122223333:user/eva'
  assert.equal(await decide({ CallerArn }), 'allowed')

  await iam.send(new CreateUserCommand({ UserName: 'eva' }))
  const byPrincipal = async (more: object) => {
    const command = new SimulatePrincipalPolicyCommand({
      ...scenario,
      PolicySourceArn: EVA,
      ...more,
    })
    return (await iam.send(command)).EvaluationResults?.[0]?.EvalDecision
  }
  assert.equal(await byPrincipal({}), 'implicitDeny')
  assert.equal(await byPrincipal({ CallerArn }), 'allowed')
})
