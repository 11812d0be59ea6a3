/** Prints records as they come, indented below what caused them, and keeps them for the checks. */
import { MS_PER_SECOND } from '../clock.ts'
import { formatStep, type Palette } from '../trace/format.ts'
import type { Step, TraceRecord } from '../trace/record.ts'
import type { Trace } from '../trace/trace.ts'

export class Timeline {
  readonly #palette: Palette
  readonly #depths = new Map<string, number>()
  readonly #records: TraceRecord[] = []
  #from: number | undefined

  constructor(trace: Trace, palette: Palette) {
    this.#palette = palette
    trace.subscribe((record) => this.#show(record))
  }

  /** True when some record's step is so. */
  saw(is: (step: Step) => boolean): boolean {
    return this.#records.some(({ step }) => is(step))
  }

  #show(record: TraceRecord): void {
    this.#records.push(record)
    this.#from ??= record.at
    const cause = record.cause === undefined ? undefined : this.#depths.get(record.cause)
    const depth = cause === undefined ? 0 : cause + 1
    this.#depths.set(record.id, depth)
    if (isSetUp(record.step)) return
    const seconds = ((record.at - this.#from) / MS_PER_SECOND).toFixed(3).padStart(7)
    const [head = '', ...details] = formatStep(record.step, this.#palette)
    const indent = '  '.repeat(depth)
    console.log(`${this.#palette.faint(`${seconds}s`)} ${indent}${head}`)
    for (const detail of details) console.log(`         ${indent}    ${detail}`)
  }
}

/** What the demo's own steps say already. */
function isSetUp(step: Step): boolean {
  return step.kind === 'call' && step.service !== 'ec2' && !step.error
}
