/** AWS CloudTrail: tells EventBridge of every call, and remembers the latest. */
import type { Context } from '../../aws/context.ts'
import type { FinishedCall } from '../../aws/platform.ts'
import type { Store } from '../../store/store.ts'
import type { ServiceModule } from '../module.ts'
import type { EventSink } from '../ports.ts'
import { isManagementEvent, isReadOnly, recordedIn } from './calls.ts'
import { accessDenied } from './errors.ts'
import { History } from './history.ts'
import { userNameOf } from './identity.ts'
import { lookupEvents } from './lookup.ts'
import { recordOf } from './record.ts'
import { describeTrails, listTrails, noTrail } from './trails.ts'

const API_CALL = 'AWS API Call via CloudTrail'

export interface CloudTrail extends ServiceModule {
  /** Takes note of a call, in a transaction of its own account and region. */
  record(call: FinishedCall, ctx: Context): void
}

export function createCloudTrail({
  events,
  store,
}: {
  events: EventSink
  store: Store
}): CloudTrail {
  const history = new History(store)
  return {
    definition: {
      name: 'cloudtrail',
      operations: {
        DescribeTrails: describeTrails,
        GetTrail: noTrail('cloudtrail:GetTrail'),
        GetTrailStatus: noTrail('cloudtrail:GetTrailStatus'),
        ListTrails: listTrails,
        LookupEvents: (input, ctx) => lookupEvents(input, history, ctx),
      },
      denied: accessDenied,
    },
    start: () => history.clear(),
    record: (call, ctx) => record(call, events, history, ctx),
  }
}

function record(call: FinishedCall, events: EventSink, history: History, request: Context): void {
  const { service, operation } = call
  if (!isManagementEvent(service.name, operation)) return
  const { account } = request
  const region = recordedIn(service.name, request.region)
  const ctx = region === request.region ? request : request.in({ account, region })
  const detail = recordOf(call, ctx)
  history.add({ record: detail, user: userNameOf(ctx.caller), at: ctx.now }, ctx.world, ctx.tx)
  const source = `aws.${service.name}`
  const kind = { source, detailType: API_CALL, readOnly: isReadOnly(operation) }
  // Most calls are of interest to no rule: then there is no event, in the trace neither.
  if (!events.wants(kind, ctx)) return
  ctx.publish({ source, detailType: API_CALL, resources: [], detail })
}
