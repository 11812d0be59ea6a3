/**
 * Runs the tests: all of them, or the files named. Installs what some of them need beyond npm
 * (the AWS CLI and boto3, real clients from Debian's packages) when it is absent and can be.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Each of these files is a process: they count the processes of functions, or print much. */
const APART = [
  'src/services/lambda/runtime/**/*.test.ts',
  'src/cli/**/*.test.ts',
  'test/*.test.ts',
  'test/authorization/*.test.ts',
]
/** Others share a process: to load the whole cloud takes longer than most of their tests. */
const TOGETHER = {
  lambda: 'src/services/lambda/**/*.test.ts',
  scenarios: 'test/scenarios/*.test.ts',
  rest: 'src/**/*.test.ts',
}
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

/** Writes a file for each process that files share; returns them, and the files that are alone. */
function gather(): string[] {
  const alone = globSync(APART, { cwd: ROOT }).sort()
  const placed = new Set(alone)
  const shared = Object.entries(TOGETHER).map(([name, pattern]) => {
    const files = globSync(pattern, { cwd: ROOT }).filter((file) => !placed.has(file))
    for (const file of files) placed.add(file)
    const imports = files.sort().map((file) => `import '../${file.replaceAll('\\', '/')}'\n`)
    const path = `dist/together-${name}.test.js`
    writeFileSync(join(ROOT, path), imports.join(''))
    return path
  })
  return [...shared, ...alone]
}

installClients()
if (!existsSync(new URL('../dist/models', import.meta.url))) run(['scripts/build.ts'])
const named = process.argv.slice(2)
process.exitCode = run([
  '--disable-warning=ExperimentalWarning',
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  ...(named.length > 0 ? named : gather()),
])
