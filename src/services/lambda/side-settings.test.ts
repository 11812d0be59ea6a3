/** Settings beside the configuration, tags, and the answers that Terraform expects. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  GetFunctionCodeSigningConfigCommand,
  GetFunctionConfigurationCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  LambdaClient,
  ListTagsCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { failure, testCloud } from '../../../test/cloud.ts'
import { deploy } from '../../../test/functions.ts'
import { ECHO, FUNCTIONS, refused } from './testing/functions.ts'

const INVALID = 'InvalidParameterValueException'

describe('settings of a function', () => {
  it('have the defaults of AWS until they are set', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const name = { FunctionName: 'f' }
    const recursion = () => lambda.send(new GetFunctionRecursionConfigCommand(name))
    assert.equal((await recursion()).RecursiveLoop, 'Terminate')
    await lambda.send(new PutFunctionRecursionConfigCommand({ ...name, RecursiveLoop: 'Allow' }))
    assert.equal((await recursion()).RecursiveLoop, 'Allow')
    const management = () => lambda.send(new GetRuntimeManagementConfigCommand(name))
    assert.equal((await management()).UpdateRuntimeOn, 'Auto')
    await lambda.send(
      new PutRuntimeManagementConfigCommand({ ...name, UpdateRuntimeOn: 'FunctionUpdate' }),
    )
    assert.equal((await management()).UpdateRuntimeOn, 'FunctionUpdate')
    const { $metadata, ...signing } = await lambda.send(
      new GetFunctionCodeSigningConfigCommand(name),
    )
    assert.deepEqual([$metadata.httpStatusCode, signing], [200, {}])
  })

  it('are shown as they were given', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO, {
      Runtime: 'python3.13',
      EphemeralStorage: { Size: 1024 },
      SnapStart: { ApplyOn: 'PublishedVersions' },
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' },
      Environment: { Variables: { AB: 'c' } },
    })
    const read = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))
    const found = await read()
    assert.deepEqual(found.EphemeralStorage, { Size: 1024 })
    assert.deepEqual(found.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' })
    assert.deepEqual(found.TracingConfig, { Mode: 'Active' })
    assert.deepEqual(found.Environment, { Variables: { AB: 'c' } })
    const LogGroup = '/aws/lambda/f'
    assert.deepEqual(found.LoggingConfig, {
      LogFormat: 'JSON',
      ApplicationLogLevel: 'INFO',
      SystemLogLevel: 'WARN',
      LogGroup,
    })
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'f',
        LoggingConfig: { LogFormat: 'Text' },
      }),
    )
    assert.deepEqual((await read()).LoggingConfig, { LogFormat: 'Text', LogGroup })
  })

  it('are refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const update = (input: object) =>
      cloud
        .client(LambdaClient)
        .send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', ...input }))
    await refused(
      update({ LoggingConfig: { ApplicationLogLevel: 'DEBUG' } }),
      INVALID,
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your ' +
        'request or change the LogFormat to "JSON" and try again.',
    )
    await refused(
      update({ Runtime: 'java8' }),
      INVALID,
      'The runtime parameter of java8 is no longer supported for creating or updating AWS Lambda ' +
        'functions. We recommend you use a supported runtime while creating or updating functions.',
    )
    await refused(
      update({ Environment: { Variables: { AWS_REGION: 'x' } } }),
      INVALID,
      'Lambda was unable to configure your environment variables because the environment ' +
        'variables you have provided contains reserved keys that are currently not supported for ' +
        'modification. Reserved keys used in this request: AWS_REGION',
    )
    const large = { LARGE: 'x'.repeat(4096) }
    await refused(
      update({ Environment: { Variables: large } }),
      INVALID,
      'Lambda was unable to configure your environment variables because the environment ' +
        'variables you have provided exceeded the 4KB limit. String measured: ' +
        JSON.stringify(large),
    )
    await refused(
      update({ Role: 'arn:aws:iam::111122223333:role/r' }),
      'AccessDeniedException',
      'Cross-account pass role is not allowed.',
    )
    const unknown = await failure(update({ Runtime: 'non-existent' }))
    assert.equal(unknown.name, INVALID)
    assert.match(
      unknown.message,
      /^Value non-existent at 'runtime' failed to satisfy constraint: Member must satisfy enum /,
    )
  })
})

describe('tags of a function', () => {
  it('are set and taken away', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const { arn: Resource } = await deploy(cloud, 'f', ECHO, { Tags: { a: '1' } })
    await lambda.send(new TagResourceCommand({ Resource, Tags: { b: '2' } }))
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['a'] }))
    const { Tags } = await lambda.send(new ListTagsCommand({ Resource }))
    assert.deepEqual(Tags, { b: '2' })
  })

  it('are refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const { arn } = await deploy(cloud, 'f', ECHO)
    const tag = (Resource: string, Tags: Record<string, string>) =>
      lambda.send(new TagResourceCommand({ Resource, Tags }))
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v']))
    await refused(tag(arn, many), INVALID, 'Number of tags exceeds resource tag limit.')
    await refused(tag(arn, {}), INVALID, 'An error occurred and the request cannot be processed.')
    await refused(
      tag(`${arn}:$LATEST`, { a: '1' }),
      INVALID,
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
    await refused(
      tag(`${FUNCTIONS}:none`, { a: '1' }),
      'ResourceNotFoundException',
      `Function not found: ${FUNCTIONS}:none`,
    )
    const mappings = FUNCTIONS.replace('function', 'event-source-mapping')
    const mapping = `${mappings}:${crypto.randomUUID()}`
    await refused(
      tag(mapping, { a: '1' }),
      'ResourceNotFoundException',
      `Event source mapping not found: ${mapping}`,
    )
    const provider = FUNCTIONS.replace('function', 'capacity-provider:p')
    await refused(
      tag(provider, { a: '1' }),
      'ResourceNotFoundException',
      `Capacity provider not found: ${provider}`,
    )
  })
})
