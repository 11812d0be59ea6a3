/** Servers as processes of their own, so that they share no event loop with the load. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { PreparedRequest } from './load.ts'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const BARE = fileURLToPath(new URL('./bare-server.cjs', import.meta.url))
const START_TIMEOUT_MS = 20_000

export interface RunningServer {
  port: number
  process: ChildProcess
  /** From the start of the process to its first answer. */
  firstAnswerMs: number
  stop(): Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Windtunnel as it is built, with these options. */
export async function startWindtunnel(
  options: string[],
  first: (port: number) => Promise<PreparedRequest>,
): Promise<RunningServer> {
  const port = await freePort()
  return start([MAIN, 'start', '--port', String(port), ...options], port, first)
}

/** The reference: node:http answering 1 KB. */
export async function startBare(
  first: (port: number) => Promise<PreparedRequest>,
): Promise<RunningServer> {
  const port = await freePort()
  return start([BARE, String(port)], port, first)
}

async function start(
  args: string[],
  port: number,
  first: (port: number) => Promise<PreparedRequest>,
): Promise<RunningServer> {
  const prepared = await first(port)
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await answers(port, prepared))) {
    if (performance.now() - startedAt > START_TIMEOUT_MS)
      throw new Error('the server does not start')
  }
  const firstAnswerMs = performance.now() - startedAt
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  return { port, process: child, firstAnswerMs, stop }
}

function answers(port: number, { method, path, headers, body }: PreparedRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200))
    })
    sent.once('error', () => setTimeout(() => resolve(false), 1))
    sent.end(body)
  })
}

/** Resident memory in MB (Linux). */
export function residentMb({ process: { pid } }: RunningServer): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
