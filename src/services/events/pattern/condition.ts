import { readAffix } from './affix.ts'
import { type AnythingButCondition, readAnythingBut } from './anything-but.ts'
import { addressLiteral, type CidrCondition, describeCidr, matchesCidr, readCidr } from './cidr.ts'
import {
  describeFolded,
  type EqualsIgnoreCaseCondition,
  equalsIgnoreCase,
  matchesEqualsIgnoreCase,
  readFoldable,
} from './equals-ignore-case.ts'
import { type ExistsCondition, readExists } from './exists.ts'
import type { JsonReader } from './json-reader.ts'
import {
  type ConstantCondition,
  describeExact,
  type ExactCondition,
  exact,
  matchesConstant,
  matchesExact,
  matchesNumber,
  type NumberCondition,
  numberLiteral,
  readExactly,
} from './literal.ts'
import { describeNumeric, matchesNumeric, type NumericCondition, readNumeric } from './numeric.ts'
import {
  describePrefix,
  matchesPrefix,
  matchesPrefixIgnoreCase,
  type PrefixCondition,
  type PrefixIgnoreCaseCondition,
} from './prefix.ts'
import {
  describeSuffix,
  matchesSuffix,
  matchesSuffixIgnoreCase,
  type SuffixCondition,
  type SuffixIgnoreCaseCondition,
} from './suffix.ts'
import type { EventValue } from './value.ts'
import {
  describeWildcard,
  matchesWildcard,
  readWildcard,
  type WildcardCondition,
} from './wildcard.ts'

/** One alternative of a field: what a value of it may be. */
export type Condition =
  | ExactCondition
  | ConstantCondition
  | NumberCondition
  | PrefixCondition
  | PrefixIgnoreCaseCondition
  | SuffixCondition
  | SuffixIgnoreCaseCondition
  | EqualsIgnoreCaseCondition
  | WildcardCondition
  | NumericCondition
  | CidrCondition
  | AnythingButCondition
  | ExistsCondition

/** Reads one alternative from its first token, the reader's current one, to its last. */
export function readCondition(reader: JsonReader): Condition {
  switch (reader.token) {
    case 'string':
      return addressLiteral(reader.text()) ?? exact(reader.text())
    case 'number':
      return numberLiteral(reader.text())
    case 'true':
    case 'false':
    case 'null':
      return { kind: 'constant', type: reader.token }
    case 'startObject':
      return readMatchExpression(reader)
    default:
      return reader.fail('Match value must be String, number, true, false, or null')
  }
}

function readMatchExpression(reader: JsonReader): Condition {
  if (reader.next() !== 'name') reader.fail('Match expression name not found')
  const condition = readOperator(reader)
  if (reader.next() !== 'endObject') {
    reader.fail(
      condition.kind === 'numeric' || condition.kind === 'anything-but'
        ? 'Too many elements in numeric expression'
        : 'Only one key allowed in match expression',
    )
  }
  return condition
}

function readOperator(reader: JsonReader): Condition {
  switch (reader.name) {
    case 'exactly':
      return readExactly(reader)
    case 'prefix':
    case 'suffix':
      return readAffix(reader, reader.name)
    case 'equals-ignore-case':
      return equalsIgnoreCase(readFoldable(reader))
    case 'wildcard':
      return readWildcard(reader)
    case 'numeric':
      return readNumeric(reader)
    case 'cidr':
      return readCidr(reader)
    case 'anything-but':
      return readAnythingBut(reader)
    case 'exists':
      return readExists(reader)
    default:
      return reader.fail(`Unrecognized match type ${reader.name}`)
  }
}

/** Says in English what a value has to be. */
export function describe(condition: Condition): string {
  switch (condition.kind) {
    case 'exact':
      return describeExact(condition)
    case 'constant':
      return condition.type
    case 'number':
      return condition.text
    case 'prefix':
    case 'prefix-ignore-case':
      return describePrefix(condition)
    case 'suffix':
    case 'suffix-ignore-case':
      return describeSuffix(condition)
    case 'equals-ignore-case':
      return describeFolded(condition.text)
    case 'wildcard':
      return describeWildcard(condition)
    case 'numeric':
      return describeNumeric(condition)
    case 'cidr':
      return describeCidr(condition)
    case 'anything-but':
      return `anything but ${condition.excluded.map(describe).join(' or ')}`
    case 'exists':
      return condition.exists ? 'any value' : 'no value'
  }
}

/** Whether a value that the field has satisfies the condition; absence is the caller's matter. */
export function satisfies(condition: Condition, value: EventValue): boolean {
  switch (condition.kind) {
    case 'exact':
      return matchesExact(condition, value)
    case 'constant':
      return matchesConstant(condition, value)
    case 'number':
      return matchesNumber(condition, value)
    case 'prefix':
      return matchesPrefix(condition, value)
    case 'prefix-ignore-case':
      return matchesPrefixIgnoreCase(condition, value)
    case 'suffix':
      return matchesSuffix(condition, value)
    case 'suffix-ignore-case':
      return matchesSuffixIgnoreCase(condition, value)
    case 'equals-ignore-case':
      return matchesEqualsIgnoreCase(condition, value)
    case 'wildcard':
      return matchesWildcard(condition, value)
    case 'numeric':
      return matchesNumeric(condition, value)
    case 'cidr':
      return matchesCidr(condition, value)
    case 'anything-but':
      return !isExcluded(condition, value)
    case 'exists':
      return condition.exists
  }
}

function isExcluded({ excluded }: AnythingButCondition, value: EventValue): boolean {
  for (const condition of excluded) if (satisfies(condition, value)) return true
  return false
}
