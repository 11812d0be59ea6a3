/**
 * DescribeInstanceStatus. Both checks begin as `initializing` when an instance enters running, and
 * are `ok` some time later.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html
 */
import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  EbsStatusSummary,
  InstanceStatus,
  InstanceStatusSummary,
  StatusType,
  SummaryStatus,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import type { Fields } from './filters.ts'
import { INSTANCES } from './instance-fields.ts'
import { type Instance, stateOf } from './instance-rows.ts'
import { type Listing, list, listByIds } from './listing.ts'
import type { Settings } from './settings.ts'

interface Checks {
  readonly status: SummaryStatus
  /** Absent where there is nothing to reach. */
  readonly reachability?: StatusType
}

function checksOf(
  { StateName, RunningSince = 0 }: Instance,
  ctx: Context,
  settings: Settings,
): Checks {
  if (StateName !== 'running') return { status: 'not-applicable' }
  const checked = ctx.now - RunningSince >= settings.durations.statusChecksMs
  return checked
    ? { status: 'ok', reachability: 'passed' }
    : { status: 'initializing', reachability: 'initializing' }
}

function summary({ status: Status, reachability }: Checks): InstanceStatusSummary {
  if (!reachability) return { Status }
  return { Status, Details: [{ Name: 'reachability', Status: reachability }] }
}

function statusFields(settings: Settings): Fields<Instance> {
  const { fields } = INSTANCES
  const own = (name: string) => fields[name] ?? (() => undefined)
  const checks = (row: Instance, ctx: Context) => checksOf(row, ctx, settings)
  const status: Fields<Instance>[string] = (row, ctx) => checks(row, ctx).status
  const reachability: Fields<Instance>[string] = (row, ctx) => checks(row, ctx).reachability
  const noEvent = () => undefined
  return {
    'attached-ebs-status.status': status,
    'availability-zone': own('availability-zone'),
    'availability-zone-id': own('availability-zone-id'),
    'event.code': noEvent,
    'event.description': noEvent,
    'event.instance-event-id': noEvent,
    'event.not-after': noEvent,
    'event.not-before': noEvent,
    'event.not-before-deadline': noEvent,
    'instance-state-code': own('instance-state-code'),
    'instance-state-name': own('instance-state-name'),
    'instance-status.reachability': reachability,
    'instance-status.status': status,
    'operator.managed': own('operator.managed'),
    'operator.principal': own('operator.principal'),
    'system-status.reachability': reachability,
    'system-status.status': status,
  }
}

/** The status of running instances; of all with IncludeAllInstances. */
export function describeInstanceStatus(
  input: DescribeInstanceStatusRequest,
  ctx: Context,
  settings: Settings,
): Answer<DescribeInstanceStatusResult> {
  ctx.allow('ec2:DescribeInstanceStatus', '*')
  const listing: Listing<Instance> = { ...INSTANCES, fields: statusFields(settings) }
  const shown = ({ StateName }: Instance) => input.IncludeAllInstances || StateName === 'running'
  const ids = input.InstanceIds ?? []
  const parameters = { set: 'instancesSet', one: 'instanceId' }
  const running = [{ Name: 'instance-state-name', Values: ['running'] }]
  const Filters = [...(input.Filters ?? []), ...(input.IncludeAllInstances ? [] : running)]
  const { rows, NextToken } =
    ids.length > 0
      ? {
          rows: listByIds(listing, ids, input, parameters, ctx).filter(shown),
          NextToken: undefined,
        }
      : list(listing, { ...input, Filters }, ctx)
  const InstanceStatuses = rows.map((row) => statusOf(row, ctx, settings))
  return { InstanceStatuses, NextToken }
}

function statusOf(row: Instance, ctx: Context, settings: Settings): Answer<InstanceStatus> {
  const checks = checksOf(row, ctx, settings)
  return {
    InstanceId: row.InstanceId,
    AvailabilityZone: row.Placement.AvailabilityZone,
    AvailabilityZoneId: row.Placement.AvailabilityZoneId,
    InstanceState: stateOf(row.StateName),
    InstanceStatus: summary(checks),
    SystemStatus: summary(checks),
    AttachedEbsStatus: summary(checks) as EbsStatusSummary,
    Events: [],
    Operator: { Managed: false },
  }
}
