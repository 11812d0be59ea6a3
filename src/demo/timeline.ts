/** Prints records as they come, indented below what caused them, and keeps them for the checks. */
import { MS_PER_SECOND } from '../clock.ts'
import { formatStep, type Palette } from '../trace/format.ts'
import type { Step, TraceRecord } from '../trace/record.ts'
import type { Trace } from '../trace/trace.ts'

export class Timeline {
  readonly #palette: Palette
  readonly #depths = new Map<string, number>()
  readonly #records: TraceRecord[] = []
  readonly #hidden = new Set<string>()
  #from: number | undefined

  constructor(trace: Trace, palette: Palette) {
    this.#palette = palette
    trace.subscribe((record) => this.#show(record))
  }

  /** True when some record's step is so. */
  saw(is: (step: Step) => boolean): boolean {
    return this.#records.some(({ step }) => is(step))
  }

  /** What the demo's titles say already, and what that caused; a call is told when it is over. */
  #isSetUp({ id, cause, step }: TraceRecord): boolean {
    const setsUp = step.kind === 'call' && step.service !== 'ec2' && !step.error
    const ofSetUp = (by: string) => this.#hidden.has(by) || !this.#depths.has(by)
    const hidden = setsUp || (cause !== undefined && ofSetUp(cause))
    if (hidden) this.#hidden.add(id)
    return hidden
  }

  #show(record: TraceRecord): void {
    this.#records.push(record)
    this.#from ??= record.at
    const cause = record.cause === undefined ? undefined : this.#depths.get(record.cause)
    const depth = cause === undefined ? 0 : cause + 1
    this.#depths.set(record.id, depth)
    const step = told(record.step)
    if (!step || this.#isSetUp(record)) return
    const seconds = ((record.at - this.#from) / MS_PER_SECOND).toFixed(3).padStart(7)
    const [head = '', ...details] = formatStep(step, this.#palette)
    const indent = '  '.repeat(depth)
    console.log(`${this.#palette.faint(`${seconds}s`)} ${indent}${head}`)
    for (const detail of details) console.log(`         ${indent}    ${detail}`)
  }
}

/** Of a log a function's own lines and its REPORT; the timeline shows the rest by itself. */
function told(step: Step): Step | undefined {
  if (step.kind !== 'log') return step
  const lines = step.lines.filter((line) => !/^(INIT_START|START|END) /.test(line))
  return lines.length > 0 ? { ...step, lines } : undefined
}
