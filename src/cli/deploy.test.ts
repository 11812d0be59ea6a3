/** The command, as a user runs it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type TestCloud, testCloud } from '../../test/cloud.ts'
import { invoke } from '../../test/functions.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'deploy-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function windtunnel(cloud: TestCloud, ...words: string[]) {
  const env = { ...process.env, AWS_ENDPOINT_URL: cloud.endpoint }
  return promisify(execFile)(process.execPath, [MAIN, ...words], { env })
}

describe('windtunnel deploy', () => {
  it('makes a function of a folder, and changes what is there', async () => {
    const cloud = await testCloud()
    writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => 1')
    const { stdout } = await windtunnel(cloud, 'deploy', 'f', '--dir', folder)
    assert.match(stdout, /made the role f-role/)
    assert.match(stdout, /arn:aws:lambda:us-east-1:000000000000:function:f runs .*nodejs24\.x/)
    assert.equal((await invoke(cloud, 'f')).payload, 1)
    writeFileSync(join(folder, 'other.mjs'), 'export const handler = async () => 2')
    await windtunnel(
      cloud,
      ...['deploy', 'f', '--dir', folder, '--handler', 'other.handler', '--timeout', '9'],
    )
    assert.equal((await invoke(cloud, 'f')).payload, 2)
    const { Timeout, Role } = await cloud
      .client(LambdaClient)
      .send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))
    assert.deepEqual([Timeout, Role], [9, 'arn:aws:iam::000000000000:role/f-role'])
  })

  it('says what a user can mend', async () => {
    const cloud = await testCloud()
    const empty = mkdtempSync(join(folder, 'empty-'))
    const failed = await windtunnel(cloud, 'deploy', 'f', '--dir', empty).catch((error) => error)
    assert.equal(failed.code, 1)
    assert.match(failed.stderr, /^windtunnel: it is not clear what .* holds; say --runtime and/)
  })
})
