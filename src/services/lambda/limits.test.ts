/** Limits that add up: of a policy, of code with its layers, of the account's executions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda'
import { zipSync } from 'fflate'
import { testCloud } from '../../../test/cloud.ts'
import { deploy, invoke, role } from '../../../test/functions.ts'
import { transactions } from '../../../test/transactions.ts'
import { Concurrency } from './concurrency.ts'
import { tooManyRequests } from './errors.ts'
import { provisions, reservations } from './limits.ts'
import { ECHO, refused } from './testing/functions.ts'

const MB = 1024 * 1024
const MAX_POLICY_BYTES = 20 * 1024
const INVALID = 'InvalidParameterValueException'

type Settings = Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>

const HANDLER = `index.${'h'.repeat(122)}`
const TEXT = 'd'.repeat(256)
/** `{"AB":""}` has nine bytes. */
const VALUE = 'x'.repeat(4096 - 9)
const LAYER = 'arn:aws:lambda:us-east-1:000000000000:layer:l'

/** The most that a function may have, more than that, and how it is refused. */
const LIMITS: readonly (readonly [Settings, Settings, string, string])[] = [
  [{ MemorySize: 128 }, { MemorySize: 127 }, ...outOf('127', 'memorySize', 'value greater', 128)],
  [
    { MemorySize: 10_240 },
    { MemorySize: 10_241 },
    INVALID,
    "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal " +
      'to 10240',
  ],
  [{ Timeout: 1 }, { Timeout: 0 }, ...outOf('0', 'timeout', 'value greater', 1)],
  [{ Timeout: 900 }, { Timeout: 901 }, INVALID, outOf('901', 'timeout', 'value less', 900)[1]],
  [
    { EphemeralStorage: { Size: 512 } },
    { EphemeralStorage: { Size: 511 } },
    ...outOf('511', 'ephemeralStorage.size', 'value greater', 512),
  ],
  [
    { EphemeralStorage: { Size: 10_240 } },
    { EphemeralStorage: { Size: 10_241 } },
    ...outOf('10241', 'ephemeralStorage.size', 'value less', 10_240),
  ],
  [
    { Description: TEXT },
    { Description: `${TEXT}d` },
    ...outOf(`${TEXT}d`, 'description', 'length less', 256),
  ],
  [
    { Handler: HANDLER },
    { Handler: `${HANDLER}h` },
    ...outOf(`${HANDLER}h`, 'handler', 'length less', 128),
  ],
  [
    { Handler: 'index.handler', Environment: { Variables: { AB: VALUE } } },
    { Environment: { Variables: { AB: `${VALUE}x` } } },
    INVALID,
    'Lambda was unable to configure your environment variables because the environment variables ' +
      `you have provided exceeded the 4KB limit. String measured: {"AB":"${VALUE}x"}`,
  ],
  [
    { Environment: {}, Layers: [] },
    { Layers: Array.from({ length: 6 }, (_, n) => `${LAYER}${n}:1`) },
    INVALID,
    'Cannot reference more than 5 layers.',
  ],
]

function outOf(value: string, member: string, side: string, limit: number): [string, string] {
  const text =
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ` +
    `Member must have ${side} than or equal to ${limit}`
  return ['ValidationException', text]
}

/** A zip of one file of zeros. */
function zipOf(bytes: number): Uint8Array {
  return zipSync({ 'index.js': [new Uint8Array(bytes), { level: 1 }] })
}

describe('the settings of a function', () => {
  it('have the limits that AWS lists', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const update = (settings: Settings) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', ...settings }))
    for (const [most, more, name, message] of LIMITS) {
      await update(most)
      await cloud.settle()
      await refused(update(more), name, message)
    }
    const read = new GetFunctionConfigurationCommand({ FunctionName: 'f' })
    const { MemorySize, Timeout, EphemeralStorage, Description } = await lambda.send(read)
    assert.deepEqual(
      [MemorySize, Timeout, EphemeralStorage?.Size, Description?.length],
      [10_240, 900, 10_240, 256],
    )
    assert.deepEqual((await invoke(cloud, 'f', 1)).payload, { echo: 1 })
  })

  it('have room for a name of 64 characters', async () => {
    const cloud = await testCloud()
    const name = 'n'.repeat(64)
    const Role = await role(cloud, 'r')
    await deploy(cloud, name, ECHO, { Role })
    assert.deepEqual((await invoke(cloud, name, 1)).payload, { echo: 1 })
    await refused(
      deploy(cloud, `${name}n`, ECHO, { Role }),
      INVALID,
      `1 validation error detected: Value '${name}n' at 'functionName' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 64',
    )
  })
})

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
