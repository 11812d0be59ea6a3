/** Layers: published, permitted, and at /opt of the functions that use them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { failure, type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { deploy, invoke, zip } from '../../../../test/functions.ts'
import { allow } from '../../../../test/policies.ts'
import { user } from '../../../../test/principals.ts'
import { ECHO, refused } from '../testing/functions.ts'

const LAYERS = 'arn:aws:lambda:us-east-1:000000000000:layer'
const INVALID = 'InvalidParameterValueException'
const NOT_FOUND = 'ResourceNotFoundException'

function publish(cloud: TestCloud, name: string, files: Record<string, string>, input = {}) {
  return cloud.client(LambdaClient).send(
    new PublishLayerVersionCommand({
      LayerName: name,
      Content: { ZipFile: zip(files) },
      ...input,
    }),
  )
}

describe('a layer', () => {
  it('is published in versions, whose numbers are not given again', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const first = await publish(
      cloud,
      'l',
      { a: '1' },
      { CompatibleRuntimes: ['nodejs22.x'], Description: 'd' },
    )
    const { $metadata, Content, CreatedDate, ...shown } = first
    assert.equal($metadata.httpStatusCode, 201)
    assert.match(CreatedDate ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/)
    assert.deepEqual(shown, {
      LayerArn: `${LAYERS}:l`,
      LayerVersionArn: `${LAYERS}:l:1`,
      Version: 1,
      Description: 'd',
      CompatibleRuntimes: ['nodejs22.x'],
    })
    const downloaded = await fetch(Content?.Location ?? '')
    assert.equal((await downloaded.bytes()).length, Content?.CodeSize)
    await publish(cloud, 'l', { a: '2' })
    const list = async (input = {}) => {
      const command = new ListLayerVersionsCommand({ LayerName: 'l', ...input })
      const { LayerVersions = [] } = await lambda.send(command)
      return LayerVersions.map(({ Version }) => Version)
    }
    assert.deepEqual(await list(), [2, 1])
    assert.deepEqual(await list({ CompatibleRuntime: 'nodejs22.x' }), [1])
    const { Layers = [] } = await lambda.send(new ListLayersCommand({}))
    assert.deepEqual(
      Layers.map(({ LayerName, LatestMatchingVersion }) => [
        LayerName,
        LatestMatchingVersion?.Version,
      ]),
      [['l', 2]],
    )
    const byArn = new GetLayerVersionByArnCommand({ Arn: `${LAYERS}:l:1` })
    assert.equal((await lambda.send(byArn)).Description, 'd')
    for (const VersionNumber of [2, 2, 1]) {
      await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'l', VersionNumber }))
    }
    assert.deepEqual(await list(), [])
    assert.equal((await publish(cloud, 'l', { a: '3' })).Version, 3)
  })

  it('is at /opt, later ones over earlier ones', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const source = `exports.handler = async () => [require('one'), require('both')]`
    const layer = (name: string, file: string, text: string) =>
      publish(cloud, name, {
        [`nodejs/node_modules/${file}/index.js`]: `module.exports = '${text}'`,
        'nodejs/node_modules/both/index.js': `module.exports = 'of ${name}'`,
      })
    await layer('a', 'one', '1')
    await layer('b', 'two', '2')
    const Layers = [`${LAYERS}:a:1`, `${LAYERS}:b:1`]
    await deploy(cloud, 'f', source, { Layers })
    assert.deepEqual((await invoke(cloud, 'f')).payload, ['1', 'of b'])
    const { Layers: shown = [] } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'f' }),
    )
    assert.deepEqual(
      shown.map(({ Arn }) => Arn),
      Layers,
    )
    assert.ok(shown.every(({ CodeSize = 0 }) => CodeSize > 0))
    // A function keeps a version that is deleted.
    await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'a', VersionNumber: 1 }))
    const reordered = { FunctionName: 'f', Description: 'changed' }
    await lambda.send(new UpdateFunctionConfigurationCommand(reordered))
    await cloud.settle()
    assert.deepEqual((await invoke(cloud, 'f')).payload, ['1', 'of b'])
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    for (const text of ['1', '2']) await publish(cloud, 'l', { a: text })
    const get = (VersionNumber: number) =>
      lambda.send(new GetLayerVersionCommand({ LayerName: 'l', VersionNumber }))
    await refused(get(0), INVALID, 'Layer Version Cannot be less than 1')
    await refused(get(9), NOT_FOUND, 'The resource you requested does not exist.')
    await deploy(cloud, 'f', ECHO)
    const use = (...Layers: string[]) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers }))
    await refused(use(`${LAYERS}:l:9`), INVALID, `Layer version ${LAYERS}:l:9 does not exist.`)
    await refused(
      use(`${LAYERS}:l:1`, `${LAYERS}:l:2`),
      INVALID,
      'Two different versions of the same layer are not allowed to be referenced in the same ' +
        `function. ${LAYERS}:l:1 and ${LAYERS}:l:2 are versions of the same layer.`,
    )
    const own = { 'ForAllValues:StringLike': { 'lambda:Layer': `${LAYERS}:own*` } }
    const credentials = await user(cloud, 'u', allow('lambda:*', '*', own))
    const input = { FunctionName: 'f', Layers: [`${LAYERS}:l:1`] }
    const narrow = cloud.client(LambdaClient, { credentials })
    const denied = await failure(narrow.send(new UpdateFunctionConfigurationCommand(input)))
    assert.match(denied.message, /lambda:UpdateFunctionConfiguration .* no identity-based policy/)
    await refused(
      use(...[1, 2, 3, 4, 5, 6].map((n) => `${LAYERS}:l${n}:1`)),
      INVALID,
      'Cannot reference more than 5 layers.',
    )
    await refused(
      use(`${LAYERS}:l:1`.replace('us-east-1', 'eu-west-1')),
      INVALID,
      'Layers are not in the same region as the function. Layers are expected to be in region ' +
        'us-east-1.',
    )
  })
})

describe('a layer version policy', () => {
  it('lets other accounts use the version', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await publish(cloud, 'l', { a: '1' })
    const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
    const stranger = cloud.client(LambdaClient, { credentials })
    const read = () => stranger.send(new GetLayerVersionByArnCommand({ Arn: `${LAYERS}:l:1` }))
    await refused(
      read(),
      'AccessDeniedException',
      'User: arn:aws:iam::111122223333:root is not authorized to perform: ' +
        `lambda:GetLayerVersion on resource: ${LAYERS}:l:1 because no resource-based policy ` +
        'allows the lambda:GetLayerVersion action',
    )
    const version = { LayerName: 'l', VersionNumber: 1 }
    const { Statement, RevisionId } = await lambda.send(
      new AddLayerVersionPermissionCommand({
        ...version,
        StatementId: 's',
        Action: 'lambda:GetLayerVersion',
        Principal: '111122223333',
      }),
    )
    const statement = {
      Sid: 's',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'lambda:GetLayerVersion',
      Resource: `${LAYERS}:l:1`,
    }
    assert.equal(Statement, JSON.stringify(statement))
    assert.equal((await read()).Version, 1)
    const policy = await lambda.send(new GetLayerVersionPolicyCommand(version))
    assert.equal(policy.RevisionId, RevisionId)
    const remove = new RemoveLayerVersionPermissionCommand({ ...version, StatementId: 's' })
    await lambda.send(remove)
    await refused(
      lambda.send(new GetLayerVersionPolicyCommand(version)),
      NOT_FOUND,
      'No policy is associated with the given resource.',
    )
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await publish(cloud, 'l', { a: '1' })
    const add = (input = {}) =>
      lambda.send(
        new AddLayerVersionPermissionCommand({
          LayerName: 'l',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
          ...input,
        }),
      )
    await add()
    await refused(
      add(),
      'ResourceConflictException',
      'The statement id (s) provided already exists. Please provide a new statement id, or ' +
        'remove the existing statement.',
    )
    await refused(
      add({ StatementId: 't', RevisionId: 'x' }),
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy ' +
        'API to retrieve the latest Revision Id',
    )
    await refused(
      add({ VersionNumber: 2 }),
      NOT_FOUND,
      `Layer version ${LAYERS}:l:2 does not exist.`,
    )
    const removed = { LayerName: 'l', VersionNumber: 1, StatementId: 'none' }
    await refused(
      lambda.send(new RemoveLayerVersionPermissionCommand(removed)),
      NOT_FOUND,
      'Statement none is not found in resource policy.',
    )
  })
})
