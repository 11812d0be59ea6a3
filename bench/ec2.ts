/** `npm run bench:ec2`: what many instances cost, in memory and in time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import { type Cloud, openCloud } from '../src/cloud.ts'
import { form } from './requests.ts'
import { median, print, type Row } from './table.ts'
import { clientConfig } from './throughput.ts'

const BATCH = 1000
const MANY = 100_000
const TAGGED = 1000
const RECLAIMED = 10_000
const ROUNDS = 7
const MAX_KB_OVER = 3
const MAX_BLOCKED_MS = 50
const NS_PER_MS = 1e6
const IMAGE = 'ami-0abcdef1234567890'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const data = join(folder, 'data')

/** In this process, so that its memory and its event loop can be looked at. */
async function open(settings: object): Promise<{ cloud: Cloud; port: number; ec2: EC2Client }> {
  const cloud = await openCloud({ port: 0, timing: 'instant', ...settings })
  const port = Number(new URL(cloud.endpoint).port)
  return { cloud, port, ec2: new EC2Client({ ...clientConfig(port), maxAttempts: 1 }) }
}

async function launch(ec2: EC2Client, count: number, more: Partial<RunInstancesCommandInput> = {}) {
  const ids: string[] = []
  for (let left = count; left > 0; left -= BATCH) {
    const size = Math.min(left, BATCH)
    const call = new RunInstancesCommand({
      ImageId: IMAGE,
      MinCount: size,
      MaxCount: size,
      ...more,
    })
    const { Instances = [] } = await ec2.send(call)
    ids.push(...Instances.flatMap(({ InstanceId }) => InstanceId ?? []))
  }
  return ids
}

function usedKb(): number {
  global.gc?.()
  return process.memoryUsage().heapUsed / 1024
}

async function timed<T>(work: () => T | Promise<T>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function fill(): Promise<void> {
  const { cloud, port, ec2 } = await open({ data })
  await launch(ec2, 1)
  const batch = await timed(() => launch(ec2, BATCH))
  await cloud.settle()
  const before = usedKb()
  const ids = await launch(ec2, MANY)
  await cloud.settle()
  const eachKb = (usedKb() - before) / MANY
  const tags = [{ Key: 'team', Value: 'blue' }]
  await ec2.send(new CreateTagsCommand({ Resources: ids.slice(0, TAGGED), Tags: tags }))
  const [sample] = await described(ec2, { InstanceIds: ids.slice(0, 1) })
  const plainKb = plainSizeKb(sample)
  print(`${MANY} instances, each with its volume, interface and tags`, [
    {
      what: `memory over the plain object, in units of ${MAX_KB_OVER} KB`,
      value: `${eachKb.toFixed(2)} KB`,
      reference: `${plainKb.toFixed(2)} KB`,
      ratio: Math.max(0, eachKb - plainKb) / MAX_KB_OVER,
      aim: { most: 1 },
    },
  ])
  console.log(`RunInstances of ${BATCH} in one call: ${batch.toFixed(0)} ms`)
  await describing(port, ec2, ids)
  await cloud.close()
}

/** What as many plain copies of the answer's object take. */
function plainSizeKb(sample: Instance | undefined): number {
  const text = JSON.stringify(sample)
  const before = usedKb()
  const copies = Array.from({ length: BATCH }, () => JSON.parse(text))
  const size = (usedKb() - before) / copies.length
  return size
}

async function described(ec2: EC2Client, input: DescribeInstancesCommandInput) {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(input))
  return Reservations.flatMap(({ Instances = [] }) => Instances)
}

async function describing(port: number, ec2: EC2Client, ids: string[]): Promise<void> {
  const blue = { Name: 'tag:team', Values: ['blue'] }
  const stopped = { Name: 'instance-state-name', Values: ['stopped'] }
  const cases: [string, DescribeInstancesCommandInput, Record<string, string>][] = [
    ['by id', { InstanceIds: ids.slice(-1) }, { 'InstanceId.1': ids.at(-1) ?? '' }],
    [`by tag, ${TAGGED} of them`, { Filters: [blue] }, filter(blue)],
    ['by state, none of them', { Filters: [stopped] }, filter(stopped)],
    [`a page of ${BATCH}`, { MaxResults: BATCH }, { MaxResults: String(BATCH) }],
  ]
  const rows: Row[] = []
  for (const [what, input, parameters] of cases) {
    const answer = await described(ec2, input)
    const request = await form('ec2', port, {
      Action: 'DescribeInstances',
      Version: '2016-11-15',
      ...parameters,
    })
    const { host: _, 'content-length': __, ...headers } = request.headers
    const ask = async () => {
      const sent = { method: 'POST', headers, body: request.body }
      await (await fetch(`http://127.0.0.1:${port}/`, sent)).arrayBuffer()
    }
    const [times, texts]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await timed(ask))
      texts.push(await timed(() => void JSON.stringify(answer)))
    }
    const [value, reference] = [median(times), median(texts)]
    if (answer.length < TAGGED) {
      // Beside so small a text only the round trip would be measured.
      console.log(`DescribeInstances ${what}, among ${MANY}: ${value.toFixed(1)} ms over HTTP`)
      continue
    }
    rows.push({
      what,
      value: `${value.toFixed(1)} ms`,
      reference: `${reference.toFixed(2)} ms`,
      ratio: value / reference,
      aim: { most: 5 },
    })
  }
  print(`DescribeInstances among ${MANY}, over HTTP, beside JSON.stringify of the answer`, rows)
}

function filter({ Name, Values }: { Name: string; Values: string[] }): Record<string, string> {
  return { 'Filter.1.Name': Name, 'Filter.1.Value.1': Values[0] ?? '' }
}

/** Opening the folder of 100,000 instances, beside reading and parsing the same rows as JSON. */
async function starting(): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(join(data, 'state.db'), { readOnly: true })
  const rows = database.prepare('SELECT row FROM rows').all()
  database.close()
  const file = join(folder, 'rows.json')
  writeFileSync(file, `[${rows.map(({ row }) => row).join(',')}]`)
  const reference = await timed(() => void JSON.parse(readFileSync(file, 'utf8')))
  let cloud: Cloud | undefined
  const value = await timed(async () => {
    cloud = (await open({ data })).cloud
  })
  await cloud?.close()
  print(`Start with ${MANY} instances on disk`, [
    {
      what: 'beside reading and parsing the same rows as JSON',
      value: `${value.toFixed(0)} ms`,
      reference: `${reference.toFixed(0)} ms`,
      ratio: value / reference,
      aim: { most: 3 },
    },
  ])
}

async function reclaiming(): Promise<void> {
  const { cloud, ec2 } = await open({ data: undefined })
  const InstanceMarketOptions = { MarketType: 'spot' } as const
  const ids = await launch(ec2, RECLAIMED, { InstanceMarketOptions })
  await cloud.settle()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const response = await fetch(`${cloud.endpoint}/_windtunnel/spot/interrupt`, {
    method: 'POST',
    body: JSON.stringify({ instanceIds: ids }),
  })
  const took = await timed(() => cloud.advance(600))
  delay.disable()
  const blocked = delay.max / NS_PER_MS
  const left = await described(ec2, {
    Filters: [{ Name: 'instance-state-name', Values: ['running'] }],
  })
  print(`${RECLAIMED} Spot Instances reclaimed at once (${response.status}, ${left.length} left)`, [
    {
      what: `the event loop's longest block, in units of ${MAX_BLOCKED_MS} ms`,
      value: `${blocked.toFixed(0)} ms`,
      reference: `${took.toFixed(0)} ms in all`,
      ratio: blocked / MAX_BLOCKED_MS,
      aim: { most: 1 },
    },
  ])
  await cloud.close()
}

try {
  await fill()
  await starting()
  await reclaiming()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
