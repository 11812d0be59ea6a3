/** What is refused of functions and of what they are invoked with, in the words of recordings. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { failure, testCloud } from '../../../test/cloud.ts'
import { deploy, role, zip } from '../../../test/functions.ts'
import { ECHO, FUNCTIONS, refused } from './testing/functions.ts'

const INVALID = 'InvalidParameterValueException'

describe('CreateFunction', () => {
  it('refuses what does not go together', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'taken', ECHO)
    const ZipFile = zip({ 'index.js': ECHO })
    const plain = { Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile } } as const
    const Role = await role(cloud, 'r')
    const create = (settings: Partial<CreateFunctionCommandInput>) =>
      lambda.send(new CreateFunctionCommand({ ...plain, FunctionName: 'f', Role, ...settings }))
    const apply = { SnapStart: { ApplyOn: 'PublishedVersions' } } as const
    const snap = 'nodejs22.x is not supported for SnapStart enabled functions.'
    await refused(create(apply), INVALID, snap)
    const both = { ZipFile, S3Bucket: 'bucket', S3Key: 'key' }
    const one = 'Please do not provide other FunctionCode parameters when providing a ZipFile.'
    await refused(create({ Code: both }), INVALID, one)
    // Layers are looked at before the name.
    const Layers = ['arn:aws:lambda:eu-west-1:000000000000:layer:l:1']
    await refused(
      create({ FunctionName: 'taken', Layers }),
      INVALID,
      'Layers are not in the same region as the function. Layers are expected to be in region ' +
        'us-east-1.',
    )
    const image = { PackageType: 'Image', Code: { ImageUri: 'i' }, Runtime: undefined } as const
    const none = 'Windtunnel does not implement lambda:container images.'
    assert.equal(await refused(create(image), 'NotImplemented', none), 501)
    const java = await create({ ...apply, Runtime: 'java21' })
    assert.deepEqual(java.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' })
  })
})

describe('changes of a function', () => {
  it('are refused when they do not fit it', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const image = { FunctionName: 'f', ImageUri: 'i' }
    const text = "Please don't provide ImageUri when updating a function with packageType Zip."
    await refused(lambda.send(new UpdateFunctionCodeCommand(image)), INVALID, text)
    const SnapStart = { ApplyOn: 'PublishedVersions' } as const
    const snap = new UpdateFunctionConfigurationCommand({ FunctionName: 'f', SnapStart })
    const unable = 'nodejs22.x is not supported for SnapStart enabled functions.'
    await refused(lambda.send(snap), INVALID, unable)
  })

  it('are refused without a Type in two cases', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
    const RoutingConfig = { AdditionalVersionWeights: { 1: 0.5 } }
    const alias = { FunctionName: 'f', Name: 'a', FunctionVersion: '$LATEST', RoutingConfig }
    const ReservedConcurrentExecutions = 901
    const reserved = { FunctionName: 'f', ReservedConcurrentExecutions }
    for (const call of [
      lambda.send(new CreateAliasCommand(alias)),
      lambda.send(new PutFunctionConcurrencyCommand(reserved)),
    ]) {
      const { name, Type } = await failure(call)
      assert.deepEqual([name, Type], [INVALID, undefined])
    }
  })
})

describe('DeleteFunction', () => {
  it('answers 204, for functions and for versions', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
    for (const Qualifier of ['1', undefined]) {
      const call = new DeleteFunctionCommand({ FunctionName: 'f', Qualifier })
      const { StatusCode, $metadata } = await lambda.send(call)
      assert.deepEqual([StatusCode, $metadata.httpStatusCode], [204, 204])
    }
  })
})

describe('CreateEventSourceMapping', () => {
  it('looks at its settings before the function', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const mapping = { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q', FunctionName: 'none' }
    const DestinationConfig = { OnFailure: { Destination: `${FUNCTIONS}:g` } }
    await refused(
      lambda.send(new CreateEventSourceMappingCommand({ ...mapping, DestinationConfig })),
      INVALID,
      'Unsupported DestinationConfig parameter for given event source mapping type.',
    )
    await refused(
      lambda.send(new CreateEventSourceMappingCommand({ ...mapping, ParallelizationFactor: 2 })),
      INVALID,
      'Unsupported ParallelizationFactor parameter for given event source mapping type.',
    )
    await refused(
      lambda.send(new CreateEventSourceMappingCommand({ ...mapping, StartingPosition: 'LATEST' })),
      INVALID,
      'StartingPosition is not valid for SQS event sources.',
    )
    const Filters = Array(6).fill({ Pattern: '{"body":["a"]}' })
    await refused(
      lambda.send(new CreateEventSourceMappingCommand({ ...mapping, FilterCriteria: { Filters } })),
      INVALID,
      'Number of filters exceeds the limit of 5.',
    )
    const unknown = lambda.send(new CreateEventSourceMappingCommand(mapping))
    await refused(unknown, INVALID, 'Function does not exist')
  })
})

/** Jackson's words for bytes; the first two are what the AWS CLI makes of text that it decodes. */
const BAD_PAYLOADS: readonly (readonly [string, string, number])[] = [
  ['n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt', 'Invalid UTF-8 start byte 0x87', 3],
  ['\x99\xeb,j\x07\xa1zYh', unexpected('(CTRL-CHAR, code 153)'), 1],
  ['"\xc3(', 'Invalid UTF-8 middle byte 0x28', 4],
  ['"a\xed\xa0\x80"', 'Invalid UTF-8 middle byte 0x22', 7],
  ['[1,\xff', unexpected("'ÿ' (code 255)"), 4],
  ['\xc3\xa9', unexpected("'Ã' (code 195)"), 1],
  ['{"a":}', unexpected("'}' (code 125)"), 6],
]

function unexpected(what: string): string {
  const expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
  return `Unexpected character (${what}): expected a valid value ${expected}`
}

describe('a payload that is no JSON', () => {
  it('is refused where the parser of AWS would stumble', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    for (const [bytes, text, column] of BAD_PAYLOADS) {
      const Payload = Buffer.from(bytes, 'latin1')
      await refused(
        lambda.send(new InvokeCommand({ FunctionName: 'f', Payload })),
        'InvalidRequestContentException',
        `Could not parse request body into json: Could not parse payload into json: ${text}\n at ` +
          '[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, ' +
          `column: ${column}]`,
      )
    }
  })
})

describe('a client context', () => {
  it('is refused unless it is an object in base64', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', 'exports.handler = async (event, { clientContext }) => clientContext')
    const encoded = (text: string) => Buffer.from(text).toString('base64')
    const call = (ClientContext: string) => ({ FunctionName: 'f', ClientContext })
    for (const context of ['!!!', encoded('nope'), encoded('[1]')]) {
      for (const command of [
        lambda.send(new InvokeCommand(call(context))),
        lambda.send(new InvokeWithResponseStreamCommand(call(context))),
      ]) {
        await refused(
          command,
          'InvalidRequestContentException',
          'Client context must be a valid Base64-encoded JSON object.',
        )
      }
    }
    const { Payload } = await lambda.send(new InvokeCommand(call(encoded('{"a":1}'))))
    assert.equal(Payload?.transformToString(), '{"a":1}')
  })
})
