/** What an operation knows and may do: the request, the transaction, and the ways onward. */
import type { Ids } from '../ids.ts'
import type { Policy } from '../policy/index.ts'
import type { Tx, World } from '../store/store.ts'
import type { Cause, Step } from '../trace/record.ts'
import type { Caller, ConditionKeys, Verdict } from './authority.ts'

/** An event as a service emits it; the bus adds the rest of the envelope. */
export interface ServiceEvent {
  source: string
  detailType: string
  /** ARNs. */
  resources: string[]
  detail: object
  /** Milliseconds since the epoch; now unless given. */
  time?: number
  /** A UUID; a new one unless given. */
  id?: string
}

export interface Access {
  /** Condition keys of this action: `ec2:InstanceType`, `aws:RequestTag/team`. */
  keys?: ConditionKeys
  resourcePolicy?: Policy | undefined
}

/** What stays the same from the first step of a request to its last. */
export interface RequestFacts {
  readonly service: string
  readonly operation: string
  readonly requestId: string
  readonly caller: Caller
  readonly world: World
  /** The record of this request or step: the cause of all that follows from it. */
  readonly cause: Cause
  readonly sourceIp: string
  readonly userAgent: string
  /** `X-Amzn-Trace-Id`, as SDKs inside functions send it. */
  readonly traceHeader?: string | undefined
}

export interface Context extends RequestFacts {
  readonly account: string
  readonly region: string
  /** Milliseconds since the epoch. The same throughout the operation. */
  readonly now: number
  readonly ids: Ids
  readonly tx: Tx
  /** The same request in another account or region. */
  in(world: World): Context
  /** Throws the service's "access denied" unless the caller may do this to every resource. */
  allow(action: string, resources: string | readonly string[], access?: Access): void
  /** Whether what policies refuse is let through, and only traced. */
  readonly audits: boolean
  /** Says that an operation asks no permission, as AWS documents of a few. */
  allowAnyone(): void
  /** The decision on one action, without throwing: for operations that filter or only report. */
  decide(action: string, resource: string, access?: Access): Verdict
  /** Books `kind` after a delay, caused by this request; the row commits with this transaction. */
  later(afterMs: number, kind: string, payload: unknown, cause?: Cause): void
  /** Puts an event of this service on the default bus of this account and region. */
  publish(event: ServiceEvent): void
  /** Adds a step to the trace, and returns its name for what follows from it. */
  record(step: Step, refs: string[], cause?: Cause): Cause
}

/** For the few operations that wait: transactions around a wait, instead of one. */
export interface WaitingContext extends RequestFacts {
  now(): number
  readonly ids: Ids
  /** Runs a transaction of this request. */
  transact<T>(work: (ctx: Context) => T): T
  /** Resolves once all that was committed is on disk. */
  durable(): Promise<void>
  /** Resolves once the cloud's clock has reached `at`, or the signal aborts. */
  until(at: number, signal?: AbortSignal): Promise<void>
  /** Aborts when the client has gone away. */
  readonly signal: AbortSignal
}
