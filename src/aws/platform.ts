/** What operations run on; joined in cloud.ts. */
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store, Tx, World } from '../store/store.ts'
import type { Cause } from '../trace/record.ts'
import type { Trace } from '../trace/trace.ts'
import type { Authority } from './authority.ts'
import type { Context, ServiceEvent } from './context.ts'
import type { AwsError } from './errors.ts'
import type { Service } from './service.ts'

export interface Booking {
  due: number
  kind: string
  world: World
  payload: unknown
  cause: Cause
}

/** A request that has been dealt with: the answer, or the error. */
export interface FinishedCall {
  readonly service: Service
  readonly operation: string
  readonly input: object
  readonly output?: object
  readonly error?: AwsError
}

export interface Platform {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly trace: Trace
  readonly authority: Authority
  /** Whether what policies refuse is let through, and only traced. */
  readonly audits: boolean
  readonly services: ReadonlyMap<string, Service>
  /** Books a row of the agenda in this transaction. */
  readonly book: (tx: Tx, booking: Booking) => void
  /** Puts a service's event on the default bus, in this transaction. */
  readonly publish: (event: ServiceEvent, ctx: Context) => void
  /** Takes note of a call: in its transaction when it succeeded, else in one of its own. */
  readonly finished: (call: FinishedCall, ctx: Context) => void
}
