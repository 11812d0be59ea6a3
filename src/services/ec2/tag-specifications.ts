/** Tags that a request puts on what it creates. */
import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { invalidValue } from './errors.ts'
import { ec2Arn } from './ids.ts'
import { changeTags } from './tag-changes.ts'
import { checkedTags } from './tag-rows.ts'

export interface RequestedTags {
  readonly types: readonly ResourceType[]
  of(type: ResourceType): readonly Required<Tag>[]
  /** `aws:RequestTag/…` and `aws:TagKeys` of what goes on resources of this type. */
  keys(type: ResourceType): ConditionKeys
}

/** The tags by type of resource; throws for a type that the operation does not create. */
export function tagsFor(
  specifications: readonly TagSpecification[] = [],
  creates: readonly ResourceType[],
): RequestedTags {
  const byType = new Map<ResourceType, Required<Tag>[]>()
  for (const { ResourceType: type, Tags = [] } of specifications) {
    if (!type) throw invalidValue('Tag specification resource type must have a value')
    if (!creates.includes(type)) {
      throw invalidValue(`'${type}' is not a valid taggable resource type for this operation.`)
    }
    if (Tags.length === 0) throw invalidValue('Tag specification must have at least one tag')
    byType.set(type, checkedTags([...(byType.get(type) ?? []), ...Tags]))
  }
  const of = (type: ResourceType) => byType.get(type) ?? []
  return { types: [...byType.keys()], of, keys: (type) => requestTagKeys(of(type)) }
}

/**
 * Tagging at creation asks for ec2:CreateTags too.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
 */
export function allowTagging(action: string, tags: RequestedTags, ctx: Context): void {
  for (const type of tags.types) {
    if (tags.of(type).length === 0) continue
    const keys = { ...tags.keys(type), 'ec2:CreateAction': action, 'ec2:Region': ctx.region }
    ctx.allow('ec2:CreateTags', ec2Arn(type, '*', ctx), { keys })
  }
}

/** Puts the tags on a new resource. */
export function tagNew(id: string, type: ResourceType, tags: RequestedTags, ctx: Context): void {
  const found = tags.of(type)
  if (found.length > 0) changeTags({ id, type }, found, [], ctx)
}

/** The same with tags that AWS adds: they are asked for by nobody, and no condition sees them. */
export function withSystemTags(
  tags: RequestedTags,
  type: ResourceType,
  system: readonly Required<Tag>[],
): RequestedTags {
  const of = (each: ResourceType) => (each === type ? [...tags.of(each), ...system] : tags.of(each))
  return { ...tags, of }
}
