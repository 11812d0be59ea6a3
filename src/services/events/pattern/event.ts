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

/** All that an event holds, by dotted path. Arrays leave no trace in paths. */
export interface EventContent {
  readonly values: ReadonlyMap<string, readonly Occurrence[]>
  /** The paths at which there are objects or arrays. */
  readonly containers: ReadonlyMap<string, 'object' | 'array'>
}

const NOWHERE: Membership = []
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Checks that an event is a JSON object and well-formed throughout. Whatever follows its closing
 * brace is not read, as in event-ruler. Throws EventError, with Jackson's wording.
 */
export function validateEvent(event: string | Uint8Array): void {
  const text = typeof event === 'string' ? event : utf8.decode(event)
  if (isJsonObject(text)) return
  withEventErrors(() => {
    const reader = startEvent(text)
    for (let depth = 1; depth > 0; ) {
      const token = reader.next()
      if (token === 'startObject' || token === 'startArray') depth++
      else if (token === 'endObject' || token === 'endArray') depth--
    }
  })
}

/** The quick answer for events that are valid. */
function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Reads all that an event holds, and so validates it as validateEvent does. */
export function readEvent(event: string | Uint8Array): EventContent {
  return withEventErrors(() => {
    const content = new ContentReader(
      startEvent(typeof event === 'string' ? event : utf8.decode(event)),
    )
    content.readObject('', NOWHERE)
    return content
  })
}

function startEvent(text: string): JsonReader {
  const reader = new JsonReader(text)
  if (reader.next() !== 'startObject') throw new EventError('Event must be a JSON object')
  return reader
}

function withEventErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof JsonError) throw new EventError(error.message)
    throw error
  }
}

class ContentReader implements EventContent {
  readonly values = new Map<string, Occurrence[]>()
  readonly containers = new Map<string, 'object' | 'array'>()
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
        this.containers.set(path, 'object')
        this.readObject(`${path}.`, ofContainer)
        break
      case 'startArray':
        this.containers.set(path, 'array')
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
    const occurrences = this.values.get(path)
    if (occurrences === undefined) this.values.set(path, [{ value, membership }])
    else occurrences.push({ value, membership })
  }
}

/** A string as a value by itself. */
export function stringValue(text: string): EventValue {
  const bytes = toUtf8(`"${text}"`)
  return new EventValue().set('string', bytes, 1, bytes.length - 1)
}
