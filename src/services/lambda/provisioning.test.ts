/** Provisioned concurrency with real environments: ready before they are invoked. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { ECHO, release } from './testing/functions.ts'

const SOURCE = `exports.handler = async () => [
  process.env.AWS_LAMBDA_INITIALIZATION_TYPE, process.env.AWS_LAMBDA_FUNCTION_VERSION ]`
const LIVE = { FunctionName: 'f', Qualifier: 'live' }
/** Longer than a session of the execution role. */
const SESSION_SECONDS = 13 * 3600

async function provision(cloud: TestCloud, count: number): Promise<void> {
  const ProvisionedConcurrentExecutions = count
  const call = { ...LIVE, ProvisionedConcurrentExecutions }
  await cloud.client(LambdaClient).send(new PutProvisionedConcurrencyConfigCommand(call))
  await cloud.settle()
}

async function live(cloud: TestCloud, source = SOURCE): Promise<void> {
  await deploy(cloud, 'f', ECHO)
  const FunctionVersion = await release(cloud, 'f', source)
  const alias = { FunctionName: 'f', Name: 'live', FunctionVersion }
  await cloud.client(LambdaClient).send(new CreateAliasCommand(alias))
}

async function status(cloud: TestCloud) {
  const call = new GetProvisionedConcurrencyConfigCommand(LIVE)
  const { Status, StatusReason, AllocatedProvisionedConcurrentExecutions } = await cloud
    .client(LambdaClient)
    .send(call)
  return [Status, StatusReason, AllocatedProvisionedConcurrentExecutions]
}

/** What the alias answers, and whether an environment was started for it. */
async function ran(cloud: TestCloud) {
  const { payload } = await invoke(cloud, 'f:live')
  const ends = cloud.trace
    .records()
    .flatMap(({ step }) => (step.kind === 'invocation' && step.phase === 'end' ? [step] : []))
  const last = ends.at(-1)
  return { payload, coldStart: last?.coldStart, initMs: last?.initMs }
}

const warm = (version: string) => ({
  payload: ['provisioned-concurrency', version],
  coldStart: false,
  initMs: undefined,
})
const cold = { payload: ['on-demand', '1'], coldStart: true }

describe('provisioned environments', () => {
  it('serve the alias before any other starts, until they are deleted', async () => {
    const cloud = await testCloud()
    await live(cloud)
    await provision(cloud, 1)
    assert.deepEqual(await status(cloud), ['READY', undefined, 1])
    assert.deepEqual(await ran(cloud), warm('1'))
    await cloud.advance(SESSION_SECONDS)
    assert.deepEqual(await ran(cloud), warm('1'))
    const lambda = cloud.client(LambdaClient)
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(LIVE))
    await cloud.settle()
    const { initMs, ...shown } = await ran(cloud)
    assert.deepEqual(shown, cold)
    assert.ok(initMs !== undefined)
  })

  it('follow the alias to another version', async () => {
    const cloud = await testCloud()
    await live(cloud)
    await provision(cloud, 1)
    const FunctionVersion = await release(cloud, 'f', `${SOURCE} // changed`)
    const alias = { FunctionName: 'f', Name: 'live', FunctionVersion }
    await cloud.client(LambdaClient).send(new UpdateAliasCommand(alias))
    await cloud.settle()
    assert.deepEqual(await status(cloud), ['READY', undefined, 1])
    assert.deepEqual(await ran(cloud), warm('2'))
  })

  it('that cannot initialize make the configuration fail, until it is put again', async () => {
    const cloud = await testCloud()
    await live(cloud, "throw new Error('not here')")
    const failed = ['FAILED', 'FUNCTION_ERROR_INIT_FAILURE', 0]
    await provision(cloud, 1)
    assert.deepEqual(await status(cloud), failed)
    assert.equal((await invoke(cloud, 'f:live')).functionError, 'Unhandled')
    await provision(cloud, 2)
    assert.deepEqual(await status(cloud), failed)
  })

  it('are there again after a restart of the server', async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'provisioned-'))
    t.after(() => rmSync(data, { recursive: true, force: true }))
    const first = await testCloud({ data })
    await live(first)
    await provision(first, 1)
    await first.close()
    const second = await testCloud({ data })
    await second.settle()
    assert.deepEqual(await status(second), ['READY', undefined, 1])
    assert.deepEqual(await ran(second), warm('1'))
  })
})
