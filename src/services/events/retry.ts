/**
 * When a delivery that may yet succeed is tried again.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
import type { RetryPolicy } from '@aws-sdk/client-eventbridge'
import { MS_PER_SECOND } from '../../clock.ts'

const DEFAULT_RETRIES = 185
const DEFAULT_EVENT_AGE_SECONDS = 86_400
/** AWS publishes no formula; with these, all retries fit into the greatest age of an event. */
const FIRST_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 600_000
/** The part of a back-off that chance decides. */
const JITTER = 0.5

export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds'

export interface Attempt {
  /** From 1. */
  attempt: number
  /** When the event came, milliseconds since the epoch. */
  since: number
}

/** Why there is no further attempt after this one; undefined when there is. */
export function exhausted(
  { MaximumRetryAttempts = DEFAULT_RETRIES }: RetryPolicy,
  { attempt }: Attempt,
): Exhausted | undefined {
  return attempt > MaximumRetryAttempts ? 'MaximumRetryAttempts' : undefined
}

/** When an event is too old to be tried again, milliseconds since the epoch. */
export function deadline(
  { MaximumEventAgeInSeconds = DEFAULT_EVENT_AGE_SECONDS }: RetryPolicy,
  { since }: Attempt,
): number {
  return since + MaximumEventAgeInSeconds * MS_PER_SECOND
}

/** The wait before the next attempt: exponential, with jitter. `chance` is in [0, 1). */
export function backoffMs({ attempt }: Attempt, chance: number): number {
  const fullMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1))
  return Math.round(fullMs * (1 - JITTER + JITTER * chance))
}
