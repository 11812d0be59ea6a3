/** Tags of functions. */
import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { functionNotFound, invalidParameter } from './errors.ts'
import { existingFunction, type LambdaFunction, putFunction } from './functions.ts'
import { parseFunctionArn } from './names.ts'

const MAX_TAGS = 50

export function tagResource({ Resource, Tags }: Checked<TagResourceRequest>, ctx: Context): object {
  const keys = {
    ...Object.fromEntries(
      Object.entries(Tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
    ),
    'aws:TagKeys': Object.keys(Tags),
  }
  ctx.allow('lambda:TagResource', Resource, { keys })
  const found = tagged(Resource, ctx)
  const reserved = Object.keys(Tags).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) {
    throw invalidParameter(
      `Tag keys and values beginning with 'aws:' are reserved for internal use: ${reserved}`,
    )
  }
  const tags = { ...found.tags, ...Tags }
  if (Object.keys(tags).length > MAX_TAGS) {
    throw invalidParameter('Number of tags exceeds resource tag limit.')
  }
  putFunction({ ...found, tags }, ctx)
  return {}
}

export function untagResource(
  { Resource, TagKeys }: Checked<UntagResourceRequest>,
  ctx: Context,
): object {
  ctx.allow('lambda:UntagResource', Resource, { keys: { 'aws:TagKeys': TagKeys } })
  const found = tagged(Resource, ctx)
  const kept = Object.entries(found.tags).filter(([key]) => !TagKeys.includes(key))
  putFunction({ ...found, tags: Object.fromEntries(kept) }, ctx)
  return {}
}

export function listTags({ Resource }: Checked<ListTagsRequest>, ctx: Context): ListTagsResponse {
  ctx.allow('lambda:ListTags', Resource)
  return { Tags: tagged(Resource, ctx).tags }
}

/** Tags belong to the function, not to a version of it. */
function tagged(resource: string, ctx: Context): LambdaFunction {
  const address = parseFunctionArn(resource)
  if (!address || address.world.account !== ctx.account) throw functionNotFound(resource)
  return existingFunction({ ...address, qualifier: undefined }, ctx)
}
