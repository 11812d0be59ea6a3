import { checkComplexity } from './complexity.ts'
import { type Condition, readCondition } from './condition.ts'
import { JsonError, PatternError } from './errors.ts'
import { JsonReader } from './json-reader.ts'

/** What one field must be: any of the alternatives. */
export interface FieldPattern {
  /** The names that lead to the field, joined by dots. */
  readonly path: string
  readonly alternatives: readonly Condition[]
}

/** A conjunction: all of its fields must match. Sorted by path, the order they are decided in. */
export type SubRule = readonly FieldPattern[]

/** A valid event pattern. It matches an event that any of its sub-rules matches. */
export interface CompiledPattern {
  readonly text: string
  /** One, or several where the pattern has `$or`. */
  readonly subRules: readonly SubRule[]
}

/** event-ruler's MAXIMUM_RULE_SIZE. */
const MAX_FIELDS_PER_SUB_RULE = 256
/** What the EventBridge guide allows of combinations that `$or` makes. */
const MAX_SUB_RULES = 1000

const RESERVED_INSIDE_OR: ReadonlySet<string> = new Set([
  'exactly',
  'equals-ignore-case',
  'prefix',
  'suffix',
  'anything-but',
  'exists',
  'wildcard',
  'numeric',
  'cidr',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  'regex',
  'not-wildcard',
  'not-equals-ignore-case',
  'date-after',
  'date-on-or-after',
  'date-before',
  'date-on-or-before',
  'in-date-range',
  'ip-address-in-range',
  'ip-address-not-in-range',
])

/** A sub-rule that is being read: its fields by path. */
type Draft = Map<string, readonly Condition[]>

/**
 * Compiles an event pattern. Throws PatternError with the text that AWS answers. Whatever follows
 * the pattern's closing brace is not read, as in event-ruler.
 */
export function compilePattern(text: string): CompiledPattern {
  const reader = new JsonReader(text)
  try {
    if (reader.next() !== 'startObject') reader.fail('Filter is not an object')
    const drafts = readObject(reader, [], '', false)
    const subRules = drafts.map(toSubRule)
    checkComplexity(subRules)
    return { text, subRules }
  } catch (error) {
    if (error instanceof JsonError) {
      throw new PatternError(error.reason, error.suffix, error.location)
    }
    throw error
  }
}

/**
 * Reads the members of an object into every draft. A path that comes twice in one draft replaces
 * what was there. `$or` forks the drafts as they are at that point.
 */
function readObject(
  reader: JsonReader,
  given: Draft[],
  parentPath: string,
  insideOr: boolean,
): Draft[] {
  let drafts = given
  let isEmpty = true
  while (reader.next() !== 'endObject') {
    isEmpty = false
    const { name } = reader
    if (name === '$or') {
      drafts = readOr(reader, drafts, parentPath)
      continue
    }
    if (insideOr && RESERVED_INSIDE_OR.has(name)) {
      reader.fail(`${name} is Ruler reserved fieldName which cannot be used inside $or.`)
    }
    const path = parentPath + name
    const token = reader.next()
    if (token === 'startObject') {
      drafts = readObject(reader, drafts, `${path}.`, insideOr)
    } else if (token === 'startArray') {
      const alternatives = readAlternatives(reader)
      if (drafts.length === 0) drafts = [new Map()]
      for (const draft of drafts) draft.set(path, alternatives)
    } else {
      reader.fail(`"${name}" must be an object or an array`)
    }
  }
  if (isEmpty) reader.fail('Empty objects are not allowed')
  return drafts
}

function readOr(reader: JsonReader, drafts: Draft[], parentPath: string): Draft[] {
  if (reader.next() !== 'startArray') reader.fail('It must be an Array followed with $or.')
  const forks: Draft[] = []
  let branches = 0
  while (reader.next() !== 'endArray') {
    branches++
    if (reader.token !== 'startObject') {
      reader.fail('Only JSON object is allowed in array of $or relationship.')
    }
    const copies = drafts.length === 0 ? [new Map()] : drafts.map((draft) => new Map(draft))
    forks.push(...readObject(reader, copies, parentPath, true))
    if (forks.length > MAX_SUB_RULES) {
      reader.fail(`$or makes more than ${MAX_SUB_RULES} rule combinations`)
    }
  }
  if (branches < 2) reader.fail('There must have at least 2 Objects in $or relationship.')
  return forks
}

function readAlternatives(reader: JsonReader): Condition[] {
  const alternatives: Condition[] = []
  while (reader.next() !== 'endArray') alternatives.push(readCondition(reader))
  if (alternatives.length === 0) reader.fail('Empty arrays are not allowed')
  return alternatives
}

function toSubRule(draft: Draft): SubRule {
  if (draft.size > MAX_FIELDS_PER_SUB_RULE) {
    throw new PatternError(`Size of rule exceeds max value of ${MAX_FIELDS_PER_SUB_RULE}`)
  }
  return Array.from(draft, ([path, alternatives]) => ({ path, alternatives })).sort((a, b) =>
    a.path < b.path ? -1 : 1,
  )
}
