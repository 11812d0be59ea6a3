/**
 * Condition operators.
 * IAM user guide: reference_policies_elements_condition_operators, …_multi-value-conditions.
 */
import ipaddr from 'ipaddr.js'
import { epochSeconds } from './dates.ts'
import type { ContextValue, RequestContext } from './types.ts'
import { partsOf, type ValueMatcher, valueMatcher } from './variables.ts'
import { ANY, type Matcher, matcherOf, type Token } from './wildcard.ts'

export interface Condition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string
  /** As written: `aws:RequestTag/team`. */
  readonly key: string
  readonly values: readonly string[]
  readonly holds: (context: RequestContext) => boolean
}

export interface Operator {
  readonly base: string
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined
  readonly ifExists: boolean
}

/** How a value of the policy is compared; `variables` says that its document's Version has them. */
type Comparison = (wanted: string, variables: boolean) => ValueMatcher

const numeric = (test: (actual: number, wanted: number) => boolean): Comparison =>
  ordered(decimal, test)
const date = (test: (actual: number, wanted: number) => boolean): Comparison =>
  ordered(epochSeconds, test)

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: textual(false, (tokens) => equalTo(tokens.join(''))),
  StringEqualsIgnoreCase: textual(false, (tokens) => {
    const equal = equalTo(tokens.join('').toLowerCase())
    return (actual) => equal(actual.toLowerCase())
  }),
  StringLike: textual(true, matcherOf),
  ArnEquals: textual(true, arnMatcher),
  ArnLike: textual(true, arnMatcher),
  NumericEquals: numeric((actual, wanted) => actual === wanted),
  NumericLessThan: numeric((actual, wanted) => actual < wanted),
  NumericLessThanEquals: numeric((actual, wanted) => actual <= wanted),
  NumericGreaterThan: numeric((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: numeric((actual, wanted) => actual >= wanted),
  DateEquals: date((actual, wanted) => actual === wanted),
  DateLessThan: date((actual, wanted) => actual < wanted),
  DateLessThanEquals: date((actual, wanted) => actual <= wanted),
  DateGreaterThan: date((actual, wanted) => actual > wanted),
  DateGreaterThanEquals: date((actual, wanted) => actual >= wanted),
  Bool: textual(false, (tokens) => {
    const wanted = tokens.join('').toLowerCase()
    return (actual) => isBool(wanted) && actual.toLowerCase() === wanted
  }),
  BinaryEquals: (wanted) => {
    const bytes = base64(wanted)
    return (actual) => base64(actual) === bytes
  },
  IpAddress: (wanted) => {
    const range = addressRange(wanted)
    return (actual) => range !== undefined && inRange(actual, range)
  },
}

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
}

/** The parts of an operator's name; undefined when there is no such operator. */
export function parseOperator(name: string): Operator | undefined {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name)
  if (parts === null) return undefined
  const [, quantifier, base = '', ifExists] = parts
  const known = Object.hasOwn(COMPARISONS, base) || Object.hasOwn(NEGATED, base)
  if (base === 'Null' ? ifExists !== undefined : !known) return undefined
  return {
    base,
    quantifier:
      quantifier === 'ForAllValues' || quantifier === 'ForAnyValue' ? quantifier : undefined,
    ifExists: ifExists !== undefined,
  }
}

/** Compiles one key of one operator; `name` must be an operator that `parseOperator` knows. */
export function compileCondition(
  name: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition {
  const condition = { operator: name, key, values }
  const operator = parseOperator(name)
  const lowerKey = key.toLowerCase()
  if (operator === undefined) return { ...condition, holds: () => false }
  if (operator.base === 'Null') {
    const wantsAbsent = new Set(values.map((value) => value.toLowerCase()))
    return {
      ...condition,
      holds: (context) => wantsAbsent.has(String(listOf(context.get(lowerKey)).length === 0)),
    }
  }
  const negated = NEGATED[operator.base]
  const compare = COMPARISONS[negated ?? operator.base]
  const matchers = compare === undefined ? [] : values.map((value) => compare(value, variables))
  const test = valueTest(matchers, negated !== undefined)
  const together = quantify(operator, negated !== undefined, test)
  const isSingle = operator.quantifier === undefined
  return {
    ...condition,
    holds: (context) => {
      const value = context.get(lowerKey)
      if (isSingle && typeof value === 'string') return test(value, context)
      return together(listOf(value), context)
    },
  }
}

type Test<Value> = (actual: Value, context: RequestContext) => boolean

/** Whether one actual value satisfies the operator: any of the wanted, or none when negated. */
function valueTest(matchers: readonly ValueMatcher[], negated: boolean): Test<string> {
  return (actual, context) => {
    for (const matches of matchers) if (matches(actual, context)) return !negated
    return negated
  }
}

/**
 * How the values of the request are taken together. A key of several values needs a set operator;
 * AWS leaves open what happens without one: here a positive operator needs one match, and a
 * negated one must hold for all.
 */
function quantify(
  { quantifier, ifExists }: Operator,
  negated: boolean,
  test: Test<string>,
): Test<readonly string[]> {
  const every: Test<readonly string[]> = (list, context) =>
    list.every((actual) => test(actual, context))
  const some: Test<readonly string[]> = (list, context) =>
    list.some((actual) => test(actual, context))
  switch (quantifier) {
    case 'ForAllValues':
      return (list, context) => isNullSet(list) || every(list, context)
    case 'ForAnyValue':
      return (list, context) =>
        list.length === 0 ? ifExists : !isNullSet(list) && some(list, context)
    default:
      return (list, context) => {
        if (list.length === 0) return ifExists || negated
        return negated ? every(list, context) : some(list, context)
      }
  }
}

/** Set operators see nothing in an absent key, an empty list and an empty string. */
function isNullSet(list: readonly string[]): boolean {
  return list.every((value) => value === '')
}

const ABSENT: readonly string[] = []

function listOf(value: ContextValue | undefined): readonly string[] {
  if (value === undefined) return ABSENT
  return typeof value === 'string' ? [value] : value
}

function textual(wildcards: boolean, compile: (tokens: readonly Token[]) => Matcher): Comparison {
  return (wanted, variables) => valueMatcher(partsOf(wanted, variables, wildcards), compile)
}

function ordered(
  parse: (text: string) => number | undefined,
  test: (actual: number, wanted: number) => boolean,
): Comparison {
  return (text) => {
    const wanted = parse(text)
    return (actual) => {
      const value = parse(actual)
      return wanted !== undefined && value !== undefined && test(value, wanted)
    }
  }
}

function equalTo(wanted: string): Matcher {
  return (actual) => actual === wanted
}

function isBool(text: string): boolean {
  return text === 'true' || text === 'false'
}

function decimal(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function base64(text: string): string {
  return Buffer.from(text, 'base64').toString('base64')
}

const ARN_FIELDS = 6

/**
 * ARNs are compared field by field, so a `*` never crosses a colon, but in the sixth field, which
 * holds all the rest. A pattern of fewer fields stands for any value of those it lacks.
 */
function arnMatcher(tokens: readonly Token[]): Matcher {
  const fields: Token[][] = [[]]
  for (const token of tokens) {
    if (typeof token !== 'string') {
      fields.at(-1)?.push(token)
      continue
    }
    const [head = '', ...tail] = splitFields(token, ARN_FIELDS - fields.length + 1)
    fields.at(-1)?.push(head)
    for (const field of tail) fields.push([field])
  }
  while (fields.length < ARN_FIELDS) fields.push([ANY])
  const matchers = fields.map(matcherOf)
  return (actual) => {
    const values = splitFields(actual, ARN_FIELDS)
    if (values.length < ARN_FIELDS) return false
    return matchers.every((matches, index) => matches(values[index] ?? ''))
  }
}

/** Splits at colons into at most `count` fields, the last of which keeps its colons. */
function splitFields(text: string, count: number): string[] {
  const fields = text.split(':')
  if (fields.length <= count) return fields
  return [...fields.slice(0, count - 1), fields.slice(count - 1).join(':')]
}

type AddressRange = ReturnType<typeof ipaddr.parseCIDR>

/** `203.0.113.0/24`, `2001:db8::/32`, or one address. */
function addressRange(text: string): AddressRange | undefined {
  const [address = '', bits] = text.split('/')
  if (!isAddress(address)) return undefined
  const parsed = ipaddr.parse(address)
  const whole = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [parsed, whole]
  return /^\d{1,3}$/.test(bits) && Number(bits) <= whole ? [parsed, Number(bits)] : undefined
}

function inRange(text: string, range: AddressRange): boolean {
  if (!isAddress(text)) return false
  const address = ipaddr.process(text)
  return address.kind() === range[0].kind() && address.match(range)
}

/** ipaddr.js also reads `10` and `0x7f.1` as addresses; AWS does not. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
}
