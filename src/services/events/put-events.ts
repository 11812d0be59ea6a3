/** PutEvents: users' own events. */
import type {
  PutEventsRequest,
  PutEventsRequestEntry,
  PutEventsResponse,
  PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../aws/context.ts'
import { notImplemented } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { journeyIn } from '../../aws/trace-header.ts'
import { isoSeconds } from '../../clock.ts'
import { busPolicy } from './bus-policy.ts'
import { findBus } from './buses.ts'
import { entriesTooLarge } from './errors.ts'
import { type BusEvent, compactObject } from './event.ts'
import { traceHeaderOf } from './event-trace.ts'
import type { Matchers } from './matching.ts'
import { type BusName, busArn, busName } from './names.ts'
import { publish } from './publish.ts'

/** The total of a request must be below it. */
export const MAX_ENTRIES_BYTES = 1_048_576
/** What an entry's Time counts for. */
const TIME_BYTES = 14
/** Sources that only AWS's own services may use. */
const RESERVED_SOURCE = 'aws.'

/**
 * Succeeds with a result for each entry; an entry for a bus that does not exist is accepted and
 * lost. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function putEvents(
  { Entries, EndpointId }: Checked<PutEventsRequest>,
  matchers: Matchers,
  ctx: Context,
): PutEventsResponse {
  allowEach(Entries, ctx)
  if (EndpointId !== undefined)
    throw notImplemented('events', 'PutEvents through a global endpoint')
  const bytes = Entries.reduce((sum, entry) => sum + entryBytes(entry), 0)
  if (bytes >= MAX_ENTRIES_BYTES) throw entriesTooLarge()
  const results = Entries.map((entry) => putEntry(entry, matchers, ctx))
  return {
    FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
    Entries: results,
  }
}

/** Asks once for each bus, source and detail-type; one refusal refuses the request. */
function allowEach(entries: readonly PutEventsRequestEntry[], ctx: Context): void {
  const asked = new Set<string>()
  for (const { EventBusName, Source, DetailType } of entries) {
    const question = JSON.stringify([EventBusName, Source, DetailType])
    if (asked.has(question)) continue
    asked.add(question)
    const { world, name } = busName(EventBusName, ctx.world)
    const keys = {
      'events:source': Source,
      'events:detail-type': DetailType,
      'events:eventBusInvocation': 'false',
    }
    const bus = findBus(name, ctx.in(world))
    ctx.allow('events:PutEvents', busArn(world, name), {
      keys,
      resourcePolicy: bus && busPolicy(bus),
    })
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export function entryBytes({ Time, Source, DetailType, Detail, Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources]
  const bytes = texts.reduce((sum, text) => sum + (text ? Buffer.byteLength(text) : 0), 0)
  return bytes + (Time ? TIME_BYTES : 0)
}

type Entry = PutEventsRequestEntry

function putEntry(entry: Entry, matchers: Matchers, ctx: Context): PutEventsResultEntry {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[name]) return missing(name)
  }
  const { Source = '', DetailType = '', Detail = '', Resources = [], Time } = entry
  const detail = compactObject(Detail)
  if (detail === undefined) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  }
  if (Source.startsWith(RESERVED_SOURCE)) {
    const ErrorMessage = 'Not authorized for the source.'
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage }
  }
  const { world, name }: BusName = busName(entry.EventBusName, ctx.world)
  const traceHeader = traceHeaderOf(entry, ctx)
  const event: BusEvent = {
    id: ctx.ids.uuid(),
    detailType: DetailType,
    source: Source,
    account: ctx.caller.account,
    time: isoSeconds(Time?.getTime() ?? ctx.now),
    region: world.region,
    resources: Resources,
    detail,
    traceHeader,
  }
  const { journey, record } = ctx.cause
  const cause = { journey: journeyIn(traceHeader) ?? journey, record }
  publish({ event, bus: name }, matchers, ctx.in(world), cause)
  return { EventId: event.id }
}

function missing(name: string): PutEventsResultEntry {
  const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`
  return { ErrorCode: 'InvalidArgument', ErrorMessage }
}
