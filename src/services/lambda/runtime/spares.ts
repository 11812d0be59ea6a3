/**
 * Processes started ahead: an interpreter that has loaded our bootstrap and waits to be told which
 * function it is. A cold start then takes milliseconds.
 */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { realtime } from '../../../clock.ts'
import type { CommandLine } from './command.ts'
import type { Pipes } from './pipes.ts'
import { Session } from './session.ts'
import type { Supervisor } from './supervisor.ts'
import type { FunctionImage } from './types.ts'
import type { WorkDir } from './work-dir.ts'

/** One for each command line; a spare Node.js takes about 11 MB of its own. */
export const MAX_SPARES = 4
/** After a cold start, so that it does not compete with the function. */
const PREPARE_DELAY_MS = 50
const IDLE_TIMEOUT_MS = 10 * 60_000
/** Variables that an interpreter reads when it starts, not later. */
const READ_AT_START =
  /^(LD_|NODE_|PYTHON|UV_|GEM_|RUBY|MALLOC_|GLIBC_|OPENSSL_|SSL_|AWS_LAMBDA_EXEC_WRAPPER$)/

interface Spare {
  session: Session
  cancelReclaim(): void
}

export interface SparesOptions {
  supervisor: Supervisor
  pipes: Pipes
  workDir: WorkDir
  max: number
}

export class Spares {
  readonly #options: SparesOptions
  readonly #ready = new Map<string, Spare>()
  readonly #preparing = new Map<string, Session | undefined>()
  #closed = false

  constructor(options: SparesOptions) {
    this.#options = options
  }

  /** A waiting process of this command line, if the function can do with one. */
  take(line: CommandLine, image: FunctionImage): Session | undefined {
    const spare = this.#ready.get(keyOf(line))
    if (!spare || spare.session.hasEnded || needsFreshStart(image)) return undefined
    this.#ready.delete(keyOf(line))
    spare.cancelReclaim()
    return spare.session
  }

  /** Starts one after a while, unless there is one already. */
  prepare(line: CommandLine, delayMs = PREPARE_DELAY_MS): void {
    const key = keyOf(line)
    if (this.#closed || this.#options.max === 0 || this.#preparing.has(key)) return
    if (this.#ready.get(key)?.session.hasEnded === false) return
    this.#preparing.set(key, undefined)
    realtime.after(delayMs, () => {
      this.#start(line).finally(() => this.#preparing.delete(key))
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const preparing = [...this.#preparing.values()].filter((session) => session !== undefined)
    for (const { cancelReclaim } of this.#ready.values()) cancelReclaim()
    const sessions = [...preparing, ...[...this.#ready.values()].map(({ session }) => session)]
    await Promise.all(sessions.map((session) => session.kill()))
  }

  async #start(line: CommandLine): Promise<void> {
    const { supervisor, pipes, workDir, max } = this.#options
    const key = keyOf(line)
    const outputPath = await pipes.take().catch(() => undefined)
    if (this.#closed || outputPath === undefined) return
    const session = new Session(supervisor, outputPath)
    this.#preparing.set(key, session)
    const waits = await session.startAhead((runtimeApi) => ({
      ...line,
      cwd: workDir.path,
      env: {
        AWS_LAMBDA_RUNTIME_API: runtimeApi,
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        _WINDTUNNEL_SPARE: '1',
      },
    }))
    if (!waits) return
    const cancelReclaim = realtime.after(IDLE_TIMEOUT_MS, () => this.#drop(key))
    this.#ready.set(key, { session, cancelReclaim })
    for (const other of [...this.#ready.keys()].slice(0, -max)) this.#drop(other)
  }

  #drop(key: string): void {
    const spare = this.#ready.get(key)
    this.#ready.delete(key)
    spare?.cancelReclaim()
    spare?.session.kill()
  }
}

function keyOf({ command, args }: CommandLine): string {
  return [command, ...args].join('\0')
}

/** Whether the function has variables or libraries that count only from the start of a process. */
function needsFreshStart({ environment, codeDir, layersDir }: FunctionImage): boolean {
  if (Object.keys(environment).some((name) => READ_AT_START.test(name))) return true
  const folders = [codeDir, path.join(codeDir, 'lib')]
  if (layersDir) folders.push(path.join(layersDir, 'lib'))
  return folders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => /\.so(\.|$)/.test(name)),
  )
}
