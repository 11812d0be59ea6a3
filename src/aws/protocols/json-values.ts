/** JSON to inputs and outputs to JSON, by converters that are made once per shape. */
import { MS_PER_SECOND, toDate } from '../../clock.ts'
import { AwsError } from '../errors.ts'
import type { Member, Shape, SimpleKind } from '../model.ts'
import { javaType } from './error-shape.ts'
import { base64, readBase64, readText, readTime, timeOf, writeText } from './text-values.ts'

type Convert = (value: unknown, depth: number) => unknown
type Fields = Readonly<Record<string, unknown>>

/** No shape nests as deep; only the recursive ones can be driven further. */
const MAX_DEPTH = 100

const keyOf = ({ name, traits }: Member) => traits.json ?? name

/** The wording was measured on AWS with malformed requests (it is shared by its services). */
export function serializationException(message: string): AwsError {
  return new AwsError('SerializationException', message)
}

const TOKENS: Readonly<Record<string, string>> = {
  string: 'STRING_VALUE',
  number: 'NUMBER_VALUE',
  true: 'TRUE_VALUE',
  false: 'FALSE_VALUE',
}

function mismatch(kind: SimpleKind, value: unknown): AwsError {
  if (Array.isArray(value)) return serializationException('Start of list found where not expected')
  if (typeof value === 'object') {
    return serializationException('Start of structure or map found where not expected.')
  }
  const token = TOKENS[typeof value === 'boolean' ? String(value) : typeof value]
  return serializationException(`${token} can not be converted to ${javaType(kind)}`)
}

function fieldsOf(value: unknown, depth: number, expected: string): Fields {
  if (depth > MAX_DEPTH) throw serializationException('The request is nested too deeply')
  if (Array.isArray(value)) throw serializationException('Start of list found where not expected')
  if (typeof value !== 'object' || value === null) throw serializationException(expected)
  return value as Fields
}

function readSimple(kind: SimpleKind): Convert {
  switch (kind) {
    case 'string':
    case 'number':
      return (value) => {
        if (typeof value === kind) return value
        throw mismatch(kind, value)
      }
    case 'integer':
      return (value) => {
        // A fraction is cut off, as measured.
        if (typeof value === 'number') return Math.trunc(value)
        throw mismatch(kind, value)
      }
    case 'boolean':
      return (value) => {
        const read = typeof value === 'string' ? readText(kind, value) : value
        if (typeof read === 'boolean') return read
        throw mismatch(kind, value)
      }
    case 'blob':
    case 'stream':
      return (value) => {
        if (typeof value !== 'string') throw mismatch(kind, value)
        const bytes = readBase64(value)
        if (bytes) return bytes
        throw serializationException(`'${value}' can not be converted to a Blob`)
      }
    case 'timestamp':
    case 'dateTime':
    case 'httpDate':
    case 'epochSeconds':
      return (value) => {
        const date =
          typeof value === 'number'
            ? toDate(Math.round(value * MS_PER_SECOND))
            : readTime(String(value))
        if (date && !Number.isNaN(date.getTime())) return date
        throw mismatch(kind, value)
      }
    case 'bigInteger':
      return (value) => {
        if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
        throw mismatch(kind, value)
      }
    default:
      return (value) => value
  }
}

const readers = new WeakMap<Shape, Convert>()

/** The value that parsed JSON stands for. Throws SerializationException when it is none. */
export function jsonReader(shape: Shape): Convert {
  let read = readers.get(shape)
  if (read) return read
  if ('members' in shape) read = structureReader(shape.members)
  else if ('item' in shape) {
    let item: Convert | undefined
    read = (value, depth) => {
      if (Array.isArray(value)) {
        item ??= jsonReader(shape.item.shape)
        const convert = item
        return value.filter((each) => each !== null).map((each) => convert(each, depth + 1))
      }
      if (typeof value === 'object') throw mismatch('string', value)
      throw serializationException('Expected list or null')
    }
  } else if ('key' in shape) {
    read = (value, depth) => {
      const convert = jsonReader(shape.value.shape)
      const entries = Object.entries(fieldsOf(value, depth, 'Expected map or null'))
        .filter(([, item]) => item !== null)
        .map(([key, item]) => [key, convert(item, depth + 1)])
      // fromEntries defines properties, so a key like __proto__ is a key like any other.
      return Object.fromEntries(entries)
    }
  } else read = readSimple(shape.kind)
  readers.set(shape, read)
  return read
}

/** Reads those members of a structure that are given. */
export function structureReader(chosen: readonly Member[]) {
  let members: { name: string; key: string; read: Convert }[] | undefined
  return (value: unknown, depth: number): Record<string, unknown> => {
    const fields = fieldsOf(value, depth, 'Expected null')
    members ??= chosen.map((member) => ({
      name: member.name,
      key: keyOf(member),
      read: jsonReader(member.shape),
    }))
    const input: Record<string, unknown> = {}
    for (const { name, key, read } of members) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (field !== undefined && field !== null) input[name] = read(field, depth + 1)
    }
    return input
  }
}

function writeSimple(kind: SimpleKind): (value: unknown) => unknown {
  switch (kind) {
    case 'timestamp':
    case 'epochSeconds':
      return (value) => timeOf(value) / MS_PER_SECOND
    case 'dateTime':
    case 'httpDate':
      return (value) => writeText(kind, value, kind)
    case 'blob':
    case 'stream':
      return base64
    case 'bigInteger':
      return Number
    default:
      return (value) => value
  }
}

const writers = new WeakMap<Shape, (value: unknown) => unknown>()

/** What JSON.stringify is to write for an output's value. */
export function jsonWriter(shape: Shape): (value: unknown) => unknown {
  let write = writers.get(shape)
  if (write) return write
  if ('members' in shape) write = structureWriter(shape.members)
  else if ('item' in shape) {
    write = (value) => (value as readonly unknown[]).map(jsonWriter(shape.item.shape))
  } else if ('key' in shape) {
    write = (value) => {
      const convert = jsonWriter(shape.value.shape)
      const entries = Object.entries(value as Fields)
      return Object.fromEntries(
        entries.filter(([, item]) => item != null).map(([key, item]) => [key, convert(item)]),
      )
    }
  } else write = writeSimple(shape.kind)
  writers.set(shape, write)
  return write
}

/** Writes those members of a structure that are given. */
export function structureWriter(chosen: readonly Member[]) {
  let members: { name: string; key: string; write: (value: unknown) => unknown }[] | undefined
  return (value: unknown): Record<string, unknown> => {
    members ??= chosen.map((member) => ({
      name: member.name,
      key: keyOf(member),
      write: jsonWriter(member.shape),
    }))
    const fields = value as Fields
    const output: Record<string, unknown> = {}
    for (const { name, key, write } of members) {
      const field = fields[name]
      if (field !== undefined && field !== null) output[key] = write(field)
    }
    return output
  }
}
