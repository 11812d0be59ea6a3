const INTEGER_EXACT_DIGITS = 15
const DECIMAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/**
 * The value of a JSON number that event patterns can compare, or undefined. A number is comparable
 * when its decimal value is that of the shortest decimal form of its nearest double: every number
 * of up to 15 significant digits is, 2^53 + 1 is not (event-ruler's ComparableNumber).
 */
export function comparableNumber(text: string): number | undefined {
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  const shortest = String(value)
  if (shortest === text || (value !== 0 && text.length <= INTEGER_EXACT_DIGITS)) {
    return value
  }
  return decimal(text) === decimal(shortest) ? value : undefined
}

/** A decimal's digits without leading and trailing zeros, and its exponent: equal iff equal. */
function decimal(text: string): string {
  const parts = DECIMAL.exec(text)
  if (parts === null) return text
  const [, whole = '', fraction = '', exponent = '0'] = parts
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const sign = text.startsWith('-') ? '-' : ''
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length)
  return `${sign}${significant}e${scale}`
}
