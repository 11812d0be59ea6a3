/**
 * A slow evaluator of event patterns, for tests only: it parses with JSON.parse, tries every
 * choice of values, and shares no code with the matcher.
 */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }
type Draft = { [path: string]: Json[] }
type Leaf = { path: string; value: Json; elements: Map<number, number> }

/** Whether a valid pattern matches an event. Neither may have duplicate names. */
export function referenceMatches(pattern: string, event: string): boolean {
  const leaves: Leaf[] = []
  flatten(JSON.parse(event), '', new Map(), leaves, { arrays: 0 })
  return expand(JSON.parse(pattern), '', [{}]).some((draft) => {
    const paths = Object.keys(draft).sort()
    return choose(draft, paths, new Map(), leaves)
  })
}

function expand(pattern: JsonObject, prefix: string, drafts: Draft[]): Draft[] {
  let result = drafts
  for (const [name, value] of Object.entries(pattern)) {
    if (name === '$or') {
      const before = result
      result = (value as JsonObject[]).flatMap((branch) =>
        expand(branch, prefix, structuredClone(before)),
      )
    } else if (Array.isArray(value)) {
      for (const draft of result) draft[prefix + name] = value
    } else {
      result = expand(value as JsonObject, `${prefix + name}.`, result)
    }
  }
  return result
}

function flatten(
  value: Json,
  path: string,
  elements: Map<number, number>,
  leaves: Leaf[],
  counter: { arrays: number },
): void {
  if (Array.isArray(value)) {
    const array = counter.arrays++
    value.forEach((item, index) => {
      const isContainer = typeof item === 'object' && item !== null
      const inside = isContainer ? new Map(elements).set(array, index) : elements
      flatten(item, path, inside, leaves, counter)
    })
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      flatten(member, path === '' ? name : `${path}.${name}`, elements, leaves, counter)
    }
  } else {
    leaves.push({ path, value, elements })
  }
}

function choose(
  draft: Draft,
  paths: string[],
  elements: Map<number, number>,
  leaves: Leaf[],
): boolean {
  const [path, ...later] = paths
  if (path === undefined) return true
  const alternatives = draft[path]!
  const fitting = leaves.filter(
    (leaf) =>
      leaf.path === path &&
      Array.from(leaf.elements).every(([a, i]) => !elements.has(a) || elements.get(a) === i),
  )
  if (fitting.length === 0) {
    return alternatives.some(isAbsence) && choose(draft, later, elements, leaves)
  }
  return fitting.some(
    (leaf) =>
      alternatives.some((alternative) => accepts(alternative, leaf.value)) &&
      choose(draft, later, new Map([...elements, ...leaf.elements]), leaves),
  )
}

function isAbsence(alternative: Json): boolean {
  return JSON.stringify(alternative) === '{"exists":false}'
}

function accepts(alternative: Json, value: Json): boolean {
  if (typeof alternative !== 'object' || alternative === null) {
    return alternative === value || sameAddress(alternative, value)
  }
  const [operator, operand] = Object.entries(alternative)[0] as [string, Json]
  return operator === 'exists'
    ? operand === true
    : operator === 'anything-but'
      ? acceptsAnythingBut(operand, value)
      : operator === 'numeric'
        ? typeof value === 'number' && inRange(operand as (string | number)[], value)
        : typeof value === 'string' && acceptsText(operator, operand, value)
}

function acceptsAnythingBut(operand: Json, value: Json): boolean {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [operator, texts] = Object.entries(operand)[0] as [string, Json]
    return ![texts]
      .flat()
      .some((text) => typeof value === 'string' && acceptsText(operator, text as string, value))
  }
  return ![operand].flat().includes(value)
}

function acceptsText(operator: string, operand: Json, value: string): boolean {
  const { text, fold } =
    typeof operand === 'string'
      ? { text: operand, fold: operator === 'equals-ignore-case' }
      : { text: Object.values(operand as JsonObject)[0] as string, fold: true }
  const [given, wanted] = fold ? [value.toLowerCase(), text.toLowerCase()] : [value, text]
  switch (operator) {
    case 'prefix':
      return given.startsWith(wanted)
    case 'suffix':
      return given.endsWith(wanted)
    case 'cidr':
      return inBlock(wanted, given)
    case 'wildcard':
      return new RegExp(`^${wanted.replaceAll('*', '.*')}$`, 's').test(given)
    default:
      return given === wanted
  }
}

function inRange(terms: (string | number)[], value: number): boolean {
  const holds: Record<string, (bound: number) => boolean> = {
    '=': (bound) => value === bound,
    '<': (bound) => value < bound,
    '<=': (bound) => value <= bound,
    '>': (bound) => value > bound,
    '>=': (bound) => value >= bound,
  }
  return terms.every(
    (term, index) => typeof term === 'number' || holds[term]!(terms[index + 1] as number),
  )
}

function toBits(address: string): string | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d+$/.test(part))) return undefined
  return parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('')
}

function inBlock(block: string, address: string): boolean {
  const [base, bits] = block.split('/') as [string, string]
  return toBits(address)?.startsWith(toBits(base)!.slice(0, Number(bits))) ?? false
}

function sameAddress(a: Json, b: Json): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false
  const bits = toBits(a)
  return bits !== undefined && bits === toBits(b)
}
