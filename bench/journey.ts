/** From the acknowledged launch to the handler's first line, and a function's cold start. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import {
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { automation } from '../test/automation.ts'
import { startBare, startWindtunnel } from './processes.ts'
import { bare, form } from './requests.ts'
import { median, print } from './table.ts'
import { clientConfig } from './throughput.ts'

const LAUNCHES = 100
const COLD_STARTS = 10
const MAX_OVER_MS = 5

/** Tells the benchmark that its first line runs, over a connection that it keeps. */
const TELL = `
const http = require('node:http')
const agent = new http.Agent({ keepAlive: true })
exports.handler = (event) => new Promise((resolve) => {
  if (!event.detail) return resolve()
  const { PORT } = process.env
  const path = '/' + event.detail['instance-id']
  http.get({ agent, port: PORT, host: '127.0.0.1', path }, (answer) => {
    answer.resume()
    answer.on('end', resolve)
  })
})`

export async function journey(): Promise<void> {
  const told = new Map<string, (at: number) => void>()
  const listener = createServer((request, response) => {
    told.get((request.url ?? '').slice(1))?.(performance.now())
    response.end()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port: PORT } = listener.address() as AddressInfo
  const server = await startWindtunnel(['--ephemeral', '--timing', 'instant'], (port) =>
    form('sts', port, { Action: 'GetCallerIdentity', Version: '2011-06-15' }),
  )
  const config = { ...clientConfig(server.port), maxAttempts: 1 }
  const ec2 = new EC2Client(config)
  await automation(config, {
    source: TELL,
    pattern: { source: ['aws.ec2'], detail: { state: ['running'] } },
    Environment: { Variables: { PORT: String(PORT) } },
  })
  const delays: number[] = []
  for (let n = 0; n < LAUNCHES; n++) delays.push(await oneLaunch(ec2, told))
  const trip = await roundTrip()
  const value = median(delays)
  print('From the acknowledged RunInstances to the first line of a warm handler (median)', [
    {
      what: `over the bare round trip, in units of ${MAX_OVER_MS} ms`,
      value: `${value.toFixed(2)} ms`,
      reference: `${trip.toFixed(2)} ms`,
      ratio: (value - trip) / MAX_OVER_MS,
      aim: { most: 1 },
    },
  ])
  await coldStart(new LambdaClient(config))
  await server.stop()
  listener.close()
}

async function oneLaunch(ec2: EC2Client, told: Map<string, (at: number) => void>): Promise<number> {
  const early = new Map<string, number>()
  const heard = Promise.withResolvers<number>()
  const original = told.get.bind(told)
  told.get = (id) => original(id) ?? ((at) => early.set(id, at))
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-0abcdef1234567890', MinCount: 1, MaxCount: 1 }),
  )
  const acknowledged = performance.now()
  const id = Instances?.[0]?.InstanceId ?? ''
  told.set(id, heard.resolve)
  const before = early.get(id)
  told.get = original
  return Math.max(0, (before ?? (await heard.promise)) - acknowledged)
}

/** A request to a bare server and back, one at a time. */
async function roundTrip(): Promise<number> {
  const reference = await startBare(async (port) => bare(port))
  const times: number[] = []
  for (let n = 0; n < LAUNCHES; n++) {
    const start = performance.now()
    await (await fetch(`http://127.0.0.1:${reference.port}/`)).text()
    times.push(performance.now() - start)
  }
  await reference.stop()
  return median(times)
}

async function coldStart(lambda: LambdaClient): Promise<void> {
  const cold: number[] = []
  const node: number[] = []
  for (let n = 0; n < COLD_STARTS; n++) {
    const Description = `environment ${n}`
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'automation', Description }),
    )
    const start = performance.now()
    await lambda.send(new InvokeCommand({ FunctionName: 'automation', Payload: Buffer.from('{}') }))
    cold.push(performance.now() - start)
    const from = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    node.push(performance.now() - from)
  }
  const [value, reference] = [median(cold), median(node)]
  print('Cold start of a Node.js environment, seen by the caller (median)', [
    {
      what: 'beside node -e 0',
      value: `${value.toFixed(0)} ms`,
      reference: `${reference.toFixed(0)} ms`,
      ratio: value / reference,
      aim: { most: 2 },
    },
  ])
}
