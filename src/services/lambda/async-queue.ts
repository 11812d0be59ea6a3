/**
 * Asynchronous invocations: a queue on disk for a function and each of its qualifiers, tried until
 * the function succeeds, its retries are used up, or the event is too old. A row leaves the queue
 * only with the commit that records its end, so a crash runs it again rather than losing it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { Context } from '../../aws/context.ts'
import { type Spooled, spool, table } from '../../store/store.ts'
import type { Cause } from '../../trace/record.ts'
import type { AsyncEvent, Background } from '../ports.ts'
import type { Destinations } from './destinations.ts'
import { eventInvokeConfigOf } from './event-invoke-config.ts'
import type { Executor } from './executor.ts'
import { findInvoked, type LambdaFunction } from './functions.ts'
import { reservedOf } from './limits.ts'
import { isLoop, lineageOf, nextLineage } from './lineage.ts'
import {
  addressArn,
  type FunctionAddress,
  functionArn,
  LATEST,
  parseFunctionArn,
  qualifiedArn,
} from './names.ts'
import { type Attempted, nextStep } from './retries.ts'

/** The row that has a queue looked at. */
export const WAKE = 'lambda.wake'
/** Environments that one queue keeps busy on this machine, at most. */
const MAX_QUEUE_CONCURRENCY = 10

export interface QueuedInvocation {
  requestId: string
  payload: string
  invokedFunctionArn: string
  /** How often the function was run so far. */
  attempts: number
  /** How often there was no room to run it. */
  throttles?: number
  /** Milliseconds since the epoch. */
  acceptedAt: number
  traceHeader?: string | undefined
  /** What the trace header tells of the functions before: `Lineage=…`. */
  lineage?: string | undefined
  cause: Cause
}

/** An event of a function, a message or a caller: what was before it goes on with it. */
export type ChainedEvent = AsyncEvent & Partial<Pick<QueuedInvocation, 'lineage' | 'requestId'>>

/** By the function's ARN with its qualifier; in the order in which they are due. */
const queue = spool<QueuedInvocation>('lambda.queue')

/** When each queue is looked at, so that many events that wait for one time cost one row. */
const wakes = table<number[]>('lambda.wakes')

export interface Wake {
  /** The queue's name. */
  partition: string
}

export interface AsyncQueueParts {
  background: Background
  executor: Executor
  destinations: Destinations
}

export class AsyncQueue {
  readonly #parts: AsyncQueueParts
  readonly #inFlight = new Map<string, Set<number>>()
  /** Queues that have found no room, and when they try again. */
  readonly #heldUntil = new Map<string, number>()

  constructor(parts: AsyncQueueParts) {
    this.#parts = parts
  }

  /** Takes an invocation in this transaction; `cause` is the record that asked for it. */
  accept(address: FunctionAddress, event: ChainedEvent, ctx: Context, cause: Cause): string {
    const { requestId = ctx.ids.uuid() } = event
    const partition = qualifiedArn(address)
    const invokedFunctionArn = addressArn(address)
    const acceptedAt = ctx.now
    const row = { ...event, requestId, invokedFunctionArn, attempts: 0, acceptedAt, cause }
    ctx.tx.append(queue, partition, ctx.now, row)
    wakeAt(ctx.now, partition, ctx)
    return requestId
  }

  /** Starts what is due, as far as there is room; the rest follows as room is made. */
  wake({ partition }: Wake, ctx: Context): void {
    const later = ctx.tx.get(wakes, partition)?.filter((due) => due > ctx.now) ?? []
    if (later.length > 0) ctx.tx.put(wakes, partition, later)
    else ctx.tx.delete(wakes, partition)
    this.#fill(partition, ctx)
  }

  /** After a restart: rows that were in flight at the crash have no agenda row any more. */
  start(): void {
    const nowhere = { service: 'lambda', world: { account: '', region: '' } }
    const { background } = this.#parts
    const partitions = background.transact(nowhere, (ctx) => ctx.tx.partitions(queue))
    for (const partition of partitions) this.#next(partition)
  }

  /** Forgets what it holds in memory. */
  reset(): void {
    this.#heldUntil.clear()
  }

  /** Forgets the events that wait for a function that was deleted, or for one qualifier of it. */
  drop({ world, name }: FunctionAddress, qualifiers: readonly string[], ctx: Context): void {
    for (const qualifier of qualifiers) ctx.tx.clear(queue, functionArn(world, name, qualifier))
  }

  #fill(partition: string, ctx: Context): void {
    const heldUntil = this.#heldUntil.get(partition) ?? 0
    if (heldUntil > ctx.now) {
      wakeAt(heldUntil, partition, ctx)
      return
    }
    this.#heldUntil.delete(partition)
    const inFlight = this.#inFlight.get(partition) ?? new Set()
    const places = placesOf(partition, ctx)
    if (inFlight.size >= places) return
    this.#inFlight.set(partition, inFlight)
    // Those in flight come first: one more than can be finds the next that is not.
    for (const spooled of ctx.tx.read(queue, partition, { limit: places + 1 })) {
      if (inFlight.has(spooled.id)) continue
      if (spooled.order > ctx.now) wakeAt(spooled.order, partition, ctx)
      if (spooled.order > ctx.now || inFlight.size >= places) return
      inFlight.add(spooled.id)
      this.#run(partition, spooled)
    }
    if (inFlight.size === 0) this.#inFlight.delete(partition)
  }

  #run(partition: string, spooled: Spooled<QueuedInvocation>): void {
    const done = this.#process(partition, spooled).finally(() => {
      this.#inFlight.get(partition)?.delete(spooled.id)
      this.#next(partition)
    })
    this.#parts.background.track(done)
  }

  #next(partition: string): void {
    const address = parseFunctionArn(partition)
    if (!address) return
    const origin = { service: 'lambda', world: address.world }
    this.#parts.background.transact(origin, (ctx) => this.#fill(partition, ctx))
  }

  async #process(partition: string, { id, row }: Spooled<QueuedInvocation>): Promise<void> {
    const { background, executor } = this.#parts
    const address = parseFunctionArn(partition)
    if (!address) return
    // What comes of a run must not be on disk before what led to it.
    await background.durable()
    const origin = { service: 'lambda', world: address.world, cause: row.cause }
    const found = background.transact(origin, (ctx) => this.#take(id, row, address, ctx))
    if (!found) return
    const attempt = row.attempts + 1
    const lineage = nextLineage([lineageOf(row.lineage)], found.arn)
    const run = executor.run(found, address.world, { ...row, attempt, lineage })
    const result = await run.catch((error: Error) => ({ outcome: 'system-error', error }) as const)
    const attempted: Attempted =
      result.outcome === 'throttled' || result.outcome === 'system-error'
        ? { ...row, throttles: (row.throttles ?? 0) + 1, outcome: result.outcome }
        : { ...row, attempts: attempt, outcome: result.outcome, result }
    background.transact(origin, (ctx) => this.#conclude(id, attempted, found, address, ctx))
  }

  /** The version to run; undefined when there is nothing to run any more. */
  #take(
    id: number,
    row: QueuedInvocation,
    address: FunctionAddress,
    ctx: Context,
  ): LambdaFunction | undefined {
    const found = findInvoked(address, ctx)
    if (!found) ctx.tx.remove(queue, id)
    else if (reservedOf(found.name, ctx) === 0) {
      this.#conclude(id, { ...row, outcome: 'switched-off' }, found, address, ctx)
    } else if (isLoop(lineageOf(row.lineage), found, ctx)) {
      this.#conclude(id, { ...row, outcome: 'looping' }, found, address, ctx)
    } else return found
    return undefined
  }

  #conclude(
    id: number,
    attempted: Attempted,
    found: LambdaFunction,
    address: FunctionAddress,
    ctx: Context,
  ): void {
    const config = eventInvokeConfigOf(found.name, address.qualifier ?? LATEST, ctx)
    const step = nextStep(attempted, config, ctx.now)
    const { outcome, result, ...row } = attempted
    if (step.kind === 'end') {
      const { condition } = step
      ctx.tx.remove(queue, id)
      this.#parts.destinations.deliver(
        { found, address, row, outcome, result, config, condition },
        ctx,
      )
      return
    }
    ctx.tx.move(queue, id, ctx.now + step.waitMs, row)
    if (!result) this.#heldUntil.set(qualifiedArn(address), ctx.now + step.waitMs)
    ctx.record({ kind: 'note', text: step.why }, [found.name, row.requestId])
  }
}

/** How many events of a queue run at a time: what its function has reserved is not overrun. */
function placesOf(partition: string, ctx: Context): number {
  const name = parseFunctionArn(partition)?.name ?? ''
  // A function that has reserved nothing at all still has its events taken, and ended.
  return Math.min(reservedOf(name, ctx) || MAX_QUEUE_CONCURRENCY, MAX_QUEUE_CONCURRENCY)
}

/** Books a look at a queue, unless one is booked that comes before. */
function wakeAt(due: number, partition: string, ctx: Context): void {
  const booked = ctx.tx.get(wakes, partition) ?? []
  if (booked.some((other) => other <= due)) return
  ctx.tx.put(wakes, partition, [due, ...booked])
  ctx.later(due - ctx.now, WAKE, { partition } satisfies Wake)
}
