import { foldText, readFoldable } from './equals-ignore-case.ts'
import type { JsonReader } from './json-reader.ts'
import { type PrefixCondition, type PrefixIgnoreCaseCondition, prefix } from './prefix.ts'
import { type SuffixCondition, type SuffixIgnoreCaseCondition, suffix } from './suffix.ts'

type AffixCondition =
  | PrefixCondition
  | PrefixIgnoreCaseCondition
  | SuffixCondition
  | SuffixIgnoreCaseCondition

/** Reads what follows `"prefix":` or `"suffix":`: a string, or a case-blind one. */
export function readAffix(reader: JsonReader, kind: 'prefix' | 'suffix'): AffixCondition {
  const token = reader.next()
  if (token === 'startObject') return readAffixIgnoreCase(reader, kind)
  if (token !== 'string') reader.fail(`${kind} match pattern must be a string`)
  return kind === 'prefix' ? prefix(reader.text()) : suffix(reader.text())
}

function readAffixIgnoreCase(reader: JsonReader, kind: 'prefix' | 'suffix'): AffixCondition {
  if (reader.next() !== 'name') {
    reader.fail(`${kind === 'prefix' ? 'Prefix' : 'Suffix'} expression name not found`)
  }
  if (reader.name !== 'equals-ignore-case') {
    reader.fail(`Unsupported ${kind} pattern: ${reader.name}`)
  }
  const text = foldText(readFoldable(reader))
  if (reader.next() !== 'endObject') reader.fail('Only one key allowed in match expression')
  return { kind: `${kind}-ignore-case`, text } as const
}
