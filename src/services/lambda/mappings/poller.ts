/**
 * Reads queues for functions. Nothing polls in vain: a queue that gets a message wakes its
 * mappings, and what only time makes receivable is a row of the agenda.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
import type { Context } from '../../../aws/context.ts'
import { MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '../../../clock.ts'
import type { Ids } from '../../../ids.ts'
import type { Cause } from '../../../trace/record.ts'
import type {
  Background,
  EventPatterns,
  QueueSource,
  ReceivedMessage,
  RoleSender,
} from '../../ports.ts'
import { senderOf } from '../execution-role.ts'
import type { Executor } from '../executor.ts'
import { findFunction, findInvoked, type LambdaFunction } from '../functions.ts'
import { isLoop, lineageOf, nextLineage } from '../lineage.ts'
import { functionArn } from '../names.ts'
import { MAX_SYNC_PAYLOAD_BYTES } from '../payload.ts'
import { eventOfBatch, failedIds, filteredEvent } from './batch.ts'
import { type Mapping, mappings } from './rows.ts'

/** The row that has a mapping look at its queue. */
export const POLL = 'lambda.poll'

export interface Poll {
  uuid: string
}

/** Batches that run at a time: AWS begins with five, and stays below what was configured. */
const CONCURRENT_BATCHES = 5
/** What SQS gives at once. */
const MAX_RECEIVED = 10
/** Left for what wraps the messages in their event. */
const MAX_BATCH_BYTES = MAX_SYNC_PAYLOAD_BYTES - 64 * 1024
/** When a queue that could not be read is tried again: twice as long each time. */
const FIRST_RETRY_MS = MS_PER_MINUTE
const MAX_RETRY_MS = MS_PER_HOUR
const NOWHERE = { account: '', region: '' }

export interface PollerParts {
  background: Background
  source: QueueSource
  patterns: EventPatterns
  executor: Executor
  ids: Ids
}

/** What a mapping has in hand. */
interface Reader {
  running: number
  /** Received and not yet given to the function. */
  gathered: ReceivedMessage[]
  /** When the first of them was received. */
  since: number
  /** When it looks next. */
  booked: number
  /** How often in a row the queue could not be read. */
  refusals: number
}

export class Pollers {
  readonly #parts: PollerParts
  readonly #readers = new Map<string, Reader>()
  #open = false

  constructor(parts: PollerParts) {
    this.#parts = parts
    parts.source.onArrival((queueArn) => this.#arrived(queueArn))
  }

  /** After a restart: every mapping looks at its queue. */
  start(): void {
    this.#open = true
    this.#transact((ctx) => {
      for (const row of ctx.tx.all(mappings)) this.poll(row, ctx.in(row.world))
    })
  }

  /** Forgets what was received; it becomes visible again when its time is over. */
  reset(): void {
    this.#open = false
    this.#readers.clear()
  }

  /** The agenda's part. */
  due({ uuid }: Poll, ctx: Context): void {
    const reader = this.#readers.get(uuid)
    if (reader) reader.booked = Number.POSITIVE_INFINITY
    const row = ctx.tx.get(mappings, uuid)
    if (row) this.poll(row, ctx)
    else this.#readers.delete(uuid)
  }

  /** A function that was Pending can take what has gathered meanwhile. */
  functionReady({ arn }: LambdaFunction, ctx: Context): void {
    for (const row of ctx.tx.by(mappings, 'function', arn)) this.poll(row, ctx)
  }

  /** Starts what batches there are, as far as there is room. */
  poll(row: Mapping, ctx: Context): void {
    const { maximumConcurrency = CONCURRENT_BATCHES } = row
    const places = Math.min(maximumConcurrency, CONCURRENT_BATCHES)
    const reader = this.#readerOf(row.uuid)
    // What was received for nobody becomes visible again when its time is over.
    if (row.state !== 'Enabled') reader.gathered = []
    while (this.#open && row.state === 'Enabled' && reader.running < places) {
      const nextAt = this.#gather(row, reader, ctx)
      const waitsUntil = waitOf(row, reader, nextAt, ctx.now)
      if (waitsUntil !== undefined) {
        this.#book(row, waitsUntil, reader, ctx)
        return
      }
      this.#start(row, nextBatch(reader, row.batchSize), reader)
    }
  }

  #arrived(queueArn: string): void {
    this.#transact((ctx) => {
      for (const row of ctx.tx.by(mappings, 'source', queueArn)) {
        this.poll(row, ctx.in(row.world))
      }
    })
  }

  /** Receives up to a batch; answers when time alone may bring more. */
  #gather(row: Mapping, reader: Reader, ctx: Context): number {
    const sender = this.#senderOf(row, ctx)
    if (!sender) return Number.POSITIVE_INFINITY
    const seen = new Set<string>()
    for (;;) {
      const missing = row.batchSize - reader.gathered.length
      if (missing <= 0 || bytesOf(reader.gathered) > MAX_BATCH_BYTES) return ctx.now
      const count = Math.min(missing, MAX_RECEIVED)
      const received = this.#parts.source.receive(row.eventSourceArn, count, sender, ctx)
      if (!received.accepted) {
        note(row, `the queue could not be read: ${received.message}`, ctx)
        return ctx.now + Math.min(FIRST_RETRY_MS * 2 ** reader.refusals++, MAX_RETRY_MS)
      }
      reader.refusals = 0
      const { messages, nextAt } = received
      if (messages.length === 0) return nextAt
      if (reader.gathered.length === 0) reader.since = ctx.now
      reader.gathered = withoutRepeats(reader.gathered, this.#wanted(row, messages, sender, ctx))
      // A queue that hides nothing would give the same messages without end.
      if (messages.every(({ messageId }) => seen.has(messageId))) return ctx.now + FIRST_RETRY_MS
      for (const { messageId } of messages) seen.add(messageId)
    }
  }

  /** Those that the filters let through; the others are deleted, as AWS documents. */
  #wanted(
    row: Mapping,
    messages: readonly ReceivedMessage[],
    sender: RoleSender,
    ctx: Context,
  ): ReceivedMessage[] {
    if (row.filters.length === 0) return [...messages]
    const { patterns } = this.#parts
    const tests = row.filters.map((pattern) => patterns.compile(pattern))
    const { wanted = [], unwanted = [] } = Object.groupBy(messages, (message) => {
      const event = filteredEvent(message, row.eventSourceArn)
      return tests.some((test) => test?.(event)) ? 'wanted' : 'unwanted'
    })
    if (unwanted.length > 0) {
      this.#delete(row, unwanted, sender, ctx)
      note(row, `${unwanted.length} message(s) matched no filter and were deleted`, ctx)
    }
    return wanted
  }

  #start(row: Mapping, batch: ReceivedMessage[], reader: Reader): void {
    reader.running++
    const work = this.#run(row, batch).finally(() => {
      reader.running--
      if (this.#readers.get(row.uuid) === reader) this.#look(row)
    })
    this.#parts.background.track(work)
  }

  #look({ uuid }: Mapping): void {
    this.#transact((ctx) => {
      const row = ctx.tx.get(mappings, uuid)
      if (row) this.poll(row, ctx.in(row.world))
    })
  }

  async #run(row: Mapping, received: ReceivedMessage[]): Promise<void> {
    const { background, executor, ids } = this.#parts
    const { world, functionName: name, qualifier, eventSourceArn } = row
    // What comes of a run must not be on disk before what led to it.
    await background.durable()
    const cause = causeOf(received)
    const origin = { service: 'lambda', world, ...(cause && { cause }) }
    const begun = background.transact(origin, (ctx) => begin(row, received, ctx))
    if (!begun) return
    const { found, batch, lineage } = begun
    const result = await executor.run(found, world, {
      requestId: ids.uuid(),
      payload: eventOfBatch(batch, eventSourceArn),
      invokedFunctionArn: functionArn(world, name, qualifier),
      attempt: 1,
      lineage,
      cause: begun.cause,
    })
    // What failed or was throttled becomes visible again when its time is over.
    if (result.outcome !== 'success') return
    const failed = row.reportsItemFailures ? failedIds(result.payload, batch) : new Set()
    const done = batch.filter(({ messageId }) => !failed.has(messageId))
    background.transact({ ...origin, cause: begun.cause }, (ctx) =>
      this.#delete(row, done, senderOf(found), ctx),
    )
  }

  #delete(
    row: Mapping,
    messages: readonly ReceivedMessage[],
    sender: RoleSender,
    ctx: Context,
  ): void {
    const handles = messages.map(({ receiptHandle }) => receiptHandle)
    const deleted = this.#parts.source.delete(row.eventSourceArn, handles, sender, ctx)
    if (!deleted.accepted) note(row, `messages could not be deleted: ${deleted.message}`, ctx)
  }

  /** One row for each moment: an earlier one looks again and books the later. */
  #book({ uuid }: Mapping, at: number, reader: Reader, ctx: Context): void {
    if (at === Number.POSITIVE_INFINITY || at >= reader.booked) return
    reader.booked = at
    ctx.later(at - ctx.now, POLL, { uuid } satisfies Poll)
  }

  #senderOf({ world, functionName: name, qualifier }: Mapping, ctx: Context) {
    const found = findFunction({ world, name, qualifier }, ctx)
    return found?.state === 'Active' ? senderOf(found) : undefined
  }

  #readerOf(uuid: string): Reader {
    const known = this.#readers.get(uuid)
    if (known) return known
    const idle = { running: 0, since: 0, booked: Number.POSITIVE_INFINITY, refusals: 0 }
    const reader: Reader = { ...idle, gathered: [] }
    this.#readers.set(uuid, reader)
    return reader
  }

  #transact(work: (ctx: Context) => void): void {
    this.#parts.background.transact({ service: 'lambda', world: NOWHERE }, work)
  }
}

interface BegunBatch {
  found: LambdaFunction
  batch: ReceivedMessage[]
  lineage: string
  cause: Cause
}

/** The version to run and what of the batch to run it with; undefined when there is neither. */
function begin(
  row: Mapping,
  received: readonly ReceivedMessage[],
  ctx: Context,
): BegunBatch | undefined {
  const { world, functionName: name, qualifier, eventSourceArn } = row
  const found = findInvoked({ world, name, qualifier }, ctx)
  if (!found) return undefined
  const there = ctx.in(world)
  const batch = received.filter(({ attributes }) => {
    return !isLoop(lineageOf(attributes.AWSTraceHeader), found, there)
  })
  const looping = received.length - batch.length
  if (looping > 0) {
    // They end where the queue's redrive policy says.
    const text = `a recursive loop: ${looping} message(s) have come through ${name} too often`
    note(row, text, ctx)
  }
  if (batch.length === 0) return undefined
  const lineages = batch.map(({ attributes }) => lineageOf(attributes.AWSTraceHeader))
  const text = `${batch.length} message(s) of ${eventSourceArn} for ${name}`
  const refs = [name, ...batch.map(({ messageId }) => messageId)]
  const cause = ctx.record({ kind: 'note', text }, refs)
  return { found, batch, lineage: nextLineage(lineages, found.arn), cause }
}

/** Until when what was gathered is no batch yet; undefined when it is one. */
function waitOf(
  { batchSize, windowSeconds }: Mapping,
  { gathered, since }: Reader,
  nextAt: number,
  now: number,
): number | undefined {
  if (gathered.length === 0) return nextAt
  const isWhole = gathered.length >= batchSize || bytesOf(gathered) > MAX_BATCH_BYTES
  const readyAt = since + windowSeconds * MS_PER_SECOND
  return isWhole || readyAt <= now ? undefined : Math.min(readyAt, nextAt)
}

/** Takes the next batch out of what was gathered, within both limits. */
function nextBatch(reader: Reader, size: number): ReceivedMessage[] {
  let bytes = 0
  let count = 0
  for (const { body } of reader.gathered) {
    bytes += Buffer.byteLength(body)
    if (count === size || (count > 0 && bytes > MAX_BATCH_BYTES)) break
    count++
  }
  return reader.gathered.splice(0, count)
}

/** What is gathered for longer than it is hidden is received again: only the latest counts. */
function withoutRepeats(
  gathered: readonly ReceivedMessage[],
  received: readonly ReceivedMessage[],
): ReceivedMessage[] {
  const latest = new Set(received.map(({ messageId }) => messageId))
  return [...gathered.filter(({ messageId }) => !latest.has(messageId)), ...received]
}

function bytesOf(messages: readonly ReceivedMessage[]): number {
  return messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
}

/** The journey of the first message goes on. */
function causeOf([first]: readonly ReceivedMessage[]): Cause | undefined {
  return first?.cause
}

function note({ functionName }: Mapping, text: string, ctx: Context): void {
  ctx.record({ kind: 'note', text }, [functionName])
}
