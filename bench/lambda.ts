/**
 * `npm run bench:lambda [-- cold warm blocking]`: the figures of Lambda's issue, each beside a
 * reference in the same run. Other emulators are not among them: none is a dependency.
 */
import { cold } from './lambda-cold.ts'
import { blocking, warm } from './lambda-warm.ts'

const BENCHES: Record<string, () => Promise<void>> = { cold, warm, blocking }

const named = process.argv.slice(2)
for (const name of named.length > 0 ? named : Object.keys(BENCHES)) await BENCHES[name]?.()
