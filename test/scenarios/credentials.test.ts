/** Who may call: signatures, root users of any account, and what is said to the others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { failure, testCloud } from '../cloud.ts'
import { user } from '../principals.ts'

describe('credentials', () => {
  it('make test / test the root user of the default account', async () => {
    const cloud = await testCloud()
    const identity = await cloud.client(STSClient).send(new GetCallerIdentityCommand({}))
    assert.equal(identity.Arn, 'arn:aws:iam::000000000000:root')
    assert.equal(identity.UserId, '000000000000')
  })

  it('make an account number the root user of that account', async () => {
    const cloud = await testCloud()
    const credentials = { accessKeyId: '123456789012', secretAccessKey: 'test' }
    const sts = cloud.client(STSClient, { credentials })
    const identity = await sts.send(new GetCallerIdentityCommand({}))
    assert.equal(identity.Account, '123456789012')
  })

  it('are refused with a wrong secret, and an unknown key says what to use', async () => {
    const cloud = await testCloud()
    const wrong = cloud.client(STSClient, {
      credentials: { accessKeyId: 'test', secretAccessKey: 'guess' },
    })
    assert.equal(
      (await failure(wrong.send(new GetCallerIdentityCommand({})))).name,
      'SignatureDoesNotMatch',
    )
    const unknown = cloud.client(STSClient, {
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    })
    const error = await failure(unknown.send(new GetCallerIdentityCommand({})))
    assert.equal(error.name, 'InvalidClientTokenId')
    assert.match(error.message, /^The security token included in the request is invalid\. .*"test"/)
  })

  it('are refused with a session token that is not theirs, but for the built-in keys', async () => {
    const cloud = await testCloud()
    const stray = { sessionToken: 'stray' }
    for (const accessKeyId of ['test', '123456789012']) {
      const credentials = { accessKeyId, secretAccessKey: 'test', ...stray }
      await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
    }
    const credentials = { ...(await user(cloud, 'eva')), ...stray }
    const sts = cloud.client(STSClient, { credentials })
    const error = await failure(sts.send(new GetCallerIdentityCommand({})))
    assert.equal(error.name, 'InvalidClientTokenId')
    assert.equal(error.message, 'The security token included in the request is invalid.')
    const lambda = cloud.client(LambdaClient, { credentials })
    const refused = await failure(lambda.send(new ListFunctionsCommand({})))
    assert.equal(refused.name, 'UnrecognizedClientException')
  })
})
