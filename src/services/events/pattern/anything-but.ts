import { type EqualsIgnoreCaseCondition, equalsIgnoreCase } from './equals-ignore-case.ts'
import { JsonError, PatternError } from './errors.ts'
import type { JsonReader, Token } from './json-reader.ts'
import { type ExactCondition, exact } from './literal.ts'
import { comparableNumber } from './number.ts'
import { equalTo, type NumericCondition } from './numeric.ts'
import { type PrefixCondition, prefix } from './prefix.ts'
import { type SuffixCondition, suffix } from './suffix.ts'
import { type WildcardCondition, wildcard } from './wildcard.ts'

/** `{"anything-but": ...}`: a value, of whatever type, that none of `excluded` matches. */
export interface AnythingButCondition {
  readonly kind: 'anything-but'
  readonly excluded: readonly ExcludedCondition[]
}

export type ExcludedCondition =
  | ExactCondition
  | NumericCondition
  | PrefixCondition
  | SuffixCondition
  | EqualsIgnoreCaseCondition
  | WildcardCondition

type Form = 'prefix' | 'suffix' | 'equals-ignore-case' | 'wildcard'

const FORMS: ReadonlySet<string> = new Set<Form>([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
])

/** Reads what follows `"anything-but":`, up to the last token of it. */
export function readAnythingBut(reader: JsonReader): AnythingButCondition {
  let token = reader.next()
  if (token !== 'startObject') {
    checkOperand(token, reader)
    return { kind: 'anything-but', excluded: readValues(reader) }
  }
  if (reader.next() !== 'name') reader.fail('Anything-But expression name not found')
  const form = reader.name
  if (!isForm(form)) reader.fail(`Unsupported anything-but pattern: ${form}`)
  token = reader.next()
  checkOperand(token, reader)
  const texts = token === 'startArray' ? readTexts(reader, form) : [readText(reader, form)]
  const excluded = texts.map((text) => excludedBy(form, text, reader))
  if (reader.next() !== 'endObject') reader.fail('Too many elements in numeric expression')
  return { kind: 'anything-but', excluded }
}

function isForm(name: string): name is Form {
  return FORMS.has(name)
}

function checkOperand(token: Token, reader: JsonReader): void {
  if (token !== 'startArray' && token !== 'string' && token !== 'number') {
    reader.fail('Value of anything-but must be an array or single string/number value.')
  }
}

function readValues(reader: JsonReader): ExcludedCondition[] {
  if (reader.token === 'string') return [exact(reader.text())]
  if (reader.token === 'number') {
    const value = comparableNumber(reader.text())
    // The one numeric error that event-ruler reports without a location.
    if (value === undefined) throw new PatternError(`Cannot compare number : ${reader.text()}`)
    return [equalTo(value)]
  }
  const excluded = readList(reader, (token) => {
    if (token === 'string') return exact(reader.text())
    if (token === 'number') {
      const text = reader.text()
      return equalTo(comparableNumber(text) ?? reader.fail(`Cannot compare number : ${text}`))
    }
    return reader.fail('Inside anything but list, start|null|boolean is not supported.')
  })
  if (new Set(excluded.map(({ kind }) => kind)).size !== 1) {
    reader.fail(
      'Inside anything but list, either all values are number or string, ' +
        'mixed type is not supported',
    )
  }
  return excluded
}

function readTexts(reader: JsonReader, form: Form): string[] {
  const texts = readList(reader, () => readText(reader, form))
  // event-ruler compiles an empty list and then fails to add the rule.
  if (texts.length === 0) reader.fail('Empty arrays are not allowed')
  return texts
}

function readText(reader: JsonReader, form: Form): string {
  if (reader.token === 'string') {
    const text = reader.text()
    if (text === '' && (form === 'prefix' || form === 'suffix')) {
      reader.fail('Null prefix/suffix not allowed')
    }
    return text
  }
  switch (form) {
    case 'equals-ignore-case':
      return reader.fail(
        'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
      )
    case 'wildcard':
      return reader.fail('wildcard match pattern must be a string')
    default:
      return reader.fail('prefix/suffix match pattern must be a string')
  }
}

/** Reads a list's items. event-ruler states twice where an error inside a list is. */
function readList<T>(reader: JsonReader, readItem: (token: Token) => T): T[] {
  const items: T[] = []
  try {
    while (reader.next() !== 'endArray') items.push(readItem(reader.token))
  } catch (error) {
    if (error instanceof JsonError) {
      throw new JsonError(error.reason, error.suffix + error.suffix, error.location)
    }
    throw error
  }
  return items
}

function excludedBy(form: Form, text: string, reader: JsonReader): ExcludedCondition {
  switch (form) {
    case 'prefix':
      return prefix(text)
    case 'suffix':
      return suffix(text)
    case 'equals-ignore-case':
      return equalsIgnoreCase(text)
    case 'wildcard':
      return wildcard(text, reader)
  }
}
