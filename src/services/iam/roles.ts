/** Roles. */
import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  UpdateRoleRequest,
  Role as WireRole,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { boundaryOf, readBoundary } from './boundaries.ts'
import { encodeDocument } from './documents.ts'
import {
  askList,
  created,
  found,
  keyOfEntity,
  modifiable,
  ROLE,
  save,
  underPath,
} from './entities.ts'
import { deleteConflict, quotaExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import { instanceProfiles, keyOf, lastUses, type Role, roles } from './state.ts'
import { readTags } from './tags.ts'
import { forgetPrincipal, readTrust } from './trust.ts'

export const DEFAULT_SESSION_SECONDS = 3600
const MAX_ROLES = 1000

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export function createRole(
  input: Checked<CreateRoleRequest>,
  ctx: Context,
): Answer<CreateRoleResponse> {
  const { RoleName: name, Path: path, Description: description, PermissionsBoundary } = input
  const tags = readTags(input.Tags)
  const keys = { 'iam:PermissionsBoundary': PermissionsBoundary }
  const entity = created(ROLE, { name, path, tags, keys }, ctx)
  if (ctx.tx.count(roles) >= MAX_ROLES) throw quotaExceeded('RolesPerAccount', MAX_ROLES)
  const role: Role = {
    ...entity,
    ...readTrust(input.AssumeRolePolicyDocument, ctx),
    ...(description && { description }),
    ...(PermissionsBoundary && { boundary: readBoundary(PermissionsBoundary, ctx) }),
    maxSessionSeconds: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
    inline: {},
    attached: [],
  }
  save(ROLE, role, ctx)
  return { Role: { ...brief(role), ...boundaryOf(role), ...tagsOf(role) } }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export function getRole(
  { RoleName }: Checked<GetRoleRequest>,
  ctx: Context,
): Answer<GetRoleResponse> {
  const role = found(ROLE, RoleName, ctx)
  return { Role: { ...listed(role), ...lastUsed(role, ctx), ...boundaryOf(role), ...tagsOf(role) } }
}

/** Lists without tags, boundaries and last use, as its API page says. */
export function listRoles(
  { PathPrefix, ...request }: ListRolesRequest,
  ctx: Context,
): Answer<ListRolesResponse> {
  askList(ROLE, PathPrefix, ctx)
  const { items, ...page } = pageOf(underPath(ROLE, PathPrefix, ctx), keyOfEntity, request)
  return { Roles: items.map(listed), ...page }
}

export function updateRole(
  { RoleName, Description, MaxSessionDuration }: Checked<UpdateRoleRequest>,
  ctx: Context,
): object {
  const role = modifiable(ROLE, RoleName, ctx)
  const changed = {
    ...role,
    ...(Description !== undefined && { description: Description }),
    ...(MaxSessionDuration !== undefined && { maxSessionSeconds: MaxSessionDuration }),
  }
  save(ROLE, changed, ctx)
  return {}
}

/** The one change that a service-linked role takes. */
export function updateRoleDescription(
  { RoleName, Description }: Checked<UpdateRoleDescriptionRequest>,
  ctx: Context,
): Answer<UpdateRoleDescriptionResponse> {
  const role = { ...found(ROLE, RoleName, ctx), description: Description }
  save(ROLE, role, ctx)
  return { Role: { ...brief(role), Description } }
}

export function updateAssumeRolePolicy(
  { RoleName, PolicyDocument }: Checked<UpdateAssumeRolePolicyRequest>,
  ctx: Context,
): object {
  const role = modifiable(ROLE, RoleName, ctx)
  save(ROLE, { ...role, ...readTrust(PolicyDocument, ctx) }, ctx)
  return {}
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
export function deleteRole({ RoleName }: Checked<DeleteRoleRequest>, ctx: Context): object {
  const role = modifiable(ROLE, RoleName, ctx)
  if (ctx.tx.by(instanceProfiles, 'role', role.id).length > 0) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
  }
  if (role.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.')
  }
  if (Object.keys(role.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.')
  }
  removeRole(role, ctx)
  return {}
}

/** Its sessions end at once, since each request looks for their role. */
export function removeRole(role: Role, ctx: Context): void {
  ctx.tx.delete(roles, keyOf(role.name))
  ctx.tx.delete(lastUses, role.id)
  forgetPrincipal(role, ctx)
}

/** A role as CreateRole answers it, and as instance profiles show theirs. */
export function brief(role: Role): Answer<WireRole> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeDocument(role.trust),
  }
}

function listed(role: Role): Answer<WireRole> {
  return {
    ...brief(role),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

export function tagsOf({ tags }: Role): { Tags?: Role['tags'] } {
  return tags.length > 0 ? { Tags: tags } : {}
}

export function lastUsed({ id }: Role, ctx: Context): Pick<Answer<WireRole>, 'RoleLastUsed'> {
  const use = ctx.tx.get(lastUses, id)
  return { RoleLastUsed: use ? { LastUsedDate: use.at, Region: use.region } : {} }
}
