/** CreateTags, DeleteTags and DescribeTags. */
import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  Tag,
  TagDescription,
} from '@aws-sdk/client-ec2'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { type CheckedFilter, checkedFilters, type Fields, predicate } from './filters.ts'
import { literal } from './glob.ts'
import { ensureDefaultVpc } from './network/default-vpc.ts'
import { pageOf } from './pagination.ts'
import type { Settings } from './settings.ts'
import { changeTags } from './tag-changes.ts'
import { checkedTags, MAX_TAGS, type TagSet, tagSets } from './tag-rows.ts'
import { type Taggable, taggable } from './taggable.ts'

const MAX_RESOURCES = 1000

function named(ids: readonly string[] | undefined, ctx: Context, settings: Settings): Taggable[] {
  if (!ids || ids.length === 0) throw missingParameter('resourceIdSet')
  if (ids.length > MAX_RESOURCES) {
    throw invalidValue(`The maximum number of resources in one call is ${MAX_RESOURCES}`)
  }
  ensureDefaultVpc(ctx)
  return [...new Set(ids)].map((id) => taggable(id, ctx, settings))
}

/** Adds or overwrites tags of resources: of all or of none. */
export function createTags(
  { Resources, Tags }: Checked<CreateTagsRequest>,
  ctx: Context,
  settings: Settings,
): object {
  if (!Tags || Tags.length === 0) throw missingParameter('tagSet')
  const tags = checkedTags(Tags)
  const resources = named(Resources, ctx, settings)
  for (const { arn, keys } of resources) {
    ctx.allow('ec2:CreateTags', arn, { keys: { ...keys, ...requestTagKeys(tags) } })
  }
  for (const resource of resources) changeTags(resource, tags, [], ctx)
  return {}
}

/** Deletes tags by key, or only where they also have the given value; without tags, all. */
export function deleteTags(
  { Resources, Tags = [] }: Checked<DeleteTagsRequest>,
  ctx: Context,
  settings: Settings,
): object {
  const resources = named(Resources, ctx, settings)
  for (const { arn, keys } of resources) {
    ctx.allow('ec2:DeleteTags', arn, { keys: { ...keys, ...requestTagKeys(Tags) } })
  }
  for (const resource of resources) {
    const held = ctx.tx.get(tagSets, resource.id)?.Tags ?? []
    const remove = held.filter((tag) => isNamed(tag, Tags)).map(({ Key }) => Key)
    changeTags(resource, [], remove, ctx)
  }
  return {}
}

function isNamed(held: Required<Tag>, named: readonly Tag[]): boolean {
  if (named.length === 0) return true
  return named.some(
    ({ Key, Value }) => Key === held.Key && (Value === undefined || Value === held.Value),
  )
}

const FIELDS: Fields<TagDescription> = {
  key: ({ Key }) => Key,
  'resource-id': ({ ResourceId }) => ResourceId,
  'resource-type': ({ ResourceType }) => ResourceType,
  value: ({ Value }) => Value,
}

/** All tags of the account in this region that match. */
export function describeTags(input: DescribeTagsRequest, ctx: Context): DescribeTagsResult {
  ctx.allow('ec2:DescribeTags', '*')
  const filters = checkedFilters(input.Filters)
  const ofTag = (tag: TagDescription) => [tag as Tag]
  const tests = filters.map((filter) => predicate(filter, FIELDS, ofTag))
  const rows = descriptions(candidates(filters, ctx), ctx)
  const matching = rows.filter(({ tag }) => tests.every((test) => test(tag, ctx)))
  const page = pageOf(matching, ({ position }) => position, input)
  return { Tags: page.rows.map(({ tag }) => tag), NextToken: page.NextToken }
}

function candidates(filters: readonly CheckedFilter[], ctx: Context): Iterable<TagSet> {
  const ids = filters.find(({ name }) => name === 'resource-id')?.values.map(literal)
  if (!ids?.every((id) => id !== undefined)) return ctx.tx.all(tagSets)
  return [...new Set(ids)].flatMap((id) => ctx.tx.get(tagSets, id) ?? [])
}

/** Each tag with its place in the order of all. */
function descriptions(sets: Iterable<TagSet>, ctx: Context) {
  return [...sets]
    .map((set) => ({ set, sequence: ctx.tx.sequence(tagSets, set.ResourceId) ?? 0 }))
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap(({ set: { Tags, ResourceId, ResourceType }, sequence }) =>
      Tags.map(({ Key, Value }, i) => ({
        position: sequence * MAX_TAGS + i,
        tag: { Key, Value, ResourceId, ResourceType } as TagDescription,
      })),
    )
}
