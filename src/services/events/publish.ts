/** An event comes to a bus: which rules match, and what is booked for their targets. */
import type { Context, ServiceEvent } from '../../aws/context.ts'
import { isoSeconds } from '../../clock.ts'
import type { Cause, EventStep } from '../../trace/record.ts'
import type { EventKind } from '../ports.ts'
import { findBus } from './buses.ts'
import { type BusEvent, documentOf, type Hops } from './event.ts'
import type { Matchers } from './matching.ts'
import { DEFAULT_BUS } from './names.ts'
import { ALL_EVENTS, type Rule } from './rule-rows.ts'

export const DELIVER = 'events.deliver'
/** Longer details are left out of the trace. */
const MAX_TRACED_CHARACTERS = 65_536
const TOO_LONG = `more than ${MAX_TRACED_CHARACTERS} characters`

export interface Publication {
  event: BusEvent
  /** A bus of the context's account and region. */
  bus: string
  hops?: Hops
  /** Rules that may match, by ARN; all unless given. */
  only?: readonly string[] | undefined
}

/** A row of the agenda: an event waits to be given to the targets of the rules that it matched. */
export interface Delivery {
  event: BusEvent
  bus: string
  rules: string[]
  hops?: Hops
  /** When the event came to the bus, milliseconds since the epoch. */
  since: number
}

/** Puts an event on a bus; on one that does not exist it is lost, as on AWS. */
export function publish(
  publication: Publication,
  matchers: Matchers,
  ctx: Context,
  cause: Cause = ctx.cause,
): void {
  const { event, only } = publication
  const bus = findBus(publication.bus, ctx)
  if (!bus) {
    const where = `event bus ${publication.bus} in ${ctx.region}`
    const text = `Event ${event.id} is lost: there is no ${where}.`
    ctx.record({ kind: 'note', text }, [event.id], cause)
    return
  }
  const isQuiet = isReadOnlyManagementEvent(event)
  const matched = matchers
    .match(bus, documentOf(event), ctx)
    .filter(({ arn, state }) => (!only || only.includes(arn)) && (!isQuiet || state === ALL_EVENTS))
  send(publication, matched, ctx, cause)
}

/** The `Scheduled Event` goes to its own rule, whatever that matches, and to others that match. */
export function publishScheduled(
  rule: Rule,
  event: BusEvent,
  matchers: Matchers,
  ctx: Context,
): void {
  const bus = findBus(rule.bus, ctx)
  const matched = bus ? matchers.match(bus, documentOf(event), ctx) : []
  const others = matched.filter(({ arn }) => arn !== rule.arn)
  send({ event, bus: rule.bus }, [rule, ...others], ctx, ctx.cause)
}

/** The document as an object, without a detail that is very long. */
function tracedEvent(event: BusEvent): EventStep['event'] {
  const { id, detailType, source, account, time, region, replayName, resources, detail } = event
  return {
    version: '0',
    id,
    'detail-type': detailType,
    source,
    account,
    time,
    region,
    ...(replayName !== undefined && { 'replay-name': replayName }),
    resources,
    detail: detail.length <= MAX_TRACED_CHARACTERS ? JSON.parse(detail) : TOO_LONG,
  }
}

function send(
  { event, bus, hops = {} }: Publication,
  matched: readonly Rule[],
  ctx: Context,
  cause: Cause,
): void {
  const rules = matched.map(({ name }) => name)
  const step: EventStep = { kind: 'event', bus, event: tracedEvent(event), matched: rules }
  const onBus = ctx.record(step, [event.id, ...rules], cause)
  if (!matched.some(({ targets }) => targets.length > 0)) return
  const delivery: Delivery = { event, bus, rules, hops, since: ctx.now }
  ctx.later(0, DELIVER, delivery, onBus)
}

/**
 * Read-only management events of CloudTrail go only to rules of a state of their own.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
function isReadOnlyManagementEvent({ source, detailType, detail }: BusEvent): boolean {
  if (!source.startsWith('aws.') || !detailType.endsWith('via CloudTrail')) return false
  const { readOnly, managementEvent } = JSON.parse(detail)
  return readOnly === true && managementEvent !== false
}

/** Whether a rule of the default bus may match an event of this kind. */
export function isWanted(kind: EventKind, matchers: Matchers, ctx: Context): boolean {
  const bus = findBus(DEFAULT_BUS, ctx)
  return bus !== undefined && matchers.mayMatch(bus, kind, ctx)
}

/** Puts a service's event on the default bus of the context's account and region. */
export function publishServiceEvent(event: ServiceEvent, matchers: Matchers, ctx: Context): void {
  const { source, detailType, resources, detail, time = ctx.now, id = ctx.ids.uuid() } = event
  const onBus: BusEvent = {
    id,
    detailType,
    source,
    account: ctx.account,
    time: isoSeconds(time),
    region: ctx.region,
    resources,
    detail: JSON.stringify(detail),
  }
  publish({ event: onBus, bus: DEFAULT_BUS }, matchers, ctx)
}
