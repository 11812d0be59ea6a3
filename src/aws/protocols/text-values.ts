/** Values written as text: parameters, headers, parts of a path. */
import {
  httpDate,
  isoMillis,
  isoSeconds,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  parseTime,
  toDate,
} from '../../clock.ts'
import type { Shape, SimpleKind } from '../model.ts'

const INTEGER = /^[+-]?\d{1,19}$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const HAS_ZONE = /(Z|[+-]\d\d:?\d\d)$/
const HTTP_TIME = /^[A-Z][a-z]{2}, \d/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** ISO 8601 (UTC where no zone is said), HTTP date or epoch seconds; undefined for other text. */
export function readTime(text: string): Date | undefined {
  let ms = Number.NaN
  if (NUMBER.test(text)) ms = Math.round(Number(text) * MS_PER_SECOND)
  else if (ISO_TIME.test(text)) {
    ms = parseTime(text.includes('T') && !HAS_ZONE.test(text) ? `${text}Z` : text)
  } else if (HTTP_TIME.test(text)) ms = parseTime(text)
  const date = toDate(ms)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** The bytes of a base64 text, with or without padding; undefined for other text. */
export function readBase64(text: string): Buffer | undefined {
  const dense = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  return BASE64.test(dense) ? Buffer.from(dense, 'base64') : undefined
}

/** The value that a text stands for, or undefined when it is not of the kind. */
export function readText(kind: Shape['kind'], text: string): unknown {
  switch (kind) {
    case 'integer':
      return INTEGER.test(text) ? Number(text) : undefined
    case 'number':
      return NUMBER.test(text) ? Number(text) : undefined
    case 'bigInteger':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined
    case 'boolean':
      if (/^(true|1)$/i.test(text)) return true
      return /^(false|0)$/i.test(text) ? false : undefined
    case 'timestamp':
    case 'dateTime':
    case 'httpDate':
    case 'epochSeconds':
      return readTime(text)
    case 'blob':
    case 'stream':
      return readBase64(text)
    default:
      return text
  }
}

/** Epoch milliseconds of what an output holds as a time. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return parseTime(value)
  return Number(value)
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** The day that was written last, since an answer's times are mostly of one day. */
let lastDay = { number: Number.NaN, text: '' }

/** ISO 8601 with milliseconds, several times as fast as `toISOString`. */
export function isoMilliseconds(ms: number): string {
  const whole = Math.trunc(ms)
  const number = Math.floor(whole / MS_PER_DAY)
  if (number !== lastDay.number) {
    lastDay = { number, text: isoMillis(number * MS_PER_DAY).slice(0, -'00:00:00.000Z'.length) }
  }
  const ofDay = whole - number * MS_PER_DAY
  const hours = TWO_DIGITS[Math.floor(ofDay / MS_PER_HOUR)]
  const minutes = TWO_DIGITS[Math.floor(ofDay / MS_PER_MINUTE) % 60]
  const seconds = TWO_DIGITS[Math.floor(ofDay / MS_PER_SECOND) % 60]
  const fraction = String(ofDay % MS_PER_SECOND).padStart(3, '0')
  return `${lastDay.text}${hours}:${minutes}:${seconds}.${fraction}Z`
}

/** Whole seconds are written without a fraction, as most services do. */
export function isoTime(ms: number): string {
  return ms % MS_PER_SECOND === 0 ? isoSeconds(ms) : isoMillis(ms)
}

export function base64(value: unknown): string {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  }
  return Buffer.from(String(value)).toString('base64')
}

/** A simple value as text; `timestamp` is the form of times where the shape leaves it open. */
export function writeText(kind: Shape['kind'], value: unknown, timestamp: SimpleKind): string {
  switch (kind === 'timestamp' ? timestamp : kind) {
    case 'dateTime':
      return isoTime(timeOf(value))
    case 'httpDate':
      return httpDate(timeOf(value))
    case 'epochSeconds':
      return String(timeOf(value) / MS_PER_SECOND)
    case 'blob':
    case 'stream':
      return base64(value)
    default:
      return String(value)
  }
}
