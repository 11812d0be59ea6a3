/** `[ip, user, ..., status=4*, bytes > 1000]`: conditions on the columns of an event. */
import { type Condition, type Lookup, readConditions } from './conditions.ts'
import { Scanner } from './scanner.ts'

type Columns = ReadonlyMap<string, string>

const ELLIPSIS = /\.\.\.|\u2026/y
const NAME = /[\p{L}\p{N}_$-]+/uy
const COMMA = /,/y
const ENDS = /(?=,|$)/y
/** What stands between quotes or brackets is one column, spaces and all. */
const COLUMN = /"((?:[^"\\]|\\.)*)"|\[([^[\]]*)\]|(\S+)/g

interface Layout {
  /** Names in order, `...` for any number of columns. */
  names: string[]
  conditions: Condition<Columns>[]
}

export function columnsPattern(pattern: string): (message: string) => boolean {
  const { names, conditions } = readLayout(new Scanner(pattern.slice(1, -1)))
  const gap = names.indexOf('...')
  return (message) => {
    const values = [...message.matchAll(COLUMN)].map(
      ([, quoted, bracketed, plain]) => quoted ?? bracketed ?? plain ?? '',
    )
    const columns = gap < 0 ? named(names, values) : namedAround(names, gap, values)
    return columns !== undefined && conditions.every((holds) => holds(columns))
  }
}

function readLayout(scanner: Scanner): Layout {
  const names: string[] = []
  const conditions: Condition<Columns>[] = []
  do {
    if (!names.includes('...') && scanner.take(ELLIPSIS)) names.push('...')
    // A column may be left without a name, or have one and no condition.
    else if (scanner.take(ENDS)) names.push('')
    else readColumn(scanner, names, conditions)
  } while (scanner.take(COMMA))
  if (!scanner.ended) throw scanner.unexpected()
  return { names, conditions }
}

const BARE = /[\p{L}\p{N}_$-]+(?=\s*(?:,|$))/uy

function readColumn(scanner: Scanner, names: string[], conditions: Condition<Columns>[]): void {
  const bare = scanner.take(BARE)
  if (bare) {
    names.push(bare[0])
    return
  }
  let first: string | undefined
  const readName = (from: Scanner): Lookup<Columns> => {
    const [name] = from.expect(NAME)
    first ??= name
    return (columns) => {
      const value = columns.get(name)
      return value === undefined ? [] : [value]
    }
  }
  conditions.push(readConditions(scanner, readName))
  names.push(first ?? '')
}

function named(names: readonly string[], values: readonly string[]): Columns | undefined {
  if (names.length !== values.length) return undefined
  return new Map(names.map((name, index) => [name, values[index] ?? '']))
}

/** Columns behind the ellipsis are counted from the end. */
function namedAround(
  names: readonly string[],
  gap: number,
  values: readonly string[],
): Columns | undefined {
  const behind = names.length - gap - 1
  if (values.length < gap + behind) return undefined
  const before = names.slice(0, gap).map((name, index) => [name, values[index] ?? ''] as const)
  const rest = values.slice(values.length - behind)
  const after = names.slice(gap + 1).map((name, index) => [name, rest[index] ?? ''] as const)
  return new Map([...before, ...after])
}
