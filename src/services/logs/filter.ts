/** FilterLogEvents: events of many streams in the order of their times. */
import type {
  FilteredLogEvent,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import TinyQueue from 'tinyqueue'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import type { Spooled } from '../../store/store.ts'
import { allowOn, groupNamed } from './arns.ts'
import { invalidParameter, invalidToken } from './errors.ts'
import { MAX_EVENTS, MAX_PAGE_BYTES, scan } from './events.ts'
import { keptSince } from './expiry.ts'
import { compileFilterPattern } from './filter-pattern/index.ts'
import { existingGroup, existingStream, streamsOf } from './lookup.ts'
import { fromToken, toToken } from './pages.ts'
import { eventId, type Place, readEventId } from './places.ts'
import { bytesOf, type LogEvent, type LogStream } from './state.ts'

/** A search that reaches this many goes on in the next page, empty or not, as AWS's does. */
const MAX_SEARCHED_EVENTS = 50_000

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
export function filterLogEvents(
  input: FilterLogEventsRequest,
  ctx: Context,
): Answer<FilterLogEventsResponse> {
  const name = groupNamed(input, ctx)
  allowOn(ctx, 'logs:FilterLogEvents', name)
  const { startTime = 0, endTime, limit = MAX_EVENTS, nextToken } = input
  if (endTime !== undefined && endTime < startTime) {
    // UNCERTAIN wording; the API documents the code.
    throw invalidParameter('The specified endTime is before the specified startTime.')
  }
  const matches = compileFilterPattern(input.filterPattern ?? '')
  const group = existingGroup(name, ctx)
  const after = nextToken === undefined ? undefined : readPlace(nextToken)
  const range = { from: Math.max(startTime, keptSince(group, ctx.now)), to: endTime, after }
  const found = inOrder(chosenStreams(input, name, ctx), range, ctx)
  return page(found, matches, limit)
}

function chosenStreams(input: FilterLogEventsRequest, group: string, ctx: Context): LogStream[] {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input
  if (names && prefix !== undefined) {
    // UNCERTAIN wording; the API documents the code.
    throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive.')
  }
  if (names) return [...new Set(names)].map((name) => existingStream(group, name, ctx))
  return streamsOf(group, ctx).filter(({ name }) => name.startsWith(prefix ?? ''))
}

interface SearchRange {
  from: number
  to: number | undefined
  after: Place | undefined
}

interface Found {
  stream: string
  event: Spooled<LogEvent>
}

/** A stream in the merge: its next event, or before it is opened the least time that may have. */
interface Head {
  order: number
  id: number
  open: () => Iterator<Spooled<LogEvent>, undefined>
  rest?: Iterator<Spooled<LogEvent>, undefined>
  event?: Spooled<LogEvent>
  stream: LogStream
}

/** Merges streams; one is read only once the merge has come to the time of its first event. */
function* inOrder(streams: LogStream[], range: SearchRange, ctx: Context): Generator<Found> {
  const { from, to = Number.MAX_SAFE_INTEGER, after } = range
  const since = Math.max(from, after?.order ?? 0)
  const bounds = { from, to, ...(after && { after }) }
  const heads = streams
    .filter(
      ({ firstEventAt = Infinity, lastEventAt = 0 }) => firstEventAt <= to && lastEventAt >= since,
    )
    .map((stream): Head => {
      const order = Math.max(since, stream.firstEventAt ?? 0)
      return { order, id: 0, stream, open: () => scan(stream.arn, bounds, ctx) }
    })
  const queue = new TinyQueue(heads, (a, b) => a.order - b.order || a.id - b.id)
  for (let head = queue.pop(); head; head = queue.pop()) {
    if (head.event) yield { stream: head.stream.name, event: head.event }
    head.rest ??= head.open()
    const { value: event } = head.rest.next()
    if (event) queue.push({ ...head, event, order: event.order, id: event.id })
  }
}

function page(
  found: Iterable<Found>,
  matches: (message: string) => boolean,
  limit: number,
): Answer<FilterLogEventsResponse> {
  const events: FilteredLogEvent[] = []
  let searched = 0
  let bytes = 0
  let last: Place | undefined
  for (const { stream, event } of found) {
    const { message, ingestedAt } = event.row
    const matched = matches(message)
    const isFull = events.length === limit || searched === MAX_SEARCHED_EVENTS
    bytes += matched ? bytesOf(message) : 0
    if (last && (isFull || (events.length > 0 && bytes > MAX_PAGE_BYTES))) {
      return { events, searchedLogStreams: [], nextToken: toToken(eventId(last)) }
    }
    searched++
    last = event
    if (!matched) continue
    events.push({
      logStreamName: stream,
      timestamp: event.order,
      message,
      ingestionTime: ingestedAt,
      eventId: eventId(event),
    })
  }
  // No longer filled since 2019, says the API, but still there.
  return { events, searchedLogStreams: [] }
}

function readPlace(token: string): Place {
  const digits = fromToken(token)
  if (!/^\d{56}$/.test(digits)) throw invalidToken()
  return readEventId(digits)
}
