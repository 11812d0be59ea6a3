/**
 * What functions write, on its way to CloudWatch Logs: lines that come together are written
 * together, since each write is a commit.
 */
import { realtime } from '../../clock.ts'
import type { Cause } from '../../trace/record.ts'
import type { Background, LogLine, LogSink, RoleSender } from '../ports.ts'
import type { FunctionImage, LogLine as RuntimeLine } from './runtime/index.ts'

/** How long a line waits for others; an invocation's end writes what there is. */
const GATHER_MS = 10

/** Where lines come from, and what caused them. */
export interface LogSource {
  image: FunctionImage
  sender: RoleSender
  cause: Cause | undefined
}

interface Gathered extends LogSource {
  lines: RuntimeLine[]
  cancel(): void
}

export class FunctionLog {
  readonly #background: Background
  readonly #logs: LogSink
  /** By log stream: an environment serves one invocation at a time. */
  readonly #gathered = new Map<string, Gathered>()

  constructor(background: Background, logs: LogSink) {
    this.#background = background
    this.#logs = logs
  }

  add(stream: string, lines: RuntimeLine[], source: LogSource): void {
    const known = this.#gathered.get(stream)
    if (known && known.cause === source.cause) {
      known.lines.push(...lines)
      return
    }
    this.write(stream)
    const cancel = realtime.after(GATHER_MS, () => this.write(stream))
    this.#gathered.set(stream, { ...source, lines: [...lines], cancel })
  }

  /** Writes what has been gathered of a stream. */
  write(stream: string): void {
    const gathered = this.#gathered.get(stream)
    if (!gathered) return
    this.#gathered.delete(stream)
    gathered.cancel()
    this.#put(stream, gathered)
  }

  writeAll(): void {
    for (const stream of [...this.#gathered.keys()]) this.write(stream)
  }

  /** Lines carry real time; the log has the cloud's. */
  #put(stream: string, { image, sender, cause, lines }: Gathered): void {
    const shiftMs = this.#background.now() - realtime.now()
    const shifted: LogLine[] = lines.map(({ timestamp, message }) => ({
      timestamp: Math.round(timestamp + shiftMs),
      message,
    }))
    const { account, region, functionName, logGroup } = image
    const origin = { service: 'lambda', world: { account, region }, ...(cause && { cause }) }
    this.#background.transact(origin, (ctx) => {
      const outcome = this.#logs.write(logGroup, stream, shifted, sender, ctx)
      if (!cause) return
      const own = shifted.map(({ message }) => message.trimEnd())
      ctx.record({ kind: 'log', function: functionName, lines: own }, [functionName])
      if (outcome.accepted) return
      const text = `not written to ${logGroup}: ${outcome.because}`
      const { evaluation } = outcome
      ctx.record({ kind: 'note', text, ...(evaluation && { evaluation }) }, [functionName])
    })
  }
}
