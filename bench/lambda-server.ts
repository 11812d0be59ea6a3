/**
 * Windtunnel in a process of its own that can say how long its event loop was blocked: how much
 * the main thread computed between two turns. Clock time would tell of the machine's other work.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { openCloud } from '../src/cloud.ts'

const TICK_MS = 1
const MICROSECONDS_PER_MS = 1000
const BALLAST_ROWS_PER_MB = 1024
const FILLING = 'x'.repeat(800)

const [data, ballastMb = '0'] = process.argv.slice(2)
/** Rows as the state holds them, in the heap that the collector walks. */
const ballast = Array.from({ length: Number(ballastMb) * BALLAST_ROWS_PER_MB }, (_, n) =>
  JSON.parse(JSON.stringify({ id: `i-${n}`, tags: [{ key: 'n', value: n }], text: FILLING })),
)
const cloud = await openCloud({ port: 0, data: data || undefined, timing: 'instant' })
let longestMs = 0
let longestCollectionMs = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    longestCollectionMs = Math.max(longestCollectionMs, duration)
  }
}).observe({ entryTypes: ['gc'] })
let before = computedMs()
setInterval(() => {
  const now = computedMs()
  longestMs = Math.max(longestMs, now - before)
  before = now
}, TICK_MS)

process.on('message', (asked) => {
  if (asked === 'watch') {
    longestMs = 0
    longestCollectionMs = 0
    process.send?.({})
  } else if (asked === 'report') {
    process.send?.({ maxMs: longestMs, collectionMs: longestCollectionMs })
  } else if (asked === 'stop') {
    cloud.close().then(() => process.exit())
  }
})
process.send?.({ port: Number(new URL(cloud.endpoint).port), ballast: ballast.length })

/** Since its start. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / MICROSECONDS_PER_MS
}
