/** What the processes of an environment hold, as the system counts it. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import path from 'node:path'
import type { MemoryCounters } from './cgroups.ts'

const STATUS_BYTES = 4096
const BYTES_PER_KB = 1024
/** What a sandbox's own programs hold, which are none of the function's. */
const SANDBOX_KB = 10 * 1024

/** The memory of one process, in KiB. Linux tells it; elsewhere all stays 0. */
export class ProcessMemory {
  readonly #pid: number
  #fd: number | undefined
  /** The largest resident set so far. */
  peakKb = 0
  /** What it holds beyond the files that it has mapped: memory that no system could take back. */
  ownKb = 0
  /** The system has ended a process for the memory that all of them hold. */
  exhausted = false

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Brings the figures up to date; they stay once the process has ended. */
  read(): void {
    if (process.platform !== 'linux') return
    try {
      this.#fd ??= openSync(`/proc/${this.#pid}/status`, 'r')
      const status = Buffer.allocUnsafe(STATUS_BYTES)
      const length = readSync(this.#fd, status, 0, STATUS_BYTES, 0)
      this.peakKb = figure(status, 'VmHWM:', length) ?? this.peakKb
      this.ownKb = figure(status, 'RssAnon:', length) ?? this.ownKb
    } catch {
      // The process has ended meanwhile.
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

/** The memory of all processes of a control group; of one, how much it mapped at most. */
export class GroupMemory extends ProcessMemory {
  readonly #counters: MemoryCounters
  readonly #kills: number

  constructor(pid: number, counters: MemoryCounters) {
    super(pid)
    this.#counters = counters
    this.#kills = this.#killed()
  }

  override read(): void {
    super.read()
    const anonymous = this.#counters.version === 2 ? 'anon' : 'total_rss'
    const bytes = this.#figure('memory.stat', anonymous)
    if (bytes !== undefined) this.ownKb = Math.max(0, bytes / BYTES_PER_KB - SANDBOX_KB)
    this.peakKb = Math.max(this.peakKb, this.ownKb)
    this.exhausted ||= this.#killed() > this.#kills
  }

  #killed(): number {
    const file = this.#counters.version === 2 ? 'memory.events' : 'memory.oom_control'
    return this.#figure(file, 'oom_kill') ?? 0
  }

  /** Undefined where there is no such group: what one process tells stands then. */
  #figure(file: string, name: string): number | undefined {
    try {
      const text = readFileSync(path.join(this.#counters.folder, file), 'utf8')
      const line = text.split('\n').find((one) => one.startsWith(`${name} `))
      return line === undefined ? undefined : Number(line.slice(name.length + 1))
    } catch {
      return undefined
    }
  }
}

export function memoryOf(pid: number, counters: MemoryCounters | undefined): ProcessMemory {
  return counters ? new GroupMemory(pid, counters) : new ProcessMemory(pid)
}

function figure(status: Buffer, name: string, length: number): number | undefined {
  const at = status.indexOf(name)
  if (at === -1) return undefined
  return Number.parseInt(status.toString('latin1', at + name.length, length), 10)
}
