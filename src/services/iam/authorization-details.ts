/** GetAccountAuthorizationDetails: all users, groups, roles and policies of the account at once. */
import type {
  EntityType,
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse,
  GroupDetail,
  ManagedPolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { awsManagedPolicies } from './aws-managed.ts'
import { boundaryOf } from './boundaries.ts'
import { encodeDocument } from './documents.ts'
import { ask, keyOfEntity } from './entities.ts'
import { groupsOf, listed as listedGroup } from './groups.ts'
import { listed as listedProfile, profilesOf } from './instance-profiles.ts'
import { isInUse, listed as listedPolicy, policyAt } from './managed-policies.ts'
import { pageOf } from './paging.ts'
import { listed as listedVersion } from './policy-versions.ts'
import { brief, lastUsed } from './roles.ts'
import {
  type Group,
  groups,
  type ManagedPolicy,
  managedPolicies,
  type PolicyHolder,
  type Role,
  roles,
  type User,
  users,
} from './state.ts'
import { listed as listedUser } from './users.ts'

type Item =
  | { type: 'User'; entity: User }
  | { type: 'Group'; entity: Group }
  | { type: 'Role'; entity: Role }
  | { type: 'LocalManagedPolicy' | 'AWSManagedPolicy'; entity: ManagedPolicy }

type Details = Answer<Required<Omit<GetAccountAuthorizationDetailsResponse, 'Marker'>>> & {
  Marker?: string | undefined
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
export function getAccountAuthorizationDetails(
  { Filter = [], ...request }: GetAccountAuthorizationDetailsRequest,
  ctx: Context,
): Details {
  ask(ctx, '*')
  const wanted = new Set<EntityType>(Filter)
  const items = [...allItems(ctx)].filter(({ type }) => wanted.size === 0 || wanted.has(type))
  const order = ({ type, entity }: Item) => `${type} ${keyOfEntity(entity)} ${entity.arn}`
  const { items: shown, ...page } = pageOf(items, order, request)
  return {
    UserDetailList: shown.flatMap((it) => (it.type === 'User' ? [userDetail(it.entity, ctx)] : [])),
    GroupDetailList: shown.flatMap((it) =>
      it.type === 'Group' ? [groupDetail(it.entity, ctx)] : [],
    ),
    RoleDetailList: shown.flatMap((it) => (it.type === 'Role' ? [roleDetail(it.entity, ctx)] : [])),
    Policies: shown.flatMap((it) =>
      it.type === 'LocalManagedPolicy' || it.type === 'AWSManagedPolicy'
        ? [policyDetail(it.entity, ctx)]
        : [],
    ),
    ...page,
  }
}

function* allItems({ tx }: Context): Iterable<Item> {
  for (const entity of tx.all(users)) yield { type: 'User', entity }
  for (const entity of tx.all(groups)) yield { type: 'Group', entity }
  for (const entity of tx.all(roles)) yield { type: 'Role', entity }
  for (const entity of tx.all(managedPolicies)) yield { type: 'LocalManagedPolicy', entity }
  // Of AWS's policies only those that the account uses.
  for (const entity of awsManagedPolicies()) {
    if (isInUse(entity.arn, tx)) yield { type: 'AWSManagedPolicy', entity }
  }
}

function userDetail(user: User, ctx: Context): Answer<UserDetail> {
  return {
    ...listedUser(user),
    UserPolicyList: inlineOf(user),
    GroupList: groupsOf(user, ctx).map(({ name }) => name),
    AttachedManagedPolicies: attachedOf(user, ctx),
    ...boundaryOf(user),
    Tags: user.tags,
  }
}

function groupDetail(group: Group, ctx: Context): Answer<GroupDetail> {
  return {
    ...listedGroup(group),
    GroupPolicyList: inlineOf(group),
    AttachedManagedPolicies: attachedOf(group, ctx),
  }
}

function roleDetail(role: Role, ctx: Context): Answer<RoleDetail> {
  return {
    ...brief(role),
    InstanceProfileList: profilesOf(role, ctx).map((profile) => listedProfile(profile, ctx)),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: attachedOf(role, ctx),
    ...boundaryOf(role),
    Tags: role.tags,
    ...lastUsed(role, ctx),
  }
}

function policyDetail(policy: ManagedPolicy, { tx }: Context): Answer<ManagedPolicyDetail> {
  return {
    ...listedPolicy(policy, tx),
    Description: policy.description,
    PolicyVersionList: policy.versions.toReversed().map((version) => ({
      Document: encodeDocument(version.document),
      ...listedVersion(version, policy),
    })),
  }
}

function inlineOf({ inline }: PolicyHolder) {
  return Object.entries(inline).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeDocument(document),
  }))
}

function attachedOf({ attached }: PolicyHolder, { tx }: Context) {
  return attached
    .flatMap((arn) => policyAt(arn, tx) ?? [])
    .map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
}
