/** A server in a process of its own, for tests that kill it. */
import { openCloud } from '../src/cloud.ts'

const [data, port] = process.argv.slice(2)
await openCloud({ data, port: Number(port), timing: 'instant' })
process.stdout.write('ready\n')
