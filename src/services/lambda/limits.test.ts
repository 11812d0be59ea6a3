/** Limits that add up: of a policy, of code with its layers, of the account's executions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  GetPolicyCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { zipSync } from 'fflate'
import { testCloud } from '../../../test/cloud.ts'
import { deploy } from '../../../test/functions.ts'
import { transactions } from '../../../test/transactions.ts'
import { Concurrency } from './concurrency.ts'
import { tooManyRequests } from './errors.ts'
import { provisions, reservations } from './limits.ts'
import { ECHO, refused } from './testing/functions.ts'

const MB = 1024 * 1024
const MAX_POLICY_BYTES = 20 * 1024
const INVALID = 'InvalidParameterValueException'

/** A zip of one file of zeros. */
function zipOf(bytes: number): Uint8Array {
  return zipSync({ 'index.js': [new Uint8Array(bytes), { level: 1 }] })
}

describe('the policy of a function', () => {
  it('has no more than 20 KB', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const add = (StatementId: string) =>
      lambda.send(
        new AddPermissionCommand({
          FunctionName: 'f',
          StatementId,
          Action: 'lambda:InvokeFunction',
          Principal: 'events.amazonaws.com',
          SourceArn: `arn:aws:events:us-east-1:000000000000:rule/${'x'.repeat(4000)}`,
        }),
      )
    const size = async () => {
      const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName: 'f' }))
      return Policy.length
    }
    const { Statement = '' } = await add('s0')
    let bytes = await size()
    for (let n = 1; bytes + Statement.length < MAX_POLICY_BYTES; n++) {
      await add(`s${n}`)
      bytes = await size()
    }
    const one = Statement.length + ','.length
    const text = `The final policy size (${bytes + one}) is bigger than the limit (20480).`
    assert.equal(await refused(add('s9'), 'PolicyLengthExceededException', text), 400)
    assert.equal(await size(), bytes)
  })
})

describe('code and layers', () => {
  it('have 250 MB together, however they change', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const ZipFile = zipOf(62 * MB)
    const Layers: string[] = []
    for (const LayerName of ['a', 'b', 'c', 'd']) {
      const layer = new PublishLayerVersionCommand({ LayerName, Content: { ZipFile } })
      Layers.push((await lambda.send(layer)).LayerVersionArn ?? '')
    }
    const text = (bytes: number) =>
      'Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. ' +
      `The actual size is ${bytes} bytes.`
    const code = (bytes: number) =>
      lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile: zipOf(bytes) }))
    await code(2 * MB + 1)
    await cloud.settle()
    const configure = new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers })
    await refused(lambda.send(configure), INVALID, text(250 * MB + 1))
    await code(2 * MB)
    await cloud.settle()
    await lambda.send(configure)
    await cloud.settle()
    await refused(code(2 * MB + 1), INVALID, text(250 * MB + 1))
    const created = deploy(cloud, 'g', '', { Layers, Code: { ZipFile: zipOf(3 * MB) } })
    await refused(created, INVALID, text(251 * MB))
  })
})

describe("the account's executions", () => {
  it('are what functions without a reservation share', () => {
    const transact = transactions()
    const concurrency = new Concurrency()
    const acquire = (name: string) =>
      transact((ctx) => concurrency.acquire({ name, version: '1' }, ctx))
    transact((ctx) => {
      ctx.tx.put(reservations, 'reserved', { functionName: 'reserved', executions: 897 })
      ctx.tx.put(provisions, 'warm:1', {
        functionName: 'warm',
        qualifier: '1',
        requested: 1,
        allocated: 1,
        status: 'READY',
        lastModified: ctx.now,
        id: ctx.ids.uuid(),
      })
    })
    const slots = Array.from({ length: 102 }, (_, n) => acquire(n % 2 === 0 ? 'f' : 'g'))
    assert.ok(slots.every((slot) => typeof slot === 'object' && !slot.provisioned))
    assert.equal(acquire('f'), 'ConcurrentInvocationLimitExceeded')
    for (const name of ['reserved', 'warm']) assert.equal(typeof acquire(name), 'object')
    assert.equal(acquire('warm'), 'ConcurrentInvocationLimitExceeded')
    const [first] = slots
    if (typeof first === 'object') first.release()
    assert.equal(typeof acquire('g'), 'object')
    const { code, message, status, fields } = tooManyRequests('ConcurrentInvocationLimitExceeded')
    assert.deepEqual([code, message, status], ['TooManyRequestsException', 'Rate Exceeded.', 429])
    assert.deepEqual(fields, { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded' })
  })
})
