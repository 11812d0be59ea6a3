import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts'
import { failure, testCloud } from '../../../test/cloud.ts'
import { allow } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'

test('the encoded part of a refusal of EC2 is decoded', async () => {
  const cloud = await testCloud()
  const credentials = await user(cloud, 'eva', allow('sts:DecodeAuthorizationMessage'))
  const launch = { ImageId: 'ami-0c02fb55956c7d316', MinCount: 1, MaxCount: 1 }
  const { message } = await failure(
    cloud.client(EC2Client, { credentials }).send(new RunInstancesCommand(launch)),
  )
  const [, EncodedMessage = ''] =
    /Encoded authorization failure message: (\S+)$/.exec(message) ?? []
  const sts = cloud.client(STSClient, { credentials })
  const { DecodedMessage = '' } = await sts.send(
    new DecodeAuthorizationMessageCommand({ EncodedMessage }),
  )
  const { allowed, explicitDeny, context } = JSON.parse(DecodedMessage)
  assert.deepEqual([allowed, explicitDeny], [false, false])
  assert.equal(context.action, 'ec2:RunInstances')
  assert.equal(context.principal.arn, 'arn:aws:iam::000000000000:user/eva')

  const forged = new DecodeAuthorizationMessageCommand({ EncodedMessage: 'nonsense' })
  assert.equal((await failure(sts.send(forged))).name, 'InvalidAuthorizationMessageException')
})
