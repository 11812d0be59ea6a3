/** Tags of functions and event source mappings. */
import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { functionNotFound, invalidParameter, notFound } from './errors.ts'
import { existingFunction, putFunction } from './functions.ts'
import { mappings, parseMappingArn } from './mappings/rows.ts'
import { parseFunctionArn } from './names.ts'

const MAX_TAGS = 50

/** The condition keys of a request that sets these tags. */
export function tagKeys(tags: Readonly<Record<string, string>>): ConditionKeys {
  return requestTagKeys(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })))
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) {
    throw invalidParameter(
      `Tag keys and values beginning with 'aws:' are reserved for internal use: ${reserved}`,
    )
  }
  if (Object.keys(tags).length > MAX_TAGS) {
    throw invalidParameter('Number of tags exceeds resource tag limit.')
  }
}

export function tagResource({ Resource, Tags }: Checked<TagResourceRequest>, ctx: Context): object {
  ctx.allow('lambda:TagResource', Resource, { keys: tagKeys(Tags) })
  const { tags, put } = tagged(Resource, ctx)
  if (Object.keys(Tags).length === 0) {
    throw invalidParameter('An error occurred and the request cannot be processed.')
  }
  checkTags({ ...tags, ...Tags })
  put({ ...tags, ...Tags })
  return {}
}

export function untagResource(
  { Resource, TagKeys }: Checked<UntagResourceRequest>,
  ctx: Context,
): object {
  ctx.allow('lambda:UntagResource', Resource, { keys: { 'aws:TagKeys': TagKeys } })
  const { tags, put } = tagged(Resource, ctx)
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))))
  return {}
}

export function listTags({ Resource }: Checked<ListTagsRequest>, ctx: Context): ListTagsResponse {
  ctx.allow('lambda:ListTags', Resource)
  return { Tags: tagged(Resource, ctx).tags }
}

interface Tagged {
  tags: Readonly<Record<string, string>>
  put(tags: Record<string, string>): void
}

/** Tags belong to functions and event source mappings, not to versions. */
function tagged(resource: string, ctx: Context): Tagged {
  if (parseArn(resource)?.resource.startsWith('capacity-provider:')) {
    throw notFound(`Capacity provider not found: ${resource}`)
  }
  const mapping = parseMappingArn(resource)
  if (mapping !== undefined) {
    const found = ctx.tx.get(mappings, mapping)
    if (!found) throw notFound(`Event source mapping not found: ${resource}`)
    return { tags: found.tags, put: (tags) => ctx.tx.put(mappings, mapping, { ...found, tags }) }
  }
  const address = parseFunctionArn(resource)
  if (!address || address.world.account !== ctx.account) throw functionNotFound(resource)
  if (address.qualifier !== undefined) {
    throw invalidParameter(
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
  }
  const found = existingFunction(address, ctx)
  return { tags: found.tags, put: (tags) => void putFunction({ ...found, tags }, ctx) }
}
