import type { JsonReader } from './json-reader.ts'

/** `{"exists": true}`: the field has a value, null included. `false`: it has none. */
export interface ExistsCondition {
  readonly kind: 'exists'
  readonly exists: boolean
}

/** Reads the value that follows `"exists":`. */
export function readExists(reader: JsonReader): ExistsCondition {
  const token = reader.next()
  if (token !== 'true' && token !== 'false') {
    reader.fail('exists match pattern must be either true or false.')
  }
  return { kind: 'exists', exists: token === 'true' }
}
