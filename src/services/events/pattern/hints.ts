import type { FieldPattern } from './compile.ts'
import { type Condition, satisfies } from './condition.ts'
import { type EventContent, type Occurrence, stringValue } from './event.ts'
import type { EventValue } from './value.ts'

const MAX_HINTS = 3

/** What may have been meant by a field that does not match, or overlooked. */
export function hintsFor(pattern: FieldPattern, content: EventContent): string[] {
  const occurrences = content.values.get(pattern.path)
  const hints =
    occurrences === undefined
      ? pathHints(pattern.path, content)
      : pattern.alternatives.flatMap((condition) => valueHints(condition, occurrences))
  return Array.from(new Set(hints)).slice(0, MAX_HINTS)
}

function pathHints(path: string, { values, containers }: EventContent): string[] {
  const hints: string[] = []
  if (containers.get(path) === 'object') {
    hints.push('a pattern matches values, not objects: name a field inside it')
  }
  for (const other of values.keys()) {
    if (other.toLowerCase() === path.toLowerCase()) {
      hints.push(`the event has ${other}: names are case-sensitive`)
    } else if (lastName(other) === lastName(path)) {
      hints.push(`the event has ${other}`)
    }
  }
  return hints
}

/** The field's own name, by which it is found elsewhere. */
function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase()
}

function valueHints(condition: Condition, occurrences: readonly Occurrence[]): string[] {
  return occurrences.flatMap(({ value }) => valueHint(condition, value) ?? [])
}

function valueHint(condition: Condition, value: EventValue): string | undefined {
  if (condition.kind === 'exists' || condition.kind === 'anything-but') return undefined
  if (value.type !== 'string') {
    const text = value.type === 'number' ? value.text() : value.type
    return condition.kind === 'exact' && condition.text === text
      ? `${text} is not the string "${text}"`
      : undefined
  }
  const text = value.text()
  if (literalText(condition) === text) return `"${text}" is not the same as ${text} without quotes`
  if (satisfies(condition, stringValue(text.trim()))) return 'the value has white space around it'
  if (satisfies(lowerCased(condition), stringValue(lowerCase(text)))) {
    return 'only the letter case differs, which equals-ignore-case would ignore'
  }
  return undefined
}

/** How a condition is spelt that only a number or word can meet. */
function literalText(condition: Condition): string | undefined {
  if (condition.kind === 'number') return condition.text
  return condition.kind === 'constant' ? condition.type : undefined
}

function lowerCased(condition: Condition): Condition {
  switch (condition.kind) {
    case 'exact':
    case 'prefix':
    case 'suffix':
      return { ...condition, text: lowerCase(condition.text) }
    case 'wildcard':
      return { ...condition, parts: condition.parts.map(lowerCase) }
    default:
      return condition
  }
}

/** Of ASCII letters only: what is beyond them may be bytes. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
