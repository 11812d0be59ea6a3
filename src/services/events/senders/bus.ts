/** Delivery to other event buses, in any account and region, under the target's role. */
import { parseArn } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import { isoSeconds } from '../../../clock.ts'
import type { World } from '../../../store/store.ts'
import { busPolicy } from '../bus-policy.ts'
import { findBus } from '../buses.ts'
import type { BusEvent } from '../event.ts'
import { publish } from '../publish.ts'
import { roleSender } from '../roles.ts'
import { type ErrorCode, type Failure, failure, type Result, type Shipment } from './result.ts'

export function sendToBus(shipment: Shipment): Result {
  const { rule, target, event, hops, parts, cause } = shipment
  const found = parseArn(target.Arn)
  const name = found?.resource.slice('event-bus/'.length)
  if (!found || !name) return failure('INVALID_PARAMETER', `${target.Arn} is not a bus's ARN.`)
  const there: World = { account: found.account, region: found.region }
  const isRegional = there.region !== shipment.ctx.region
  if (isRegional && hops.acrossRegions) return refusedHop('THIRD_REGION_HOP_DETECTED', event)
  if (!isRegional && hops.withinRegion) return refusedHop('THIRD_ACCOUNT_HOP_DETECTED', event)
  const ctx = shipment.ctx.in(there)
  const bus = findBus(name, ctx)
  const keys = {
    'events:source': event.source,
    'events:detail-type': event.detailType,
    'events:eventBusInvocation': 'true',
    'aws:SourceArn': rule.arn,
  }
  const access = { keys, resourcePolicy: bus && busPolicy(bus) }
  const sender = roleSender(target.RoleArn ?? '', rule.arn)
  const verdict = parts.roles.decide(sender, 'events:PutEvents', target.Arn, ctx, access)
  const { allowed, denial, because, evaluation } = verdict
  if (!allowed) return { ...failure('NO_PERMISSIONS', denial, because), evaluation }
  const sent = isRegional
    ? { event: renewed(event, ctx), hops: { ...hops, acrossRegions: true } }
    : { event, hops: { ...hops, withinRegion: true } }
  // On a bus that does not exist the event is lost, as with PutEvents (recorded).
  publish({ ...sent, bus: name }, parts.matchers, ctx, cause)
  return { accepted: true, because, evaluation }
}

/** The text is as recorded within a region. */
function refusedHop(code: ErrorCode, { id }: BusEvent): Failure {
  return failure(
    code,
    `Event ingestion rejected for event ${id} because an event can be sent to an event bus ` +
      'target only once. This event was previously delivered to an event bus target.',
  )
}

/** In another region the event has a new id and time; account and region stay (recorded). */
function renewed(event: BusEvent, { ids, now }: Context): BusEvent {
  return { ...event, id: ids.uuid(), time: isoSeconds(now) }
}
