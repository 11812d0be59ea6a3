/** What the queue promises when the server is killed: events run at least once. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { zip } from '../../../test/functions.ts'
import { realtime } from '../../clock.ts'

const SERVER = fileURLToPath(new URL('testing/server.ts', import.meta.url))
const EVENTS = 20
const POLL_MS = 10
const MAX_WAIT_SECONDS = 30

const folder = mkdtempSync(join(tmpdir(), 'crash-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const ran = join(folder, 'ran')
const gate = join(folder, 'open')

/** Notes that it began, and ends once the gate is open. */
const SOURCE = `const fs = require('node:fs')
  exports.handler = async ({ n }) => {
    fs.appendFileSync(${JSON.stringify(ran)}, 'begin ' + n + '\\n')
    while (!fs.existsSync(${JSON.stringify(gate)})) await new Promise((r) => setTimeout(r, 5))
    fs.appendFileSync(${JSON.stringify(ran)}, 'end ' + n + '\\n')
  }`

async function serve(): Promise<{ server: ChildProcess; endpoint: string }> {
  const server = spawn(process.execPath, [SERVER, join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(server.stdout as NonNullable<typeof server.stdout>, 'data')) as [
    Buffer,
  ]
  return { server, endpoint: text.toString().trim() }
}

function clients(endpoint: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const config = { endpoint, region: 'us-east-1', credentials }
  return { lambda: new LambdaClient(config), iam: new IAMClient(config) }
}

async function deploy(endpoint: string): Promise<void> {
  const { lambda, iam } = clients(endpoint)
  const principal = { Service: 'lambda.amazonaws.com' }
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument }),
  )
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'f',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Timeout: 60,
      Code: { ZipFile: zip({ 'index.js': SOURCE }) },
    }),
  )
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1 },
    { FunctionName: 'f' },
  )
}

function lines(kind: 'begin' | 'end'): string[] {
  if (!existsSync(ran)) return []
  return readFileSync(ran, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(kind))
}

async function until(condition: () => boolean): Promise<void> {
  const end = realtime.monotonic() + MAX_WAIT_SECONDS * 1000
  while (!condition()) {
    assert.ok(realtime.monotonic() < end, 'it did not happen')
    await realtime.wait(POLL_MS)
  }
}

async function kill(server: ChildProcess): Promise<void> {
  server.kill('SIGKILL')
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
}

describe('events that were accepted', () => {
  it('all run, though the server is killed while they run and wait', async () => {
    const first = await serve()
    await deploy(first.endpoint)
    const { lambda } = clients(first.endpoint)
    for (let n = 0; n < EVENTS; n++) {
      const Payload = JSON.stringify({ n })
      const call = new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event', Payload })
      assert.equal((await lambda.send(call)).StatusCode, 202)
    }
    await until(() => lines('begin').length > 0)
    await kill(first.server)
    assert.deepEqual(lines('end'), [])
    const second = await serve()
    try {
      rmSync(ran)
      await until(() => lines('begin').length > 0)
      writeFileSync(gate, '')
      await until(() => new Set(lines('end')).size === EVENTS)
    } finally {
      await kill(second.server)
    }
  })
})
