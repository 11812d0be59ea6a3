/** What follows an attempt of an asynchronous invocation: another one, or the end. */
import { MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '../../clock.ts'
import type { QueuedInvocation } from './async-queue.ts'
import type { EventInvokeConfig } from './event-invoke-config.ts'
import type { InvocationResult, Outcome } from './runtime/index.ts'

/** The waits before the first and the second retry. */
const RETRY_WAITS_MS = [MS_PER_MINUTE, 2 * MS_PER_MINUTE]
const DEFAULT_RETRY_ATTEMPTS = RETRY_WAITS_MS.length
const DEFAULT_EVENT_AGE_MS = 6 * MS_PER_HOUR
/** Throttled events wait twice as long each time, up to the longest wait. */
const FIRST_THROTTLE_WAIT_MS = MS_PER_SECOND
const MAX_THROTTLE_WAIT_MS = 5 * MS_PER_MINUTE

/** Why an invocation is over, as destinations are told. */
export type Condition =
  | 'Success'
  | 'RetriesExhausted'
  | 'EventAgeExceeded'
  | 'ZeroReservedConcurrency'

/**
 * An event after an attempt; `switched-off` functions have reserved no concurrency at all,
 * `looping` events have come through the function too often.
 */
export interface Attempted extends QueuedInvocation {
  outcome: Outcome | 'throttled' | 'system-error' | 'switched-off' | 'looping'
  /** Undefined when the function did not run. */
  result?: InvocationResult
}

export type NextStep =
  | { kind: 'end'; condition: Condition }
  | { kind: 'retry'; waitMs: number; why: string }

export function nextStep(
  event: Attempted,
  config: EventInvokeConfig | undefined,
  now: number,
): NextStep {
  switch (event.outcome) {
    case 'success':
      return { kind: 'end', condition: 'Success' }
    case 'switched-off':
      // Recorded: such events are not even queued again.
      return { kind: 'end', condition: 'ZeroReservedConcurrency' }
    case 'looping':
      // UNCERTAIN: documented is that the event goes where failures go, not with which condition.
      return { kind: 'end', condition: 'RetriesExhausted' }
    case 'missing-runtime':
      // Trying again does not bring an interpreter to this machine.
      return { kind: 'end', condition: 'RetriesExhausted' }
    case 'throttled':
      return retry(event, throttleWaitMs(event), 'there was no room to run it', config, now)
    case 'system-error':
      return retry(event, throttleWaitMs(event), 'it could not be run', config, now)
    default:
      return afterFailure(event, config, now)
  }
}

function afterFailure(
  event: Attempted,
  config: EventInvokeConfig | undefined,
  now: number,
): NextStep {
  const waitMs = RETRY_WAITS_MS[event.attempts - 1]
  const allowed = config?.maximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS
  if (waitMs === undefined || event.attempts > allowed) {
    return { kind: 'end', condition: 'RetriesExhausted' }
  }
  return retry(event, waitMs, `attempt ${event.attempts} failed`, config, now)
}

function retry(
  { acceptedAt }: Attempted,
  waitMs: number,
  reason: string,
  config: EventInvokeConfig | undefined,
  now: number,
): NextStep {
  const seconds = config?.maximumEventAgeSeconds
  const maxAgeMs = seconds === undefined ? DEFAULT_EVENT_AGE_MS : seconds * MS_PER_SECOND
  if (now + waitMs - acceptedAt >= maxAgeMs) return { kind: 'end', condition: 'EventAgeExceeded' }
  const why = `${reason}; the next attempt follows in ${waitMs / MS_PER_SECOND} s`
  return { kind: 'retry', waitMs, why }
}

function throttleWaitMs({ throttles = 1 }: Attempted): number {
  return Math.min(FIRST_THROTTLE_WAIT_MS * 2 ** (throttles - 1), MAX_THROTTLE_WAIT_MS)
}
