/** serverless-offline in a folder of its own: it is measured, and no dependency of ours. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const CURRENT_VERSION = '14.8.2'
/** The last one that can run Node.js handlers in processes of their own. */
const CHILD_PROCESSES_VERSION = '9.2.6'
const INSTALL_TIMEOUT_MS = 180_000
/** Without scripts, and without the framework that it is a plugin of. */
const QUIETLY = '--ignore-scripts --legacy-peer-deps --no-audit --no-fund --fetch-retries=1'

export interface PeerOptions {
  useChildProcesses?: boolean
}

/** What it makes of a function's part of `serverless.yml`. */
export interface PeerFunction {
  functionKey: string
  handler: string
  codeDir: string
  servicePath: string
  runtime: string
  /** Milliseconds. */
  timeout: number
}

export interface Runner {
  run(event: object, context: object): Promise<unknown>
  cleanup(): unknown
}

export type RunnerClass = new (
  its: PeerFunction,
  options: PeerOptions,
  environment: Readonly<Record<string, string>>,
) => Runner

export interface Peer {
  current: RunnerClass
  withChildProcesses: RunnerClass
}

/** Undefined where it cannot be had, which is said. */
export async function installPeer(): Promise<Peer | undefined> {
  const versions = `${CURRENT_VERSION}-${CHILD_PROCESSES_VERSION}`
  const folder = join(tmpdir(), `windtunnel-bench-serverless-offline-${versions}`)
  const done = join(folder, 'installed')
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    const packages = [
      `current@npm:serverless-offline@${CURRENT_VERSION}`,
      `with-child-processes@npm:serverless-offline@${CHILD_PROCESSES_VERSION}`,
    ]
    const { status } = spawnSync('npm', ['install', ...QUIETLY.split(' '), ...packages], {
      cwd: folder,
      timeout: INSTALL_TIMEOUT_MS,
      shell: process.platform === 'win32',
    })
    if (status !== 0) {
      console.log('serverless-offline cannot be installed: the rows beside it are left out.')
      return undefined
    }
    writeFileSync(done, '')
  }
  const [current, withChildProcesses] = await Promise.all([
    runnerOf(join(folder, 'node_modules', 'current')),
    runnerOf(join(folder, 'node_modules', 'with-child-processes')),
  ])
  return { current, withChildProcesses }
}

async function runnerOf(folder: string): Promise<RunnerClass> {
  const file = join(folder, 'src', 'lambda', 'handler-runner', 'HandlerRunner.js')
  // What it exports carries no types; this is what its source takes.
  const { default: runner } = (await import(pathToFileURL(file).href)) as { default: RunnerClass }
  return runner
}
