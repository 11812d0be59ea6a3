import { comparableNumber } from './number.ts'

const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30

/** Integers and powers of ten up to here are exact doubles. */
const EXACT_DIGITS = 15
const MAX_EXACT_POWER = 22
const MAX_SHORTEST_DIGITS = 17
const POWERS = Array.from({ length: MAX_EXACT_POWER + 1 }, (_, power) => Number(`1e${power}`))

/** Splits a double into two of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1
/** How near to a boundary the rounding errors of what follows leave a doubt; they are ~1e-15. */
const DOUBT = 1e-9

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
const HIGH_HALF = halves.length - 1
const EXPONENT_SHIFT = 20
const EXPONENT_MASK = 0x7ff
/** The exponent of a double's last bit is its biased exponent less this. */
const LAST_BIT_BIAS = 1075

const decoder = new TextDecoder()

/**
 * As comparableNumber, of the bytes of a JSON number, several times as fast for numbers without an
 * exponent; others, and those too near to a boundary to be sure of, are left to comparableNumber.
 */
export function comparableNumberAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  const isNegative = bytes[start] === MINUS
  let at = isNegative ? start + 1 : start
  let digits = 0
  let high = 0
  let low = 0
  let fraction = 0
  let inFraction = 0
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte === DOT) {
      inFraction = 1
      continue
    }
    const digit = byte - ZERO
    if (digit < 0 || digit > 9) return slow(bytes, start, end)
    fraction += inFraction
    if (digit === 0 && digits === 0) continue
    if (digits < EXACT_DIGITS) high = high * 10 + digit
    else low = low * 10 + digit
    digits++
  }
  if (digits > MAX_SHORTEST_DIGITS || fraction > MAX_EXACT_POWER) return slow(bytes, start, end)
  const value =
    digits <= EXACT_DIGITS
      ? high / POWERS[fraction]!
      : shortest(high, low, POWERS[digits - EXACT_DIGITS]!, POWERS[fraction]!)
  if (value === undefined) return slow(bytes, start, end)
  // Not -0, which is no other number than 0.
  return isNegative ? 0 - value : value
}

function slow(bytes: Uint8Array, start: number, end: number): number | undefined {
  return comparableNumber(decoder.decode(bytes.subarray(start, end)))
}

/**
 * The double nearest to the decimal (high * scale + low) / divisor, of 16 or 17 digits, if that is
 * the shortest decimal nearest to it. Undefined if it isn't, or if that is too close to say.
 */
function shortest(high: number, low: number, scale: number, divisor: number): number | undefined {
  const lastDigit = low % 10
  if (lastDigit === 0) return undefined
  // In exact arithmetic on pairs of doubles: the decimal is `value + error`.
  const product = high * scale
  const dividend = productError(high, scale, product) + low
  const quotient = product / divisor
  const back = quotient * divisor
  const remainder = product - back - productError(quotient, divisor, back) + dividend
  const correction = remainder / divisor
  const value = quotient + correction
  const error = correction - (value - quotient)

  double[0] = value
  const exponent = (halves[HIGH_HALF]! >>> EXPONENT_SHIFT) & EXPONENT_MASK
  const halfGap = 2 ** (exponent - LAST_BIT_BIAS - 1)
  const unit = 1 / divisor
  const isNearest = Math.abs(error) < halfGap * (1 - DOUBT)
  const isNearestOfItsLength = Math.abs(error) < (unit / 2) * (1 - DOUBT)
  const shorterBelow = Math.abs(error - lastDigit * unit)
  const shorterAbove = Math.abs(error + (10 - lastDigit) * unit)
  const isShortest = Math.min(shorterBelow, shorterAbove) > halfGap * (1 + DOUBT)
  return isNearest && isNearestOfItsLength && isShortest ? value : undefined
}

/** What `product` lacks to a * b (Dekker). */
function productError(a: number, b: number, product: number): number {
  const aHigh = highPart(a)
  const aLow = a - aHigh
  const bHigh = highPart(b)
  const bLow = b - bHigh
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow
}

function highPart(a: number): number {
  const scaled = a * SPLITTER
  return scaled - (scaled - a)
}
