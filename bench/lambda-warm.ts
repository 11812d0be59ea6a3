/** Invocations through the whole stack: signature, policy, durable records, a real function. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { createFunction, createRole } from '../test/functions.ts'
import { beside, type Samples } from './lambda-figures.ts'
import { load, type PreparedRequest, send } from './load.ts'
import { startBare } from './processes.ts'
import { bare, rest } from './requests.ts'
import { median, print, type Row } from './table.ts'
import { clientConfig } from './throughput.ts'

const SERVER = fileURLToPath(new URL('./lambda-server.ts', import.meta.url))
const SOURCE = 'exports.handler = async () => 1'
/** Until the server's own code is compiled. */
const WARM_UP = 4000
const INVOCATIONS = 2000
const ENVIRONMENTS = 4
const DURATION_MS = 4000
const ROUNDS = 3
const MAX_BLOCKED_MS = 10
const BALLASTS_MB = [0, 1024]
const MAX_HEAP_MB = 4096
const COLD_STARTS = 20
/** While nothing else happens: what the machine itself holds up. */
const QUIET_MS = 3000

export async function warm(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const server = await startServer(folder)
  const reference = await startBare(async (port) => bare(port))
  await createFunctions(server.port, ['warm'])
  const request = await invocation(server.port, 'warm')
  const against = bare(reference.port)
  print('Warm Invoke through the whole stack, one at a time (median; p99)', [
    beside(
      'beside a bare round trip',
      await alternate(server.port, request, reference.port, against),
      { most: 3 },
    ),
  ])
  const ours: number[] = []
  const bares: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await rate(server.port, request))
    bares.push(await rate(reference.port, against))
  }
  print('Invocations a second', [
    {
      what: `${ENVIRONMENTS} environments, beside a bare server on as many connections`,
      value: `${median(ours).toFixed(0)}/s`,
      reference: `${median(bares).toFixed(0)}/s`,
      ratio: median(ours) / median(bares),
      aim: { least: 0.33 },
    },
  ])
  await Promise.all([server.stop(), reference.stop()])
  rmSync(folder, { recursive: true })
}

/** How long the server's event loop stood still at most. */
export async function blocking(): Promise<void> {
  const rows: Row[] = []
  for (const ballastMb of BALLASTS_MB) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'))
    const server = await startServer(folder, ballastMb)
    const names = Array.from({ length: COLD_STARTS }, (_, n) => `cold-${n}`)
    await createFunctions(server.port, names)
    const quiet = await server.blocked(() => pause(QUIET_MS))
    const cold = await server.blocked(async () => {
      for (const name of names) await invokeOnce(server.port, name)
    })
    const request = await invocation(server.port, 'cold-0')
    const busy = await server.blocked(async () => {
      await rate(server.port, request)
    })
    const row = (what: string, { maxMs, collectionMs }: Blocked): Row => ({
      what: `${what}, heap of ${ballastMb} MB more`,
      value: `${maxMs.toFixed(1)} ms; one collection ${collectionMs.toFixed(1)}`,
      reference: `${MAX_BLOCKED_MS} ms; idle ${quiet.maxMs.toFixed(1)} ms`,
      ratio: maxMs / MAX_BLOCKED_MS,
      aim: { most: 1 },
    })
    rows.push(row(`${COLD_STARTS} cold starts`, cold), row('warm load', busy))
    await server.stop()
    rmSync(folder, { recursive: true })
  }
  print('Longest block of the event loop', rows)
}

/** While some work was done. */
interface Blocked {
  /** The longest block. */
  maxMs: number
  /** The longest part that V8's garbage collector had in one. */
  collectionMs: number
}

interface Server {
  port: number
  blocked(work: () => Promise<unknown>): Promise<Blocked>
  stop(): Promise<unknown>
}

async function startServer(data: string, ballastMb = 0): Promise<Server> {
  const execArgv = [`--max-old-space-size=${MAX_HEAP_MB}`]
  const child: ChildProcess = fork(SERVER, [data, String(ballastMb)], { execArgv })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const ask = async (question: string) => {
    child.send(question)
    const [answer] = (await once(child, 'message')) as [Blocked]
    return answer
  }
  return {
    port,
    async blocked(work) {
      await ask('watch')
      await work()
      return ask('report')
    },
    stop() {
      child.send('stop')
      return once(child, 'exit')
    },
  }
}

async function createFunctions(port: number, names: readonly string[]): Promise<void> {
  const config = { ...clientConfig(port), maxAttempts: 1 }
  const Role = await createRole(config, 'bench-role')
  for (const name of names) await createFunction(config, name, SOURCE, { Role })
}

function invocation(port: number, name: string): Promise<PreparedRequest> {
  return rest('lambda', port, `/2015-03-31/functions/${name}/invocations`, '{}')
}

async function invokeOnce(port: number, name: string): Promise<void> {
  const agent = new Agent()
  const status = await send(agent, port, await invocation(port, name))
  if (status !== 200) throw new Error(`${name} answered ${status}`)
}

/** Turn by turn, so that both see the same machine. */
async function alternate(
  port: number,
  request: PreparedRequest,
  barePort: number,
  against: PreparedRequest,
): Promise<Samples> {
  const agent = new Agent({ keepAlive: true })
  const samples: Samples = { ours: [], reference: [] }
  for (let n = -WARM_UP; n < INVOCATIONS; n++) {
    const start = performance.now()
    await send(agent, port, request)
    const between = performance.now()
    await send(agent, barePort, against)
    const end = performance.now()
    if (n < 0) continue
    samples.ours.push(between - start)
    samples.reference.push(end - between)
  }
  agent.destroy()
  return samples
}

async function rate(port: number, request: PreparedRequest): Promise<number> {
  const options = { port, connections: ENVIRONMENTS, durationMs: DURATION_MS, next: () => request }
  const { perSecond, failures } = await load(options)
  if (failures > 0) throw new Error(`${failures} requests failed`)
  return perSecond
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
