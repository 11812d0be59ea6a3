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
import { basename, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { textOf } from '../src/aws/model.ts'
import { builtins } from './builtins.ts'
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
    writeFileSync(path(`dist/models/${service}.jsonl`), textOf(model))
    skipped.push(...skippedPatterns)
  }
  if (skipped.length > 0) console.log(`patterns not enforced: ${skipped.join(', ')}`)
  for (const facts of ['ec2-instance-types.json', 'managed-policies.json']) {
    cpSync(path(`models/${facts}`), path(`dist/models/${facts}`))
  }
}

/** What is imported when asked for, and so is bundled on its own, is named after where it is. */
function nameOf(file: string): string {
  const entry = Object.entries(ENTRY_POINTS).find(([, entryFile]) => path(entryFile) === file)
  return entry?.[0] ?? relative(path('src'), file).replace(/\.ts$/, '').replaceAll(sep, '-')
}

/**
 * A file for each entry point and each dynamic import. They share no files: to find, read and link
 * many small ones takes longer than a big one that repeats some code.
 */
async function bundles(): Promise<void> {
  const files = new Map(Object.entries(ENTRY_POINTS).map(([name, file]) => [name, path(file)]))
  const dynamicImports: Plugin = {
    name: 'dynamic imports',
    setup({ onResolve }) {
      onResolve({ filter: /\.ts$/ }, ({ kind, path: file, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const name = nameOf(resolve(resolveDir, file))
        files.set(name, resolve(resolveDir, file))
        return { path: `./${name}.js`, external: true }
      })
    },
  }
  const built = new Map<string, Uint8Array>()
  // The map grows on the way.
  for (const [name, file] of files) built.set(name, await bundle(file, [dynamicImports, builtins]))
  for (const old of globSync(path('dist/*.js'))) if (!built.has(basename(old, '.js'))) rmSync(old)
  for (const [name, code] of built) writeFileSync(path(`dist/${name}.js`), code)
}

async function bundle(file: string, plugins: Plugin[]): Promise<Uint8Array> {
  const { outputFiles } = await build({
    write: false,
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@aws-sdk/*'],
    plugins,
    // What is read less is compiled sooner; names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  })
  const [output] = outputFiles
  if (!output) throw new Error(`no bundle of ${file}`)
  return output.contents
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
