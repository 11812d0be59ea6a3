/** What the benchmarks print: a figure, its reference in the same run, the ratio, the aim. */

export interface Row {
  what: string
  value: string
  reference: string
  ratio: number
  /** `at most 2`, `at least 0.4` */
  aim: { most: number } | { least: number }
}

export function print(title: string, rows: Row[]): void {
  console.log(`\n${title}`)
  console.table(
    rows.map(({ what, value, reference, ratio, aim }) => {
      const met = 'most' in aim ? ratio <= aim.most : ratio >= aim.least
      const wanted = 'most' in aim ? `at most ${aim.most}` : `at least ${aim.least}`
      return {
        what,
        value,
        reference,
        ratio: ratio.toFixed(2),
        aim: wanted,
        met: met ? 'yes' : 'NO',
      }
    }),
  )
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
