/** Users. */
import type {
  CreateUserRequest,
  CreateUserResponse,
  DeleteUserRequest,
  GetUserRequest,
  GetUserResponse,
  ListUsersRequest,
  ListUsersResponse,
  UpdateUserRequest,
  User as WireUser,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { boundaryOf, readBoundary } from './boundaries.ts'
import {
  ask,
  askList,
  created,
  found,
  iamArn,
  keyOfEntity,
  save,
  USER,
  underPath,
} from './entities.ts'
import { deleteConflict, needsUserName, quotaExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import { accessKeys, keyOf, ownerOf, type User, users } from './state.ts'
import { readTags } from './tags.ts'
import { forgetPrincipal } from './trust.ts'

const MAX_USERS = 5000

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export function createUser(
  input: Checked<CreateUserRequest>,
  ctx: Context,
): Answer<CreateUserResponse> {
  const { UserName: name, Path: path, PermissionsBoundary } = input
  const tags = readTags(input.Tags)
  const keys = { 'iam:PermissionsBoundary': PermissionsBoundary }
  const entity = created(USER, { name, path, tags, keys }, ctx)
  if (ctx.tx.count(users) >= MAX_USERS) throw quotaExceeded('UsersPerAccount', MAX_USERS)
  const user: User = {
    ...entity,
    ...(PermissionsBoundary && { boundary: readBoundary(PermissionsBoundary, ctx) }),
    inline: {},
    attached: [],
    groups: [],
  }
  save(USER, user, ctx)
  return { User: detailed(user) }
}

/** Of the caller when no name is given, which may be the root user. */
export function getUser({ UserName }: GetUserRequest, ctx: Context): Answer<GetUserResponse> {
  const user = foundOrSelf(UserName, ctx)
  if (user) return { User: detailed(user) }
  // The moment of the account's making is not known: that of the epoch stands for "always".
  return {
    User: {
      Path: '/',
      UserName: undefined,
      UserId: ctx.account,
      Arn: iamArn('root', ctx),
      CreateDate: 0,
    },
  }
}

/** Lists without tags and boundaries, as its API page says. */
export function listUsers(
  { PathPrefix, ...request }: ListUsersRequest,
  ctx: Context,
): Answer<ListUsersResponse> {
  askList(USER, PathPrefix, ctx)
  const { items, ...page } = pageOf(underPath(USER, PathPrefix, ctx), keyOfEntity, request)
  return { Users: items.map(listed), ...page }
}

/** Renames: access keys, groups and sessions know the user by its id. */
export function updateUser(
  { UserName, NewUserName, NewPath }: Checked<UpdateUserRequest>,
  ctx: Context,
): object {
  const user = found(USER, UserName, ctx)
  const { name = user.name, path = user.path } = { name: NewUserName, path: NewPath }
  const arn = iamArn(`user${path}${name}`, ctx)
  if (arn !== user.arn) ask(ctx, arn)
  const isTaken = keyOf(name) !== keyOf(user.name) && ctx.tx.has(users, keyOf(name))
  if (isTaken) throw USER.alreadyExists(name)
  ctx.tx.delete(users, keyOf(user.name))
  save(USER, { ...user, name, path, arn }, ctx)
  return {}
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export function deleteUser({ UserName }: Checked<DeleteUserRequest>, ctx: Context): object {
  const user = found(USER, UserName, ctx)
  if (user.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.')
  }
  if (Object.keys(user.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.')
  }
  if (ctx.tx.by(accessKeys, 'owner', ownerOf(ctx.account, user.id)).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete access keys first.')
  }
  if (user.groups.length > 0) {
    throw deleteConflict('Cannot delete entity, must remove users from group first.')
  }
  ctx.tx.delete(users, keyOf(user.name))
  forgetPrincipal(user, ctx)
  return {}
}

/** Asks on the user of this name, or on the caller; undefined when that is the root user. */
export function foundOrSelf(name: string | undefined, ctx: Context): User | undefined {
  const known = name ?? ownName(ctx)
  if (known !== undefined) return found(USER, known, ctx)
  ask(ctx, iamArn('root', ctx))
  return undefined
}

function ownName({ caller: { principal }, tx }: Context): string | undefined {
  if (principal.type === 'root') return undefined
  const [user] = principal.type === 'user' ? tx.by(users, 'id', principal.id ?? '') : []
  if (!user) throw needsUserName()
  return user.name
}

/** A user as lists and groups show it. */
export function listed(user: User): Answer<WireUser> {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: user.createdAt,
  }
}

function detailed(user: User): Answer<WireUser> {
  const tags = user.tags.length > 0 ? { Tags: user.tags } : {}
  return { ...listed(user), ...boundaryOf(user), ...tags }
}
