/** Times as the tables of Lambda show them: median and p99, ours beside the reference's. */
import { median, type Row } from './table.ts'

export interface Samples {
  /** Milliseconds. */
  ours: number[]
  reference: number[]
}

export function beside(what: string, { ours, reference }: Samples, aim: Row['aim']): Row {
  return {
    what,
    value: figures(ours),
    reference: figures(reference),
    ratio: median(ours) / median(reference),
    aim,
  }
}

function figures(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  return `${median(values).toFixed(2)} ms; ${p99.toFixed(2)}`
}
