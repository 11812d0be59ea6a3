/** Versions and aliases, as they were recorded on AWS. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { testCloud } from '../../../test/cloud.ts'
import { deploy, invoke, role, zip } from '../../../test/functions.ts'
import { SeededIds } from '../../ids.ts'
import { ECHO, FUNCTIONS, refused, release } from './testing/functions.ts'

const versioned = (n: number) => `exports.handler = async (e, context) => ({
  code: ${n}, version: context.functionVersion, arn: context.invokedFunctionArn })`

describe('a version', () => {
  it('is a copy of $LATEST that stays', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    assert.equal(await release(cloud, 'f', versioned(1)), '1')
    assert.equal(await release(cloud, 'f', versioned(2)), '2')
    const first = await invoke(cloud, 'f', {}, { Qualifier: '1' })
    assert.deepEqual(first.payload, { code: 1, version: '1', arn: `${FUNCTIONS}:f:1` })
    const second = await invoke(cloud, `${FUNCTIONS}:f:2`)
    assert.deepEqual(second.payload, { code: 2, version: '2', arn: `${FUNCTIONS}:f:2` })
    const { Configuration } = await lambda.send(
      new GetFunctionCommand({ FunctionName: 'f', Qualifier: '1' }),
    )
    assert.equal(Configuration?.FunctionArn, `${FUNCTIONS}:f:1`)
    assert.equal(Configuration?.State, 'Active')
    const { ExecutedVersion } = await lambda.send(new InvokeCommand({ FunctionName: 'f:1' }))
    assert.equal(ExecutedVersion, '1')
  })

  it('is not made again of what is the same', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const publish = (Description?: string) =>
      lambda.send(new PublishVersionCommand({ FunctionName: 'f', Description }))
    const first = await publish('first')
    const again = await publish('other words')
    assert.deepEqual([again.Version, again.Description], ['1', 'first'])
    assert.equal(again.RevisionId, first.RevisionId)
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Description: 'changed' }),
    )
    await cloud.settle()
    assert.equal((await publish()).Version, '2')
  })

  it('is listed without its state, behind $LATEST', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    await release(cloud, 'f', versioned(2))
    const list = (input = {}) =>
      lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'f', ...input }))
    const { Versions = [] } = await list()
    assert.deepEqual(
      Versions.map(({ FunctionArn, State }) => [FunctionArn, State]),
      ['$LATEST', '1', '2'].map((version) => [`${FUNCTIONS}:f:${version}`, undefined]),
    )
    const page = await list({ MaxItems: 2 })
    assert.equal(page.Versions?.length, 2)
    const rest = await list({ Marker: page.NextMarker })
    assert.deepEqual(
      rest.Versions?.map(({ Version }) => Version),
      ['2'],
    )
    const all = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }))
    assert.equal(all.Functions?.length, 3)
  })

  it('is published with the code, Pending at first', async () => {
    const cloud = await testCloud({ timing: 'aws' })
    const lambda = cloud.client(LambdaClient)
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'f',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: await role(cloud, 'r'),
        Code: { ZipFile: zip({ 'index.js': ECHO }) },
        Publish: true,
      }),
    )
    assert.deepEqual([created.Version, created.State], ['1', 'Pending'])
    assert.equal(created.FunctionArn, `${FUNCTIONS}:f`)
    await cloud.advance(2)
    const ZipFile = zip({ 'index.js': versioned(2) })
    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile, Publish: true }),
    )
    assert.deepEqual([updated.Version, updated.State], ['2', 'Pending'])
    assert.equal(updated.FunctionArn, `${FUNCTIONS}:f:2`)
    // Invocations run the old code until the update is done.
    assert.deepEqual((await invoke(cloud, 'f', 1)).payload, { echo: 1 })
    await cloud.advance(2)
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'f:2' }))
    assert.deepEqual(
      [Configuration?.State, Configuration?.LastUpdateStatus],
      ['Active', 'Successful'],
    )
    assert.equal(((await invoke(cloud, 'f')).payload as { code: number }).code, 2)
    // The same code again publishes nothing, and leaves the version as it is.
    const same = await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile, Publish: true }),
    )
    assert.deepEqual([same.Version, same.RevisionId], ['2', Configuration?.RevisionId])
    await cloud.advance(2)
    const later = await lambda.send(new GetFunctionCommand({ FunctionName: 'f:2' }))
    assert.equal(later.Configuration?.RevisionId, Configuration?.RevisionId)
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'f' }))
    const publish = (input: object) =>
      lambda.send(new PublishVersionCommand({ FunctionName: 'f', ...input }))
    await refused(
      publish({ CodeSha256: 'x' }),
      'InvalidParameterValueException',
      `CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ` +
        `(${Configuration?.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    )
    const status = await refused(
      publish({ RevisionId: 'x' }),
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the ' +
        'GetFunction/GetAlias API to retrieve the latest Revision Id',
    )
    assert.equal(status, 412)
    await refused(
      lambda.send(new GetFunctionCommand({ FunctionName: 'f', Qualifier: '1221' })),
      'ResourceNotFoundException',
      `Function not found: ${FUNCTIONS}:f:1221`,
    )
    await refused(
      lambda.send(new GetFunctionCommand({ FunctionName: `${FUNCTIONS}:f:1`, Qualifier: '2' })),
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  })

  it('is deleted alone, and its number is not given again', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    const remove = (input: object) =>
      lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', ...input }))
    await lambda.send(
      new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }),
    )
    await refused(
      remove({ Qualifier: '1' }),
      'ResourceConflictException',
      'Unable to delete version because the following aliases reference it: [live]',
    )
    await refused(
      remove({ Qualifier: 'live' }),
      'InvalidParameterValueException',
      'Deletion of aliases is not currently supported.',
    )
    await refused(
      remove({ Qualifier: '$LATEST' }),
      'InvalidParameterValueException',
      '$LATEST version cannot be deleted without deleting the function.',
    )
    await lambda.send(new DeleteAliasCommand({ FunctionName: 'f', Name: 'live' }))
    await remove({ Qualifier: '1' })
    await remove({ Qualifier: '1' })
    assert.deepEqual((await invoke(cloud, 'f', 1)).functionError, undefined)
    assert.equal(await release(cloud, 'f', versioned(3)), '2')
    await remove({})
    await refused(
      remove({ Qualifier: '1' }),
      'ResourceNotFoundException',
      `Function not found: ${FUNCTIONS}:f`,
    )
    await deploy(cloud, 'f', ECHO, { Role: await role(cloud, 'another') })
    assert.equal(await release(cloud, 'f', versioned(4)), '3')
  })
})

describe('an alias', () => {
  it('is made, moved and removed', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    await release(cloud, 'f', versioned(2))
    const named = { FunctionName: 'f', Name: 'live' }
    const made = await lambda.send(
      new CreateAliasCommand({ ...named, FunctionVersion: '1', Description: 'd' }),
    )
    const { $metadata, RevisionId, ...shown } = made
    assert.equal($metadata.httpStatusCode, 201)
    assert.deepEqual(shown, {
      AliasArn: `${FUNCTIONS}:f:live`,
      Name: 'live',
      FunctionVersion: '1',
      Description: 'd',
    })
    const arn = `${FUNCTIONS}:f:live`
    const payload = { code: 1, version: '1', arn }
    assert.deepEqual((await invoke(cloud, 'f:live')).payload, payload)
    const moved = await lambda.send(
      new UpdateAliasCommand({ ...named, FunctionVersion: '2', RevisionId }),
    )
    assert.notEqual(moved.RevisionId, RevisionId)
    assert.equal(moved.Description, 'd')
    assert.deepEqual((await invoke(cloud, arn)).payload, { code: 2, version: '2', arn })
    const { Configuration } = await lambda.send(
      new GetFunctionCommand({ FunctionName: 'f', Qualifier: 'live' }),
    )
    assert.deepEqual([Configuration?.FunctionArn, Configuration?.Version], [arn, '2'])
    const list = await lambda.send(
      new ListAliasesCommand({ FunctionName: 'f', FunctionVersion: '1' }),
    )
    assert.deepEqual(list.Aliases, [])
    await lambda.send(new DeleteAliasCommand(named))
    await lambda.send(new DeleteAliasCommand(named))
    await refused(
      lambda.send(new GetAliasCommand(named)),
      'ResourceNotFoundException',
      `Cannot find alias arn: ${arn}`,
    )
  })

  it('shares its invocations between two versions by weight', async () => {
    const cloud = await testCloud({}, { ids: new SeededIds(7) })
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    await release(cloud, 'f', versioned(2))
    const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } }
    const alias = await lambda.send(
      new CreateAliasCommand({
        FunctionName: 'f',
        Name: 'live',
        FunctionVersion: '1',
        RoutingConfig,
      }),
    )
    assert.deepEqual(alias.RoutingConfig, RoutingConfig)
    const executed: string[] = []
    for (let n = 0; n < 12; n++) {
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'f:live' }))
      executed.push(answer.ExecutedVersion ?? '')
    }
    assert.deepEqual(new Set(executed), new Set(['1', '2']))
    await lambda.send(
      new UpdateAliasCommand({ FunctionName: 'f', Name: 'live', RoutingConfig: {} }),
    )
    const { RoutingConfig: none } = await lambda.send(
      new GetAliasCommand({ FunctionName: 'f', Name: 'live' }),
    )
    assert.equal(none, undefined)
  })

  it('has a policy of its own, whose revision is its own', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    await lambda.send(
      new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }),
    )
    const permission = {
      FunctionName: 'f',
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
    }
    const { Statement } = await lambda.send(
      new AddPermissionCommand({ ...permission, Qualifier: 'live' }),
    )
    assert.equal(JSON.parse(Statement ?? '').Resource, `${FUNCTIONS}:f:live`)
    const policy = await lambda.send(new GetPolicyCommand({ FunctionName: 'f', Qualifier: 'live' }))
    const alias = await lambda.send(new GetAliasCommand({ FunctionName: 'f', Name: 'live' }))
    assert.equal(policy.RevisionId, alias.RevisionId)
    await refused(
      lambda.send(new AddPermissionCommand({ ...permission, StatementId: 't', RevisionId: 'x' })),
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to ' +
        'retrieve the latest Revision Id',
    )
    await refused(
      lambda.send(new AddPermissionCommand({ ...permission, Qualifier: 'none' })),
      'ResourceNotFoundException',
      `Cannot find alias arn: ${FUNCTIONS}:f:none`,
    )
    await refused(
      lambda.send(new AddPermissionCommand({ ...permission, Qualifier: '42' })),
      'ResourceNotFoundException',
      `Function not found: ${FUNCTIONS}:f:42`,
    )
    await refused(
      lambda.send(new GetPolicyCommand({ FunctionName: 'f' })),
      'ResourceNotFoundException',
      'The resource you requested does not exist.',
    )
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', versioned(1))
    await release(cloud, 'f', versioned(2))
    const create = (input: object) =>
      lambda.send(
        new CreateAliasCommand({ FunctionName: 'f', Name: 'a', FunctionVersion: '1', ...input }),
      )
    const weights = (AdditionalVersionWeights: Record<string, number>) =>
      create({ RoutingConfig: { AdditionalVersionWeights } })
    const invalid = 'InvalidParameterValueException'
    await refused(
      weights({ 1: 0.5, 2: 0.5 }),
      invalid,
      'Number of items in AdditionalVersionWeights cannot be greater than 1',
    )
    await refused(
      weights({ 1: 0.5 }),
      invalid,
      'Invalid function version 1. Function version 1 is already included in routing ' +
        'configuration.',
    )
    await refused(
      create({
        FunctionVersion: '$LATEST',
        RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } },
      }),
      invalid,
      '$LATEST is not supported for an alias pointing to more than 1 version',
    )
    await refused(
      weights({ 2: 2 }),
      'ValidationException',
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' " +
        'failed to satisfy constraint: Map value must satisfy constraint: [Member must have ' +
        'value less than or equal to 1.0, Member must have value greater than or equal to 0.0, ' +
        'Member must not be null]',
    )
    await refused(
      create({ Name: '2024' }),
      'ValidationException',
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member " +
        'must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)',
    )
    for (const call of [weights({ 10: 0.5 }), create({ FunctionVersion: '10' })]) {
      await refused(call, 'ResourceNotFoundException', `Function not found: ${FUNCTIONS}:f:10`)
    }
    await create({})
    const status = await refused(
      create({}),
      'ResourceConflictException',
      `Alias already exists: ${FUNCTIONS}:f:a`,
    )
    assert.equal(status, 409)
    await refused(
      lambda.send(new UpdateAliasCommand({ FunctionName: 'f', Name: 'none' })),
      'ResourceNotFoundException',
      `Alias not found: ${FUNCTIONS}:f:none`,
    )
  })
})
