/** Bad packages and payloads: an error in AWS's words each, and other functions go on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  InvokeAsyncCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { strToU8, zipSync } from 'fflate'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke, role, zip } from '../../../test/functions.ts'
import { CodeStore } from './code-store.ts'
import { ECHO, refused } from './testing/functions.ts'

const INVALID = 'InvalidParameterValueException'
const NO_ZIP = 'Could not unzip uploaded file. Please check your file, then try to upload again.'
const MB = 1024 * 1024
const UNIX = 3
const LINK_MODE = 0o120777
/** In an entry of a zip's directory. */
const UNZIPPED_SIZE_OFFSET = 24

/** A zip entry that is a symbolic link. */
function linkTo(target: string): Uint8Array {
  return zipSync({ 'index.js': [strToU8(target), { os: UNIX, attrs: LINK_MODE << 16 }] })
}

/** A zip whose directory tells of 300 MB. */
function bomb(): Uint8Array {
  const whole = Buffer.from(zip({ 'index.js': ECHO }))
  whole.writeUInt32LE(300 * MB, whole.indexOf('PK\x01\x02') + UNZIPPED_SIZE_OFFSET)
  return whole
}

/** Deploys a package under a name of its own. */
function upload(cloud: TestCloud, name: string, ZipFile: Uint8Array, Role: string) {
  return deploy(cloud, name, '', { Code: { ZipFile }, Role })
}

describe('a deployment package', () => {
  it('that is none, or leads outside, is refused', async () => {
    const cloud = await testCloud()
    const Role = await role(cloud, 'r')
    await deploy(cloud, 'good', ECHO, { Role })
    const whole = zip({ 'index.js': ECHO })
    const packages: Record<string, Uint8Array> = {
      garbage: strToU8('this is no zip'),
      truncated: whole.subarray(0, whole.length - 30),
      traversal: zip({ '../../outside.js': ECHO }),
      absolute: zip({ '/tmp/outside.js': ECHO }),
      link: linkTo('/etc/passwd'),
      relative: linkTo('../../outside'),
    }
    for (const [name, ZipFile] of Object.entries(packages)) {
      const error = await failure(upload(cloud, name, ZipFile, Role))
      assert.deepEqual([error.name, error.message], [INVALID, NO_ZIP], name)
    }
    const empty = 'Uploaded file must be a non-empty zip'
    await refused(upload(cloud, 'none', zip({}), Role), INVALID, empty)
    assert.deepEqual((await invoke(cloud, 'good', 1)).payload, { echo: 1 })
  })

  it('that is too large, zipped or unzipped, is refused', async () => {
    const cloud = await testCloud()
    const tooLarge = new CodeStore('/nowhere').keep(Buffer.alloc(50 * MB + 1), () => 0)
    const error = await failure(tooLarge)
    assert.deepEqual(
      [error.name, error.message, error.status],
      ['RequestEntityTooLargeException', 'Zipped size must be smaller than 52428800 bytes', 413],
    )
    await refused(
      upload(cloud, 'bomb', bomb(), await role(cloud, 'r')),
      INVALID,
      'Unzipped size must be smaller than 262144000 bytes',
    )
    const whole = new UpdateFunctionCodeCommand({
      FunctionName: 'f',
      ZipFile: Buffer.alloc(53 * MB),
    })
    const status = await refused(
      cloud.client(LambdaClient).send(whole),
      'RequestEntityTooLargeException',
      'Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation',
    )
    assert.equal(status, 413)
  })
})

describe('a payload', () => {
  it('that is too large is refused', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const text = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2))
    const call = (InvocationType: 'Event' | 'RequestResponse', bytes: number) =>
      lambda.send(new InvokeCommand({ FunctionName: 'f', InvocationType, Payload: text(bytes) }))
    const tooLarge = 'RequestEntityTooLargeException'
    await refused(
      call('RequestResponse', 6 * MB + 1),
      tooLarge,
      'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    )
    await refused(
      call('Event', MB + 1),
      tooLarge,
      '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    )
    assert.equal((await call('Event', MB)).StatusCode, 202)
    const old = new InvokeAsyncCommand({ FunctionName: 'f', InvokeArgs: text(MB) })
    assert.equal((await failure(lambda.send(old))).name, tooLarge)
    const dry = new InvokeCommand({ FunctionName: 'f', InvocationType: 'DryRun' })
    assert.equal((await lambda.send(dry)).StatusCode, 204)
    await cloud.settle()
  })

  it('of the whole size goes through, there and back', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', 'exports.handler = async (event) => event')
    const event = 'x'.repeat(6 * MB - 2)
    const { payload } = await invoke(cloud, 'f', event)
    assert.ok(payload === event)
  })
})
