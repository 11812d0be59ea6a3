/** The tags of every resource, in one table, whatever the resource is. */
import type { Tag } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { table } from '../../store/store.ts'
import { invalidValue, missingParameter } from './errors.ts'

export const MAX_TAGS = 50
const MAX_KEY_LENGTH = 127
const MAX_VALUE_LENGTH = 255
const RESERVED_PREFIX = /^aws:/i

export interface TagSet {
  readonly ResourceId: string
  /** `instance` */
  readonly ResourceType: string
  readonly Tags: readonly Required<Tag>[]
  /** Changes so far: the `version` of "Tag Change on Resource". */
  readonly Version: number
}

const pair = (resourceType: string, key: string, value: string) =>
  `${resourceType}\n${key}\n${value}`

export const tagSets = table<TagSet>('ec2.tags', {
  indexes: {
    pair: ({ ResourceType, Tags }) => Tags.map(({ Key, Value }) => pair(ResourceType, Key, Value)),
  },
})

/** The tags of a resource; undefined when it has none, as answers leave the member out. */
export function tagsOf(id: string, ctx: Context): readonly Required<Tag>[] | undefined {
  const tags = ctx.tx.get(tagSets, id)?.Tags
  return tags && tags.length > 0 ? tags : undefined
}

/** Ids of the resources of a type that have this tag. */
export function taggedWith(type: string, key: string, value: string, ctx: Context): string[] {
  return ctx.tx.by(tagSets, 'pair', pair(type, key, value)).map(({ ResourceId }) => ResourceId)
}

/** The tags of a request with their values; throws what AWS answers to bad ones. */
export function checkedTags(tags: readonly Tag[]): Required<Tag>[] {
  const keys = new Set<string>()
  return tags.map(({ Key, Value = '' }) => {
    if (!Key) throw missingParameter('Tag.1.Key')
    if (RESERVED_PREFIX.test(Key)) {
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
    }
    if (Key.length > MAX_KEY_LENGTH) {
      throw invalidValue(`Tag key exceeds the maximum length of ${MAX_KEY_LENGTH} characters`)
    }
    if (Value.length > MAX_VALUE_LENGTH) {
      throw invalidValue(`Tag value exceeds the maximum length of ${MAX_VALUE_LENGTH} characters`)
    }
    if (keys.has(Key)) throw invalidValue(`Duplicate tag key '${Key}' specified.`)
    keys.add(Key)
    return { Key, Value }
  })
}

export function tagLimitExceeded(): AwsError {
  return new AwsError(
    'TagLimitExceeded',
    'The maximum number of Tags for a resource has been reached.',
  )
}

/** Removes the tags of a resource that is no more. Nothing is published. */
export function forgetTags(id: string, ctx: Context): void {
  ctx.tx.delete(tagSets, id)
}
