/** `npm run bench:events`: events onto Lambda's queue, each on disk; and a queue that waits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { openStore } from '../src/store/sqlite.ts'
import { table } from '../src/store/store.ts'
import { createFunction, createRole } from '../test/functions.ts'
import { load, type PreparedRequest } from './load.ts'
import { type RunningServer, residentMb, startWindtunnel } from './processes.ts'
import { form, json } from './requests.ts'
import { print } from './table.ts'
import { clientConfig } from './throughput.ts'

const CONNECTIONS = 16
const RULES = 100
const ENTRIES = 10
const COMMITS = 1000
const DURATION_MS = 6000
const WAITING = 100_000
const FIRST_READING = 20_000
const WORLD = { account: '000000000000', region: 'us-east-1' }
/** Answers once a day: what is queued waits. */
const SLOW = 'exports.handler = () => new Promise(() => setTimeout(() => {}, 86_400_000))'

const identity = (port: number) =>
  form('sts', port, { Action: 'GetCallerIdentity', Version: '2011-06-15' })

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const data = join(folder, 'data')
try {
  const commits = await singleCommits(join(folder, 'reference'))
  const server = await startWindtunnel(['--data', data, '--timing', 'instant'], identity)
  const request = await prepare(server)
  const before = await rate(server, request, commits)
  await waiting(server, request, before)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The store's durable commits one after the other. */
async function singleCommits(reference: string): Promise<number> {
  const rows = table<{ n: number }>('bench.rows')
  const store = openStore({ folder: reference })
  const start = performance.now()
  for (let n = 0; n < COMMITS; n++) {
    store.transact(WORLD, (tx) => tx.put(rows, String(n), { n }))
    await store.durable()
  }
  const perSecond = COMMITS / ((performance.now() - start) / 1000)
  store.close()
  return perSecond
}

/** 100 rules, of which one matches each entry, all onto one slow function. */
async function prepare({ port }: RunningServer): Promise<PreparedRequest> {
  const config = { ...clientConfig(port), maxAttempts: 1 }
  const Role = await createRole(config, 'slow')
  const Arn = await createFunction(config, 'slow', SLOW, { Role, Timeout: 900 })
  await new LambdaClient(config).send(
    new AddPermissionCommand({
      FunctionName: 'slow',
      StatementId: 'events',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
    }),
  )
  const events = new EventBridgeClient(config)
  for (let n = 0; n < RULES; n++) {
    const Name = `rule-${n}`
    const EventPattern = JSON.stringify({ source: [`bench.${n}`], detail: { state: ['done'] } })
    await events.send(new PutRuleCommand({ Name, EventPattern }))
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: '1', Arn }] }))
  }
  const Entries = Array.from({ length: ENTRIES }, (_, n) => ({
    Source: `bench.${n}`,
    DetailType: 'Bench',
    Detail: JSON.stringify({ state: 'done', n }),
  }))
  return json('events', port, 'AWSEvents.PutEvents', { Entries })
}

/** Returns how many events were acknowledged. */
async function rate(server: RunningServer, request: PreparedRequest, commits: number) {
  let sent = 0
  const next = () => {
    sent++
    return request
  }
  const options = { port: server.port, connections: CONNECTIONS, durationMs: DURATION_MS, next }
  const { perSecond } = await load(options)
  const events = perSecond * ENTRIES
  print(`PutEvents of ${ENTRIES}, ${RULES} rules, durably onto Lambda's queue`, [
    {
      what: 'events, beside single durable commits',
      value: `${events.toFixed(0)}/s`,
      reference: `${commits.toFixed(0)}/s`,
      ratio: events / commits,
      aim: { least: 5 },
    },
  ])
  return sent * ENTRIES
}

async function waiting(server: RunningServer, request: PreparedRequest, before: number) {
  let acknowledged = before
  const upTo = async (count: number) => {
    while (acknowledged < count) {
      const sends = Array.from({ length: CONNECTIONS }, () => send(server.port, request))
      acknowledged += (await Promise.all(sends)).filter((ok) => ok).length * ENTRIES
    }
    return residentMb(server)
  }
  const early = await upTo(Math.max(FIRST_READING, before))
  const late = await upTo(WAITING)
  print(`Memory with ${WAITING} events waiting for a slow function`, [
    {
      what: `beside the first ${FIRST_READING}`,
      value: `${late.toFixed(0)} MB`,
      reference: `${early.toFixed(0)} MB`,
      ratio: late / early,
      aim: { most: 1.25 },
    },
  ])
  server.process.kill('SIGKILL')
  await new Promise((resolve) => server.process.once('exit', resolve))
  const database = new DatabaseSync(join(data, 'state.db'))
  const found = database
    .prepare(
      `SELECT count(*) AS n FROM spooled
       JOIN partitions ON partitions.id = spooled.part WHERE spool = 'lambda.queue'`,
    )
    .get()
  const booked = database.prepare('SELECT count(*) AS n FROM rows WHERE row LIKE ?')
  const underWay = booked.get('%"kind":"events.%')
  database.close()
  const kept = Number(found?.n)
  console.log(
    `After kill -9: ${acknowledged} acknowledged, ${kept} in Lambda's queue, ` +
      `${underWay?.n} deliveries under way: ${kept >= acknowledged ? 'none lost' : 'SEE ABOVE'}`,
  )
}

async function send(port: number, { method, path, headers, body }: PreparedRequest) {
  const { host: _, 'content-length': __, ...rest } = headers
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: rest, body })
  await response.arrayBuffer()
  return response.ok
}
