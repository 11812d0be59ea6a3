/**
 * `rate(5 minutes)`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from '../../../clock.ts'

const FORM = /^rate\((\d+) (minute|hour|day)(s?)\)$/
const UNITS_MS: Readonly<Record<string, number>> = {
  minute: MS_PER_MINUTE,
  hour: MS_PER_HOUR,
  day: MS_PER_DAY,
}

/** The period in milliseconds; undefined when the text is no valid rate. */
export function parseRate(text: string): number | undefined {
  const [, count, unit, plural] = FORM.exec(text) ?? []
  if (count === undefined || unit === undefined) return undefined
  if ((Number(count) === 1) === (plural === 's')) return undefined
  const periodMs = Number(count) * (UNITS_MS[unit] ?? 0)
  return periodMs > 0 && Number.isSafeInteger(periodMs) ? periodMs : undefined
}
