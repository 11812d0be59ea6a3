/**
 * `cron(minutes hours day-of-month month day-of-week year)`, in UTC.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, utcDay, utcParts } from '../../../clock.ts'

/** Years for which schedules are worked out; AWS takes others as well (recorded). */
const FIRST_YEAR = 1970
const LAST_YEAR = 2199
const MAX_INT32 = 2 ** 31 - 1
const SATURDAY = 6

/** The days of a month that an expression names, ascending. */
type Days = (month: Month) => number[]

export interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: Days
  readonly months: readonly number[]
  readonly years: readonly number[]
}

interface Month {
  readonly length: number
  /** Of its first day, 0 a Sunday. */
  readonly firstWeekday: number
}

interface Range {
  readonly min: number
  readonly max: number
  /** Upper case names of the values from `min` on. */
  readonly names?: readonly string[]
  /** A range may run over the end: `FRI-MON`. */
  readonly wraps?: boolean
  readonly noSteps?: boolean
  /** The values that matter, when those are not all. */
  readonly first?: number
  readonly last?: number
}

const MINUTES: Range = { min: 0, max: 59, wraps: true }
const HOURS: Range = { min: 0, max: 23, wraps: true }
const DAYS_OF_MONTH: Range = { min: 1, max: 31, wraps: true }
const MONTHS: Range = {
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  wraps: true,
}
const DAYS_OF_WEEK: Range = {
  min: 1,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  wraps: true,
  noSteps: true,
}
const YEARS: Range = { min: 0, max: MAX_INT32, first: FIRST_YEAR, last: LAST_YEAR }

/** Undefined when the text is no valid cron expression. */
export function parseCron(text: string): Cron | undefined {
  const inner = /^cron\((.*)\)$/.exec(text)?.[1]
  const fields = inner?.toUpperCase().split(' ')
  if (fields?.length !== 6) return undefined
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields as Six
  const minutes = parseList(minute, MINUTES)
  const hours = parseList(hour, HOURS)
  const days = parseDays(dayOfMonth, dayOfWeek)
  const months = parseList(month, MONTHS)
  const years = parseList(year, YEARS)
  if (!minutes || !hours || !days || !months || !years) return undefined
  return { minutes, hours, days, months, years }
}

type Six = [string, string, string, string, string, string]

/** One of the two must be `?`, and only one. */
function parseDays(dayOfMonth: string, dayOfWeek: string): Days | undefined {
  if (dayOfWeek === '?') return dayOfMonth === '?' ? undefined : parseDaysOfMonth(dayOfMonth)
  return dayOfMonth === '?' ? parseDaysOfWeek(dayOfWeek) : undefined
}

function parseDaysOfMonth(text: string): Days | undefined {
  if (text === 'L') return ({ length }) => [length]
  const before = /^L-(\d+)$/.exec(text)?.[1]
  if (before !== undefined) {
    return ({ length }) => (Number(before) < length ? [length - Number(before)] : [])
  }
  if (text === 'LW') return (month) => [nearestWeekday(month.length, month)]
  const near = parseValue(/^(\d+)W$/.exec(text)?.[1], DAYS_OF_MONTH)
  if (near !== undefined) {
    return (month) => (near > month.length ? [] : [nearestWeekday(near, month)])
  }
  const days = parseList(text, DAYS_OF_MONTH)
  return days && (({ length }) => days.filter((day) => day <= length))
}

function parseDaysOfWeek(text: string): Days | undefined {
  if (text === 'L') return (month) => daysOn(SATURDAY, month)
  const last = parseValue(/^(\w+)L$/.exec(text)?.[1], DAYS_OF_WEEK)
  if (last !== undefined) return (month) => daysOn(last - 1, month).slice(-1)
  const [, name, nth] = /^(\w+)#([1-5])$/.exec(text) ?? []
  const weekday = parseValue(name, DAYS_OF_WEEK)
  if (weekday !== undefined) {
    return (month) => daysOn(weekday - 1, month).slice(Number(nth) - 1, Number(nth))
  }
  const weekdays = parseList(text, DAYS_OF_WEEK)
  if (!weekdays) return undefined
  return (month) => weekdays.flatMap((each) => daysOn(each - 1, month)).sort((a, b) => a - b)
}

/** The days of a month that are a given weekday, 0 a Sunday. */
function daysOn(weekday: number, { length, firstWeekday }: Month): number[] {
  const days: number[] = []
  for (let day = 1 + ((weekday - firstWeekday + 7) % 7); day <= length; day += 7) days.push(day)
  return days
}

/** From Monday to Friday, and without leaving the month. */
function nearestWeekday(day: number, { length, firstWeekday }: Month): number {
  const weekday = (firstWeekday + day - 1) % 7
  if (weekday === SATURDAY) return day === 1 ? day + 2 : day - 1
  if (weekday === 0) return day === length ? day - 2 : day + 1
  return day
}

/** Values of a comma-separated list, ascending. */
function parseList(text: string, range: Range): number[] | undefined {
  const values = new Set<number>()
  for (const item of text.split(',')) {
    const found = parseItem(item, range)
    if (!found) return undefined
    for (const value of found) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

/**
 * `*`, `5`, `MON-FRI`, and with a step `0/5`, `5/15`, `8-18/2`. A step of 0, or one that leads
 * beyond the end, leaves the first value alone (recorded).
 */
function parseItem(text: string, range: Range): number[] | undefined {
  const [, body, step] = /^([^/]+)(?:\/(\d+))?$/.exec(text) ?? []
  if (body === undefined) return undefined
  if (step !== undefined && range.noSteps) return undefined
  const by = step === undefined ? 1 : Number(step) || MAX_INT32
  const span = parseSpan(body, step !== undefined, range)
  if (!span) return undefined
  const size = range.max - range.min + 1
  const [from, to] = span
  const { first = from, last = MAX_INT32 } = range
  const end = Math.min(to < from ? to + size : to, last)
  const start = from + Math.max(Math.ceil((first - from) / by), 0) * by
  const values: number[] = []
  for (let value = start; value <= end; value += by) {
    values.push(value > range.max ? value - size : value)
  }
  return values
}

/** The first and last value; a single value with a step runs to the end. */
function parseSpan(text: string, stepped: boolean, range: Range): [number, number] | undefined {
  if (text === '*') return [range.min, range.max]
  const [first, last, ...rest] = text.split('-')
  const from = parseValue(first, range)
  if (from === undefined || rest.length > 0) return undefined
  if (last === undefined) return [from, stepped ? range.max : from]
  const to = parseValue(last, range)
  if (to === undefined || (to < from && !range.wraps)) return undefined
  return [from, to]
}

function parseValue(text: string | undefined, { min, max, names }: Range): number | undefined {
  if (text === undefined) return undefined
  const named = names?.indexOf(text) ?? -1
  if (named >= 0) return min + named
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

/** The first minute that matches, later than `afterMs`; undefined when there is none. */
export function nextCron(cron: Cron, afterMs: number): number | undefined {
  const { year: firstYear } = utcParts(afterMs)
  for (const year of cron.years) {
    if (year < firstYear) continue
    for (const month of cron.months) {
      const found = nextInMonth(cron, year, month, afterMs)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function nextInMonth(cron: Cron, year: number, month: number, afterMs: number): number | undefined {
  const end = utcDay(year, month + 1, 1)
  if (end <= afterMs) return undefined
  const firstWeekday = utcParts(utcDay(year, month, 1)).weekday
  const length = utcParts(utcDay(year, month + 1, 0)).day
  for (const day of cron.days({ length, firstWeekday })) {
    const midnight = utcDay(year, month, day)
    if (midnight + MS_PER_DAY <= afterMs) continue
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const at = midnight + hour * MS_PER_HOUR + minute * MS_PER_MINUTE
        if (at > afterMs) return at
      }
    }
  }
  return undefined
}
