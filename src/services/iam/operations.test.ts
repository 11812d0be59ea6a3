import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as sdk from '@aws-sdk/client-iam'
import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'
import { operations } from './operations.ts'

/** Something for every member that an operation requires; each takes what it knows. */
const INPUT = {
  RoleName: 'none',
  UserName: 'none',
  GroupName: 'none',
  InstanceProfileName: 'none',
  PolicyName: 'none',
  PolicyArn: 'arn:aws:iam::000000000000:policy/none',
  PolicyDocument: allow('ec2:*'),
  AssumeRolePolicyDocument: trustOf({ Service: 'lambda.amazonaws.com' }),
  PermissionsBoundary: 'arn:aws:iam::000000000000:policy/none',
  VersionId: 'v1',
  Tags: [{ Key: 'a', Value: 'b' }],
  TagKeys: ['a'],
  AccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  Status: 'Active',
  Description: 'none',
  AWSServiceName: 'spot.amazonaws.com',
  DeletionTaskId: 'task/aws-service-role/spot.amazonaws.com/none/id',
  AccountAlias: 'none',
  PolicySourceArn: 'arn:aws:iam::000000000000:user/none',
  PolicyInputList: [allow('ec2:*')],
  ActionNames: ['ec2:StopInstances'],
  Url: 'https://none.example.com',
  OpenIDConnectProviderArn: 'arn:aws:iam::000000000000:oidc-provider/none.example.com',
  ClientID: 'none',
  ThumbprintList: ['a'.repeat(40)],
}

type Command = new (input: object) => PutUserPolicyCommand

function commandOf(operation: string): PutUserPolicyCommand {
  const Type = (sdk as unknown as Record<string, Command>)[`${operation}Command`]
  assert.ok(Type, operation)
  return new Type(INPUT)
}

test('no operation is open to a user without permissions', async () => {
  const cloud = await testCloud()
  const credentials = await user(cloud, 'eva')
  const eva = cloud.client(IAMClient, { credentials })
  for (const operation of Object.keys(operations)) {
    const { name, message } = await failure(eva.send(commandOf(operation)))
    assert.equal(name, 'AccessDenied', `${operation}: ${message}`)
    const text = `is not authorized to perform: iam:${operation} on resource: `
    assert.ok(message.includes(text), `${operation}: ${message}`)
  }
})

test('every operation is open to a user with the permission of its name', async () => {
  const cloud = await testCloud()
  const credentials = await user(cloud, 'eva')
  const root = cloud.client(IAMClient)
  const eva = cloud.client(IAMClient, { credentials })
  const unknownKey = 'GetAccessKeyLastUsed'
  for (const operation of Object.keys(operations).filter((name) => name !== unknownKey)) {
    // What creates with tags needs the permission to tag, too.
    const PolicyDocument = allow([`iam:${operation}`, 'iam:Tag*'])
    await root.send(
      new PutUserPolicyCommand({ UserName: 'eva', PolicyName: 'only', PolicyDocument }),
    )
    try {
      await eva.send(commandOf(operation))
    } catch (error) {
      assert.notEqual((error as Error).name, 'AccessDenied', operation)
      assert.ok(
        Number((error as sdk.IAMServiceException).$metadata.httpStatusCode) < 500,
        operation,
      )
    }
  }
})
