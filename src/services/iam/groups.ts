/** Groups of users, and who belongs to them. */
import type {
  AddUserToGroupRequest,
  CreateGroupRequest,
  CreateGroupResponse,
  DeleteGroupRequest,
  GetGroupRequest,
  GetGroupResponse,
  ListGroupsForUserRequest,
  ListGroupsForUserResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  RemoveUserFromGroupRequest,
  UpdateGroupRequest,
  Group as WireGroup,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import {
  ask,
  askList,
  created,
  found,
  GROUP,
  iamArn,
  keyOfEntity,
  save,
  USER,
  underPath,
} from './entities.ts'
import { deleteConflict, quotaExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import { type Group, groups, keyOf, type User, users } from './state.ts'
import { listed as listedUser } from './users.ts'

const MAX_GROUPS = 300
const MAX_GROUPS_PER_USER = 10

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
export function createGroup(
  { GroupName: name, Path: path }: Checked<CreateGroupRequest>,
  ctx: Context,
): Answer<CreateGroupResponse> {
  const entity = created(GROUP, { name, path, tags: [] }, ctx)
  if (ctx.tx.count(groups) >= MAX_GROUPS) throw quotaExceeded('GroupsPerAccount', MAX_GROUPS)
  const group: Group = { ...entity, inline: {}, attached: [] }
  save(GROUP, group, ctx)
  return { Group: listed(group) }
}

/** The group with its users, in pages. */
export function getGroup(
  { GroupName, ...request }: Checked<GetGroupRequest>,
  ctx: Context,
): Answer<GetGroupResponse> {
  const group = found(GROUP, GroupName, ctx)
  const { items, ...page } = pageOf(membersOf(group, ctx), keyOfEntity, request)
  return { Group: listed(group), Users: items.map(listedUser), ...page }
}

export function listGroups(
  { PathPrefix, ...request }: ListGroupsRequest,
  ctx: Context,
): Answer<ListGroupsResponse> {
  askList(GROUP, PathPrefix, ctx)
  const { items, ...page } = pageOf(underPath(GROUP, PathPrefix, ctx), keyOfEntity, request)
  return { Groups: items.map(listed), ...page }
}

/** Renames: users know their groups by id. */
export function updateGroup(
  { GroupName, NewGroupName, NewPath }: Checked<UpdateGroupRequest>,
  ctx: Context,
): object {
  const group = found(GROUP, GroupName, ctx)
  const name = NewGroupName ?? group.name
  const path = NewPath ?? group.path
  const arn = iamArn(`group${path}${name}`, ctx)
  if (arn !== group.arn) ask(ctx, arn)
  const isTaken = keyOf(name) !== keyOf(group.name) && ctx.tx.has(groups, keyOf(name))
  if (isTaken) throw GROUP.alreadyExists(name)
  ctx.tx.delete(groups, keyOf(group.name))
  save(GROUP, { ...group, name, path, arn }, ctx)
  return {}
}

export function deleteGroup({ GroupName }: Checked<DeleteGroupRequest>, ctx: Context): object {
  const group = found(GROUP, GroupName, ctx)
  if (membersOf(group, ctx).length > 0) {
    throw deleteConflict('Cannot delete entity, must remove users from group first.')
  }
  if (group.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.')
  }
  if (Object.keys(group.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.')
  }
  ctx.tx.delete(groups, keyOf(group.name))
  return {}
}

/** Adding a member again changes nothing. */
export function addUserToGroup(
  { GroupName, UserName }: Checked<AddUserToGroupRequest>,
  ctx: Context,
): object {
  const { group, user } = foundMember(GroupName, UserName, ctx)
  if (user.groups.includes(group.id)) return {}
  if (user.groups.length >= MAX_GROUPS_PER_USER) {
    throw quotaExceeded('GroupsPerUser', MAX_GROUPS_PER_USER)
  }
  save(USER, { ...user, groups: [...user.groups, group.id] }, ctx)
  return {}
}

/** Removing who is no member changes nothing. */
export function removeUserFromGroup(
  { GroupName, UserName }: Checked<RemoveUserFromGroupRequest>,
  ctx: Context,
): object {
  const { group, user } = foundMember(GroupName, UserName, ctx)
  save(USER, { ...user, groups: user.groups.filter((id) => id !== group.id) }, ctx)
  return {}
}

export function listGroupsForUser(
  { UserName, ...request }: Checked<ListGroupsForUserRequest>,
  ctx: Context,
): Answer<ListGroupsForUserResponse> {
  const user = found(USER, UserName, ctx)
  const { items, ...page } = pageOf(groupsOf(user, ctx), keyOfEntity, request)
  return { Groups: items.map(listed), ...page }
}

export function groupsOf(user: User, ctx: Context): Group[] {
  return user.groups.flatMap((id) => ctx.tx.by(groups, 'id', id))
}

/** Asks on the group, as the service authorization reference says; the user is looked for first. */
function foundMember(
  groupName: string,
  userName: string,
  ctx: Context,
): { group: Group; user: User } {
  const known = ctx.tx.get(groups, keyOf(groupName))
  ask(ctx, known?.arn ?? iamArn(`group/${groupName}`, ctx))
  const user = ctx.tx.get(users, keyOf(userName))
  if (!user) throw USER.notFound(userName)
  if (!known) throw GROUP.notFound(groupName)
  return { group: known, user }
}

function membersOf(group: Group, ctx: Context): User[] {
  return ctx.tx.by(users, 'groups', group.id)
}

export function listed(group: Group): Answer<WireGroup> {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: group.createdAt,
  }
}
