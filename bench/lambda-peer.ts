/** Beside serverless-offline's own runners of handlers: cold starts and warm invocations. */
import { dirname } from 'node:path'
import { performance } from 'node:perf_hooks'
import { TestBed } from '../src/services/lambda/runtime/testing/bed.ts'
import type { FunctionImage } from '../src/services/lambda/runtime/types.ts'
import { coldStart, NODE, PYTHON, pythonHere } from './lambda-cold.ts'
import { beside, type Samples } from './lambda-figures.ts'
import {
  installPeer,
  type PeerOptions,
  type Runner,
  type RunnerClass,
} from './lambda-peer-install.ts'
import { print, type Row } from './table.ts'

/** A function on our side and on the peer's, in the kind of isolation that the peer offers. */
interface Kind {
  what: string
  Peer: RunnerClass
  options: PeerOptions
  peerRuntime: string
  files: Record<string, string>
  image: Partial<FunctionImage>
  /** Few where each invocation of the peer starts a process. */
  warmRounds: number
}

const COLD_ROUNDS = 20
const WARM_ROUNDS = 1000
const WARM_ROUNDS_OF_PROCESSES = 20
const WARM_UP_ROUNDS = 3
const WARM_UP_SHARE = 0.2
const TIMEOUT_MS = 10_000

/** Its kinds for Node.js and Python but Docker's, which this machine may not have. */
export async function peer(): Promise<void> {
  const installed = await installPeer()
  if (!installed) return
  const { current, withChildProcesses } = installed
  const node = { files: NODE, image: {}, peerRuntime: 'nodejs24.x', warmRounds: WARM_ROUNDS }
  const kinds: Kind[] = [
    {
      ...node,
      what: 'Node.js, its child processes',
      Peer: withChildProcesses,
      options: { useChildProcesses: true },
      peerRuntime: 'nodejs16.x',
      warmRounds: WARM_ROUNDS_OF_PROCESSES,
    },
    { ...node, what: 'Node.js, its worker threads', Peer: current, options: {} },
  ]
  const interpreter = pythonHere()
  if (interpreter) {
    // The peer starts what the PATH names; a version manager's script there would slow it.
    process.env.PATH = `${dirname(interpreter)}:${process.env.PATH}`
    const image = { runtime: 'python3.12', handler: 'app.handler' }
    const python = { files: PYTHON, image, peerRuntime: 'python3.12', warmRounds: WARM_ROUNDS }
    kinds.push({ ...python, what: 'Python, its processes', Peer: current, options: {} })
  } else console.log('No python3 here: its rows are left out.')
  const beds = [
    ['with a spare', new TestBed()],
    ['without', new TestBed({ maxSpares: 0 })],
  ] as const
  const colds: Row[] = []
  const warms: Row[] = []
  for (const kind of kinds) {
    for (const [how, bed] of beds) colds.push(await cold(`${kind.what}; ours ${how}`, kind, bed))
    warms.push(await warm(kind, beds[0][1]))
  }
  print('Cold start to the answer of the handler, beside serverless-offline (median; p99)', colds)
  print('Warm invocation of the runtime, beside serverless-offline (median; p99)', warms)
  await Promise.all(beds.map(([, bed]) => bed.close()))
}

async function cold(what: string, kind: Kind, bed: TestBed): Promise<Row> {
  const samples: Samples = { ours: [], reference: [] }
  for (let round = -WARM_UP_ROUNDS; round < COLD_ROUNDS; round++) {
    const image = bed.image(kind.files, kind.image)
    const ours = await coldStart(bed, image)
    const start = performance.now()
    const runner = peerRunner(kind, image)
    await answer(runner)
    const reference = performance.now() - start
    await runner.cleanup()
    if (round < 0) continue
    samples.ours.push(ours)
    samples.reference.push(reference)
  }
  return beside(what, samples, { most: 1 })
}

/** Turn by turn, so that both see the same machine. */
async function warm(kind: Kind, bed: TestBed): Promise<Row> {
  const image = bed.image(kind.files, kind.image)
  const runner = peerRunner(kind, image)
  const samples: Samples = { ours: [], reference: [] }
  for (let round = -kind.warmRounds * WARM_UP_SHARE; round < kind.warmRounds; round++) {
    const start = performance.now()
    await bed.run(image)
    const between = performance.now()
    await answer(runner)
    const end = performance.now()
    if (round < 0) continue
    samples.ours.push(between - start)
    samples.reference.push(end - between)
  }
  await runner.cleanup()
  return beside(kind.what, samples, { most: 1 })
}

function peerRunner({ Peer, options, peerRuntime }: Kind, image: FunctionImage): Runner {
  const { functionName: functionKey, codeDir, handler } = image
  // It names Python's modules from here.
  process.chdir(codeDir)
  const its = { functionKey, handler, codeDir, servicePath: codeDir, runtime: peerRuntime }
  return new Peer({ ...its, timeout: TIMEOUT_MS }, options, {})
}

async function answer(runner: Runner): Promise<void> {
  const result = await runner.run({}, { awsRequestId: 'bench' })
  if (result !== 1) throw new Error(`serverless-offline answered ${result}`)
}
