/** Amazon EventBridge: buses, rules, and the delivery of events to targets. */
import type { Operation } from '../../aws/service.ts'
import type { ServiceModule } from '../module.ts'
import type { EventSink } from '../ports.ts'
import {
  createArchive,
  deleteArchive,
  describeArchive,
  listArchives,
  updateArchive,
} from './archive.ts'
import { EXPIRE, expire } from './archive-rows.ts'
import { putPermission, removePermission } from './bus-policy.ts'
import { createEventBus, describeEventBus, listEventBuses, updateEventBus } from './buses.ts'
import { deliver, RETRY, retry } from './deliver.ts'
import { accessDenied } from './errors.ts'
import { Matchers } from './matching.ts'
import type { EventsPorts, Parts } from './parts.ts'
import { testEventPattern } from './patterns.ts'
import { DELIVER, isWanted, publishScheduled, publishServiceEvent } from './publish.ts'
import { putEvents } from './put-events.ts'
import {
  cancelReplay,
  describeReplay,
  listReplays,
  REPLAY,
  replaySlice,
  startReplay,
} from './replay.ts'
import {
  deleteEventBus,
  deleteRule,
  describeRule,
  disableRule,
  enableRule,
  listRuleNamesByTarget,
  listRules,
  putRule,
} from './rules.ts'
import { dueRule, scheduledEvent, TICK, type Tick } from './schedule/schedule.ts'
import { listTagsForResource, tagResource, untagResource } from './tags.ts'
import { listTargetsByRule, putTargets, removeTargets } from './targets.ts'

export { explainEvent, type RuleExplanation } from './explain.ts'
export { deployedRules } from './inspect.ts'
export type { EventsPorts } from './parts.ts'
export interface Events extends ServiceModule, EventSink {}

/** Needs the services that targets are of, and IAM for those that act under a role. */
export function createEvents(ports: EventsPorts): Events {
  const parts: Parts = { ...ports, matchers: new Matchers() }
  return {
    definition: {
      name: 'events',
      operations: operations(parts),
      denied: accessDenied,
    },
    agenda: {
      [DELIVER]: (delivery, ctx) => deliver(delivery, parts, ctx),
      [RETRY]: (row, ctx) => retry(row, parts, ctx),
      [EXPIRE]: expire,
      [REPLAY]: (row, ctx) => replaySlice(row, parts.matchers, ctx),
      [TICK]: (tick: Tick, ctx) => {
        const rule = dueRule(tick, ctx)
        if (rule) publishScheduled(rule, scheduledEvent(rule, tick.at, ctx), parts.matchers, ctx)
      },
    },
    publish: (event, ctx) => publishServiceEvent(event, parts.matchers, ctx),
    wants: (kind, ctx) => isWanted(kind, parts.matchers, ctx),
  }
}

function operations({ roles, matchers }: Parts): Record<string, Operation> {
  return {
    CancelReplay: cancelReplay,
    CreateArchive: createArchive,
    CreateEventBus: createEventBus,
    DeleteArchive: deleteArchive,
    DeleteEventBus: deleteEventBus,
    DeleteRule: deleteRule,
    DescribeArchive: describeArchive,
    DescribeEventBus: describeEventBus,
    DescribeReplay: describeReplay,
    DescribeRule: describeRule,
    DisableRule: disableRule,
    EnableRule: enableRule,
    ListArchives: listArchives,
    ListEventBuses: listEventBuses,
    ListReplays: listReplays,
    ListRuleNamesByTarget: listRuleNamesByTarget,
    ListRules: listRules,
    ListTagsForResource: listTagsForResource,
    ListTargetsByRule: listTargetsByRule,
    PutEvents: (input, ctx) => putEvents(input, matchers, ctx),
    PutPermission: putPermission,
    PutRule: (input, ctx) => putRule(input, ctx, roles),
    PutTargets: (input, ctx) => putTargets(input, ctx, roles),
    RemovePermission: removePermission,
    RemoveTargets: removeTargets,
    StartReplay: startReplay,
    TagResource: tagResource,
    TestEventPattern: testEventPattern,
    UntagResource: untagResource,
    UpdateArchive: updateArchive,
    UpdateEventBus: updateEventBus,
  }
}
