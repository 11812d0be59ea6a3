/** Log events: put, and read of one stream. */
import type {
  GetLogEventsRequest,
  GetLogEventsResponse,
  InputLogEvent,
  PutLogEventsRequest,
  PutLogEventsResponse,
  RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { MS_PER_DAY, MS_PER_HOUR } from '../../clock.ts'
import type { Spooled, SpoolRange } from '../../store/store.ts'
import type { LogLine } from '../ports.ts'
import { allowOn, groupNamed } from './arns.ts'
import { invalidParameter } from './errors.ts'
import { expireLater, keptSince } from './expiry.ts'
import { existingGroup, existingStream } from './lookup.ts'
import { type Place, readStreamToken, sequenceToken, streamToken } from './places.ts'
import { bytesOf, events, type LogEvent, type LogGroup, type LogStream, streams } from './state.ts'

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAX_BATCH_BYTES = 1_048_576
const MAX_EVENT_BYTES = 1_048_576
const MAX_BATCH_SPAN_MS = MS_PER_DAY
const MAX_FUTURE_MS = 2 * MS_PER_HOUR
const MAX_PAST_MS = 14 * MS_PER_DAY

export const MAX_EVENTS = 10_000
export const MAX_PAGE_BYTES = 1_048_576

export function putLogEvents(
  input: Checked<PutLogEventsRequest>,
  ctx: Context,
): PutLogEventsResponse {
  const { logGroupName, logStreamName: name } = input
  const batch = input.logEvents.map(checkedEvent)
  allowOn(ctx, 'logs:PutLogEvents', logGroupName, { stream: name })
  checkBatch(batch)
  const group = existingGroup(logGroupName, ctx)
  const stream = existingStream(logGroupName, name, ctx)
  const { accepted, rejected } = sortOut(batch, group, ctx.now)
  appendEvents(group, stream, accepted, ctx)
  return {
    nextSequenceToken: sequenceToken(ctx.now),
    ...(rejected && { rejectedLogEventsInfo: rejected }),
  }
}

/** Validation has seen that both members are there. */
function checkedEvent({ timestamp = 0, message = '' }: InputLogEvent): LogLine {
  return { timestamp, message }
}

function checkBatch(batch: readonly LogLine[]): void {
  let total = 0
  let previous = Number.NEGATIVE_INFINITY
  for (const { timestamp, message } of batch) {
    const bytes = bytesOf(message)
    if (bytes > MAX_EVENT_BYTES) {
      const text = `Log event too large: ${bytes} bytes exceeds limit of ${MAX_EVENT_BYTES}`
      throw invalidParameter(text)
    }
    if (timestamp < previous) {
      const text = 'Log events in a single PutLogEvents request must be in chronological order.'
      throw invalidParameter(text)
    }
    previous = timestamp
    total += bytes
  }
  if (total > MAX_BATCH_BYTES) {
    throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${MAX_BATCH_BYTES}`)
  }
  if (previous - (batch[0]?.timestamp ?? previous) > MAX_BATCH_SPAN_MS) {
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
  }
}

/** The batch is in order, so what is too old stands before, and what is too new behind the rest. */
function sortOut(batch: readonly LogLine[], group: LogGroup, now: number) {
  const olderThan = (time: number) => batch.filter(({ timestamp }) => timestamp < time).length
  const tooOld = olderThan(now - MAX_PAST_MS)
  const expired = olderThan(keptSince(group, now))
  const tooNew = olderThan(now + MAX_FUTURE_MS + 1)
  const rejected: RejectedLogEventsInfo = {
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
    ...(tooNew < batch.length && { tooNewLogEventStartIndex: tooNew }),
  }
  return {
    accepted: batch.slice(Math.max(tooOld, expired), tooNew),
    rejected: Object.keys(rejected).length > 0 ? rejected : undefined,
  }
}

export function appendEvents(
  group: LogGroup,
  stream: LogStream,
  lines: readonly LogLine[],
  ctx: Context,
): void {
  if (lines.length === 0) return
  let { firstEventAt = Infinity, lastEventAt = 0, bytes } = stream
  for (const { timestamp, message } of lines) {
    ctx.tx.append(events, stream.arn, timestamp, { message, ingestedAt: ctx.now })
    firstEventAt = Math.min(firstEventAt, timestamp)
    lastEventAt = Math.max(lastEventAt, timestamp)
    bytes += bytesOf(message)
  }
  const changed = { ...stream, firstEventAt, lastEventAt, lastIngestedAt: ctx.now, bytes }
  ctx.tx.put(streams, stream.arn, changed)
  if (group.retentionInDays !== undefined && !group.expiryBooked) expireLater(group, ctx)
}

/**
 * A page of a stream, oldest first: its newest events, or with `startFromHead` its oldest. At the
 * end of the stream the token of that direction is the one that was passed in.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function getLogEvents(
  input: Checked<GetLogEventsRequest>,
  ctx: Context,
): Answer<GetLogEventsResponse> {
  const groupName = groupNamed(input, ctx)
  const { logStreamName, nextToken, startTime = 0, endTime, limit = MAX_EVENTS } = input
  allowOn(ctx, 'logs:GetLogEvents', groupName, { stream: logStreamName })
  const token = nextToken === undefined ? undefined : readStreamToken(nextToken)
  const group = existingGroup(groupName, ctx)
  const { arn } = existingStream(groupName, logStreamName, ctx)
  const from = Math.max(startTime, keptSince(group, ctx.now))
  const range: SpoolRange = {
    from,
    // Exclusive here, though inclusive in FilterLogEvents.
    ...(endTime !== undefined && { to: endTime - 1 }),
    ...(token && { after: token.place }),
    descending: token ? token.direction === 'b' : !input.startFromHead,
  }
  const found = firstPage(scan(arn, range, ctx), limit)
  if (range.descending) found.reverse()
  const before: Place = found[0] ?? token?.place ?? { order: from, id: 0 }
  const behind: Place = found.at(-1) ?? token?.place ?? { order: from, id: 0 }
  return {
    events: found.map(({ order: timestamp, row }) => ({
      timestamp,
      message: row.message,
      ingestionTime: row.ingestedAt,
    })),
    nextForwardToken: streamToken('f', behind),
    nextBackwardToken: streamToken('b', before),
  }
}

const READ_AT_ONCE = 200

/** A stream's events one by one, read in portions so that little of it is in memory. */
export function* scan(
  streamArn: string,
  range: SpoolRange,
  ctx: Context,
): Generator<Spooled<LogEvent>, undefined> {
  let { after } = range
  for (;;) {
    const found = ctx.tx.read(events, streamArn, {
      ...range,
      ...(after && { after }),
      limit: READ_AT_ONCE,
    })
    yield* found
    after = found.at(-1)
    if (found.length < READ_AT_ONCE) return undefined
  }
}

/** As many as an answer may hold; one is always given. */
function firstPage(source: Iterable<Spooled<LogEvent>>, limit: number): Spooled<LogEvent>[] {
  const page: Spooled<LogEvent>[] = []
  let bytes = 0
  for (const event of source) {
    bytes += bytesOf(event.row.message)
    if (page.length > 0 && bytes > MAX_PAGE_BYTES) break
    page.push(event)
    if (page.length === limit) break
  }
  return page
}
