/** JSON whose numbers keep the form in which they came: `1.0`, or more digits than a double has. */

import { JsonError } from '../pattern/errors.ts'
import { JsonReader } from '../pattern/json-reader.ts'

/** What `JSON.parse` tells a reviver of a value that is not a container. */
interface Source {
  source?: string
}

type Reviver = (name: string, value: unknown, source: Source) => unknown

/** Of ECMAScript 2026; not yet among the compiler's declarations. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

export function parseExact(text: string): unknown {
  return exactJson.parse(text, (_, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value
    return exactJson.rawJSON(source)
  })
}

/** False for a number that is kept as text, though it is an object. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !exactJson.isRawJSON(value)
}

/** Whether a text is one JSON value, or several with white space between them. */
export function isJsonSequence(text: string): boolean {
  return text.trim() !== '' && syntaxError(text) === undefined
}

/** Where a text ceases to be JSON values, in Jackson's words; undefined when it does not. */
export function syntaxError(text: string): string | undefined {
  const reader = new JsonReader(text)
  try {
    while (reader.next() !== 'end') reader.text()
    return undefined
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const { line, column } = error.start
    return `[Source: (String)"${text}"; line: ${line}, column: ${column}]`
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
