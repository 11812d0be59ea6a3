/** Gives events to targets: every attempt, and what follows when one fails. */
import type { Target } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../aws/context.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import { spool } from '../../store/store.ts'
import type { Cause, DeliveryStep } from '../../trace/record.ts'
import { sendDeadLetter } from './dead-letter.ts'
import type { BusEvent, Hops } from './event.ts'
import { type Payload, payloadOf } from './input/input.ts'
import type { Parts } from './parts.ts'
import type { Delivery } from './publish.ts'
import { backoffMs, deadline, type Exhausted, exhausted } from './retry.ts'
import { findRule, type Rule } from './rule-rows.ts'
import { type Failure, failure, type Result } from './senders/result.ts'
import { senderOf } from './senders/sender.ts'

export const RETRY = 'events.retry'

/** One event for one target, as it waits for its next attempt. */
interface Job {
  event: BusEvent
  bus: string
  rule: string
  /** The target's id. */
  target: string
  /** None for jobs that were written before hops were counted. */
  hops?: Hops
  /** From 1. */
  attempt: number
  /** When the event came to the bus, milliseconds since the epoch. */
  since: number
  /** How the last attempt failed. */
  failed?: Failure
}

/** A row of the agenda; the job itself waits on disk. */
interface Retry {
  id: number
}

/** Jobs by the ARN of their rule. */
const waiting = spool<Job>('events.retries')

/** The first attempt for every target of the rules that an event matched. */
export function deliver({ rules, ...delivery }: Delivery, parts: Parts, ctx: Context): void {
  for (const name of rules) {
    const rule = findRule(delivery.bus, name, ctx.tx)
    if (!rule) noteRemoved(`Rule ${name}`, delivery.event, name, ctx)
    for (const { Id = '' } of rule?.targets ?? []) {
      attempt({ ...delivery, rule: name, target: Id, attempt: 1 }, parts, ctx)
    }
  }
}

/** A further attempt, or the end when the event has grown too old. */
export function retry({ id }: Retry, parts: Parts, ctx: Context): void {
  const job = ctx.tx.find(waiting, id)?.row
  if (!job) return
  ctx.tx.remove(waiting, id)
  attempt(job, parts, ctx)
}

function noteRemoved(what: string, event: BusEvent, rule: string, ctx: Context): void {
  const text = `${what} was removed before it had the event.`
  ctx.record({ kind: 'note', text }, [event.id, rule])
}

/** An attempt with all that it is about. */
interface Attempt {
  job: Job
  rule: Rule
  target: Target & { Arn: string }
  payload: Payload
  parts: Parts
  ctx: Context
}

function attempt(job: Job, parts: Parts, ctx: Context): void {
  const rule = findRule(job.bus, job.rule, ctx.tx)
  const target = rule?.targets.find(({ Id }) => Id === job.target)
  if (!rule || !target?.Arn) {
    noteRemoved(`Target ${job.target} of rule ${job.rule}`, job.event, job.rule, ctx)
    return
  }
  // The record is named before the attempt, so that what the target does can name it as its cause.
  const step: DeliveryStep = {
    kind: 'delivery',
    rule: rule.name,
    target: target.Arn,
    attempt: job.attempt,
    outcome: 'accepted',
    because: '',
  }
  const cause = ctx.record(step, [job.event.id, rule.name, nameIn(target.Arn)])
  const payload = payloadOf(target, { event: job.event, rule, ingestedAt: job.since })
  const tried: Attempt = { job, rule, target: { ...target, Arn: target.Arn }, payload, parts, ctx }
  const { failed } = job
  if (failed && ctx.now >= deadline(target.RetryPolicy ?? {}, job)) {
    const last: Job = { ...job, attempt: job.attempt - 1 }
    const given = giveUp({ ...tried, job: last }, failed, 'MaximumEventAgeInSeconds')
    Object.assign(step, { attempt: last.attempt, ...given })
  } else Object.assign(step, conclude(tried, ship(tried, cause)))
}

type Conclusion = Pick<DeliveryStep, 'outcome' | 'because' | 'errorCode' | 'evaluations'>

function ship({ job, rule, target, payload, parts, ctx }: Attempt, cause: Cause): Result {
  const { event, hops = {} } = job
  const { text, isJson } = payload
  if (!isJson) {
    const because = `The input for the target is not JSON: ${text}`
    return failure('INVALID_JSON', 'Invalid input for target.', because)
  }
  return senderOf(target.Arn)({ rule, target, event, payload: text, hops, cause, parts, ctx })
}

function conclude(tried: Attempt, result: Result): Conclusion {
  if (result.accepted) {
    return { outcome: 'accepted', because: result.because, ...refusals(result) }
  }
  const { job, target, ctx } = tried
  const policy = target.RetryPolicy ?? {}
  if (!result.retryable) return giveUp(tried, result)
  const condition = exhausted(policy, job)
  if (condition) return giveUp(tried, result, condition)
  const waitMs = Math.min(backoffMs(job, ctx.ids.fraction()), deadline(policy, job) - ctx.now)
  const next: Job = { ...job, attempt: job.attempt + 1, failed: result }
  const row: Retry = { id: ctx.tx.append(waiting, tried.rule.arn, ctx.now + waitMs, next) }
  ctx.later(waitMs, RETRY, row)
  const seconds = (waitMs / MS_PER_SECOND).toFixed(1)
  const because = `${result.because} The next attempt is in ${seconds} s.`
  return { outcome: 'retry', errorCode: result.code, because }
}

/** Ends in the dead-letter queue, or in nothing where there is none or it refuses. */
function giveUp(tried: Attempt, failed: Failure, exhausted?: Exhausted): Conclusion {
  const { job, rule, target, payload, parts, ctx } = tried
  const { code: errorCode } = failed
  const reason = exhausted ? `${failed.because} ${exhausted} is exhausted.` : failed.because
  const queueArn = target.DeadLetterConfig?.Arn
  if (queueArn === undefined) {
    const because = `${reason} There is no dead-letter queue.`
    return { outcome: 'dropped', errorCode, because, ...refusals(failed) }
  }
  const letter = {
    queueArn,
    body: payload.text,
    traceHeader: job.event.traceHeader,
    ruleArn: rule.arn,
    targetArn: target.Arn,
    failure: failed,
    retries: job.attempt - 1,
    exhausted,
  }
  const sent = sendDeadLetter(letter, parts.queue, ctx)
  if (sent.accepted) {
    return { outcome: 'dead-letter', errorCode, because: reason, ...refusals(failed) }
  }
  const because = `${reason} The dead-letter queue refused it: ${sent.because}`
  return { outcome: 'dropped', errorCode, because, ...refusals(failed, sent) }
}

/** What policies refused, as far as it was they. */
function refusals(...failures: Pick<Failure, 'evaluation'>[]): Pick<DeliveryStep, 'evaluations'> {
  const evaluations = failures.flatMap(({ evaluation }) => evaluation ?? [])
  return evaluations.length === 0 ? {} : { evaluations }
}

/** The last part of an ARN, by which users look for a function or queue. */
function nameIn(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf(':'), arn.lastIndexOf('/')) + 1)
}
