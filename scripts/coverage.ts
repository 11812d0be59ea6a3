/** Writes docs/COVERAGE.md: what is served of each service, read off its source. */
import { globSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadModel, type Member, type Model, type Shape } from '../src/aws/model.ts'
import { Modules, type Reads, readsOf, visit } from './reads.ts'

export const COVERAGE_FILE = new URL('../docs/COVERAGE.md', import.meta.url)
const SERVICES = fileURLToPath(new URL('../src/services/', import.meta.url))

/** Members that a service deals with for all of its operations. */
const EVERYWHERE = new Set(['DryRun'])

const HEAD = `# Coverage

Made from the source by \`npm run docs\`; a test says when it is out of date.

For each service: the operations that are served, the members of their requests that are honoured,
and those that are **accepted and ignored** (checked against AWS's constraints, and without effect).
Every operation that is not listed answers that it is not implemented, in the service's own form.

How it is known: the handler of each operation is found in \`src/services/\`, and its input is
followed through destructuring, property accesses, spreads and calls (\`scripts/reads.ts\`). A
member that nothing reads is ignored; where a name is computed (\`input[name]\`), every member that
the file names counts as read. The analysis does not know what is done with a member that is read:
that is what the tests are for. Members of structures are looked at one level down, where any is
read.
`

export interface Coverage {
  readonly operation: string
  readonly honoured: readonly string[]
  readonly ignored: readonly string[]
}

/** The coverage of a service's operations, by name. */
export function coverageOf(service: string): Coverage[] {
  const model = loadModel(service)
  const names = new Set(model.operationNames)
  const found = new Map<string, Reads[]>()
  for (const module of new Modules(`${SERVICES}${service}/`).all()) {
    visit(module.tree, (node) => {
      const name = node.type === 'Property' ? node.key.name : undefined
      if (!names.has(name)) return
      found.set(name, [...(found.get(name) ?? []), readsOf(node.value, module)])
    })
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => cover(model, name, all))
}

function cover(model: Model, operation: string, all: readonly Reads[]): Coverage {
  const reads = { named: union(all, 'named'), whole: union(all, 'whole') }
  const honoured: string[] = []
  const ignored: string[] = []
  for (const { name, shape } of model.operation(operation)?.input.members ?? []) {
    if (!EVERYWHERE.has(name) && !reads.named.has(name)) ignored.push(name)
    else {
      honoured.push(name)
      ignored.push(...unreadParts(name, shape, reads))
    }
  }
  return { operation, honoured, ignored }
}

function union(all: readonly Reads[], which: keyof Reads): Set<string> {
  return new Set(all.flatMap((reads) => [...reads[which]]))
}

/** Members of a structure that are not read though others are, and it is not kept whole. */
function unreadParts(path: string, shape: Shape, { named, whole }: Reads): string[] {
  const [members, prefix] = partsOf(path, shape)
  if (whole.has(path) || whole.has(prefix)) return []
  const read = members.filter(({ name }) => named.has(`${prefix}.${name}`))
  if (read.length === 0) return []
  return members.filter((member) => !read.includes(member)).map(({ name }) => `${prefix}.${name}`)
}

function partsOf(path: string, shape: Shape): [readonly Member[], string] {
  if ('members' in shape) return [shape.members, path]
  if (shape.kind !== 'list' || !('members' in shape.item.shape)) return [[], path]
  return [shape.item.shape.members, `${path}[]`]
}

/** The whole document. */
export function coverageDocument(): string {
  const services = globSync('*/index.ts', { cwd: SERVICES })
    .map((file) => file.split(/[\\/]/)[0] ?? '')
    .sort()
  return [HEAD, ...services.map(section)].join('\n')
}

function section(service: string): string {
  const operations = coverageOf(service)
  const all = loadModel(service).operationNames.length
  const rows = operations.map(
    ({ operation, honoured, ignored }) =>
      `| ${operation} | ${honoured.join(' ')} | ${ignored.join(' ')} |`,
  )
  return [
    `## ${service}: ${operations.length} of ${all} operations\n`,
    '| operation | honoured | accepted and ignored |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(COVERAGE_FILE, coverageDocument())
