import { closeSync, openSync, readSync } from 'node:fs'

const STATUS_BYTES = 4096

/** The peak of one process's resident set. Linux tells it; elsewhere it stays 0. */
export class PeakMemory {
  #fd: number | undefined
  #peakKb = 0

  constructor(pid: number) {
    if (process.platform !== 'linux') return
    try {
      this.#fd = openSync(`/proc/${pid}/status`, 'r')
    } catch {
      // The process has already ended.
    }
  }

  /** In KiB; once the process has ended, what was last seen. */
  read(): number {
    if (this.#fd === undefined) return this.#peakKb
    try {
      const status = Buffer.allocUnsafe(STATUS_BYTES)
      const length = readSync(this.#fd, status, 0, STATUS_BYTES, 0)
      const at = status.indexOf('VmHWM:')
      if (at !== -1) this.#peakKb = Number.parseInt(status.toString('latin1', at + 6, length), 10)
    } catch {
      // The process has ended meanwhile.
    }
    return this.#peakKb
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
