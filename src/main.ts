/** The program's entry: has Node.js keep the compiled code, then reads the command line. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('./cli/program.ts')
