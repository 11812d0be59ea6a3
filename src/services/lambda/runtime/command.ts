/** The command line that starts a function's process. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Interpreter } from './interpreters.ts'
import type { FunctionImage } from './types.ts'

export interface CommandLine {
  command: string
  args: string[]
  /** The process may be started before it is known what function it shall be. */
  startsAhead: boolean
}

/** AWS gives a tenth of MemorySize to new objects, in two halves, and the rest to the others. */
const NEW_SPACE_SHARE = 0.1
const MAX_HTTP_HEADER_BYTES = 81920
/** What AWS turns off, unless NODE_OPTIONS turns it on. */
const FEATURES_OFF = ['experimental-require-module', 'experimental-detect-module']
/** Since when Node.js knows them: others end at an option that they don't know. */
const FEATURES_SINCE: readonly (readonly [major: number, minor: number])[] = [
  [20, 17],
  [22, 0],
]
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
    ...flagsOf(image, interpreter, script),
    ...(family === 'java' ? [] : [script]),
  ]
  const wrapper = image.environment.AWS_LAMBDA_EXEC_WRAPPER
  // The variables of a Java process cannot be replaced once it runs.
  const startsAhead = family !== 'java' && inspectPort === undefined
  if (!wrapper) return { command, args, startsAhead }
  return wrapped(wrapper, [command, ...args], image)
}

/** Like the shell script of AWS, which says so when it finds no wrapper that it could run. */
function wrapped(wrapper: string, args: string[], image: FunctionImage): CommandLine {
  const command = onThisMachine(wrapper, image)
  const lacking = !statSync(command, { throwIfNoEntry: false })?.isFile()
    ? 'echo "$0: does not exist"; exit 127'
    : !isExecutable(command) && 'echo "$0: is not an executable"; exit 126'
  if (!lacking) return { command, args, startsAhead: false }
  return { command: '/bin/sh', args: ['-c', lacking, wrapper], startsAhead: false }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function flagsOf(image: FunctionImage, { family, version }: Interpreter, script: string): string[] {
  switch (family) {
    case 'nodejs':
      return [...nodeFlags(image, version), ...preload(script)]
    case 'python':
      // Only the standard library: what else this machine has is not there on AWS.
      return ['-S', '-s', '-u']
    case 'ruby':
      return []
    case 'java':
      return javaFlags(image, script)
    case 'provided':
      return []
  }
}

/** As AWS starts Node.js. Docs: "Building Lambda functions with Node.js", experimental features. */
function nodeFlags({ memoryMb, environment }: FunctionImage, version: string): string[] {
  const options = (environment.NODE_OPTIONS ?? '').replaceAll('_', '-')
  const off = FEATURES_OFF.filter((feature) => !options.includes(`--${feature}`))
  return [
    '--expose-gc',
    `--max-http-header-size=${MAX_HTTP_HEADER_BYTES}`,
    ...heapFlags(memoryMb, options),
    ...(knowsFeatures(version) ? off.map((feature) => `--no-${feature}`) : []),
  ]
}

/** What threads and forked processes have too. */
function preload(script: string): string[] {
  return ['--require', path.join(path.dirname(script), 'node-path.cjs')]
}

function knowsFeatures(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const known = FEATURES_SINCE.some(([line, since]) => major === line && minor >= since)
  return known || major > 22
}

/** Who sizes the heap by NODE_OPTIONS sizes all of it. */
function heapFlags(memoryMb: number, options: string): string[] {
  if (/--max-(semi|old)-space-size/.test(options)) return []
  const newSpaceMb = Math.floor(memoryMb * NEW_SPACE_SHARE)
  return [
    `--max-semi-space-size=${Math.floor(newSpaceMb / 2)}`,
    `--max-old-space-size=${memoryMb - newSpaceMb}`,
  ]
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
