/** Places of events in time, in the 56 digits that CloudWatch Logs gives its ids and tokens. */
import { invalidToken } from './errors.ts'

export interface Place {
  /** Milliseconds since the epoch. */
  order: number
  id: number
}

/** The time stands above these bits in ids that AWS gives. */
const TIME_SHIFT = 144n
const ID_MASK = (1n << 53n) - 1n
const DIGITS = 56

export type Direction = 'f' | 'b'

/** The event's id in FilterLogEvents. */
export function eventId({ order, id }: Place): string {
  const time = BigInt(Math.max(0, order)) << TIME_SHIFT
  return String(time | BigInt(id)).padStart(DIGITS, '0')
}

/** `f/36137213…/s`: GetLogEvents goes on behind this place, or with `b` before it. */
export function streamToken(direction: Direction, place: Place): string {
  return `${direction}/${eventId(place)}/s`
}

export function readStreamToken(token: string): { direction: Direction; place: Place } {
  const [, direction, digits = ''] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? []
  if (direction !== 'f' && direction !== 'b') throw invalidToken()
  return { direction, place: readEventId(digits) }
}

export function readEventId(digits: string): Place {
  const number = BigInt(digits)
  return { order: Number(number >> TIME_SHIFT), id: Number(number & ID_MASK) }
}

/** Sequence tokens still come with each answer, but nothing checks them any more. */
export function sequenceToken(at: number): string {
  return eventId({ order: at, id: 0 })
}
