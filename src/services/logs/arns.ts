/** Log groups and streams as ARNs, and the permissions asked for on them. */
import { arn, parseArn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { groupNotFound, invalidParameter } from './errors.ts'
import { groups, type Tags } from './state.ts'

const GROUP = 'log-group:'

/** Without the `:*` that DescribeLogGroups adds to its `arn`. */
export function groupArn(ctx: Context, group: string): string {
  return arn('logs', ctx.region, ctx.account, `${GROUP}${group}`)
}

/**
 * What permissions are asked on: denials name it even where there is no stream, as in
 * `… is not authorized to perform: logs:CreateLogGroup on resource: …:log-group:G:log-stream:`.
 */
export function streamArn(ctx: Context, group: string, stream: string): string {
  return `${groupArn(ctx, group)}:log-stream:${stream}`
}

/** The name in a log group's ARN, with or without its `:*`; undefined when it is none. */
export function groupNameIn(resource: string): string | undefined {
  const parsed = parseArn(resource)
  if (parsed?.service !== 'logs' || !parsed.resource.startsWith(GROUP)) return undefined
  const name = parsed.resource.slice(GROUP.length).replace(/:\*$/, '')
  return name.includes(':') ? undefined : name
}

/** The group that a request names; throws unless it names exactly one of this world. */
export function groupNamed(
  input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
  ctx: Context,
): string {
  const { logGroupName, logGroupIdentifier } = input
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    const text = 'LogGroup name and LogGroup ARN are mutually exclusive parameters.'
    throw new AwsError('ValidationException', text)
  }
  if (logGroupName === undefined && logGroupIdentifier === undefined) {
    // UNCERTAIN wording; the API says that exactly one must be there.
    throw invalidParameter('Exactly one of logGroupName or logGroupIdentifier must be specified.')
  }
  if (logGroupName !== undefined) return logGroupName
  const identifier = logGroupIdentifier ?? ''
  if (!identifier.startsWith('arn:')) return identifier
  const name = groupNameIn(identifier)
  if (name === undefined || groupArn(ctx, name) !== identifier.replace(/:\*$/, '')) {
    throw groupNotFound()
  }
  return name
}

/** Asks for an action on a group or one of its streams. */
export function allowOn(
  ctx: Context,
  action: string,
  group: string,
  { stream = '', keys = {} }: { stream?: string; keys?: ConditionKeys } = {},
): void {
  const tags = tagList(ctx.tx.get(groups, group)?.tags ?? {})
  const resource = streamArn(ctx, group, stream)
  ctx.allow(action, resource, { keys: { ...resourceTagKeys(tags), ...keys } })
}

/** Tags as the condition keys' helpers take them. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
