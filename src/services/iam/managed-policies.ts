/** Managed policies: those of the account, and AWS's own, which only can be read. */
import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  DeletePolicyRequest,
  EntityType,
  GetPolicyRequest,
  GetPolicyResponse,
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  Policy as WirePolicy,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import type { Table, Tx } from '../../store/store.ts'
import { awsManagedPolicies, awsManagedPolicy } from './aws-managed.ts'
import { readPolicy, sizeOf } from './documents.ts'
import {
  ask,
  askList,
  created,
  entityKeys,
  keyOfEntity,
  nameInArn,
  POLICY,
  save,
} from './entities.ts'
import { deleteConflict, malformedArn, policyNotFound, quotaExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import {
  groups,
  keyOf,
  type ManagedPolicy,
  managedPolicies,
  type PolicyHolder,
  roles,
  users,
} from './state.ts'
import { readTags } from './tags.ts'

const MAX_POLICIES = 1500
/** White space is not counted. */
const MAX_POLICY_CHARACTERS = 6144

/** The policy of this ARN that principals of the transaction's account can have, if any. */
export function policyAt(arn: string, tx: Tx): ManagedPolicy | undefined {
  const known = awsManagedPolicy(arn)
  if (known) return known
  const policy = tx.get(managedPolicies, keyOf(nameInArn(arn) ?? ''))
  return policy?.arn === arn ? policy : undefined
}

/** Asks for permission on a policy, whether it is there or not, then finds it. */
export function foundPolicy(
  arn: string,
  ctx: Context,
  notFound: (arn: string) => AwsError = policyNotFound,
  keys: ConditionKeys = {},
): ManagedPolicy {
  const policy = policyAt(arn, ctx.tx)
  ask(ctx, arn, { ...(policy && entityKeys(policy)), ...keys })
  if (!parseArn(arn)) throw malformedArn()
  if (!policy) throw notFound(arn)
  return policy
}

/** The same for changes, which AWS's own policies take from nobody. */
export function ownPolicy(
  arn: string,
  ctx: Context,
  notFound: (arn: string) => AwsError = policyNotFound,
  keys: ConditionKeys = {},
): ManagedPolicy {
  const policy = foundPolicy(arn, ctx, notFound, keys)
  if (parseArn(arn)?.account === 'aws') {
    const text = 'Cannot perform the operation on a policy that AWS manages.'
    throw new AwsError('AccessDenied', text, { status: 403 })
  }
  return policy
}

export function readDocument(document: string): string {
  readPolicy(document, 'identity')
  if (sizeOf(document) > MAX_POLICY_CHARACTERS) {
    throw quotaExceeded('PolicySize', MAX_POLICY_CHARACTERS)
  }
  return document
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
export function createPolicy(
  input: Checked<CreatePolicyRequest>,
  ctx: Context,
): Answer<CreatePolicyResponse> {
  const { PolicyName: name, Path: path, Description: description, PolicyDocument } = input
  const tags = readTags(input.Tags, 'sensitive')
  const entity = created(POLICY, { name, path, tags }, ctx)
  if (ctx.tx.count(managedPolicies) >= MAX_POLICIES) {
    throw quotaExceeded('CustomerManagedPolicies', MAX_POLICIES)
  }
  const policy: ManagedPolicy = {
    ...entity,
    ...(description && { description }),
    updatedAt: entity.createdAt,
    versions: [{ id: 'v1', document: readDocument(PolicyDocument), createdAt: entity.createdAt }],
    defaultVersion: 'v1',
    versionCount: 1,
  }
  save(POLICY, policy, ctx)
  return { Policy: { ...listed(policy, ctx.tx), ...(tags.length > 0 && { Tags: tags }) } }
}

export function getPolicy(
  { PolicyArn }: Checked<GetPolicyRequest>,
  ctx: Context,
): Answer<GetPolicyResponse> {
  const policy = foundPolicy(PolicyArn, ctx)
  const { description: Description, tags: Tags } = policy
  return { Policy: { ...listed(policy, ctx.tx), Description, Tags } }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html */
export function listPolicies(
  input: ListPoliciesRequest,
  ctx: Context,
): Answer<ListPoliciesResponse> {
  const { Scope = 'All', OnlyAttached, PathPrefix = '/', PolicyUsageFilter, ...request } = input
  askList(POLICY, PathPrefix, ctx)
  const policies = [
    ...(Scope === 'Local' ? [] : awsManagedPolicies()),
    ...(Scope === 'AWS' ? [] : ctx.tx.all(managedPolicies)),
  ].filter(({ path, arn }) => {
    if (!path.startsWith(PathPrefix)) return false
    const asBoundary = PolicyUsageFilter === 'PermissionsBoundary'
    if (asBoundary && countUses(arn, 'boundary', ctx.tx) === 0) return false
    if (PolicyUsageFilter === 'PermissionsPolicy' && countUses(arn, 'attached', ctx.tx) === 0) {
      return false
    }
    return !OnlyAttached || countUses(arn, 'attached', ctx.tx) > 0
  })
  // A name may be one of AWS's and one of the account's; the ARN tells them apart.
  const order = (policy: ManagedPolicy) => `${keyOfEntity(policy)} ${policy.arn}`
  const { items, ...page } = pageOf(policies, order, request)
  return { Policies: items.map((policy) => listed(policy, ctx.tx)), ...page }
}

export function deletePolicy({ PolicyArn }: Checked<DeletePolicyRequest>, ctx: Context): object {
  const policy = ownPolicy(PolicyArn, ctx)
  if (isInUse(PolicyArn, ctx.tx))
    throw deleteConflict('Cannot delete a policy attached to entities.')
  if (policy.versions.length > 1) {
    throw deleteConflict(
      'This policy has more than one version. Before you delete a policy, you must delete the ' +
        "policy's versions. The default version is deleted with the policy.",
    )
  }
  ctx.tx.delete(managedPolicies, keyOf(policy.name))
  return {}
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
export function listEntitiesForPolicy(
  input: Checked<ListEntitiesForPolicyRequest>,
  ctx: Context,
): Answer<ListEntitiesForPolicyResponse> {
  const { PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter, ...request } = input
  foundPolicy(PolicyArn, ctx)
  const use = PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'attached'
  const holdersOf = <T extends PolicyHolder>(table: Table<T>, type: EntityType) =>
    EntityFilter !== undefined && EntityFilter !== type
      ? []
      : ctx.tx
          .by(table, use, PolicyArn)
          .filter(({ path }) => path.startsWith(PathPrefix))
          .map(({ name, id }) => ({ type, name, id }))
  const holders = [
    ...holdersOf(groups, 'Group'),
    ...holdersOf(roles, 'Role'),
    ...holdersOf(users, 'User'),
  ]
  const { items, ...page } = pageOf(holders, ({ type, name }) => `${type}/${keyOf(name)}`, request)
  const of = (wanted: EntityType) => items.filter(({ type }) => type === wanted)
  return {
    PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...page,
  }
}

/** A policy as lists and CreatePolicy show it: without description and tags. */
export function listed(policy: ManagedPolicy, tx: Tx): Answer<WirePolicy> {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: countUses(policy.arn, 'attached', tx),
    PermissionsBoundaryUsageCount: countUses(policy.arn, 'boundary', tx),
    IsAttachable: true,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  }
}

/** Whether any user, group or role of the account has it, or is limited by it. */
export function isInUse(arn: string, tx: Tx): boolean {
  return countUses(arn, 'attached', tx) + countUses(arn, 'boundary', tx) > 0
}

function countUses(arn: string, use: 'attached' | 'boundary', tx: Tx): number {
  const { length: ofRoles } = tx.by(roles, use, arn)
  return ofRoles + tx.by(users, use, arn).length + tx.by(groups, use, arn).length
}
