/** Makes dist/: the models, the bundles, the runtimes' bootstraps and the type declarations. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convert, SERVICES } from './models.ts'

const ROOT = new URL('../', import.meta.url)
const path = (relative: string) => fileURLToPath(new URL(relative, ROOT))

const ENTRY_POINTS = {
  main: 'src/main.ts',
  cloud: 'src/cloud.ts',
  events: 'src/catalogue/index.ts',
  patterns: 'src/services/events/pattern/index.ts',
  policy: 'src/policy/index.ts',
}
const BOOTSTRAPS = 'src/services/lambda/runtime/bootstraps'

async function models(): Promise<void> {
  mkdirSync(path('dist/models'), { recursive: true })
  const skipped: string[] = []
  for (const service of Object.keys(SERVICES)) {
    const { model, skippedPatterns } = await convert(service)
    writeFileSync(path(`dist/models/${service}.json`), JSON.stringify(model))
    skipped.push(...skippedPatterns)
  }
  if (skipped.length > 0) console.log(`patterns not enforced: ${skipped.join(', ')}`)
  for (const facts of ['ec2-instance-types.json', 'managed-policies.json']) {
    cpSync(path(`models/${facts}`), path(`dist/models/${facts}`))
  }
}

async function bundles(): Promise<void> {
  const entryPoints = Object.fromEntries(
    Object.entries(ENTRY_POINTS)
      .map(([name, file]) => [name, path(file)] as const)
      .filter(([, file]) => existsSync(file)),
  )
  const { outputFiles } = await build({
    write: false,
    entryPoints,
    outdir: path('dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@aws-sdk/*'],
    // What is read less is compiled sooner; names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    // Beside the entry points, since the models are looked for next to the code.
    chunkNames: '[name]-[hash]',
    logLevel: 'warning',
    // Dependencies in CommonJS call require, which an ES module has to make for itself.
    banner: {
      js: [
        "import { createRequire as $createRequire } from 'node:module'",
        'const require = $createRequire(import.meta.url)',
      ].join('\n'),
    },
  })
  // Chunks are named after their content, so old ones would stay.
  for (const file of globSync(path('dist/*.js'))) rmSync(file)
  for (const file of outputFiles) writeFileSync(file.path, file.contents)
}

/** What npm links as the command has to be executable. */
function executable(): void {
  const file = path('dist/main.js')
  if (!existsSync(file)) return
  const code = readFileSync(file, 'utf8')
  if (!code.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${code}`)
  chmodSync(file, 0o755)
}

function assets(): void {
  if (!existsSync(path(BOOTSTRAPS))) return
  cpSync(path(BOOTSTRAPS), path('dist/bootstraps'), { recursive: true })
}

/** The declarations of the library's entry points; NO_TYPES=1 leaves them out. */
function types(): void {
  if (process.env.NO_TYPES === '1') return
  const files = ['cloud', 'events', 'patterns', 'policy'] as const
  const roots = files.map((name) => ENTRY_POINTS[name]).filter((file) => existsSync(path(file)))
  if (roots.length === 0) return
  const config = {
    extends: path('tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: path('src'),
      outDir: path('dist/types'),
    },
    include: [],
    files: roots.map(path),
  }
  mkdirSync(path('dist'), { recursive: true })
  writeFileSync(path('dist/types.tsconfig.json'), JSON.stringify(config))
  const tsc = path('node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', path('dist/types.tsconfig.json')], {
    stdio: 'inherit',
  })
  rmSync(path('dist/types.tsconfig.json'))
  if (status !== 0) process.exitCode = 1
}

await models()
await bundles()
executable()
assets()
types()
