/** Tags of buses and rules. */
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-eventbridge'
import { requestTagKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { existingBus } from './buses.ts'
import { invalidParameterBecause } from './errors.ts'
import { eventsResource } from './names.ts'
import { existingRule, type Rule } from './rule-rows.ts'
import { mayChange } from './rules.ts'
import { putTags, removeTags, tagsOf } from './tag-rows.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
export function tagResource(
  { ResourceARN, Tags }: Checked<TagResourceRequest>,
  request: Context,
): object {
  const keys = { ...resourceKeys(ResourceARN, request), ...requestTagKeys(Tags) }
  request.allow('events:TagResource', ResourceARN, { keys })
  putTags(ResourceARN, Tags, changeable(ResourceARN, request).tx)
  return {}
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html */
export function untagResource(
  { ResourceARN, TagKeys }: Checked<UntagResourceRequest>,
  request: Context,
): object {
  const keys = { ...resourceKeys(ResourceARN, request), 'aws:TagKeys': TagKeys }
  request.allow('events:UntagResource', ResourceARN, { keys })
  removeTags(ResourceARN, TagKeys, changeable(ResourceARN, request).tx)
  return {}
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(
  { ResourceARN }: Checked<ListTagsForResourceRequest>,
  request: Context,
): ListTagsForResourceResponse {
  const keys = resourceKeys(ResourceARN, request)
  request.allow('events:ListTagsForResource', ResourceARN, { keys })
  return { Tags: tagsOf(ResourceARN, existingResource(ResourceARN, request).ctx.tx) }
}

function resourceKeys(arn: string, ctx: Context) {
  return resourceTagKeys(tagsOf(arn, ctx.in(eventsResource(arn)?.world ?? ctx.world).tx))
}

interface Tagged {
  /** In the resource's account and region. */
  ctx: Context
  rule?: Rule
}

/** Throws ResourceNotFoundException unless the resource is there. */
function existingResource(arn: string, request: Context): Tagged {
  const named = eventsResource(arn)
  if (!named) throw invalidParameterBecause('ResourceARN', 'Provided Arn is not in correct format.')
  const ctx = request.in(named.world)
  existingBus(named.bus, ctx)
  if (named.kind === 'rule') return { ctx, rule: existingRule(named.bus, named.rule, ctx.tx) }
  return { ctx }
}

/** The context of the resource; throws ManagedRuleException when it is a rule of a service's. */
function changeable(arn: string, request: Context): Context {
  const { ctx, rule } = existingResource(arn, request)
  if (rule) mayChange(rule, false)
  return ctx
}
