/** Conditions on named values, joined by `&&`, `||` and parentheses. */
import { regexOf } from './regex.ts'
import { type Scanner, unquoted } from './scanner.ts'

/** The values that a name stands for in a subject; several when the name has a wildcard. */
export type Lookup<S> = (subject: S) => readonly unknown[]
export type Condition<S> = (subject: S) => boolean

/** Reads a name and says how to find its values. */
export type ReadName<S> = (scanner: Scanner) => Lookup<S>

const OPEN = /\(/y
const CLOSE = /\)/y
const AND = /&&/y
const OR = /\|\|/y

/** `(a || b) && c`, where `&&` binds more closely. */
export function readConditions<S>(scanner: Scanner, readName: ReadName<S>): Condition<S> {
  const any = [readConjunction(scanner, readName)]
  while (scanner.take(OR)) any.push(readConjunction(scanner, readName))
  return any.length === 1 ? any[0]! : (subject) => any.some((holds) => holds(subject))
}

function readConjunction<S>(scanner: Scanner, readName: ReadName<S>): Condition<S> {
  const all = [readUnit(scanner, readName)]
  while (scanner.take(AND)) all.push(readUnit(scanner, readName))
  return all.length === 1 ? all[0]! : (subject) => all.every((holds) => holds(subject))
}

function readUnit<S>(scanner: Scanner, readName: ReadName<S>): Condition<S> {
  if (!scanner.take(OPEN)) return readCondition(scanner, readName)
  const inner = readConditions(scanner, readName)
  scanner.expect(CLOSE)
  return inner
}

const NOT_EXISTS = /NOT\s+EXISTS\b/y
const EXISTS = /EXISTS\b/y
const IS = /IS\s+(NULL|TRUE|FALSE)\b/y
const OPERATOR = /!=|=!|<=|>=|=|<|>/y
const VALUE = /"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s()&|"%{},\]]+)/sy
const CONSTANTS: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false }

function readCondition<S>(scanner: Scanner, readName: ReadName<S>): Condition<S> {
  const lookUp = readName(scanner)
  if (scanner.take(NOT_EXISTS)) return (subject) => lookUp(subject).length === 0
  if (scanner.take(EXISTS)) return (subject) => lookUp(subject).length > 0
  const constant = scanner.take(IS)?.[1]
  if (constant) {
    const wanted = CONSTANTS[constant]
    return (subject) => lookUp(subject).some((value) => value === wanted)
  }
  const [operator] = scanner.expect(OPERATOR)
  const holds = readComparison(scanner, operator)
  return (subject) => lookUp(subject).some(holds)
}

type Holds = (value: unknown) => boolean

function readComparison(scanner: Scanner, operator: string): Holds {
  const [, phrase, regex, word] = scanner.expect(VALUE)
  if (operator !== '=' && operator !== '!=' && operator !== '=!') {
    const limit = numberOf(word)
    if (limit === undefined) throw scanner.unexpected()
    return (value) => {
      const number = numberOf(value)
      return number !== undefined && compare(number, operator, limit)
    }
  }
  const equals = equality(phrase, regex, word)
  const isEqual = operator === '='
  // Objects and arrays satisfy neither, says the syntax page.
  return (value) => isScalar(value) && equals(value) === isEqual
}

function equality(phrase: string | undefined, regex: string | undefined, word = ''): Holds {
  if (regex !== undefined) {
    const compiled = regexOf(regex)
    return (value) => compiled.test(String(value))
  }
  const number = numberOf(word)
  const matches = wildcard(phrase === undefined ? word : unquoted(phrase))
  return (value) => (number !== undefined && numberOf(value) === number) || matches(String(value))
}

/** An asterisk stands for any text, but only at the beginning and the end. */
function wildcard(pattern: string): (text: string) => boolean {
  const isOpenBefore = pattern.startsWith('*')
  const isOpenBehind = pattern.length > 1 && pattern.endsWith('*')
  const text = pattern.slice(isOpenBefore ? 1 : 0, isOpenBehind ? -1 : undefined)
  if (isOpenBefore && isOpenBehind) return (value) => value.includes(text)
  if (isOpenBefore) return (value) => value.endsWith(text)
  if (isOpenBehind) return (value) => value.startsWith(text)
  return (value) => value === text
}

function isScalar(value: unknown): boolean {
  return value !== null && typeof value !== 'object'
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined
}

function compare(number: number, operator: string, limit: number): boolean {
  switch (operator) {
    case '<':
      return number < limit
    case '<=':
      return number <= limit
    case '>':
      return number > limit
    default:
      return number >= limit
  }
}
