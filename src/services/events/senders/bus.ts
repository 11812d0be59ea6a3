/** Delivery to other event buses, in any account and region, under the target's role. */
import { parseArn } from '../../../arn.ts'
import type { World } from '../../../store/store.ts'
import { busPolicy } from '../bus-policy.ts'
import { findBus } from '../buses.ts'
import type { BusEvent } from '../event.ts'
import { publish } from '../publish.ts'
import { roleSender } from '../roles.ts'
import { failure, type Result, type Shipment } from './result.ts'

export function sendToBus(shipment: Shipment): Result {
  const { rule, target, event, via, parts, cause } = shipment
  const found = parseArn(target.Arn)
  const name = found?.resource.slice('event-bus/'.length)
  if (!found || !name) return failure('INVALID_PARAMETER', `${target.Arn} is not a bus's ARN.`)
  const here = shipment.ctx.world
  const there: World = { account: found.account, region: found.region }
  const hop = thirdHop(event, here, there)
  if (hop) return hop
  const ctx = shipment.ctx.in(there)
  const bus = findBus(name, ctx)
  const { RoleArn = '' } = target
  const sender = roleSender(RoleArn, rule.arn)
  const keys = {
    'events:source': event.source,
    'events:detail-type': event.detailType,
    'events:eventBusInvocation': 'true',
    'aws:SourceArn': rule.arn,
  }
  const resourcePolicy = bus && busPolicy(bus)
  const access = { keys, resourcePolicy }
  const verdict = parts.roles.decide(sender, 'events:PutEvents', target.Arn, ctx, access)
  const { allowed, denial, because, evaluation } = verdict
  if (!parts.roles.caller(sender, shipment.ctx)) {
    const text = `EventBridge cannot assume the role ${RoleArn}.`
    return { ...failure('FAILED_TO_ASSUME_ROLE', text, because), evaluation }
  }
  if (!allowed) return { ...failure('NO_PERMISSIONS', denial, because), evaluation }
  if (!bus) return failure('NO_RESOURCE', `Event bus ${name} does not exist.`)
  const sent = { event: arriving(event, here, there, shipment), bus: name, via: [...via, rule.arn] }
  publish(sent, parts.matchers, ctx, cause)
  return { accepted: true, because, evaluation }
}

/** An event goes on once to another account, and once to another region. */
function thirdHop({ account, region }: BusEvent, here: World, there: World) {
  if (account !== here.account && there.account !== here.account) {
    const text = `The event came from account ${account} and may not go on to a third account.`
    return failure('THIRD_ACCOUNT_HOP_DETECTED', text)
  }
  if (region !== here.region && there.region !== here.region) {
    const text = `The event came from region ${region} and may not go on to a third region.`
    return failure('THIRD_REGION_HOP_DETECTED', text)
  }
  return undefined
}

/** In another region the event has a new id; all else stays (recorded). */
function arriving(event: BusEvent, here: World, there: World, { ctx }: Shipment): BusEvent {
  return here.region === there.region ? event : { ...event, id: ctx.ids.uuid() }
}
