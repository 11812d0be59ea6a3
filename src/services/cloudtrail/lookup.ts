/** LookupEvents. */
import type {
  LookupAttribute,
  LookupEventsRequest,
  LookupEventsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { MS_PER_DAY } from '../../clock.ts'
import { invalidNextToken, invalidTimeRange, severalAttributes } from './errors.ts'
import type { History, Numbered } from './history.ts'
import { resourcesOf } from './resources.ts'

const DEFAULT_RESULTS = 50
/** How far back the history of events goes. */
const RETENTION_DAYS = 90
const TOKEN = /^calls:(\d{1,15})$/

/**
 * Management events of the last 90 days, the newest first.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export function lookupEvents(
  input: LookupEventsRequest,
  history: History,
  ctx: Context,
): Answer<LookupEventsResponse> {
  ctx.allow('cloudtrail:LookupEvents', '*')
  const { LookupAttributes = [], StartTime, EndTime, NextToken } = input
  const { MaxResults = DEFAULT_RESULTS, EventCategory } = input
  const from = Math.max(StartTime?.getTime() ?? 0, ctx.now - RETENTION_DAYS * MS_PER_DAY)
  const to = EndTime?.getTime() ?? ctx.now
  if (StartTime && EndTime && StartTime.getTime() > to) throw invalidTimeRange()
  if (LookupAttributes.length > 1) throw severalAttributes()
  const before = NextToken === undefined ? Number.POSITIVE_INFINITY : numberIn(NextToken)
  const Events = []
  // Of insight events there are none.
  for (const call of EventCategory === 'insight' ? [] : history.newest(ctx)) {
    if (call.at < from) break
    if (call.number >= before || call.at > to) continue
    if (!LookupAttributes.every((attribute) => has(call, attribute))) continue
    // One more than asked for says that there are more.
    if (Events.length === MaxResults) {
      return { Events: Events.map(shown), NextToken: tokenOf(call.number + 1) }
    }
    Events.push(call)
  }
  return { Events: Events.map(shown) }
}

function has({ record, user }: Numbered, { AttributeKey, AttributeValue }: LookupAttribute) {
  switch (AttributeKey) {
    case 'EventId':
      return record.eventID === AttributeValue
    case 'EventName':
      return record.eventName === AttributeValue
    case 'EventSource':
      return record.eventSource === AttributeValue
    case 'ReadOnly':
      return String(record.readOnly) === AttributeValue
    case 'Username':
      return user === AttributeValue
    case 'AccessKeyId':
      return accessKeyOf(record) === AttributeValue
    case 'ResourceType':
      return resourcesOf(record).some(({ ResourceType }) => ResourceType === AttributeValue)
    case 'ResourceName':
      return resourcesOf(record).some(({ ResourceName }) => ResourceName === AttributeValue)
    default:
      return false
  }
}

function shown({ record, user, at }: Numbered) {
  const { eventID, eventName, eventSource, readOnly } = record
  return {
    EventId: eventID,
    EventName: eventName,
    ReadOnly: String(readOnly),
    AccessKeyId: accessKeyOf(record),
    EventTime: at,
    EventSource: eventSource,
    Username: user,
    Resources: resourcesOf(record),
    CloudTrailEvent: JSON.stringify(record),
  }
}

function accessKeyOf({ userIdentity }: Numbered['record']): string | undefined {
  return (userIdentity as { accessKeyId?: string }).accessKeyId
}

function tokenOf(number: number): string {
  return Buffer.from(`calls:${number}`).toString('base64url')
}

function numberIn(token: string): number {
  const found = TOKEN.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw invalidNextToken()
  return Number(found[1])
}
