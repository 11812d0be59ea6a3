/**
 * Runs the tests: all of them, or the files named. Installs what some of them need beyond npm
 * (the AWS CLI and boto3, real clients from Debian's packages) when it is absent and can be.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Start processes, servers or functions of their own, so that each file is a process, too. */
const APART = ['src/services/lambda/**/*.test.ts', 'src/cli/**/*.test.ts', 'test/**/*.test.ts']
/** All others share one process: to load the whole cloud takes longer than most of their tests. */
const TOGETHER = 'dist/together.test.js'
const CONCURRENCY = 2

const CLIENTS = [
  { package: 'awscli', probe: ['aws', '--version'] },
  { package: 'python3-boto3', probe: ['python3', '-c', 'import boto3'] },
] as const

function succeeds([command, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function installClients(): void {
  const missing = CLIENTS.filter(({ probe }) => !succeeds(probe)).map((client) => client.package)
  if (missing.length === 0) return
  const asRoot = process.getuid?.() === 0 && succeeds(['apt-get', '--version'])
  if (asRoot) {
    console.log(`installing ${missing.join(' and ')} from Debian's packages`)
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  const still = CLIENTS.filter(({ probe }) => !succeeds(probe)).map((client) => client.package)
  if (still.length === 0) return
  console.log(
    `Tests that need ${still.join(' and ')} are skipped: it is not installed` +
      `${asRoot ? '' : ', and only root can install it'} (apt-get install ${still.join(' ')}).`,
  )
}

/** Each test file is a process of its own: they share what they have compiled. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/tests', import.meta.url))

function run(args: string[]): number {
  // What commands print is compared: without colours, which CI would turn on.
  const env = { ...process.env, NODE_COMPILE_CACHE: CACHE, NO_COLOR: '1' }
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env }).status ?? 1
}

function gather(): void {
  const apart = new Set(globSync(APART, { cwd: ROOT }))
  const together = globSync('src/**/*.test.ts', { cwd: ROOT }).filter((file) => !apart.has(file))
  const imports = together.sort().map((file) => `import '../${file.replaceAll('\\', '/')}'\n`)
  writeFileSync(join(ROOT, TOGETHER), imports.join(''))
}

installClients()
if (!existsSync(new URL('../dist/models', import.meta.url))) run(['scripts/build.ts'])
const named = process.argv.slice(2)
if (named.length === 0) gather()
process.exitCode = run([
  '--disable-warning=ExperimentalWarning',
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  ...(named.length > 0 ? named : [TOGETHER, ...APART]),
])
