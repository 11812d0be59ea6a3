/** Tags of entities. */
import type { Tag as WireTag } from '@aws-sdk/client-iam'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { found, type Kind, save } from './entities.ts'
import { invalidInput, limitExceeded } from './errors.ts'
import { type PageRequest, pageInOrder } from './paging.ts'
import type { Entity, Tag } from './state.ts'

const MAX_TAGS = 50

/** How the keys of an entity's tags are told apart: of policies with regard to case. */
export type TagCase = 'sensitive' | 'insensitive'

const RESERVED_PREFIX = /^aws:/i

/**
 * The tags of a request; throws when a key comes twice, or is one of AWS's own
 * (IAM user guide: id_tags. UNCERTAIN: the wording of the latter).
 */
export function readTags(
  tags: readonly WireTag[] = [],
  tagCase: TagCase = 'insensitive',
): readonly Tag[] {
  const read = tags.map(({ Key = '', Value = '' }) => ({ Key, Value }))
  if (read.some(({ Key }) => RESERVED_PREFIX.test(Key))) {
    throw invalidInput("Tag keys starting with 'aws:' are reserved for internal use.")
  }
  if (new Set(read.map(({ Key }) => identity(Key, tagCase))).size < read.length) {
    const hint = ' Please note that Tag keys are case insensitive.'
    throw invalidInput(`Duplicate tag keys found.${tagCase === 'insensitive' ? hint : ''}`)
  }
  return read
}

function identity(key: string, tagCase: TagCase): string {
  return tagCase === 'sensitive' ? key : key.toLowerCase()
}

/** `entity` with tags set; a tag that it has keeps its place. */
export function tagged<T extends Pick<Entity, 'tags'>>(
  entity: T,
  given: readonly WireTag[],
  tagCase: TagCase,
): T {
  const byKey = new Map(entity.tags.map((tag) => [identity(tag.Key, tagCase), tag]))
  for (const tag of readTags(given, tagCase)) byKey.set(identity(tag.Key, tagCase), tag)
  if (byKey.size > MAX_TAGS) {
    throw limitExceeded('The number of tags has reached the maximum limit.')
  }
  return { ...entity, tags: [...byKey.values()] }
}

export function untagged<T extends Pick<Entity, 'tags'>>(
  entity: T,
  keys: readonly string[],
  tagCase: TagCase,
): T {
  const gone = new Set(keys.map((key) => identity(key, tagCase)))
  return { ...entity, tags: entity.tags.filter(({ Key }) => !gone.has(identity(Key, tagCase))) }
}

export function tag<T extends Entity>(
  kind: Kind<T>,
  name: string,
  tags: readonly WireTag[],
  ctx: Context,
): object {
  const entity = found(kind, name, ctx, requestTagKeys(tags))
  save(kind, tagged(entity, tags, 'insensitive'), ctx)
  return {}
}

export function untag<T extends Entity>(
  kind: Kind<T>,
  name: string,
  keys: readonly string[],
  ctx: Context,
): object {
  const entity = found(kind, name, ctx, { 'aws:TagKeys': keys })
  save(kind, untagged(entity, keys, 'insensitive'), ctx)
  return {}
}

export function listTags<T extends Entity>(
  kind: Kind<T>,
  name: string,
  request: PageRequest,
  ctx: Context,
): object {
  const { items, ...page } = pageInOrder(found(kind, name, ctx).tags, request)
  return { Tags: items, ...page }
}
