/** Durable launches, and what describing costs beside JSON.stringify. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { load } from './load.ts'
import { startWindtunnel } from './processes.ts'
import { form } from './requests.ts'
import { median, print } from './table.ts'
import { clientConfig, rateOf } from './throughput.ts'

const CONNECTIONS = 16
const DURATION_MS = 4000
const FSYNCS = 1000
const MANY = 5000
const ROUNDS = 9
const HUGE = 100_000
const BATCH = 1000

const identity = (port: number) =>
  form('sts', port, { Action: 'GetCallerIdentity', Version: '2011-06-15' })
const launchOne = (port: number) =>
  form('ec2', port, {
    Action: 'RunInstances',
    Version: '2016-11-15',
    ImageId: 'ami-0abcdef1234567890',
    MinCount: '1',
    MaxCount: '1',
  })

export async function instances(): Promise<void> {
  await durable()
  await describing()
  await byId()
}

async function durable(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const fsyncs = fsyncsPerSecond(join(folder, 'reference'))
  const data = join(folder, 'data')
  const server = await startWindtunnel(['--data', data, '--timing', 'aws'], identity)
  const request = await launchOne(server.port)
  const options = { connections: CONNECTIONS, durationMs: DURATION_MS, next: () => request }
  const { perSecond } = await load({ port: server.port, ...options })
  print('RunInstances, each on disk before it is answered', [
    {
      what: `${CONNECTIONS} connections`,
      value: `${perSecond.toFixed(0)}/s`,
      reference: `${fsyncs.toFixed(0)} fsyncs/s`,
      ratio: perSecond / fsyncs,
      aim: { least: 1000 / 3000 },
    },
  ])
  await server.stop()
  rmSync(folder, { recursive: true })
}

function fsyncsPerSecond(file: string): number {
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(512, 1)
  const start = performance.now()
  for (let n = 0; n < FSYNCS; n++) {
    writeSync(descriptor, block)
    fdatasyncSync(descriptor)
  }
  closeSync(descriptor)
  return FSYNCS / ((performance.now() - start) / 1000)
}

async function describing(): Promise<void> {
  const server = await startWindtunnel(['--ephemeral', '--timing', 'instant'], identity)
  await launch(server.port, MANY)
  const ec2 = new EC2Client(clientConfig(server.port))
  const answer = await ec2.send(new DescribeInstancesCommand({}))
  const request = await form('ec2', server.port, {
    Action: 'DescribeInstances',
    Version: '2016-11-15',
  })
  const fetched: number[] = []
  const stringified: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    const { path, method, headers, body } = request
    const url = `http://127.0.0.1:${server.port}${path}`
    const { host: _, 'content-length': __, ...rest } = headers
    await (await fetch(url, { method, headers: rest, body })).arrayBuffer()
    fetched.push(performance.now() - start)
    const from = performance.now()
    JSON.stringify(answer.Reservations)
    stringified.push(performance.now() - from)
  }
  const [value, reference] = [median(fetched), median(stringified)]
  print(`DescribeInstances of ${MANY}, over HTTP`, [
    {
      what: 'beside JSON.stringify of the same objects',
      value: `${value.toFixed(0)} ms`,
      reference: `${reference.toFixed(0)} ms`,
      ratio: value / reference,
      aim: { most: 5 },
    },
  ])
  await server.stop()
}

async function byId(): Promise<void> {
  const rate = async (count: number) => {
    const server = await startWindtunnel(['--ephemeral', '--timing', 'instant'], identity)
    const id = await launch(server.port, count)
    const request = await form('ec2', server.port, {
      Action: 'DescribeInstances',
      Version: '2016-11-15',
      'InstanceId.1': id,
    })
    const perSecond = await rateOf(server.port, request)
    await server.stop()
    return perSecond
  }
  const few = await rate(10)
  const many = await rate(HUGE)
  print('DescribeInstances by id', [
    {
      what: `among ${HUGE}, beside among 10`,
      value: `${many.toFixed(0)}/s`,
      reference: `${few.toFixed(0)}/s`,
      ratio: many / few,
      aim: { least: 0.9 },
    },
  ])
}

/** Launches instances, a batch a call; returns the last one's id. */
async function launch(port: number, count: number): Promise<string> {
  const ec2 = new EC2Client(clientConfig(port))
  let last = ''
  for (let left = count; left > 0; left -= BATCH) {
    const size = Math.min(left, BATCH)
    const { Instances } = await ec2.send(
      new RunInstancesCommand({ ImageId: 'ami-0abcdef1234567890', MinCount: size, MaxCount: size }),
    )
    last = Instances?.[0]?.InstanceId ?? ''
  }
  return last
}
