/**
 * Asynchronous invocations: a queue per function on disk, tried until it succeeds, its retries are
 * used up, or it is too old. A row leaves the queue only with the commit that records its end, so
 * a crash runs it again rather than losing it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { Context } from '../../aws/context.ts'
import { MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '../../clock.ts'
import { type Spooled, spool } from '../../store/store.ts'
import type { Cause } from '../../trace/record.ts'
import type { Background } from '../ports.ts'
import type { Condition, Destinations } from './destinations.ts'
import { type EventInvokeConfig, eventInvokeConfigOf } from './event-invoke-config.ts'
import type { Executor } from './executor.ts'
import { findFunction, type LambdaFunction } from './functions.ts'
import { addressArn, type FunctionAddress, LATEST, parseFunctionArn } from './names.ts'
import type { InvocationResult } from './runtime/index.ts'

/** The row that has a function's queue looked at. */
export const WAKE = 'lambda.wake'
/** The waits before the first and the second retry. */
const RETRY_WAITS_MS = [MS_PER_MINUTE, 2 * MS_PER_MINUTE]
const DEFAULT_RETRY_ATTEMPTS = 2
const DEFAULT_EVENT_AGE_MS = 6 * MS_PER_HOUR
/** Environments that one function's queue keeps busy on this machine, at most. */
const MAX_QUEUE_CONCURRENCY = 10

export interface QueuedInvocation {
  requestId: string
  payload: string
  invokedFunctionArn: string
  /** Attempts made so far. */
  attempts: number
  /** Milliseconds since the epoch. */
  acceptedAt: number
  cause: Cause
}

const queue = spool<QueuedInvocation>('lambda.queue')

export interface Wake {
  /** The function's ARN with its qualifier: the queue's partition. */
  partition: string
}

export class AsyncQueue {
  readonly #background: Background
  readonly #executor: Executor
  readonly #destinations: Destinations
  readonly #inFlight = new Map<string, Set<number>>()

  constructor(background: Background, executor: Executor, destinations: Destinations) {
    this.#background = background
    this.#executor = executor
    this.#destinations = destinations
  }

  /** Takes an invocation in this transaction; `cause` is the record that asked for it. */
  accept(address: FunctionAddress, payload: string, ctx: Context, cause: Cause): string {
    const requestId = ctx.ids.uuid()
    const partition = addressArn({ ...address, qualifier: address.qualifier ?? LATEST })
    const invokedFunctionArn = addressArn(address)
    const acceptedAt = ctx.now
    const row = { requestId, payload, invokedFunctionArn, attempts: 0, acceptedAt, cause }
    ctx.tx.append(queue, partition, ctx.now, row)
    ctx.later(0, WAKE, { partition } satisfies Wake)
    return requestId
  }

  /** Starts what is due, as far as there is room; the rest follows as room is made. */
  wake({ partition }: Wake, ctx: Context): void {
    const inFlight = this.#inFlight.get(partition) ?? new Set()
    this.#inFlight.set(partition, inFlight)
    if (inFlight.size >= MAX_QUEUE_CONCURRENCY) return
    const due = ctx.tx.read(queue, partition, { to: ctx.now, limit: MAX_QUEUE_CONCURRENCY })
    for (const spooled of due) {
      if (inFlight.has(spooled.id)) continue
      inFlight.add(spooled.id)
      const done = this.#process(partition, spooled).finally(() => inFlight.delete(spooled.id))
      this.#background.track(done.then(() => this.#next(partition)))
      if (inFlight.size >= MAX_QUEUE_CONCURRENCY) return
    }
  }

  /** After a restart: rows that were in flight at the crash have no agenda row any more. */
  start(partitions: (ctx: Context) => string[] = (ctx) => ctx.tx.partitions(queue)): void {
    const nowhere = { service: 'lambda', world: { account: '', region: '' } }
    for (const partition of this.#background.transact(nowhere, partitions)) this.#next(partition)
  }

  /** Forgets the events that wait for a deleted function. */
  drop(address: FunctionAddress, ctx: Context): void {
    ctx.tx.clear(queue, addressArn({ ...address, qualifier: LATEST }))
  }

  #next(partition: string): void {
    const address = parseFunctionArn(partition)
    if (!address) return
    this.#background.transact({ service: 'lambda', world: address.world }, (ctx) =>
      this.wake({ partition }, ctx),
    )
  }

  async #process(partition: string, { id, row }: Spooled<QueuedInvocation>): Promise<void> {
    const address = parseFunctionArn(partition)
    if (!address) return
    await this.#background.durable()
    const origin = { service: 'lambda', world: address.world, cause: row.cause }
    const found = this.#background.transact(origin, (ctx) => {
      const current = findFunction(address, ctx)
      if (!current) ctx.tx.remove(queue, id)
      return current
    })
    if (!found) return
    const attempt = row.attempts + 1
    const result = await this.#executor.run(found, address.world, { ...row, attempt })
    this.#background.transact(origin, (ctx) =>
      this.#conclude(id, { ...row, attempts: attempt }, { found, address, result }, ctx),
    )
  }

  #conclude(id: number, row: QueuedInvocation, run: Ran, ctx: Context): void {
    const { found, address, result } = run
    const config = eventInvokeConfigOf(found.name, address.qualifier ?? LATEST, ctx)
    const waitMs = result.outcome === 'success' ? undefined : retryWaitMs(row, result, config, ctx)
    if (waitMs === 'too-old' || waitMs === undefined) {
      ctx.tx.remove(queue, id)
      const condition = conditionOf(result, waitMs)
      this.#destinations.deliver({ found, row, result, config, condition }, ctx)
      return
    }
    ctx.tx.move(queue, id, ctx.now + waitMs, row)
    ctx.later(waitMs, WAKE, { partition: addressArn(address) } satisfies Wake)
    const text = `attempt ${row.attempts} failed; the next follows in ${waitMs / MS_PER_SECOND} s`
    ctx.record({ kind: 'note', text }, [found.name, row.requestId])
  }
}

interface Ran {
  found: LambdaFunction
  address: FunctionAddress
  result: InvocationResult
}

/** How long until the next attempt; undefined when there is none left. */
function retryWaitMs(
  { attempts, acceptedAt }: QueuedInvocation,
  { outcome }: InvocationResult,
  config: EventInvokeConfig | undefined,
  ctx: Context,
): number | 'too-old' | undefined {
  // Trying again does not bring an interpreter to this machine.
  if (outcome === 'missing-runtime') return undefined
  if (attempts > (config?.maximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS)) return undefined
  const waitMs = RETRY_WAITS_MS[attempts - 1]
  if (waitMs === undefined) return undefined
  const configured = config?.maximumEventAgeSeconds
  const maxAgeMs = configured === undefined ? DEFAULT_EVENT_AGE_MS : configured * MS_PER_SECOND
  return ctx.now + waitMs - acceptedAt > maxAgeMs ? 'too-old' : waitMs
}

function conditionOf({ outcome }: InvocationResult, wait: 'too-old' | undefined): Condition {
  if (outcome === 'success') return 'Success'
  return wait === 'too-old' ? 'EventAgeExceeded' : 'RetriesExhausted'
}
