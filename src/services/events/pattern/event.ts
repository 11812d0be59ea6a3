import { toUtf8 } from './bytes.ts'
import { EventError, JsonError } from './errors.ts'
import { JsonReader, type Token } from './json-reader.ts'
import { EventValue } from './value.ts'

/**
 * Which elements of which arrays hold a value: pairs of an array's number and an index into it.
 * Only objects and arrays that are elements count; a scalar in an array is free of it.
 */
export type Membership = readonly number[]

/** One value that a field has in an event. */
export interface Occurrence {
  readonly value: EventValue
  readonly membership: Membership
}

/** An event's values by the dotted path of their field. Arrays leave no trace in paths. */
export type Fields = ReadonlyMap<string, readonly Occurrence[]>

const NOWHERE: Membership = []
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Checks that an event is a JSON object and well-formed throughout. Throws EventError, with
 * Jackson's wording, if it isn't.
 */
export function validateEvent(event: string | Uint8Array): void {
  readEvent(event)
}

/**
 * Reads all of an event's values, and so validates it. Throws EventError if it is not a JSON
 * object; whatever follows its closing brace is not read, as in event-ruler.
 */
export function readEvent(event: string | Uint8Array): Fields {
  const reader = new JsonReader(typeof event === 'string' ? event : utf8.decode(event))
  try {
    if (reader.next() !== 'startObject') throw new EventError('Event must be a JSON object')
    const fields = new FieldsReader(reader)
    fields.readObject('', NOWHERE)
    return fields.found
  } catch (error) {
    if (error instanceof JsonError) throw new EventError(error.message)
    throw error
  }
}

class FieldsReader {
  readonly found = new Map<string, Occurrence[]>()
  readonly #reader: JsonReader
  #arrays = 0

  constructor(reader: JsonReader) {
    this.#reader = reader
  }

  readObject(parentPath: string, membership: Membership): void {
    while (this.#reader.next() !== 'endObject') {
      const path = parentPath + this.#reader.name
      this.#readValue(this.#reader.next(), path, membership, membership)
    }
  }

  #readArray(path: string, membership: Membership): void {
    const array = this.#arrays++
    let index = 0
    for (let token = this.#reader.next(); token !== 'endArray'; token = this.#reader.next()) {
      this.#readValue(token, path, [...membership, array, index], membership)
      index++
    }
  }

  #readValue(token: Token, path: string, ofContainer: Membership, ofScalar: Membership): void {
    switch (token) {
      case 'startObject':
        this.readObject(`${path}.`, ofContainer)
        break
      case 'startArray':
        this.#readArray(path, ofContainer)
        break
      case 'string':
        this.#add(path, stringValue(this.#reader.text()), ofScalar)
        break
      case 'number': {
        const bytes = toUtf8(this.#reader.text())
        this.#add(path, new EventValue().set('number', bytes, 0, bytes.length), ofScalar)
        break
      }
      case 'true':
      case 'false':
      case 'null':
        this.#add(path, new EventValue().set(token, new Uint8Array(0), 0, 0), ofScalar)
    }
  }

  #add(path: string, value: EventValue, membership: Membership): void {
    const occurrences = this.found.get(path)
    if (occurrences === undefined) this.found.set(path, [{ value, membership }])
    else occurrences.push({ value, membership })
  }
}

function stringValue(text: string): EventValue {
  const bytes = toUtf8(`"${text}"`)
  return new EventValue().set('string', bytes, 1, bytes.length - 1)
}
