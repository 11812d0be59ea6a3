/** What the processes of an environment hold, as the system counts it. */
import { closeSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import type { MemoryCounters } from './cgroups.ts'

const MAX_FILE_BYTES = 4096
const BYTES_PER_KB = 1024
/** What a sandbox's own programs hold, which are none of the function's. */
const SANDBOX_KB = 10 * 1024

/** The memory of one process, in KiB. Linux tells it; elsewhere all stays 0. */
export class ProcessMemory {
  readonly #status: FigureFile
  /** The largest resident set so far. */
  peakKb = 0
  /** What it holds beyond the files that it has mapped: memory that no system could take back. */
  ownKb = 0

  constructor(pid: number) {
    this.#status = new FigureFile(`/proc/${pid}/status`)
  }

  /** Whether the system has ended a process for the memory that all of them hold. */
  get exhausted(): boolean {
    return false
  }

  /** Brings the figures up to date; they stay once the process has ended. */
  read(): void {
    const [peakKb, ownKb] = this.#status.read('VmHWM:', 'RssAnon:')
    this.peakKb = peakKb ?? this.peakKb
    this.ownKb = ownKb ?? this.ownKb
  }

  close(): void {
    this.#status.close()
  }
}

/** The memory of all processes of a control group; of one, how much it mapped at most. */
class GroupMemory extends ProcessMemory {
  readonly #held: FigureFile
  readonly #heldName: string
  readonly #killsFile: string
  readonly #kills: number

  constructor(pid: number, { folder, version }: MemoryCounters) {
    super(pid)
    this.#held = new FigureFile(path.join(folder, 'memory.stat'))
    this.#heldName = version === 2 ? '\nanon ' : '\ntotal_rss '
    const kills = version === 2 ? 'memory.events' : 'memory.oom_control'
    this.#killsFile = path.join(folder, kills)
    this.#kills = this.#killed()
  }

  override get exhausted(): boolean {
    return this.#killed() > this.#kills
  }

  override read(): void {
    super.read()
    // Undefined where there is no such group: what the process tells stands then.
    const [bytes] = this.#held.read(this.#heldName)
    if (bytes !== undefined) this.ownKb = Math.max(0, bytes / BYTES_PER_KB - SANDBOX_KB)
    this.peakKb = Math.max(this.peakKb, this.ownKb)
  }

  override close(): void {
    super.close()
    this.#held.close()
  }

  #killed(): number {
    const file = new FigureFile(this.#killsFile)
    const [kills] = file.read('\noom_kill ')
    file.close()
    return kills ?? 0
  }
}

export function memoryOf(pid: number, counters: MemoryCounters | undefined): ProcessMemory {
  return counters ? new GroupMemory(pid, counters) : new ProcessMemory(pid)
}

/** A file of the system with a name and a number in each line. */
class FigureFile {
  readonly #path: string
  #fd: number | undefined

  constructor(file: string) {
    this.#path = file
  }

  /** Undefined are those that are not there, and all when the file is not, or no more. */
  read(...names: string[]): (number | undefined)[] {
    if (process.platform !== 'linux') return []
    try {
      this.#fd ??= openSync(this.#path, 'r')
      // As if it began with a new line, for the names that do.
      const text = Buffer.alloc(MAX_FILE_BYTES, '\n')
      const length = 1 + readSync(this.#fd, text, 1, MAX_FILE_BYTES - 1, 0)
      return names.map((name) => {
        const at = text.indexOf(name)
        return at === -1
          ? undefined
          : Number.parseInt(text.toString('latin1', at + name.length, length), 10)
      })
    } catch {
      return []
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
