import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const STATUS_BYTES = 4096

/** The memory of one process, in KiB. Linux tells it; elsewhere all stays 0. */
export class ProcessMemory {
  readonly #pid: number
  readonly #depth: number
  #fd: number | undefined
  /** The largest resident set so far. */
  peakKb = 0
  /** What it holds beyond the files that it has mapped: memory that no system could take back. */
  ownKb = 0

  /** @param depth how far below `pid` the process is: a sandbox starts it through others. */
  constructor(pid: number, depth = 0) {
    this.#pid = pid
    this.#depth = depth
  }

  /** Brings the figures up to date; they stay once the process has ended. */
  read(): void {
    if (process.platform !== 'linux') return
    try {
      this.#fd ??= openSync(`/proc/${descendant(this.#pid, this.#depth)}/status`, 'r')
      const status = Buffer.allocUnsafe(STATUS_BYTES)
      const length = readSync(this.#fd, status, 0, STATUS_BYTES, 0)
      this.peakKb = figure(status, 'VmHWM:', length) ?? this.peakKb
      this.ownKb = figure(status, 'RssAnon:', length) ?? this.ownKb
    } catch {
      // The process has ended meanwhile, or a sandbox has not started it yet.
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function descendant(pid: number, depth: number): number {
  if (depth === 0) return pid
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  return descendant(Number(child), depth - 1)
}

function figure(status: Buffer, name: string, length: number): number | undefined {
  const at = status.indexOf(name)
  if (at === -1) return undefined
  return Number.parseInt(status.toString('latin1', at + name.length, length), 10)
}
