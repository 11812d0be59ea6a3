/** The command line that starts a function's process. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Interpreter } from './interpreters.ts'
import type { FunctionImage } from './types.ts'

export interface CommandLine {
  command: string
  args: string[]
}

/** AWS gives the heap of Node.js this share of MemorySize: a leak ends the process as there. */
const HEAP_SHARE = 0.9

/** Undefined when a custom runtime has no `bootstrap`. */
export function commandLine(
  image: FunctionImage,
  interpreter: Interpreter,
): CommandLine | undefined {
  const { family, command, script } = interpreter
  if (family === 'provided' || !command || !script) return customRuntime(image)
  const flags =
    family === 'nodejs'
      ? [`--max-old-space-size=${Math.floor(image.memoryMb * HEAP_SHARE)}`]
      : // Only the standard library: what else this machine has is not there on AWS.
        ['-S', '-s', '-u']
  const args = [...flags, script]
  const wrapper = image.environment.AWS_LAMBDA_EXEC_WRAPPER
  if (!wrapper) return { command, args }
  return { command: onThisMachine(wrapper, image), args: [command, ...args] }
}

function customRuntime({ codeDir, layersDir }: FunctionImage): CommandLine | undefined {
  const folders = layersDir ? [codeDir, layersDir] : [codeDir]
  const command = folders.map((folder) => path.join(folder, 'bootstrap')).find(existsSync)
  return command === undefined ? undefined : { command, args: [] }
}

function onThisMachine(file: string, { codeDir, layersDir = '/opt' }: FunctionImage): string {
  return file.replace(/^\/opt(?=\/)/, layersDir).replace(/^\/var\/task(?=\/)/, codeDir)
}
