/**
 * What functions write, on its way to CloudWatch Logs. Nobody is promised a line before it is
 * there, so lines wait for the next write to the disk, or for whoever reads the logs.
 */
import type { Context } from '../../aws/context.ts'
import { realtime } from '../../clock.ts'
import type { Cause } from '../../trace/record.ts'
import type { Background, LogLine, LogSink, RoleSender } from '../ports.ts'
import type { FunctionImage, LogLine as RuntimeLine } from './runtime/index.ts'

/** How long a line waits at most. */
const GATHER_MS = 5
const MAX_KNOWN_STREAMS = 10_000

/** Where lines come from, and what caused them. */
export interface LogSource {
  image: FunctionImage
  sender: RoleSender
  cause: Cause | undefined
}

/** Lines of one invocation. */
interface Batch extends LogSource {
  stream: string
  unwritten: LogLine[]
  /** Not in the trace yet. */
  untold: string[]
}

export class FunctionLog {
  readonly #background: Background
  readonly #logs: LogSink
  /** By log stream: an environment serves one invocation at a time. */
  readonly #current = new Map<string, Batch>()
  /** The time of a stream's last line, so that its lines keep their order. */
  readonly #latest = new Map<string, number>()
  #unwritten = new Set<Batch>()
  #cancelTimer: (() => void) | undefined

  constructor(background: Background, logs: LogSink) {
    this.#background = background
    this.#logs = logs
    background.beforeWrite(() => this.#write())
    logs.beforeReading(() => this.#write())
  }

  add(stream: string, lines: RuntimeLine[], source: LogSource): void {
    const batch = this.#batch(stream, source)
    // Lines carry real time; the log has the cloud's, which may stand still meanwhile.
    const shiftMs = this.#background.now() - realtime.now()
    let latest = this.#latest.get(stream) ?? 0
    for (const { timestamp, message } of lines) {
      latest = Math.max(latest, Math.round(timestamp + shiftMs))
      batch.unwritten.push({ timestamp: latest, message })
      batch.untold.push(message.trimEnd())
    }
    if (this.#latest.size >= MAX_KNOWN_STREAMS) this.#latest.clear()
    this.#latest.set(stream, latest)
    this.#unwritten.add(batch)
    this.#cancelTimer ??= realtime.after(GATHER_MS, () => this.flush())
  }

  /** The invocation that wrote to a stream has ended: its lines that are not in the trace yet. */
  end(stream: string): string[] {
    const batch = this.#current.get(stream)
    this.#current.delete(stream)
    return batch?.untold.splice(0) ?? []
  }

  /** Writes and traces all that there is. */
  flush(): void {
    for (const batch of this.#current.values()) this.#tell(batch)
    this.#current.clear()
    this.#write()
  }

  #batch(stream: string, source: LogSource): Batch {
    const known = this.#current.get(stream)
    if (known && known.cause === source.cause) return known
    if (known) this.#tell(known)
    const batch = { ...source, stream, unwritten: [], untold: [] }
    this.#current.set(stream, batch)
    return batch
  }

  #tell(batch: Batch): void {
    const { cause, image } = batch
    const lines = batch.untold.splice(0)
    if (lines.length === 0 || !cause) return
    const { account, region, functionName } = image
    const origin = { service: 'lambda', world: { account, region }, cause }
    this.#background.transact(origin, (ctx) => recordLines(functionName, lines, ctx))
  }

  #write(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const batches = this.#unwritten
    if (batches.size === 0) return
    this.#unwritten = new Set()
    for (const batch of batches) this.#put(batch)
  }

  #put(batch: Batch): void {
    const { image, stream, sender, cause, unwritten } = batch
    batch.unwritten = []
    const { account, region, functionName, logGroup } = image
    const origin = { service: 'lambda', world: { account, region }, ...(cause && { cause }) }
    this.#background.transact(origin, (ctx) => {
      const outcome = this.#logs.write(logGroup, stream, unwritten, sender, ctx)
      if (outcome.accepted || !cause) return
      const text = `not written to ${logGroup}: ${outcome.because}`
      const { evaluation } = outcome
      ctx.record({ kind: 'note', text, ...(evaluation && { evaluation }) }, [functionName])
    })
  }
}

/** Nothing is recorded for no lines. */
export function recordLines(functionName: string, lines: string[], ctx: Context): void {
  if (lines.length === 0) return
  ctx.record({ kind: 'log', function: functionName, lines }, [functionName])
}
