/** What happened and why: one record a step, linked to the step that caused it. */

import type { Evaluation } from '../policy/index.ts'

/** Names a record, so that what follows from it can say so. */
export interface Cause {
  /** 24 hexadecimal digits, the root's; fits the `Root` of an X-Ray trace header. */
  readonly journey: string
  /** 16 hexadecimal digits; fits the `Parent` of an X-Ray trace header. */
  readonly record: string
}

/** The decision on one action, as the policy engine explains it. */
export interface TracedDecision {
  action: string
  resource: string
  allowed: boolean
  /** One English sentence: which statement of which policy decided, or what came nearest. */
  because: string
  /** Condition keys by which a policy could narrow it: tags of the resource, PassedToService. */
  keys?: Record<string, string>
  /** Of a refusal: all that it rested on. */
  evaluation?: Evaluation
}

/** A request to a service, by a client, a function or another service. */
export interface CallStep {
  kind: 'call'
  service: string
  operation: string
  caller: string
  requestId: string
  decisions: TracedDecision[]
  /** The members of the request that name what it is about. */
  input?: unknown
  error?: { code: string; message: string }
}

/** A resource that changed its state. */
export interface ChangeStep {
  kind: 'change'
  resource: string
  from?: string
  to: string
  because?: string
}

/** An event on a bus. */
export interface EventStep {
  kind: 'event'
  bus: string
  /** The envelope as delivered. */
  event: { id: string; source: string; 'detail-type': string; [member: string]: unknown }
  /** Names of the rules that matched. */
  matched: string[]
}

/** An attempt to give an event to a target of a rule. */
export interface DeliveryStep {
  kind: 'delivery'
  rule: string
  target: string
  attempt: number
  outcome: 'accepted' | 'refused' | 'retry' | 'dead-letter' | 'dropped'
  /** EventBridge's ERROR_CODE, when it failed. */
  errorCode?: string
  /** What decided, in English. */
  because: string
  /** When policies refused, the target's or the dead-letter queue's: all that it rested on. */
  evaluations?: Evaluation[]
}

/** An attempt to run a function. */
export interface InvocationStep {
  kind: 'invocation'
  function: string
  requestId: string
  attempt: number
  phase: 'start' | 'end'
  outcome?: 'success' | 'error' | 'timeout' | 'throttled' | 'not-run'
  coldStart?: boolean
  durationMs?: number
  initMs?: number
  because?: string
}

/** Lines that a function wrote. */
export interface LogStep {
  kind: 'log'
  function: string
  lines: string[]
}

/** Anything else worth telling: an adopted AMI, a log group that could not be written. */
export interface NoteStep {
  kind: 'note'
  text: string
  /** When a policy refused something: all that the decision rested on. */
  evaluation?: Evaluation
}

export type Step =
  | CallStep
  | ChangeStep
  | EventStep
  | DeliveryStep
  | InvocationStep
  | LogStep
  | NoteStep

export interface TraceRecord {
  id: string
  journey: string
  cause?: string
  /** The cloud's time, milliseconds since the epoch. */
  at: number
  account: string
  region: string
  /** Ids by which the record is found: event, request, resource ids, function and rule names. */
  refs: string[]
  step: Step
}
