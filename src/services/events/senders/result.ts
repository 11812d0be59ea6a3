/** How an attempt to deliver ended, in EventBridge's vocabulary. */
import type { Target } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../../aws/context.ts'
import type { Cause } from '../../../trace/record.ts'
import type { Accepted, Refused } from '../../ports.ts'
import type { BusEvent, Hops } from '../event.ts'
import type { Parts } from '../parts.ts'
import type { Rule } from '../rule-rows.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
export type ErrorCode =
  | Refused['code']
  | 'FAILED_TO_ASSUME_ROLE'
  | 'INVALID_JSON'
  | 'THIRD_ACCOUNT_HOP_DETECTED'
  | 'THIRD_REGION_HOP_DETECTED'
  | 'UNKNOWN'

export type Failure = Omit<Refused, 'code'> & { code: ErrorCode }
export type Result = Accepted | Failure

/** A failure that trying again does not help. */
export function failure(code: ErrorCode, message: string, because = message): Failure {
  return { accepted: false, code, message, retryable: false, because }
}

/** One event for one target of a rule. */
export interface Shipment {
  rule: Rule
  target: Target & { Arn: string }
  event: BusEvent
  /** What the target receives. */
  payload: string
  hops: Hops
  /** The record of this attempt. */
  cause: Cause
  parts: Parts
  /** In the account and region of the rule. */
  ctx: Context
}

export type Sender = (shipment: Shipment) => Result
