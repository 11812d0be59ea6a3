/** Tags of buses and rules, kept by ARN so that tagging a rule does not touch the rule. */
import type { Tag } from '@aws-sdk/client-eventbridge'
import { type Tx, table } from '../../store/store.ts'
import { limitExceeded, reservedTagKey } from './errors.ts'

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html */
const MAX_TAGS_PER_RESOURCE = 50
const RESERVED_PREFIX = /^aws:/i

const tags = table<Tag[]>('events.tags')

export function tagsOf(arn: string, tx: Tx): Tag[] {
  return tx.get(tags, arn) ?? []
}

/**
 * Adds tags, each in place of the one of the same key. Throws ValidationException for a key that
 * AWS keeps for itself, and LimitExceededException for too many.
 */
export function putTags(arn: string, added: readonly Tag[], tx: Tx): void {
  if (added.length === 0) return
  if (added.some(({ Key = '' }) => RESERVED_PREFIX.test(Key))) throw reservedTagKey()
  const byKey = new Map([...tagsOf(arn, tx), ...added].map((tag) => [tag.Key, tag]))
  if (byKey.size > MAX_TAGS_PER_RESOURCE) throw limitExceeded()
  tx.put(tags, arn, [...byKey.values()])
}

export function removeTags(arn: string, keys: readonly string[], tx: Tx): void {
  const gone = new Set<string | undefined>(keys)
  tx.put(
    tags,
    arn,
    tagsOf(arn, tx).filter(({ Key }) => !gone.has(Key)),
  )
}

export function dropTags(arn: string, tx: Tx): void {
  tx.delete(tags, arn)
}
