/** The reading end of a process's output: a named pipe, as log events. */
import { constants, openSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import { realtime } from '../../../clock.ts'
import { OutputParser } from './output.ts'
import type { LogLine } from './types.ts'

const READ_BYTES = 64 * 1024
/** Of Linux, for whoever is not root: no pipe holds more. */
const MAX_PIPE_BYTES = 1024 * 1024

export class ProcessOutput {
  readonly #onLines: (lines: LogLine[]) => void
  readonly #parser = new OutputParser()
  readonly #fd: number
  readonly #socket: Socket
  #closed = false

  constructor(pipe: string, onLines: (lines: LogLine[]) => void) {
    this.#onLines = onLines
    // Open for writing too, so that the pipe does not end when its last writer goes.
    this.#fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    this.#socket = new Socket({ fd: this.#fd, readable: true, writable: false })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', () => {})
  }

  /**
   * Takes what the process has written by now: the end of an invocation's log. What it wrote before
   * it answered is in the pipe since, so the event loop reads it in this very turn.
   */
  async drain(): Promise<void> {
    if (!this.#closed) await realtime.turn()
    this.#finish()
  }

  /** The process has ended: takes the rest. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#readAll()
    this.#finish()
    this.#socket.destroy()
  }

  #readAll(): void {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    // Others may still write, and without end: what the process wrote comes first.
    for (let read = 0; read < MAX_PIPE_BYTES; ) {
      try {
        const length = readSync(this.#fd, chunk)
        if (length === 0) break
        read += length
        this.#take(Buffer.from(chunk.subarray(0, length)))
      } catch {
        break // EAGAIN: the pipe is empty.
      }
    }
  }

  #take(chunk: Buffer): void {
    const lines = this.#parser.push(chunk)
    if (lines.length > 0) this.#onLines(lines)
  }

  #finish(): void {
    const rest = this.#parser.finish()
    if (rest.length > 0) this.#onLines(rest)
  }
}
