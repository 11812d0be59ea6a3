/** `{ $.level = "ERROR" && $.users[0].id >= 2 }`: conditions on events that are JSON. */
import { type Lookup, readConditions } from './conditions.ts'
import { Scanner, unquoted } from './scanner.ts'

const ROOT = /\$/y
/** `.name`, `[0]`, `["a name"]`, and `*` for any of them. */
const STEP = /\.([\p{L}\p{N}_-]+|\*)|\[\s*(?:(\d+|\*)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*\]/uy

export function jsonPattern(pattern: string): (message: string) => boolean {
  const scanner = new Scanner(pattern.slice(1, -1))
  const holds = readConditions(scanner, readSelector)
  if (!scanner.ended) throw scanner.unexpected()
  return (message) => {
    const event = parsed(message)
    return event !== undefined && holds(event)
  }
}

function parsed(message: string): object | undefined {
  if (!message.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

function readSelector(scanner: Scanner): Lookup<object> {
  scanner.expect(ROOT)
  const steps: string[] = []
  for (let step = scanner.take(STEP); step; step = scanner.take(STEP)) {
    const [, name, index, quoted, singleQuoted] = step
    steps.push(name ?? index ?? singleQuoted ?? unquoted(quoted ?? ''))
  }
  return (event) => steps.reduce(children, [event])
}

/** What a step leads to from each of the values; own members only. */
function children(values: readonly unknown[], step: string): readonly unknown[] {
  return values.flatMap((value) => {
    if (typeof value !== 'object' || value === null) return []
    if (step === '*') return Object.values(value)
    return Object.hasOwn(value, step) ? [Reflect.get(value, step)] : []
  })
}
