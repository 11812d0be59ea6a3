/**
 * Flow logs of VPCs, subnets and network interfaces. No packets flow here, so nothing is delivered.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
 */
import type {
  CreateFlowLogsRequest,
  CreateFlowLogsResult,
  DeleteFlowLogsRequest,
  DeleteFlowLogsResult,
  DescribeFlowLogsRequest,
  DescribeFlowLogsResult,
  FlowLog as SdkFlowLog,
} from '@aws-sdk/client-ec2'
import { arn } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { table } from '../../../store/store.ts'
import { missingParameter, unsupportedOperation } from '../errors.ts'
import { earlier, identityOf, type RequestIdentity } from '../idempotency.ts'
import { allExisting, FLOW_LOG, type Kind, NETWORK_INTERFACE, newId, SUBNET, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn, type Owned } from './access.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { find } from './find.ts'
import { networkInterfaces, subnets, vpcs } from './rows.ts'
import { vpcKeysOf } from './vpcs.ts'

export type FlowLog = Answer<Omit<SdkFlowLog, 'Tags'>> &
  RequestIdentity & { readonly FlowLogId: string; readonly ResourceId: string }

export const flowLogs = table<FlowLog>('ec2.flow-logs', {
  indexes: { resource: ({ ResourceId }) => ResourceId },
})

const DEFAULT_FIELDS = [
  ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport'],
  ...['protocol', 'packets', 'bytes', 'start', 'end', 'action', 'log-status'],
]
const DEFAULT_FORMAT = DEFAULT_FIELDS.map((name) => `\${${name}}`).join(' ')
const DEFAULT_INTERVAL_SECONDS = 600
const INTERVALS_SECONDS = new Set([60, DEFAULT_INTERVAL_SECONDS])

const invalid = (text: string) => new AwsError('InvalidParameter', text)

type Input = Checked<CreateFlowLogsRequest>

interface Monitored {
  readonly kind: Kind
  readonly id: string
  readonly owned: Owned
}

/** The resources of a request; throws when one of them does not exist. */
function monitored({ ResourceType, ResourceIds }: Input, ctx: Context): Monitored[] {
  ensureDefaultVpc(ctx)
  switch (ResourceType) {
    case 'VPC':
      return allExisting(VPC, vpcs, ResourceIds, 'resourceId', ctx).map((row) => ({
        kind: VPC,
        id: row.VpcId,
        owned: vpcKeysOf(row),
      }))
    case 'Subnet':
      return allExisting(SUBNET, subnets, ResourceIds, 'resourceId', ctx).map((row) => ({
        kind: SUBNET,
        id: row.SubnetId,
        owned: { vpcId: row.VpcId, keys: { 'ec2:AvailabilityZone': row.AvailabilityZone } },
      }))
    case 'NetworkInterface':
      return allExisting(NETWORK_INTERFACE, networkInterfaces, ResourceIds, 'resourceId', ctx).map(
        (row) => ({
          kind: NETWORK_INTERFACE,
          id: row.NetworkInterfaceId,
          owned: { vpcId: row.VpcId, keys: { 'ec2:AvailabilityZone': row.AvailabilityZone } },
        }),
      )
    default:
      throw unsupportedOperation(`Windtunnel has no resources of the type ${ResourceType}.`)
  }
}

/** Where the records would go; throws AWS's errors for destinations that contradict themselves. */
function destinationOf(input: Input, ctx: Context) {
  const { LogGroupName, LogDestination, DeliverLogsPermissionArn } = input
  const { LogDestinationType = 'cloud-watch-logs' } = input
  if (LogDestinationType === 'cloud-watch-logs') {
    if (!DeliverLogsPermissionArn) {
      throw invalid(
        `DeliverLogsPermissionArn can't be empty if LogDestinationType is ${LogDestinationType}.`,
      )
    }
    if (!LogGroupName && !LogDestination) {
      throw invalid("LogDestination can't be empty if LogGroupName is not provided.")
    }
  } else if (LogGroupName) {
    throw invalid('LogDestination type must be cloud-watch-logs if LogGroupName is provided.')
  } else if (!LogDestination) {
    throw invalid(`LogDestination can't be empty if LogDestinationType is ${LogDestinationType}.`)
  }
  if (LogGroupName && LogDestination) {
    throw invalid('Please only provide LogGroupName or only provide LogDestination.')
  }
  const group = LogGroupName ?? /:log-group:([^:]+)/.exec(LogDestination ?? '')?.[1]
  const ofGroup = arn('logs', ctx.region, ctx.account, `log-group:${LogGroupName}`)
  return {
    LogDestinationType,
    LogDestination: LogDestination ?? ofGroup,
    ...(group !== undefined && { LogGroupName: group }),
    ...(DeliverLogsPermissionArn && { DeliverLogsPermissionArn }),
  }
}

/** Starts a flow log on each resource of the request. */
export function createFlowLogs(input: Input, ctx: Context): Answer<CreateFlowLogsResult> {
  const tags = tagsFor(input.TagSpecifications, [FLOW_LOG.resourceType])
  const resources = monitored(input, ctx)
  for (const { kind, id, owned } of resources) {
    allowOn('ec2:CreateFlowLogs', kind, id, ctx, owned)
  }
  allowNew('CreateFlowLogs', FLOW_LOG, tags, ctx)
  const { ClientToken, DeliverLogsPermissionArn: role } = input
  if (role) {
    const keys = { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' }
    ctx.allow('iam:PassRole', role, { keys })
  }
  const common = { ...settingsOf(input, ctx), ...identityOf(input) }
  const FlowLogIds = resources.map(({ id }) => {
    const own = ctx.tx.by(flowLogs, 'resource', id)
    const repeated = earlier(own, common)
    if (repeated) return repeated.FlowLogId
    if (own.some((each) => isSame(each, common))) {
      throw new AwsError(
        'FlowLogAlreadyExists',
        'Error. There is an existing Flow Log with the same configuration and log destination.',
      )
    }
    const FlowLogId = newId(FLOW_LOG, ctx)
    ctx.tx.put(flowLogs, FlowLogId, { FlowLogId, ResourceId: id, ...common })
    tagNew(FlowLogId, FLOW_LOG.resourceType, tags, ctx)
    return FlowLogId
  })
  return { ClientToken, FlowLogIds, Unsuccessful: [] }
}

const isSame = (a: Partial<FlowLog>, b: Partial<FlowLog>) =>
  a.TrafficType === b.TrafficType && a.LogDestination === b.LogDestination

/** What all flow logs of a request have. */
function settingsOf(input: Input, ctx: Context) {
  const { TrafficType, DestinationOptions } = input
  const { LogFormat = DEFAULT_FORMAT, MaxAggregationInterval = DEFAULT_INTERVAL_SECONDS } = input
  if (!TrafficType) throw missingParameter('TrafficType')
  if (!INTERVALS_SECONDS.has(MaxAggregationInterval)) throw invalid('Invalid Flow Log Max Interval')
  return {
    FlowLogStatus: 'ACTIVE',
    DeliverLogsStatus: 'SUCCESS',
    CreationTime: ctx.now,
    TrafficType,
    ...destinationOf(input, ctx),
    LogFormat,
    MaxAggregationInterval,
    ...(DestinationOptions && { DestinationOptions }),
  }
}

/** Ends flow logs: all of the request, or none when one does not exist. */
export function deleteFlowLogs(
  { FlowLogIds }: Checked<DeleteFlowLogsRequest>,
  ctx: Context,
): DeleteFlowLogsResult {
  const rows = allExisting(FLOW_LOG, flowLogs, FlowLogIds, 'flowLogId', ctx)
  for (const { FlowLogId: id } of rows) allowOn('ec2:DeleteFlowLogs', FLOW_LOG, id, ctx)
  for (const { FlowLogId } of rows) {
    ctx.tx.delete(flowLogs, FlowLogId)
    forgetTags(FlowLogId, ctx)
  }
  return { Unsuccessful: [] }
}

const FLOW_LOGS: Listing<FlowLog> = {
  kind: FLOW_LOG,
  table: flowLogs,
  idOf: ({ FlowLogId }) => FlowLogId,
  fields: {
    'deliver-log-status': ({ DeliverLogsStatus }) => DeliverLogsStatus,
    'flow-log-id': ({ FlowLogId }) => FlowLogId,
    'log-destination-type': ({ LogDestinationType }) => LogDestinationType,
    'log-group-name': ({ LogGroupName }) => LogGroupName,
    'resource-id': ({ ResourceId }) => ResourceId,
    'traffic-type': ({ TrafficType }) => TrafficType,
  },
  indexes: { 'resource-id': 'resource' },
}

/** Flow logs by id, or all that match. */
export function describeFlowLogs(
  { FlowLogIds, Filter, ...page }: DescribeFlowLogsRequest,
  ctx: Context,
): Answer<DescribeFlowLogsResult> {
  ctx.allow('ec2:DescribeFlowLogs', '*')
  const parameters = { set: 'flowLogIdSet', one: 'flowLogId' }
  const { rows, NextToken } = find(
    FLOW_LOGS,
    FlowLogIds,
    { ...page, Filters: Filter },
    parameters,
    ctx,
  )
  const FlowLogs = rows.map((row) => ({ ...row, Tags: tagsOf(row.FlowLogId, ctx) ?? [] }))
  return { FlowLogs, NextToken }
}
