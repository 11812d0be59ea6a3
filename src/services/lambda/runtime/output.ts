/**
 * What a function process writes, as log events. Its standard output, its standard error and the
 * telemetry descriptor of the managed runtimes are one pipe, so their order is kept. The runtimes'
 * own log events come framed, as on AWS (a type, a length and a time in microseconds before the
 * text), so an event may hold several lines; everything else is split by lines.
 */
import { realtime } from '../../../clock.ts'
import type { LogLine } from './types.ts'

/** 0xa55a0002 (JSON) or 0xa55a0003 (text), with the level in bits 2 to 4. Never valid UTF-8. */
const FRAME_MARK = Buffer.from([0xa5, 0x5a, 0x00])
const FRAME_HEADER_BYTES = 16
const LENGTH_AT = 4
const TIME_AT = 8
const MICROSECONDS_PER_MS = 1000n
/** CloudWatch Logs takes no longer event. */
export const MAX_EVENT_BYTES = 262_118
/** Of one invocation; what exceeds it is counted and dropped. */
export const MAX_INVOCATION_LOG_BYTES = 16 * 1024 * 1024
/** What CloudWatch Logs counts for an event beside its text. */
const EVENT_OVERHEAD_BYTES = 26
const NEWLINE = 10

export class OutputParser {
  /** Bytes that complete no event yet, and how many there must be before it is worth looking. */
  #pending: Buffer[] = []
  #pendingBytes = 0
  #neededBytes = 0
  #takenBytes = 0
  #droppedBytes = 0

  /** The events that the bytes complete. */
  push(bytes: Buffer): LogLine[] {
    this.#takenBytes += bytes.length
    if (this.#takenBytes > MAX_INVOCATION_LOG_BYTES) {
      this.#droppedBytes += bytes.length
      return []
    }
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes < this.#neededBytes) return []
    const lines = this.#parse(Buffer.concat(this.#pending))
    // Many short events are much work too.
    this.#takenBytes += lines.length * EVENT_OVERHEAD_BYTES
    return lines
  }

  /** Ends an invocation: an unfinished line is complete, and what was dropped is said. */
  finish(): LogLine[] {
    const lines: LogLine[] = []
    if (this.#droppedBytes > 0) {
      const message =
        `Windtunnel dropped ${this.#droppedBytes} bytes of this invocation's log: ` +
        `it keeps the first ${MAX_INVOCATION_LOG_BYTES}.\n`
      lines.push({ timestamp: realtime.now(), message })
    } else if (this.#pendingBytes > 0) {
      addEvent(lines, Buffer.concat(this.#pending), realtime.now())
    }
    this.#keep(Buffer.alloc(0), 0)
    this.#takenBytes = 0
    this.#droppedBytes = 0
    return lines
  }

  #keep(rest: Buffer, neededBytes: number): void {
    this.#pending = rest.length > 0 ? [rest] : []
    this.#pendingBytes = rest.length
    this.#neededBytes = neededBytes
  }

  #parse(bytes: Buffer): LogLine[] {
    const lines: LogLine[] = []
    let at = 0
    let neededBytes = 0
    let mark = bytes.indexOf(FRAME_MARK)
    while (at < bytes.length) {
      if (at === mark) {
        const end = frameEnd(bytes, at)
        neededBytes = end - at
        if (end > bytes.length) break
        const time = Number(bytes.readBigUInt64BE(at + TIME_AT) / MICROSECONDS_PER_MS)
        addEvent(lines, bytes.subarray(at + FRAME_HEADER_BYTES, end), time)
        at = end
        mark = bytes.indexOf(FRAME_MARK, at)
      } else {
        const end = textEnd(bytes, at, mark)
        if (end === -1) break
        addEvent(lines, bytes.subarray(at, end), realtime.now())
        at = end
      }
      neededBytes = 0
    }
    this.#keep(bytes.subarray(at), neededBytes)
    return lines
  }
}

function frameEnd(bytes: Buffer, at: number): number {
  const header = at + FRAME_HEADER_BYTES
  return header > bytes.length ? header : header + bytes.readUInt32BE(at + LENGTH_AT)
}

/** Where the text at `at` ends: after its newline, before a frame, or nowhere yet (-1). */
function textEnd(bytes: Buffer, at: number, mark: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline !== -1 && (mark === -1 || newline < mark)) return newline + 1
  if (mark !== -1) return mark
  return bytes.length - at > MAX_EVENT_BYTES ? at + MAX_EVENT_BYTES : -1
}

/** Texts beyond what an event holds become several events. */
function addEvent(lines: LogLine[], bytes: Buffer, timestamp: number): void {
  for (let at = 0; at < bytes.length; at += MAX_EVENT_BYTES) {
    const text = bytes.toString('utf8', at, Math.min(at + MAX_EVENT_BYTES, bytes.length))
    lines.push({ timestamp, message: text.endsWith('\n') ? text : `${text}\n` })
  }
}
