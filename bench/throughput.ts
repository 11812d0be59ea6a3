/** Requests per second over 16 connections, as a share of a bare node:http server's. */
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge'
import { load, type PreparedRequest } from './load.ts'
import { type RunningServer, startBare, startWindtunnel } from './processes.ts'
import { bare, form, json } from './requests.ts'
import { median, print, type Row } from './table.ts'

const CONNECTIONS = 16
const DURATION_MS = 4000
const ROUNDS = 3
const RULES = 100
const ENTRIES = 10

const identity = (port: number) =>
  form('sts', port, { Action: 'GetCallerIdentity', Version: '2011-06-15' })

export function clientConfig(port: number) {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
}

export async function throughput(): Promise<void> {
  const reference = await startBare(async (port) => bare(port))
  const server = await startWindtunnel(['--ephemeral', '--timing', 'instant'], identity)
  const id = await prepare(server.port)
  const rate = await compare(reference, server, [
    ['GetCallerIdentity', 0.4, await identity(server.port)],
    ['DescribeInstances of one', 0.3, await describe(server.port, id)],
    [`PutEvents of ${ENTRIES}, ${RULES} rules`, 0.15, await putEvents(server.port)],
  ])
  print(`Requests per second, ${CONNECTIONS} connections, SigV4 and policy on`, rate)
  await server.stop()
  await reference.stop()
}

async function compare(
  reference: RunningServer,
  { port }: RunningServer,
  cases: [string, number, PreparedRequest][],
): Promise<Row[]> {
  const rows: Row[] = []
  for (const [what, least, request] of cases) {
    const bares: number[] = []
    const ours: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      bares.push(await rateOf(reference.port, bare(reference.port)))
      ours.push(await rateOf(port, request))
    }
    const [value, against] = [median(ours), median(bares)]
    rows.push({
      what,
      value: `${value.toFixed(0)}/s`,
      reference: `${against.toFixed(0)}/s`,
      ratio: value / against,
      aim: { least },
    })
  }
  return rows
}

export async function rateOf(port: number, request: PreparedRequest): Promise<number> {
  const options = { port, connections: CONNECTIONS, durationMs: DURATION_MS, next: () => request }
  const { perSecond, failures } = await load(options)
  if (failures > 0) throw new Error(`${failures} requests failed`)
  return perSecond
}

/** One instance, and rules of which each matches another source. */
async function prepare(port: number): Promise<string> {
  const ec2 = new EC2Client(clientConfig(port))
  const launch = { ImageId: 'ami-0abcdef1234567890', MinCount: 1, MaxCount: 1 }
  const { Instances } = await ec2.send(new RunInstancesCommand(launch))
  const InstanceIds = [Instances?.[0]?.InstanceId ?? '']
  await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  const events = new EventBridgeClient(clientConfig(port))
  for (let n = 0; n < RULES; n++) {
    const EventPattern = JSON.stringify({ source: [`bench.${n}`], detail: { state: ['done'] } })
    await events.send(new PutRuleCommand({ Name: `rule-${n}`, EventPattern }))
  }
  return InstanceIds[0] ?? ''
}

function describe(port: number, id: string): Promise<PreparedRequest> {
  const parameters = { Action: 'DescribeInstances', Version: '2016-11-15', 'InstanceId.1': id }
  return form('ec2', port, parameters)
}

function putEvents(port: number): Promise<PreparedRequest> {
  const Entries = Array.from({ length: ENTRIES }, (_, n) => ({
    Source: `bench.${n}`,
    DetailType: 'Bench',
    Detail: JSON.stringify({ state: 'done', n }),
  }))
  return json('events', port, 'AWSEvents.PutEvents', { Entries })
}
