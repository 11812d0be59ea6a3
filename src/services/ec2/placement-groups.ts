/** Placement groups. */
import type {
  CreatePlacementGroupRequest,
  CreatePlacementGroupResult,
  DeletePlacementGroupRequest,
  DescribePlacementGroupsRequest,
  DescribePlacementGroupsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { invalidCombination, missingParameter } from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { allExisting, ec2Arn, newId, PLACEMENT_GROUP } from './ids.ts'
import { instances } from './instance-rows.ts'
import { resourceKeys } from './network/access.ts'
import {
  type PlacementGroup,
  placementGroupNamed,
  placementGroups,
} from './placement-group-rows.ts'
import { forgetTags, tagsOf } from './tag-rows.ts'
import { allowTagging, tagNew, tagsFor } from './tag-specifications.ts'

const DEFAULT_PARTITIONS = 2

/** Creates a group under a name that is free. */
export function createPlacementGroup(
  input: CreatePlacementGroupRequest,
  ctx: Context,
): Answer<CreatePlacementGroupResult> {
  const tags = tagsFor(input.TagSpecifications, ['placement-group'])
  const { GroupName, Strategy = 'cluster', PartitionCount, SpreadLevel } = input
  if (!GroupName) throw missingParameter('groupName')
  const GroupArn = ec2Arn('placement-group', GroupName, ctx)
  const keys = {
    'ec2:Region': ctx.region,
    'ec2:PlacementGroupName': GroupName,
    'ec2:PlacementGroupStrategy': Strategy,
  }
  ctx.allow('ec2:CreatePlacementGroup', GroupArn, {
    keys: { ...keys, ...tags.keys('placement-group') },
  })
  allowTagging('CreatePlacementGroup', tags, ctx)
  if (PartitionCount !== undefined && Strategy !== 'partition') {
    throw invalidCombination(
      'The parameter partitionCount can only be specified when strategy is set to partition',
    )
  }
  if (ctx.tx.by(placementGroups, 'name', GroupName).length > 0) {
    const text = `The placement group '${GroupName}' already exists.`
    throw new AwsError('InvalidPlacementGroup.Duplicate', text)
  }
  const row: PlacementGroup = {
    GroupId: newId(PLACEMENT_GROUP, ctx),
    GroupName,
    GroupArn,
    State: 'available',
    Strategy,
    ...(Strategy === 'partition' && { PartitionCount: PartitionCount ?? DEFAULT_PARTITIONS }),
    ...(Strategy === 'spread' && { SpreadLevel: SpreadLevel ?? 'rack' }),
  }
  ctx.tx.put(placementGroups, row.GroupId, row)
  tagNew(row.GroupId, 'placement-group', tags, ctx)
  return { PlacementGroup: shown(row, ctx) }
}

function shown(row: PlacementGroup, ctx: Context) {
  return { ...row, Tags: tagsOf(row.GroupId, ctx) }
}

/** Condition keys of a group, for what uses it. */
export function placementGroupKeys({ GroupId, GroupName, Strategy }: PlacementGroup, ctx: Context) {
  const keys = { 'ec2:PlacementGroupName': GroupName, 'ec2:PlacementGroupStrategy': Strategy }
  return resourceKeys(PLACEMENT_GROUP, GroupId, { keys }, ctx)
}

/** Deletes a group in which no instance is. */
export function deletePlacementGroup(
  { GroupName }: Checked<DeletePlacementGroupRequest>,
  ctx: Context,
): object {
  const row = placementGroupNamed(GroupName, ctx)
  const arn = ec2Arn('placement-group', GroupName, ctx)
  ctx.allow('ec2:DeletePlacementGroup', arn, { keys: placementGroupKeys(row, ctx) })
  for (const { Placement, StateName } of ctx.tx.all(instances)) {
    if (Placement.GroupName !== GroupName || StateName === 'terminated') continue
    const text = `The placement group '${GroupName}' is in use and may not be deleted.`
    throw new AwsError('InvalidPlacementGroup.InUse', text)
  }
  ctx.tx.delete(placementGroups, row.GroupId)
  forgetTags(row.GroupId, ctx)
  return {}
}

const FIELDS: Fields<PlacementGroup> = {
  'group-arn': ({ GroupArn }) => GroupArn,
  'group-name': ({ GroupName }) => GroupName,
  'spread-level': ({ SpreadLevel }) => SpreadLevel,
  state: ({ State }) => State,
  strategy: ({ Strategy }) => Strategy,
}

/** Groups by name or id, or all that match; this operation has no pages. */
export function describePlacementGroups(
  { GroupNames = [], GroupIds = [], Filters }: DescribePlacementGroupsRequest,
  ctx: Context,
): Answer<DescribePlacementGroupsResult> {
  ctx.allow('ec2:DescribePlacementGroups', '*')
  const tests = checkedFilters(Filters).map((filter) =>
    predicate(filter, FIELDS, ({ GroupId }, at) => tagsOf(GroupId, at)),
  )
  const named = [
    ...allExisting(PLACEMENT_GROUP, placementGroups, GroupIds, 'groupId', ctx),
    ...GroupNames.map((name) => placementGroupNamed(name, ctx)),
  ]
  const all = GroupNames.length + GroupIds.length > 0 ? named : ctx.tx.all(placementGroups)
  const matching = [...all].filter((row) => tests.every((test) => test(row, ctx)))
  return { PlacementGroups: matching.map((row) => shown(row, ctx)) }
}
