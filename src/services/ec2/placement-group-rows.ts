/** Placement groups as they are stored. */
import type { Placement, PlacementGroup as SdkPlacementGroup } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { existing, PLACEMENT_GROUP } from './ids.ts'

export type PlacementGroup = Answer<Omit<SdkPlacementGroup, 'Tags'>> & {
  readonly GroupId: string
  readonly GroupName: string
}

export const placementGroups = table<PlacementGroup>('ec2.placement-groups', {
  indexes: { name: ({ GroupName }) => GroupName },
})

/** The group of a name, which is what launches go by; throws when there is none. */
export function placementGroupNamed(name: string, ctx: Context): PlacementGroup {
  const [row] = ctx.tx.by(placementGroups, 'name', name)
  if (!row) throw PLACEMENT_GROUP.missing([name])
  return row
}

/** The group that instances are placed in; undefined when the request names none. */
export function requestedPlacementGroup(
  { GroupId, GroupName }: Placement = {},
  ctx: Context,
): PlacementGroup | undefined {
  if (GroupId) return existing(PLACEMENT_GROUP, placementGroups, GroupId, 'groupId', ctx)
  return GroupName ? placementGroupNamed(GroupName, ctx) : undefined
}
