/** kill -9 in the middle of each step of the path: nothing acknowledged is lost. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import type { Step, TraceRecord } from '../../src/trace/record.ts'
import { automation } from '../automation.ts'
import { failure } from '../cloud.ts'

const SERVED = fileURLToPath(new URL('../served.testing.ts', import.meta.url))
const TAG_OWNER = `
const { CreateTagsCommand, EC2Client } = require('@aws-sdk/client-ec2')
const ec2 = new EC2Client({})
exports.handler = async ({ detail }) => {
  await ec2.send(new CreateTagsCommand({
    Resources: [detail['instance-id']],
    Tags: [{ Key: 'Owner', Value: 'nobody' }],
  }))
}`

const children: ChildProcess[] = []
const folders: string[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serve(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SERVED, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  return child
}

/** Resolves at the first record whose step is so. */
async function until(endpoint: string, is: (step: Step) => boolean): Promise<() => Promise<void>> {
  const response = await fetch(`${endpoint}/_windtunnel/traces?follow`)
  const seen = (async () => {
    let rest = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (lines.some((line) => is((JSON.parse(line) as TraceRecord).step))) return
    }
  })()
  return () => seen
}

const STEPS: [string, (step: Step) => boolean][] = [
  ['the launch', (step) => step.kind === 'call' && step.operation === 'RunInstances'],
  ['the change to running', (step) => step.kind === 'change' && step.to === 'running'],
  ['the event', (step) => step.kind === 'event' && step.matched.length > 0],
  ['the delivery', (step) => step.kind === 'delivery'],
  ['the start of the invocation', (step) => step.kind === 'invocation' && step.phase === 'start'],
  ['the function’s call', (step) => step.kind === 'call' && step.operation === 'CreateTags'],
  ['the end of the invocation', (step) => step.kind === 'invocation' && step.phase === 'end'],
]

describe('kill -9', () => {
  for (const [name, is] of STEPS) {
    it(`at ${name} loses nothing that was acknowledged`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'crash-'))
      folders.push(folder)
      const data = join(folder, 'data')
      const port = await freePort()
      const endpoint = `http://127.0.0.1:${port}`
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      const config = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
      const child = await serve(data, port)
      const ec2 = new EC2Client(config)
      await automation(config, {
        source: TAG_OWNER,
        pattern: { source: ['aws.ec2'], detail: { state: ['running'] } },
        statements: [{ Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*' }],
      })

      const reached = await until(endpoint, is)
      const launch = ec2.send(
        new RunInstancesCommand({ ImageId: 'ami-0abcdef1234567890', MinCount: 1, MaxCount: 1 }),
      )
      const acknowledged = await Promise.race([
        launch.then(
          ({ Instances }) => Instances?.[0]?.InstanceId,
          () => undefined,
        ),
        reached().then(() => undefined),
      ])
      await reached()
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
      const id = acknowledged ?? (await launch.catch(() => undefined))?.Instances?.[0]?.InstanceId

      const again = await serve(data, port)
      await fetch(`${endpoint}/_windtunnel/settle`, { method: 'POST' })
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}))
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances)
      if (id !== undefined)
        assert.deepEqual(
          instances.map(({ InstanceId }) => InstanceId),
          [id],
        )
      for (const instance of instances) {
        assert.equal(instance.State?.Name, 'running')
        assert.deepEqual(instance.Tags, [{ Key: 'Owner', Value: 'nobody' }])
      }
      again.kill('SIGTERM')
    })
  }

  it('leaves a folder that a second process may not open meanwhile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crash-'))
    folders.push(folder)
    const port = await freePort()
    await serve(folder, port)
    const { openCloud } = await import('../../src/cloud.ts')
    const error = await failure(openCloud({ data: folder, port: 0 }))
    assert.match(error.message, /in use by another process/)
  })
})
