import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeleteUserPolicyCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow } from '../../../test/policies.ts'
import { credentialsIn, user } from '../../../test/principals.ts'

test('a session token stands for its user, but not at IAM', async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva', allow('sqs:*'), allow('iam:*'))
  const sts = cloud.client(STSClient, { credentials: eva })
  const answer = await sts.send(new GetSessionTokenCommand({}))
  assert.deepEqual(answer.Credentials?.Expiration, new Date(cloud.clock.now() + 43_200_000))
  const credentials = credentialsIn(answer)
  await cloud.client(SQSClient, { credentials }).send(new ListQueuesCommand({}))
  const session = cloud.client(STSClient, { credentials })
  const { Arn } = await session.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, 'arn:aws:iam::000000000000:user/eva')
  const again = await failure(session.send(new GetSessionTokenCommand({})))
  assert.equal(again.name, 'AccessDenied')
  assert.equal(again.message, 'Cannot call GetSessionToken with session credentials')
  const iam = cloud.client(IAMClient, { credentials })
  assert.equal((await failure(iam.send(new GetUserCommand({})))).name, 'InvalidClientTokenId')
})

test("a federated user has what both its user's policies and its own session allow", async () => {
  const cloud = await testCloud()
  const eva = await user(cloud, 'eva', allow(['sqs:*', 'sts:GetFederationToken']))
  const sts = cloud.client(STSClient, { credentials: eva })
  const Policy = allow(['sqs:ListQueues', 'ec2:*'])
  const answer = await sts.send(new GetFederationTokenCommand({ Name: 'guest', Policy }))
  assert.equal(answer.FederatedUser?.Arn, 'arn:aws:sts::000000000000:federated-user/guest')
  assert.equal(answer.FederatedUser?.FederatedUserId, '000000000000:guest')
  const sqs = cloud.client(SQSClient, { credentials: credentialsIn(answer) })
  await sqs.send(new ListQueuesCommand({}))
  const limited = await failure(sqs.send(new CreateQueueCommand({ QueueName: 'q' })))
  assert.match(limited.message, /no session policy allows/)

  const none = await sts.send(new GetFederationTokenCommand({ Name: 'guest' }))
  assert.equal(none.PackedPolicySize, 0)
  const bare = cloud.client(SQSClient, { credentials: credentialsIn(none) })
  assert.match(
    (await failure(bare.send(new ListQueuesCommand({})))).message,
    /not authorized|denied/,
  )

  const policy = { UserName: 'eva', PolicyName: 'p0' }
  await cloud.client(IAMClient).send(new DeleteUserPolicyCommand(policy))
  assert.match((await failure(sqs.send(new ListQueuesCommand({})))).message, /identity-based/)
})

test('the account of a key is told', async () => {
  const cloud = await testCloud()
  const { accessKeyId: AccessKeyId } = await user(cloud, 'eva')
  const sts = cloud.client(STSClient)
  const { Account } = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }))
  assert.equal(Account, '000000000000')
})
