/** The server's side of `bootstraps/supervisor.cjs`, the process that starts and ends functions. */
import { type ChildProcess, spawn } from 'node:child_process'
import { Server, Socket } from 'node:net'
import type { MemoryCounters } from './cgroups.ts'
import { bootstrapPath } from './files.ts'
import type { WorkDir } from './work-dir.ts'

const RUN_TIMEOUT_MS = 10_000
/** A message without end, from a launcher that a function has taken over, ends the supervisor. */
const HEAP_LIMIT = '--max-old-space-size=64'

export interface ProcessSpec {
  command: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  /** A named pipe, open for reading: becomes descriptors 1, 2 and 3. */
  output: string
  /** It is one of several processes of an environment: its end is not theirs. */
  accompanied?: boolean
  /** Started in there. */
  sandbox?: SandboxSpec
}

/** A sandbox that is made when it is first needed, and stays until it is left. */
export interface SandboxSpec {
  id: number
  /** Starts the launcher in it. */
  command: string
  args: readonly string[]
  /** The file with the filter for system calls. */
  filter?: string
  /** The same folder, outside and inside. */
  pipes: { outside: string; inside: string }
  group?: readonly ControlFolder[]
  /** Of the group. */
  memory?: MemoryCounters
}

/** A folder of a cgroup hierarchy, and what is written to its files. */
export interface ControlFolder {
  path: string
  files: Readonly<Record<string, string>>
}

export interface Exit {
  code: number | null
  signal: string | null
}

/** The process could not be started; `code` is the system's (`EACCES`, `ENOENT`, …). */
export class StartError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface FunctionProcess {
  readonly pid: number
  /** Resolves once the process has ended and its group was killed. */
  readonly exited: Promise<Exit>
  /** Kills the whole process group. */
  kill(): void
  /** Sends a signal to the whole process group; false when it has ended. */
  signal(name: NodeJS.Signals): boolean
}

export interface Probe {
  failed: boolean
  stdout: string
  stderr: string
}

type Message =
  | { started: number; pid: number }
  | { failed: number; code: string; message: string }
  | { exited: number; code: number | null; signal: string | null }
  | { ran: number; failed: boolean; stdout: string; stderr: string }

/** Comes with the handle itself. */
interface Handed {
  handle: number
}

interface Awaited {
  resolve(handle: Server | Socket): void
  reject(error: Error): void
}

interface Starting {
  resolve(process: FunctionProcess): void
  reject(error: Error): void
}

interface Running {
  pid: number
  exited(exit: Exit): void
}

export class Supervisor {
  readonly #starting = new Map<number, Starting>()
  readonly #running = new Map<number, Running>()
  readonly #probes = new Map<number, (probe: Probe) => void>()
  readonly #handles = new Map<number, Awaited>()
  #child: ChildProcess | undefined
  #gone: Promise<void> = Promise.resolve()
  readonly #workDir: WorkDir
  #nextId = 1
  #closed = false

  /** The supervisor removes `workDir` when it ends, even after the server was killed. */
  constructor(workDir: WorkDir) {
    this.#workDir = workDir
  }

  /** @throws {StartError} (as a rejection) when the command cannot be executed. */
  start(spec: ProcessSpec): Promise<FunctionProcess> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#starting.set(id, { resolve, reject })
      this.#send({ op: 'start', id, ...spec })
    })
  }

  /** Runs a short command to its end, for finding interpreters and for making named pipes. */
  run(command: string, args: readonly string[], timeoutMs = RUN_TIMEOUT_MS): Promise<Probe> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      this.#probes.set(id, resolve)
      this.#send({ op: 'run', id, command, args, timeoutMs })
    })
  }

  /**
   * Listens on the loopback of the sandbox.
   * @throws {StartError} (as a rejection)
   */
  async listen(sandbox: SandboxSpec, port: number): Promise<Server> {
    const handle = await this.#ask('listen', sandbox, port)
    if (handle instanceof Server) return handle
    throw new StartError('EIO', 'The sandbox handed out no listening socket.')
  }

  /**
   * Connects with what listens on the loopback of the sandbox.
   * @throws {StartError} (as a rejection)
   */
  async connect(sandbox: SandboxSpec, port: number): Promise<Socket> {
    const handle = await this.#ask('connect', sandbox, port)
    if (handle instanceof Socket) return handle
    throw new StartError('EIO', 'The sandbox handed out no connection.')
  }

  /** Ends the sandbox with all that is in it. */
  leave({ id }: SandboxSpec): void {
    this.#send({ op: 'leave', id })
  }

  /** Kills what accompanied processes have left behind. */
  sweep(runtimeApi: string): void {
    this.#send({ op: 'sweep', runtimeApi })
  }

  /** Kills every process and resolves once the supervisor has gone. */
  async close(): Promise<void> {
    this.#closed = true
    this.#child?.stdin?.end()
    await this.#gone
  }

  #ask(op: 'listen' | 'connect', sandbox: SandboxSpec, port: number): Promise<Server | Socket> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#handles.set(id, { resolve, reject })
      this.#send({ op, id, sandbox, port })
    })
  }

  #send(message: object): void {
    if (this.#closed) {
      this.#lost()
      return
    }
    this.#child ??= this.#launch()
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  #launch(): ChildProcess {
    const args = [HEAP_LIMIT, bootstrapPath('supervisor.cjs'), this.#workDir.path]
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
      detached: true,
    })
    let pending = ''
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines) this.#receive(JSON.parse(line))
    })
    child.stdin?.on('error', () => {})
    child.on('message', ({ handle }: Handed, handed: Server | Socket) => {
      this.#handles.get(handle)?.resolve(handed)
      this.#handles.delete(handle)
    })
    this.#gone = new Promise((resolve) => {
      child.on('close', () => {
        this.#child = undefined
        this.#lost()
        resolve()
      })
    })
    return child
  }

  #receive(message: Message): void {
    if ('started' in message) this.#started(message.started, message.pid)
    else if ('exited' in message) {
      this.#running.get(message.exited)?.exited({ code: message.code, signal: message.signal })
      this.#running.delete(message.exited)
    } else if ('ran' in message) {
      this.#probes.get(message.ran)?.(message)
      this.#probes.delete(message.ran)
    } else {
      const failed = this.#starting.get(message.failed) ?? this.#handles.get(message.failed)
      failed?.reject(new StartError(message.code, message.message))
      this.#starting.delete(message.failed)
      this.#handles.delete(message.failed)
    }
  }

  #started(id: number, pid: number): void {
    const starting = this.#starting.get(id)
    this.#starting.delete(id)
    const exited = new Promise<Exit>((resolve) => {
      this.#running.set(id, { pid, exited: resolve })
    })
    const kill = () => this.#running.has(id) && this.#send({ op: 'kill', id })
    const signal = (name: NodeJS.Signals) => this.#running.has(id) && signalGroup(pid, name)
    starting?.resolve({ pid, exited, kill, signal })
  }

  /** The supervisor has ended, asked or not: nothing that it started may go on. */
  #lost(): void {
    for (const { pid, exited } of this.#running.values()) {
      signalGroup(pid, 'SIGKILL')
      exited({ code: null, signal: 'SIGKILL' })
    }
    const error = new StartError('ESRCH', 'The supervisor of function processes has ended.')
    for (const { reject } of this.#starting.values()) reject(error)
    for (const { reject } of this.#handles.values()) reject(error)
    for (const resolve of this.#probes.values()) resolve({ failed: true, stdout: '', stderr: '' })
    this.#running.clear()
    this.#handles.clear()
    this.#starting.clear()
    this.#probes.clear()
  }
}

function signalGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, name)
    return true
  } catch {
    return false // The group has already ended.
  }
}
