/** The laws of docs/ARCHITECTURE.md, read off the source. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Node, parse } from 'acorn'
import { full } from 'acorn-walk'

const MAX_LINE_COLUMNS = 100
const MAX_FUNCTION_LINES = 70
const MAX_FILE_LINES = 500

const root = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  /** From the project's root, with forward slashes. */
  path: string
  text: string
  lines: string[]
  tree: Node
}

const sources: Source[] = globSync(
  ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
  {
    cwd: root,
  },
).map((path) => {
  const text = readFileSync(join(root, path), 'utf8')
  const script = stripTypeScriptTypes(text)
  const tree = parse(script, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  return { path: path.replaceAll('\\', '/'), text, lines: text.trimEnd().split('\n'), tree }
})

const product = sources.filter(({ path }) => path.startsWith('src/') && !isTest(path))

function isTest(path: string): boolean {
  return /\.(test|testing)\.ts$|\/testing\//.test(path)
}

/** All that a file imports: `node:fs`, a package's name, or a path from the project's root. */
function imports({ path, text }: Source): { name: string; typeOnly: boolean }[] {
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'/gm)
  return [...found].map(([, type, name = '']) => ({
    name: name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name,
    typeOnly: type !== undefined,
  }))
}

function offences(files: Source[], find: (file: Source) => string[]): string[] {
  return files.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`))
}

/** Imports of these files that are neither in the room itself nor of an allowed place. */
function strangers(room: RegExp, allowed: RegExp): string[] {
  return offences(
    product.filter(({ path }) => room.test(path)),
    (file) =>
      imports(file)
        .map(({ name }) => name)
        .filter((name) => !room.test(name) && !allowed.test(name)),
  )
}

function imported(file: Source, pattern: RegExp): string[] {
  return imports(file)
    .filter(({ name, typeOnly }) => pattern.test(name) && !typeOnly)
    .map(({ name }) => name)
}

function none(found: string[]): void {
  assert.equal(found.length, 0, `\n${found.join('\n')}`)
}

const LIBRARIES = /^(node:|@?[a-z][\w./-]*$(?<!\.ts$))/

describe('the rooms', () => {
  it('clock, ids and arn import nothing of ours', () => {
    none(strangers(/^src\/(clock|ids|arn)\.ts$/, /^node:/))
  })

  it('the catalogue of events is data', () => {
    none(strangers(/^src\/catalogue\//, /^src\/arn\.ts$/))
  })

  it('the store imports only what is below it', () => {
    none(strangers(/^src\/store\//, /^(node:|src\/(clock|ids)\.ts)/))
  })

  it('policy and event patterns are pure', () => {
    none(strangers(/^src\/policy\//, /^ipaddr\.js$|^node:buffer$/))
    none(strangers(/^src\/services\/events\/pattern\//, /^$/))
  })

  it('the agenda imports the store and the clock', () => {
    none(strangers(/^src\/agenda\//, /^(node:|tinyqueue$|src\/(store\/|clock\.ts))/))
  })

  it('the wire knows no service', () => {
    none(strangers(/^src\/aws\//, /^(node:|src\/(clock|ids|arn)\.ts|src\/(policy|store|trace)\/)/))
  })

  it('checks and reports of access look at what is deployed, and at no service', () => {
    const below = 'src/(arn|clock|deployment)\\.ts$|src/(policy|trace|catalogue|aws|access)/'
    const services = 'src/services/(ports\\.ts$|events/pattern/)'
    none(strangers(/^src\/(access|check)\//, new RegExp(`^(${below}|${services})`)))
  })

  it('a service knows no other', () => {
    const rooms = new Set(
      product.flatMap(({ path }) => /^src\/services\/(\w+)\//.exec(path)?.[1] ?? []),
    )
    for (const room of rooms) {
      const below = 'clock\\.ts|ids\\.ts|arn\\.ts|config\\.ts|aws/|policy/|store/|agenda/|trace/'
      const shared = 'services/(ports|module)\\.ts'
      const data = '^models/.*\\.json$'
      const allowed = new RegExp(`^src/(${below}|${shared})|${data}|${LIBRARIES.source}`)
      none(strangers(new RegExp(`^src/services/${room}/`), allowed))
    }
  })
})

describe('the platform', () => {
  const uses = (pattern: RegExp, allowed: RegExp) =>
    offences(
      product.filter(({ path }) => !allowed.test(path)),
      ({ tree, text }) => {
        const names: string[] = []
        full(tree, (node) => {
          if (!/^(Identifier|(Member|New|Call)Expression)$/.test(node.type)) return
          const name = text.slice(node.start, node.end)
          if (pattern.test(name)) names.push(name)
        })
        return names
      },
    )

  it('is asked for the time in clock.ts only', () => {
    const clocks = /^(Temporal|performance|setTimeout|setInterval|setImmediate)$/
    const dates = /^(new Date\b|Date\(|Date\.|process\.hrtime)/
    none(uses(new RegExp(`${clocks.source}|${dates.source}`, 's'), /^src\/clock\.ts$/))
    const timers = product.filter(({ path }) => path !== 'src/clock.ts')
    none(offences(timers, (file) => imported(file, /^node:timers/)))
  })

  it('is asked for chance in ids.ts only', () => {
    none(uses(/^Math\.random$|^random(Bytes|UUID|FillSync|Int|Fill)$/, /^src\/ids\.ts$/))
  })

  it('starts processes in lambda/runtime only', () => {
    const others = product.filter(({ path }) => !path.startsWith('src/services/lambda/runtime/'))
    none(offences(others, (file) => imported(file, /^node:(child_process|cluster)$/)))
  })

  it('opens sockets in the two servers only', () => {
    const servers = /^src\/(aws\/server|services\/lambda\/runtime\/[\w-]+)\.ts$/
    const others = product.filter(({ path }) => !servers.test(path))
    none(offences(others, (file) => imported(file, /^node:(net|https?|http2|dgram|tls)$/)))
  })
})

describe('the text', () => {
  it('has short lines', () => {
    none(
      offences(sources, ({ lines }) =>
        lines.flatMap((line, index) =>
          [...line].length > MAX_LINE_COLUMNS ? [`line ${index + 1} is too long`] : [],
        ),
      ),
    )
  })

  it('has short functions', () => {
    none(
      offences(
        sources.filter(({ path }) => !isTest(path)),
        ({ tree }) => {
          const found: string[] = []
          full(tree, (node) => {
            if (!/Function/.test(node.type) || !node.loc) return
            const lines = node.loc.end.line - node.loc.start.line + 1
            if (lines > MAX_FUNCTION_LINES)
              found.push(`line ${node.loc.start.line}: ${lines} lines`)
          })
          return found
        },
      ),
    )
  })

  it('has short files', () => {
    none(
      offences(sources, ({ lines }) =>
        lines.length > MAX_FILE_LINES ? [`${lines.length} lines`] : [],
      ),
    )
  })
})
