/** Functions whose code is a folder of this machine. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { fingerprintOf } from './hot-reload.ts'
import { refused } from './testing/functions.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'hot-'))
  made.push(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const counting = (text: string) => `let runs = 0
  exports.handler = async () => ['${text}', ++runs]`

describe('a function of the bucket hot-reload', () => {
  it('runs the edited code at the next invocation', async () => {
    const cloud = await testCloud()
    const path = folder({ 'index.js': counting('one') })
    await deploy(cloud, 'f', '', { Code: { S3Bucket: 'hot-reload', S3Key: path } })
    const run = async () => (await invoke(cloud, 'f')).payload
    assert.deepEqual(await run(), ['one', 1])
    // Unchanged code keeps its environment.
    assert.deepEqual(await run(), ['one', 2])
    writeFileSync(join(path, 'index.js'), counting('two'))
    assert.deepEqual(await run(), ['two', 1])
    writeFileSync(join(path, 'other.js'), "module.exports = 'three'")
    writeFileSync(join(path, 'index.js'), "exports.handler = async () => require('./other')")
    assert.equal(await run(), 'three')
    const { CodeSha256, CodeSize } = await cloud
      .client(LambdaClient)
      .send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))
    assert.equal(Buffer.from(CodeSha256 ?? '', 'base64').length, 32)
    assert.equal(CodeSize, 0)
  })

  it('has its provisioned environments made anew', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const told = (text: string) =>
      `exports.handler = async () => ['${text}', process.env.AWS_LAMBDA_INITIALIZATION_TYPE]`
    const path = folder({ 'index.js': told('one') })
    await deploy(cloud, 'f', '', { Code: { S3Bucket: 'hot-reload', S3Key: path } })
    await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
    const config = { FunctionName: 'f', Qualifier: '1', ProvisionedConcurrentExecutions: 1 }
    await lambda.send(new PutProvisionedConcurrencyConfigCommand(config))
    await cloud.settle()
    for (const text of ['one', 'two', 'two', 'three']) {
      writeFileSync(join(path, 'index.js'), told(text))
      assert.deepEqual((await invoke(cloud, 'f:1')).payload, [text, 'provisioned-concurrency'])
    }
  })

  it('needs a folder that is there', async () => {
    const cloud = await testCloud()
    for (const S3Key of ['/no/such/folder', 'relative']) {
      await refused(
        deploy(cloud, `f-${S3Key.length}`, '', { Code: { S3Bucket: 'hot-reload', S3Key } }),
        'InvalidParameterValueException',
        'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The ' +
          `specified key does not exist. (There is no folder "${S3Key}"; the key of hot-reload ` +
          'is the absolute path of one.)',
      )
    }
  })
})

describe('the fingerprint of a folder', () => {
  it('changes with what is in it', async () => {
    const path = folder({ a: '1', b: '2' })
    const seen = [await fingerprintOf(path)]
    writeFileSync(join(path, 'a'), '11')
    seen.push(await fingerprintOf(path))
    rmSync(join(path, 'b'))
    seen.push(await fingerprintOf(path))
    assert.equal(new Set(seen).size, 3)
    assert.equal(await fingerprintOf(path), seen[2])
    rmSync(path, { recursive: true })
    assert.ok(await fingerprintOf(path))
  })
})
