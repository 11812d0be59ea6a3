/** Windtunnel in a process of its own that can say how long its event loop was blocked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openCloud } from '../src/cloud.ts'

const RESOLUTION_MS = 1
const NANOSECONDS_PER_MS = 1e6
const BALLAST_ITEM_BYTES = 1024

const [data, ballastMb = '0'] = process.argv.slice(2)
/** Objects rather than one buffer: what a large state looks like to the collector. */
const ballast = Array.from({ length: Number(ballastMb) * BALLAST_ITEM_BYTES }, (_, n) =>
  Buffer.alloc(BALLAST_ITEM_BYTES, n),
)
const cloud = await openCloud({ port: 0, data: data || undefined, timing: 'instant' })
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

process.on('message', (asked) => {
  if (asked === 'watch') {
    delays.reset()
    delays.enable()
    process.send?.({})
  } else if (asked === 'report') {
    delays.disable()
    process.send?.({ maxMs: delays.max / NANOSECONDS_PER_MS - RESOLUTION_MS })
  } else if (asked === 'stop') {
    cloud.close().then(() => process.exit())
  }
})
process.send?.({ port: Number(new URL(cloud.endpoint).port), ballast: ballast.length })
