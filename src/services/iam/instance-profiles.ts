/** Instance profiles: how an EC2 instance comes by a role. */
import type {
  AddRoleToInstanceProfileRequest,
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse,
  DeleteInstanceProfileRequest,
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse,
  RemoveRoleFromInstanceProfileRequest,
  InstanceProfile as WireProfile,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import {
  ask,
  askList,
  created,
  found,
  INSTANCE_PROFILE,
  keyOfEntity,
  ROLE,
  save,
  underPath,
} from './entities.ts'
import { deleteConflict, noSuchEntity, quotaExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import { roleWithId } from './principals.ts'
import { brief } from './roles.ts'
import { type InstanceProfile, instanceProfiles, keyOf, type Role, roles } from './state.ts'
import { readTags } from './tags.ts'

const MAX_INSTANCE_PROFILES = 1000

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html */
export function createInstanceProfile(
  input: Checked<CreateInstanceProfileRequest>,
  ctx: Context,
): Answer<CreateInstanceProfileResponse> {
  const { InstanceProfileName: name, Path: path } = input
  const tags = readTags(input.Tags)
  const profile: InstanceProfile = created(INSTANCE_PROFILE, { name, path, tags }, ctx)
  if (ctx.tx.count(instanceProfiles) >= MAX_INSTANCE_PROFILES) {
    throw quotaExceeded('InstanceProfilesPerAccount', MAX_INSTANCE_PROFILES)
  }
  save(INSTANCE_PROFILE, profile, ctx)
  return { InstanceProfile: { ...listed(profile, ctx), ...(tags.length > 0 && { Tags: tags }) } }
}

export function getInstanceProfile(
  { InstanceProfileName }: Checked<GetInstanceProfileRequest>,
  ctx: Context,
): Answer<GetInstanceProfileResponse> {
  const profile = found(INSTANCE_PROFILE, InstanceProfileName, ctx)
  return { InstanceProfile: { ...listed(profile, ctx), Tags: profile.tags } }
}

export function listInstanceProfiles(
  { PathPrefix, ...request }: ListInstanceProfilesRequest,
  ctx: Context,
): Answer<ListInstanceProfilesResponse> {
  askList(INSTANCE_PROFILE, PathPrefix, ctx)
  const profiles = underPath(INSTANCE_PROFILE, PathPrefix, ctx)
  const { items, ...page } = pageOf(profiles, keyOfEntity, request)
  return { InstanceProfiles: items.map((profile) => listed(profile, ctx)), ...page }
}

export function listInstanceProfilesForRole(
  { RoleName, ...request }: Checked<ListInstanceProfilesForRoleRequest>,
  ctx: Context,
): Answer<ListInstanceProfilesForRoleResponse> {
  const role = found(ROLE, RoleName, ctx)
  const { items, ...page } = pageOf(profilesOf(role, ctx), keyOfEntity, request)
  return { InstanceProfiles: items.map((profile) => listed(profile, ctx)), ...page }
}

export function deleteInstanceProfile(
  { InstanceProfileName }: Checked<DeleteInstanceProfileRequest>,
  ctx: Context,
): object {
  const profile = found(INSTANCE_PROFILE, InstanceProfileName, ctx)
  if (profile.roleId !== undefined) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
  }
  ctx.tx.delete(instanceProfiles, keyOf(profile.name))
  return {}
}

/** Hands the role to EC2, so the caller must be allowed to pass it. */
export function addRoleToInstanceProfile(
  { InstanceProfileName, RoleName }: Checked<AddRoleToInstanceProfileRequest>,
  ctx: Context,
): object {
  const profile = found(INSTANCE_PROFILE, InstanceProfileName, ctx)
  const role = existingRole(RoleName, ctx)
  ask(ctx, role.arn, { 'iam:PassedToService': 'ec2.amazonaws.com' }, 'PassRole')
  if (profile.roleId !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1)
  save(INSTANCE_PROFILE, { ...profile, roleId: role.id }, ctx)
  return {}
}

export function removeRoleFromInstanceProfile(
  { InstanceProfileName, RoleName }: Checked<RemoveRoleFromInstanceProfileRequest>,
  ctx: Context,
): object {
  const profile = found(INSTANCE_PROFILE, InstanceProfileName, ctx)
  const role = existingRole(RoleName, ctx)
  if (profile.roleId !== role.id) {
    const where = `Instance Profile ${profile.name}`
    throw noSuchEntity(`Role ${role.name} in ${where} cannot be found.`)
  }
  const { roleId: _, ...emptied } = profile
  save(INSTANCE_PROFILE, emptied, ctx)
  return {}
}

export function profilesOf(role: Role, ctx: Context): InstanceProfile[] {
  return ctx.tx.by(instanceProfiles, 'role', role.id)
}

function existingRole(name: string, ctx: Context): Role {
  const role = ctx.tx.get(roles, keyOf(name))
  if (!role) throw ROLE.notFound(name)
  return role
}

export function listed(profile: InstanceProfile, ctx: Context): Answer<WireProfile> {
  const role = roleWithId(profile.roleId, ctx.tx)
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: profile.createdAt,
    Roles: role ? [brief(role)] : [],
  }
}
