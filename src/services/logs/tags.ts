/** Tags of log groups, by ARN and in the older form by name. */
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { allowOn, groupArn, groupNameIn, tagList } from './arns.ts'
import { invalidParameter, resourceNotFound } from './errors.ts'
import { existingGroup } from './lookup.ts'
import { groups, type Tags } from './state.ts'

const MAX_TAGS = 50

export function tagResource(
  { resourceArn, tags }: Checked<TagResourceRequest>,
  ctx: Context,
): object {
  const name = allowOnArn('logs:TagResource', resourceArn, ctx, requestTagKeys(tagList(tags)))
  addTags(name, tags, ctx)
  return {}
}

export function untagResource(
  { resourceArn, tagKeys }: Checked<UntagResourceRequest>,
  ctx: Context,
): object {
  const name = allowOnArn('logs:UntagResource', resourceArn, ctx, { 'aws:TagKeys': tagKeys })
  removeTags(name, tagKeys, ctx)
  return {}
}

export function listTagsForResource(
  { resourceArn }: Checked<ListTagsForResourceRequest>,
  ctx: Context,
): ListTagsForResourceResponse {
  const name = allowOnArn('logs:ListTagsForResource', resourceArn, ctx)
  return { tags: existingGroup(name, ctx).tags }
}

export function tagLogGroup(
  { logGroupName: name, tags }: Checked<TagLogGroupRequest>,
  ctx: Context,
): object {
  allowOn(ctx, 'logs:TagLogGroup', name, { keys: requestTagKeys(tagList(tags)) })
  addTags(name, tags, ctx)
  return {}
}

export function untagLogGroup(
  { logGroupName: name, tags }: Checked<UntagLogGroupRequest>,
  ctx: Context,
): object {
  allowOn(ctx, 'logs:UntagLogGroup', name, { keys: { 'aws:TagKeys': tags } })
  removeTags(name, tags, ctx)
  return {}
}

export function listTagsLogGroup(
  { logGroupName: name }: Checked<ListTagsLogGroupRequest>,
  ctx: Context,
): ListTagsLogGroupResponse {
  allowOn(ctx, 'logs:ListTagsLogGroup', name)
  return { tags: existingGroup(name, ctx).tags }
}

/** The tagging actions are asked on the group's ARN itself, unlike all others. */
function allowOnArn(
  action: string,
  resourceArn: string,
  ctx: Context,
  keys: ConditionKeys = {},
): string {
  const name = groupNameIn(resourceArn)
  if (name === undefined) throw invalidParameter('Invalid resource ARN')
  const tags = tagList(ctx.tx.get(groups, name)?.tags ?? {})
  ctx.allow(action, groupArn(ctx, name), { keys: { ...resourceTagKeys(tags), ...keys } })
  const isOurs = resourceArn.replace(/:\*$/, '') === groupArn(ctx, name)
  if (!isOurs || !ctx.tx.has(groups, name)) throw resourceNotFound()
  return name
}

function addTags(name: string, added: Tags, ctx: Context): void {
  const group = existingGroup(name, ctx)
  const tags = { ...group.tags, ...added }
  if (Object.keys(tags).length > MAX_TAGS) {
    // UNCERTAIN wording; the API documents the code.
    throw new AwsError('TooManyTagsException', `A resource can have up to ${MAX_TAGS} tags.`)
  }
  ctx.tx.put(groups, name, { ...group, tags })
}

function removeTags(name: string, keys: readonly string[], ctx: Context): void {
  const group = existingGroup(name, ctx)
  const kept = Object.entries(group.tags).filter(([key]) => !keys.includes(key))
  ctx.tx.put(groups, name, { ...group, tags: Object.fromEntries(kept) })
}
