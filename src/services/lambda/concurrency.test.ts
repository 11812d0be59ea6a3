/** Reserved and provisioned concurrency, and what is throttled. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { realtime } from '../../clock.ts'
import { ECHO, FUNCTIONS, gate, refused, release } from './testing/functions.ts'

const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded'
const INVALID = 'InvalidParameterValueException'

function reserve(cloud: TestCloud, name: string, executions: number) {
  return cloud.client(LambdaClient).send(
    new PutFunctionConcurrencyCommand({
      FunctionName: name,
      ReservedConcurrentExecutions: executions,
    }),
  )
}

function provision(cloud: TestCloud, qualifier: string, executions: number) {
  return cloud.client(LambdaClient).send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: 'f',
      Qualifier: qualifier,
      ProvisionedConcurrentExecutions: executions,
    }),
  )
}

function event(cloud: TestCloud, name: string) {
  const call = new InvokeCommand({ FunctionName: name, InvocationType: 'Event' })
  return cloud.client(LambdaClient).send(call)
}

function starts(cloud: TestCloud) {
  return cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === 'invocation' && step.phase === 'start' ? [step] : []))
}

describe('reserved concurrency', () => {
  it('is set, shown and taken away', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const name = { FunctionName: 'f' }
    assert.equal((await reserve(cloud, 'f', 3)).ReservedConcurrentExecutions, 3)
    const found = await lambda.send(new GetFunctionCommand(name))
    assert.deepEqual(found.Concurrency, { ReservedConcurrentExecutions: 3 })
    const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}))
    assert.equal(AccountLimit?.ConcurrentExecutions, 1000)
    assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 997)
    assert.equal(AccountUsage?.FunctionCount, 1)
    assert.equal(AccountUsage?.TotalCodeSize, found.Configuration?.CodeSize)
    await lambda.send(new DeleteFunctionConcurrencyCommand(name))
    const { ReservedConcurrentExecutions } = await lambda.send(
      new GetFunctionConcurrencyCommand(name),
    )
    assert.equal(ReservedConcurrentExecutions, undefined)
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    await deploy(cloud, 'g', ECHO)
    const minimum =
      "Specified ReservedConcurrentExecutions for function decreases account's " +
      'UnreservedConcurrentExecution below its minimum value of [100].'
    await refused(reserve(cloud, 'f', 901), INVALID, minimum)
    await reserve(cloud, 'f', 500)
    await refused(reserve(cloud, 'g', 401), INVALID, minimum)
    await reserve(cloud, 'g', 400)
    await refused(
      reserve(cloud, 'f:1', 1),
      INVALID,
      'This operation is permitted on Lambda functions only. Aliases and versions do not support ' +
        'this operation. Please specify either a function name or an unqualified function ARN.',
    )
    await refused(
      reserve(cloud, 'none', 1),
      'ResourceNotFoundException',
      `Function not found: ${FUNCTIONS}:none:$LATEST`,
    )
  })

  it('throttles what is more than it', async () => {
    const cloud = await testCloud()
    const { source, entered, open } = gate()
    await deploy(cloud, 'f', source, { Timeout: 60 })
    await reserve(cloud, 'f', 1)
    const running = invoke(cloud, 'f')
    await entered()
    const error = await failure(invoke(cloud, 'f'))
    assert.deepEqual([error.name, error.message], ['TooManyRequestsException', 'Rate Exceeded.'])
    assert.deepEqual([error.Reason, error.Type], [RESERVED, 'User'])
    const { httpStatusCode } = error.$metadata as { httpStatusCode: number }
    assert.equal(httpStatusCode, 429)
    open()
    assert.equal((await running).payload, 'done')
    assert.equal((await invoke(cloud, 'f')).payload, 'done')
  })

  it('of zero throttles calls, and gives up events at once', async () => {
    const cloud = await testCloud()
    const sqs = cloud.client(SQSClient)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }))
    const Destination = 'arn:aws:sqs:us-east-1:000000000000:failed'
    const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: Destination }
    await deploy(cloud, 'f', ECHO, { statements: [statement] })
    await cloud.client(LambdaClient).send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'f',
        DestinationConfig: { OnFailure: { Destination } },
      }),
    )
    await reserve(cloud, 'f', 0)
    assert.equal((await failure(invoke(cloud, 'f'))).Reason, RESERVED)
    assert.equal((await event(cloud, 'f')).StatusCode, 202)
    await cloud.settle()
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    const record = JSON.parse(message?.Body ?? '')
    assert.deepEqual(Object.keys(record), [
      'version',
      'timestamp',
      'requestContext',
      'requestPayload',
    ])
    const { condition, approximateInvokeCount } = record.requestContext
    assert.deepEqual([condition, approximateInvokeCount], ['ZeroReservedConcurrency', 0])
  })

  it('lets events wait their turn', async () => {
    const cloud = await testCloud()
    const { source, entered, open } = gate()
    await deploy(cloud, 'f', source, { Timeout: 60 })
    await reserve(cloud, 'f', 1)
    const running = invoke(cloud, 'f')
    await entered()
    await event(cloud, 'f')
    await event(cloud, 'f')
    const throttles = () =>
      cloud.trace
        .records()
        .filter(({ step }) => step.kind === 'invocation' && step.outcome === 'throttled')
    while (throttles().length === 0) await realtime.turn()
    open()
    await running
    assert.equal(starts(cloud).length, 1)
    await cloud.advance(1)
    assert.equal(starts(cloud).length, 3)
  })
})

describe('provisioned concurrency', () => {
  it('becomes ready for a version or an alias', async () => {
    const cloud = await testCloud({ timing: 'aws' })
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await cloud.advance(2)
    await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
    const { $metadata, LastModified, ...shown } = await provision(cloud, '1', 2)
    assert.equal($metadata.httpStatusCode, 202)
    assert.match(LastModified ?? '', /\+0000$/)
    assert.deepEqual(shown, {
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      Status: 'IN_PROGRESS',
    })
    await cloud.advance(2)
    const named = { FunctionName: 'f', Qualifier: '1' }
    const ready = await lambda.send(new GetProvisionedConcurrencyConfigCommand(named))
    assert.equal(ready.Status, 'READY')
    assert.equal(ready.AllocatedProvisionedConcurrentExecutions, 2)
    const list = () =>
      lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'f' }))
    const { ProvisionedConcurrencyConfigs: [config] = [] } = await list()
    assert.equal(config?.FunctionArn, `${FUNCTIONS}:f:1`)
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(named))
    assert.deepEqual((await list()).ProvisionedConcurrencyConfigs, [])
  })

  it('is part of what is reserved', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', ECHO)
    await reserve(cloud, 'f', 1)
    await provision(cloud, '1', 1)
    await cloud.settle()
    assert.equal((await failure(invoke(cloud, 'f'))).Reason, RESERVED)
    assert.deepEqual((await invoke(cloud, 'f:1', 1)).payload, { echo: 1 })
    await refused(
      provision(cloud, '1', 2),
      INVALID,
      'Requested Provisioned Concurrency should not be greater than the ' +
        'reservedConcurrentExecution for function',
    )
    await refused(
      reserve(cloud, 'f', 0),
      INVALID,
      " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned " +
        'concurrency [1].',
    )
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', ECHO)
    const alias = { FunctionName: 'f', Name: 'live' }
    await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: '1' }))
    const get = (Qualifier: string) =>
      lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier }))
    const none = 'No Provisioned Concurrency Config found for this function'
    const missing = 'ProvisionedConcurrencyConfigNotFoundException'
    assert.equal(await refused(get('1'), missing, none), 404)
    const notFound = 'ResourceNotFoundException'
    await refused(get('none'), notFound, `Cannot find alias arn: ${FUNCTIONS}:f:none`)
    await refused(get('10'), notFound, `Function not found: ${FUNCTIONS}:f:10`)
    await refused(
      get('$LATEST'),
      INVALID,
      'The function resource provided must be an alias or a published version.',
    )
    await refused(
      provision(cloud, '$LATEST', 1),
      INVALID,
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    )
    await refused(
      provision(cloud, '1', 1001),
      INVALID,
      "Specified ConcurrentExecutions for function is greater than account's unreserved " +
        'concurrency [1000].',
    )
    await refused(
      provision(cloud, '1', 901),
      INVALID,
      "Specified ConcurrentExecutions for function decreases account's " +
        'UnreservedConcurrentExecution below its minimum value of [100].',
    )
    await provision(cloud, '1', 1)
    await refused(
      provision(cloud, 'live', 1),
      'ResourceConflictException',
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned " +
        'version',
    )
    await lambda.send(
      new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier: '1' }),
    )
    await provision(cloud, 'live', 1)
    await refused(
      provision(cloud, '1', 1),
      'ResourceConflictException',
      'Version is pointed by a Provisioned Concurrency alias',
    )
    await lambda.send(new DeleteAliasCommand(alias))
    await refused(get('live'), notFound, `Cannot find alias arn: ${FUNCTIONS}:f:live`)
    await refused(get('1'), missing, none)
  })
})
