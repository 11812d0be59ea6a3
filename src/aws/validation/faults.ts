/** Finds where an input breaks its constraints, by checks that are made once per structure. */
import type { ConstraintData, Member, Model, Shape, StructureShape } from '../model.ts'
import { patternRegExp } from '../model.ts'

export type Rule =
  | { kind: 'required' }
  | { kind: 'min' | 'max'; limit: number; of: 'length' | 'value'; decimal: boolean }
  | { kind: 'pattern'; pattern: string }
  | { kind: 'enum'; values: readonly string[]; told: readonly string[] }

/** One step into an input: a member, an item (from 1), a key of a map. */
export type Step = { member: Member } | { item: number } | { key: string }

export interface Fault {
  path: readonly Step[]
  shape: Shape
  value: unknown
  /** The rule broken, or all rules of a list's simple items or of a map's keys or values. */
  rule: Rule | { kind: 'items' | 'keys' | 'values'; rules: readonly Rule[] }
  constraint: string
}

type Check = (value: unknown, path: readonly Step[], faults: Fault[]) => void

/** AWS stops counting there. */
const MAX_FAULTS = 10

const checks = new WeakMap<StructureShape, Check>()

/** The faults of an input, in the order of its members. */
export function faultsOf(model: Model, shape: StructureShape, input: object): Fault[] {
  const faults: Fault[] = []
  structureCheck(model, shape)(input, [], faults)
  return faults.slice(0, MAX_FAULTS)
}

function structureCheck(model: Model, shape: StructureShape): Check {
  const known = checks.get(shape)
  if (known) return known
  const constraint = model.constraint(shape.name)
  const required = new Set(constraint?.required)
  let members: { member: Member; check: Check | undefined }[] | undefined
  const check: Check = (value, path, faults) => {
    members ??= shape.members.map((member) => ({
      member,
      check: valueCheck(model, member.shape, constraint?.members?.[member.name]),
    }))
    const fields = value as Readonly<Record<string, unknown>>
    for (const { member, check } of members) {
      if (faults.length >= MAX_FAULTS) return
      const field = fields[member.name]
      if (field === undefined) {
        if (!required.has(member.name)) continue
        const at = [...path, { member }]
        faults.push({
          path: at,
          shape: member.shape,
          value: undefined,
          rule: { kind: 'required' },
          constraint: constraint?.members?.[member.name] ?? '',
        })
      } else check?.(field, [...path, { member }], faults)
    }
  }
  checks.set(shape, check)
  return check
}

function rulesOf(constraint: ConstraintData | undefined, shape: Shape): Rule[] {
  if (!constraint) return []
  const { min, max, pattern, enum: values } = constraint
  const decimal = shape.kind === 'number'
  const of = decimal || shape.kind === 'integer' ? 'value' : 'length'
  const rules: Rule[] = []
  if (max !== undefined) rules.push({ kind: 'max', limit: max, of, decimal })
  if (min !== undefined) rules.push({ kind: 'min', limit: min, of, decimal })
  if (pattern !== undefined) rules.push({ kind: 'pattern', pattern })
  if (values) rules.push({ kind: 'enum', values, told: constraint.told ?? values })
  return rules
}

/** Strings are measured in UTF-16 units, as Java does. */
function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  if (value instanceof Uint8Array) return value.byteLength
  return Object.keys(value as object).length
}

function breaker(rule: Rule): (value: unknown) => boolean {
  switch (rule.kind) {
    case 'required':
      return (value) => value === undefined
    case 'min':
      return (value) => sizeOf(value) < rule.limit
    case 'max':
      return (value) => sizeOf(value) > rule.limit
    case 'pattern': {
      const regExp = patternRegExp(rule.pattern)
      return (value) => !regExp.test(String(value))
    }
    case 'enum': {
      const values = new Set(rule.values)
      return (value) => !values.has(String(value))
    }
  }
}

const isComplex = (shape: Shape) => 'members' in shape || 'item' in shape || 'key' in shape

/** The rules of simple items, keys or values are broken together, for the whole collection. */
function collectiveCheck(
  kind: 'items' | 'keys' | 'values',
  model: Model,
  shape: Shape,
  part: Member,
  name: string | undefined,
): Check | undefined {
  const constraint = name === undefined ? undefined : model.constraint(name)
  const rules = rulesOf(constraint, part.shape)
  if (rules.length === 0) return undefined
  const breaks = rules.map(breaker)
  const parts = { items: (v: object) => v, keys: Object.keys, values: Object.values }[kind]
  return (value, path, faults) => {
    const broken = (parts(value as object) as unknown[]).some((each) => breaks.some((b) => b(each)))
    if (broken) {
      faults.push({ path, shape, value, rule: { kind, rules }, constraint: name ?? '' })
    }
  }
}

function innerChecks(
  model: Model,
  shape: Shape,
  constraint: ConstraintData | undefined,
): (Check | undefined)[] {
  if ('members' in shape) return [structureCheckLater(model, shape)]
  if ('item' in shape) {
    const name = constraint?.member
    if (!isComplex(shape.item.shape)) {
      return [collectiveCheck('items', model, shape, shape.item, name)]
    }
    const check = valueCheck(model, shape.item.shape, name)
    if (!check) return []
    return [
      (value, path, faults) => {
        for (const [i, item] of (value as unknown[]).entries()) {
          if (faults.length >= MAX_FAULTS) return
          check(item, [...path, { item: i + 1 }], faults)
        }
      },
    ]
  }
  if (!('key' in shape)) return []
  const keys = collectiveCheck('keys', model, shape, shape.key, constraint?.key)
  const name = constraint?.value
  if (!isComplex(shape.value.shape)) {
    return [keys, collectiveCheck('values', model, shape, shape.value, name)]
  }
  const check = valueCheck(model, shape.value.shape, name)
  return [
    keys,
    check &&
      ((value, path, faults) => {
        for (const [key, item] of Object.entries(value as object)) {
          if (faults.length >= MAX_FAULTS) return
          check(item, [...path, { key }], faults)
        }
      }),
  ]
}

/** A structure's check is made when a value first reaches it, since structures may recur. */
function structureCheckLater(model: Model, shape: StructureShape): Check | undefined {
  return (value, path, faults) => structureCheck(model, shape)(value, path, faults)
}

function valueCheck(model: Model, shape: Shape, name: string | undefined): Check | undefined {
  const constraint = name === undefined ? undefined : model.constraint(name)
  // A pattern is told of before a length, though the rules of a collection have it last.
  const rules = rulesOf(constraint, shape)
  const patterns = rules.filter(({ kind }) => kind === 'pattern')
  const others = rules.filter(({ kind }) => kind !== 'pattern')
  const own = [...patterns, ...others].map((rule): Check => {
    const breaks = breaker(rule)
    return (value, path, faults) => {
      if (breaks(value)) faults.push({ path, shape, value, rule, constraint: name ?? '' })
    }
  })
  const all = [...own, ...innerChecks(model, shape, constraint)].filter(
    (each) => each !== undefined,
  )
  if (all.length === 0) return undefined
  if (all.length === 1) return all[0]
  return (value, path, faults) => {
    for (const check of all) check(value, path, faults)
  }
}
