/** Dates of conditions: ISO 8601 in W3C's profile, or seconds since the epoch. */

const ISO = new RegExp(
  String.raw`^(-?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?` +
    String.raw`(?:t(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?)?` +
    String.raw`(z|[+-]\d{2}(?::?\d{2})?)?)?$`,
  'i',
)
const LARGEST_EPOCH_SECOND = 2n ** 63n - 1n
const LAST_YEAR = 292_278_993
const FIRST_YEAR = -292_275_054
const SECONDS_PER_DAY = 86_400

/**
 * Seconds since the epoch, with fractions; undefined when it is no date. Lenient as IAM is:
 * a year alone with a `t` (`01T`) and a lower-case `t` are dates, digits alone are an epoch.
 */
export function epochSeconds(text: string): number | undefined {
  if (/^\d{1,19}$/.test(text)) {
    return BigInt(text) <= LARGEST_EPOCH_SECOND ? Number(text) : undefined
  }
  if (!/[t-]/i.test(text)) return undefined
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction, zone] =
    parts
  if (!within(year, FIRST_YEAR, LAST_YEAR) || !within(month, 1, 12) || !within(day, 1, 31)) {
    return undefined
  }
  if (!within(hour, 0, 23) || !within(minute, 0, 59) || !within(second, 0, 59)) return undefined
  const offset = zoneSeconds(zone)
  if (offset === undefined) return undefined
  const days = daysSinceEpoch(Number(year), Number(month), Number(day))
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  return days * SECONDS_PER_DAY + seconds + Number(`0.${fraction ?? 0}`) - offset
}

function within(digits: string | undefined, from: number, to: number): boolean {
  const value = Number(digits)
  return value >= from && value <= to
}

/** `+05:30`, `-0800`, `+23`, `z`; nothing means UTC. */
function zoneSeconds(zone: string | undefined): number | undefined {
  if (zone === undefined || /z/i.test(zone)) return 0
  const hours = zone.slice(1, 3)
  const minutes = zone.slice(3).replace(':', '') || '0'
  if (!within(hours, 0, 23) || !within(minutes, 0, 59)) return undefined
  const seconds = Number(hours) * 3600 + Number(minutes) * 60
  return zone.startsWith('-') ? -seconds : seconds
}

/** Days between 1970-01-01 and a date of the proleptic Gregorian calendar, by its 400-year eras. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
