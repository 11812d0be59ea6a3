/**
 * `npm run bench:lambda [-- cold warm blocking peer]`: the figures of Lambda's issue, each beside a
 * reference in the same run. `peer` is serverless-offline, fetched for the occasion: it is no
 * dependency, and left out where it cannot be had.
 */
import { cold } from './lambda-cold.ts'
import { peer } from './lambda-peer.ts'
import { blocking, warm } from './lambda-warm.ts'

const BENCHES: Record<string, () => Promise<void>> = { cold, warm, blocking, peer }

const named = process.argv.slice(2)
for (const name of named.length > 0 ? named : Object.keys(BENCHES)) await BENCHES[name]?.()
