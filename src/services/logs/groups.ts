/** Log groups and how long they keep their events. */
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  ListLogGroupsRequest,
  ListLogGroupsResponse,
  LogGroup as LogGroupAnswer,
  PutLogGroupDeletionProtectionRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { allowOn, groupArn, groupNamed, streamArn, tagList } from './arns.ts'
import { accessDenied, groupExists, invalidParameter } from './errors.ts'
import { expireLater } from './expiry.ts'
import { existingGroup, streamsOf } from './lookup.ts'
import { pageOf } from './pages.ts'
import { groups, type LogGroup, type Tags } from './state.ts'
import { removeStream } from './streams.ts'

const DEFAULT_LIMIT = 50
/** CloudWatch Logs API reference, PutRetentionPolicy. */
const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

export function createLogGroup(input: Checked<CreateLogGroupRequest>, ctx: Context): object {
  const { logGroupName: name, tags = {} } = input
  allowOn(ctx, 'logs:CreateLogGroup', name, { keys: requestTagKeys(tagList(tags)) })
  if (Object.keys(tags).length > 0) allowTagsAtCreation(name, tags, ctx)
  if (/^aws\//i.test(name)) {
    throw invalidParameter('Log groups starting with AWS/ are reserved for AWS.')
  }
  if (ctx.tx.has(groups, name)) throw groupExists()
  addGroup(name, ctx, input)
  return {}
}

/** Creating with tags also needs the permission to tag, old or new. */
function allowTagsAtCreation(name: string, tags: Tags, ctx: Context): void {
  const keys = requestTagKeys(tagList(tags))
  const may =
    ctx.decide('logs:TagResource', groupArn(ctx, name), { keys }).decision.allowed ||
    ctx.decide('logs:TagLogGroup', streamArn(ctx, name, ''), { keys }).decision.allowed
  if (may || ctx.audits) return
  const { account } = ctx.caller
  const text = `User with accountId: ${account} is not authorized to perform`
  throw accessDenied(`${text} CreateLogGroup with Tags`)
}

/** Writes a new group, of a request or of a function's first line. */
export function addGroup(
  name: string,
  ctx: Context,
  settings: Omit<CreateLogGroupRequest, 'logGroupName'> = {},
): LogGroup {
  const group: LogGroup = {
    name,
    createdAt: ctx.now,
    logGroupClass: settings.logGroupClass ?? 'STANDARD',
    ...(settings.kmsKeyId && { kmsKeyId: settings.kmsKeyId }),
    deletionProtectionEnabled: settings.deletionProtectionEnabled ?? false,
    tags: settings.tags ?? {},
    expiryBooked: false,
  }
  ctx.tx.put(groups, name, group)
  return group
}

/** Deletes a group with its streams and all their events. */
export function deleteLogGroup(input: Checked<DeleteLogGroupRequest>, ctx: Context): object {
  const { logGroupName: name } = input
  allowOn(ctx, 'logs:DeleteLogGroup', name)
  const { deletionProtectionEnabled } = existingGroup(name, ctx)
  if (deletionProtectionEnabled) {
    // UNCERTAIN wording; the API documents the code.
    throw new AwsError(
      'ValidationException',
      'The log group cannot be deleted because deletion protection is enabled.',
    )
  }
  for (const stream of streamsOf(name, ctx)) removeStream(stream, ctx)
  ctx.tx.delete(groups, name)
  return {}
}

export function putLogGroupDeletionProtection(
  input: Checked<PutLogGroupDeletionProtectionRequest>,
  ctx: Context,
): object {
  const name = groupNamed(input, ctx)
  allowOn(ctx, 'logs:PutLogGroupDeletionProtection', name)
  const { deletionProtectionEnabled } = input
  ctx.tx.put(groups, name, { ...existingGroup(name, ctx), deletionProtectionEnabled })
  return {}
}

/** Denials of DescribeLogGroups name no group, whatever prefix was asked for. */
export function describeLogGroups(
  input: DescribeLogGroupsRequest,
  ctx: Context,
): Answer<DescribeLogGroupsResponse> {
  allowOn(ctx, 'logs:DescribeLogGroups', '')
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupClass } = input
  if (prefix !== undefined && pattern !== undefined) {
    throw invalidParameter(
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    )
  }
  const named = input.logGroupIdentifiers?.map((logGroupIdentifier) =>
    groupNamed({ logGroupIdentifier }, ctx),
  )
  const found = [...ctx.tx.all(groups)].filter(
    (group) =>
      (prefix === undefined || group.name.startsWith(prefix)) &&
      (pattern === undefined || group.name.includes(pattern)) &&
      (logGroupClass === undefined || group.logGroupClass === logGroupClass) &&
      (named === undefined || named.includes(group.name)),
  )
  const { items, nextToken } = pageOf(found, {
    keyOf: ({ name }) => name,
    limit: input.limit ?? DEFAULT_LIMIT,
    token: input.nextToken,
  })
  const answers = items.map((group) => answered(group, ctx))
  return { logGroups: pattern === undefined ? answers : answers.map(asSearched), nextToken }
}

/** What is found by a pattern comes of an index, which does not know these (recorded). */
function asSearched(group: LogGroupAnswer): LogGroupAnswer {
  const { storedBytes: _bytes, deletionProtectionEnabled: _protection, ...known } = group
  return known
}

/**
 * Patterns are separated by `|`; one that begins with `^` is a prefix, others are part of the name.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html
 */
export function listLogGroups(
  input: ListLogGroupsRequest,
  ctx: Context,
): Answer<ListLogGroupsResponse> {
  ctx.allow('logs:ListLogGroups', '*')
  const { logGroupNamePattern, logGroupClass, limit = DEFAULT_LIMIT, nextToken: token } = input
  const patterns = logGroupNamePattern?.split('|')
  const isNamed = (name: string) =>
    patterns?.some((pattern) =>
      pattern.startsWith('^') ? name.startsWith(pattern.slice(1)) : name.includes(pattern),
    ) ?? true
  const found = [...ctx.tx.all(groups)].filter(
    (group) =>
      isNamed(group.name) && (logGroupClass === undefined || group.logGroupClass === logGroupClass),
  )
  const { items, nextToken } = pageOf(found, { keyOf: ({ name }) => name, limit, token })
  const logGroups = items.map((group) => ({
    logGroupName: group.name,
    logGroupArn: groupArn(ctx, group.name),
    logGroupClass: group.logGroupClass,
  }))
  return { logGroups, nextToken }
}

function answered(group: LogGroup, ctx: Context): LogGroupAnswer {
  const { name, createdAt, retentionInDays, kmsKeyId, logGroupClass } = group
  const logGroupArn = groupArn(ctx, name)
  return {
    logGroupName: name,
    creationTime: createdAt,
    retentionInDays,
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    storedBytes: streamsOf(name, ctx).reduce((sum, { bytes }) => sum + bytes, 0),
    kmsKeyId,
    logGroupClass,
    logGroupArn,
    deletionProtectionEnabled: group.deletionProtectionEnabled,
  }
}

export function putRetentionPolicy(
  { logGroupName: name, retentionInDays }: Checked<PutRetentionPolicyRequest>,
  ctx: Context,
): object {
  allowOn(ctx, 'logs:PutRetentionPolicy', name)
  if (!RETENTION_DAYS.includes(retentionInDays)) {
    const allowed = RETENTION_DAYS.join(', ')
    throw invalidParameter(
      `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to ` +
        `satisfy constraint: Member must satisfy enum value set: [${allowed}]`,
    )
  }
  expireLater({ ...existingGroup(name, ctx), retentionInDays }, ctx)
  return {}
}

/** From now on events never expire. */
export function deleteRetentionPolicy(
  { logGroupName: name }: Checked<DeleteRetentionPolicyRequest>,
  ctx: Context,
): object {
  allowOn(ctx, 'logs:DeleteRetentionPolicy', name)
  const { retentionInDays: _, ...kept } = existingGroup(name, ctx)
  ctx.tx.put(groups, name, kept)
  return {}
}
