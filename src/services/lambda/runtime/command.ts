/** The command line that starts a function's process. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Family, Interpreter } from './interpreters.ts'
import type { FunctionImage } from './types.ts'

export interface CommandLine {
  command: string
  args: string[]
  /** The process may be started before it is known what function it shall be. */
  startsAhead: boolean
}

/** AWS gives the heap of Node.js this share of MemorySize: a leak ends the process as there. */
const HEAP_SHARE = 0.9
const JAVA_HEAP_SHARE = 0.85

/** Undefined when a custom runtime has no `bootstrap`. */
export function commandLine(
  image: FunctionImage,
  interpreter: Interpreter,
): CommandLine | undefined {
  const { family, command, script, inspectPort } = interpreter
  if (family === 'provided' || !command || !script) return customRuntime(image)
  const inspect = inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]
  const args = [
    ...inspect,
    ...flagsOf(family, image, script),
    ...(family === 'java' ? [] : [script]),
  ]
  const wrapper = image.environment.AWS_LAMBDA_EXEC_WRAPPER
  // The variables of a Java process cannot be replaced once it runs.
  const startsAhead = family !== 'java' && inspectPort === undefined
  if (!wrapper) return { command, args, startsAhead }
  return { command: onThisMachine(wrapper, image), args: [command, ...args], startsAhead: false }
}

function flagsOf(family: Exclude<Family, 'provided'>, image: FunctionImage, script: string) {
  switch (family) {
    case 'nodejs':
      return [`--max-old-space-size=${Math.floor(image.memoryMb * HEAP_SHARE)}`]
    case 'python':
      // Only the standard library: what else this machine has is not there on AWS.
      return ['-S', '-s', '-u']
    case 'ruby':
      return []
    case 'java':
      return javaFlags(image, script)
  }
}

/** As AWS starts the JVM; `classes` is the folder of our bootstrap. */
function javaFlags({ memoryMb }: FunctionImage, classes: string): string[] {
  return [
    `-Xmx${Math.floor(memoryMb * JAVA_HEAP_SHARE)}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    '-cp',
    classes,
    'windtunnel.Main',
  ]
}

function customRuntime({ codeDir, layersDir }: FunctionImage): CommandLine | undefined {
  const folders = layersDir ? [codeDir, layersDir] : [codeDir]
  const command = folders.map((folder) => path.join(folder, 'bootstrap')).find(existsSync)
  return command === undefined ? undefined : { command, args: [], startsAhead: false }
}

function onThisMachine(file: string, { codeDir, layersDir = '/opt' }: FunctionImage): string {
  return file.replace(/^\/opt(?=\/)/, layersDir).replace(/^\/var\/task(?=\/)/, codeDir)
}
