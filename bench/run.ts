/** `npm run bench [-- start throughput instances journey]`: the figures of the foundation. */
import { instances } from './instances.ts'
import { journey } from './journey.ts'
import { start } from './start.ts'
import { throughput } from './throughput.ts'

const BENCHES: Record<string, () => Promise<void>> = { start, throughput, instances, journey }

const named = process.argv.slice(2)
for (const name of named.length > 0 ? named : Object.keys(BENCHES)) await BENCHES[name]?.()
