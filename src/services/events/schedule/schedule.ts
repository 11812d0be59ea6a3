/** When rules with a schedule run: one row of the agenda at a time. */

import type { Context } from '../../../aws/context.ts'
import { isoSeconds } from '../../../clock.ts'
import { invalidParameter } from '../errors.ts'
import type { BusEvent } from '../event.ts'
import { DEFAULT_BUS } from '../names.ts'
import { findRule, type Rule, type Schedule } from '../rule-rows.ts'
import { nextCron, parseCron } from './cron.ts'
import { parseRate } from './rate.ts'

export const TICK = 'events.tick'

/** A row of the agenda: the rule runs, unless its schedule was changed meanwhile. */
export interface Tick {
  rule: string
  run: string
  /** When the rule was to run, milliseconds since the epoch. */
  at: number
}

/** Throws ValidationException unless the text is a rate or cron expression. */
export function validSchedule(expression: string): void {
  if (parseRate(expression) === undefined && !parseCron(expression)) {
    throw invalidParameter('ScheduleExpression')
  }
}

/** When a schedule is due next, later than `afterMs`; undefined when it never is again. */
export function nextRun({ expression, since }: Schedule, afterMs: number): number | undefined {
  const periodMs = parseRate(expression)
  if (periodMs !== undefined) {
    return since + (Math.floor((afterMs - since) / periodMs) + 1) * periodMs
  }
  const cron = parseCron(expression)
  return cron && nextCron(cron, afterMs)
}

/** Books the next run of a rule that has a schedule and is enabled. */
export function startSchedule({ name, state, schedule }: Rule, ctx: Context, afterMs = ctx.now) {
  if (!schedule || state === 'DISABLED') return
  const at = nextRun(schedule, afterMs)
  if (at === undefined) return
  const tick: Tick = { rule: name, run: schedule.run, at }
  ctx.later(at - ctx.now, TICK, tick)
}

/**
 * The rule that a row of the agenda means, with its next run booked: runs that were missed while
 * nothing was running are not made up for.
 */
export function dueRule({ rule: name, run, at }: Tick, ctx: Context): Rule | undefined {
  const rule = findRule(DEFAULT_BUS, name, ctx.tx)
  if (rule?.schedule?.run !== run || rule.state === 'DISABLED') return undefined
  startSchedule(rule, ctx, Math.max(at, ctx.now))
  return rule
}

export function scheduledEvent({ arn }: Rule, at: number, ctx: Context): BusEvent {
  return {
    id: ctx.ids.uuid(),
    detailType: 'Scheduled Event',
    source: 'aws.events',
    account: ctx.account,
    time: isoSeconds(at),
    region: ctx.region,
    resources: [arn],
    detail: '{}',
  }
}
