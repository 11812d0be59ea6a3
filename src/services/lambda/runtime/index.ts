/** Execution environments: functions as real processes behind the real Runtime API. */
export { MAX_RESPONSE_BYTES } from './api.ts'
export {
  type ExtractedCode,
  extractZip,
  InvalidZip,
  MAX_UNZIPPED_BYTES,
  measureZip,
} from './code.ts'
export { LOG_TAIL_BYTES } from './log-tail.ts'
export { runtimeVersionArn } from './platform-log.ts'
export { createRuntimes } from './runtimes.ts'
export { lackOfSandbox } from './sandbox.ts'
export type * from './types.ts'
