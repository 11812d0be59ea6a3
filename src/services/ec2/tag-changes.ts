/** Changes the tags of a resource, and publishes that they changed. */
import type { Tag } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { ec2Arn } from './ids.ts'
import { MAX_TAGS, tagLimitExceeded, tagSets } from './tag-rows.ts'

export interface Tagged {
  readonly id: string
  /** `instance` */
  readonly type: string
}

/** Adds or replaces tags and removes others, by key; what stays as it was publishes nothing. */
export function changeTags(
  { id, type }: Tagged,
  put: readonly Required<Tag>[],
  remove: readonly string[],
  ctx: Context,
): void {
  const before = ctx.tx.get(tagSets, id)
  const tags = new Map(before?.Tags.map(({ Key, Value }) => [Key, Value]))
  const changed = [
    ...put.filter(({ Key, Value }) => tags.get(Key) !== Value).map(({ Key }) => Key),
    ...remove.filter((key) => tags.has(key)),
  ]
  if (changed.length === 0) return
  for (const { Key, Value } of put) tags.set(Key, Value)
  for (const key of remove) tags.delete(key)
  if (tags.size > MAX_TAGS) throw tagLimitExceeded()
  const Version = (before?.Version ?? 0) + 1
  const Tags = [...tags].map(([Key, Value]) => ({ Key, Value }))
  ctx.tx.put(tagSets, id, { ResourceId: id, ResourceType: type, Tags, Version })
  publishTagChange({ id, type }, changed, Version, tags, ctx)
}

/**
 * "Tag Change on Resource", which comes from the tagging service.
 * https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-policies-supported-resources.html
 */
function publishTagChange(
  { id, type }: Tagged,
  changed: readonly string[],
  version: number,
  tags: ReadonlyMap<string, string>,
  ctx: Context,
): void {
  ctx.publish({
    source: 'aws.tag',
    detailType: 'Tag Change on Resource',
    resources: [ec2Arn(type, id, ctx)],
    detail: {
      'changed-tag-keys': changed,
      service: 'ec2',
      'resource-type': type,
      version,
      tags: Object.fromEntries(tags),
    },
  })
}
