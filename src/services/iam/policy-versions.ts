/** Versions of managed policies. */
import type {
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyVersionRequest,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListPolicyTagsRequest,
  ListPolicyTagsResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  SetDefaultPolicyVersionRequest,
  TagPolicyRequest,
  UntagPolicyRequest,
  PolicyVersion as WireVersion,
} from '@aws-sdk/client-iam'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { encodeDocument } from './documents.ts'
import { POLICY, save, wholeSeconds } from './entities.ts'
import { deleteConflict, limitExceeded, policyNotFound, versionNotFound } from './errors.ts'
import { foundPolicy, ownPolicy, readDocument } from './managed-policies.ts'
import { pageInOrder, pageOf } from './paging.ts'
import type { ManagedPolicy, PolicyVersion } from './state.ts'
import { tagged, untagged } from './tags.ts'

const MAX_VERSIONS = 5

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
export function createPolicyVersion(
  { PolicyArn, PolicyDocument, SetAsDefault }: Checked<CreatePolicyVersionRequest>,
  ctx: Context,
): Answer<CreatePolicyVersionResponse> {
  const policy = ownPolicy(PolicyArn, ctx)
  const document = readDocument(PolicyDocument)
  if (policy.versions.length >= MAX_VERSIONS) {
    throw limitExceeded(
      `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new ` +
        'version, you must delete an existing version.',
    )
  }
  const versionCount = policy.versionCount + 1
  const version = { id: `v${versionCount}`, document, createdAt: wholeSeconds(ctx.now) }
  const changed = {
    ...policy,
    updatedAt: wholeSeconds(ctx.now),
    versions: [...policy.versions, version],
    versionCount,
    ...(SetAsDefault && { defaultVersion: version.id }),
  }
  save(POLICY, changed, ctx)
  return { PolicyVersion: listed(version, changed) }
}

export function getPolicyVersion(
  { PolicyArn, VersionId }: Checked<GetPolicyVersionRequest>,
  ctx: Context,
): Answer<GetPolicyVersionResponse> {
  const policy = foundPolicy(PolicyArn, ctx, (arn) => versionNotFound(arn, VersionId))
  const version = versionOf(policy, VersionId)
  return {
    PolicyVersion: { ...listed(version, policy), Document: encodeDocument(version.document) },
  }
}

/** The newest first. */
export function listPolicyVersions(
  { PolicyArn, ...request }: Checked<ListPolicyVersionsRequest>,
  ctx: Context,
): Answer<ListPolicyVersionsResponse> {
  const policy = foundPolicy(PolicyArn, ctx)
  const { items, ...page } = pageInOrder(policy.versions.toReversed(), request)
  return { Versions: items.map((version) => listed(version, policy)), ...page }
}

export function setDefaultPolicyVersion(
  { PolicyArn, VersionId }: Checked<SetDefaultPolicyVersionRequest>,
  ctx: Context,
): object {
  const policy = ownPolicy(PolicyArn, ctx, (arn) => versionNotFound(arn, VersionId))
  const { id: defaultVersion } = versionOf(policy, VersionId)
  save(POLICY, { ...policy, defaultVersion, updatedAt: wholeSeconds(ctx.now) }, ctx)
  return {}
}

export function deletePolicyVersion(
  { PolicyArn, VersionId }: Checked<DeletePolicyVersionRequest>,
  ctx: Context,
): object {
  const policy = ownPolicy(PolicyArn, ctx, (arn) => versionNotFound(arn, VersionId))
  const { id: gone } = versionOf(policy, VersionId)
  if (gone === policy.defaultVersion) {
    throw deleteConflict('Cannot delete the default version of a policy.')
  }
  save(POLICY, { ...policy, versions: policy.versions.filter(({ id }) => id !== gone) }, ctx)
  return {}
}

export function tagPolicy({ PolicyArn, Tags }: Checked<TagPolicyRequest>, ctx: Context): object {
  const policy = ownPolicy(PolicyArn, ctx, policyNotFound, requestTagKeys(Tags))
  save(POLICY, tagged(policy, Tags, 'sensitive'), ctx)
  return {}
}

export function untagPolicy(
  { PolicyArn, TagKeys }: Checked<UntagPolicyRequest>,
  ctx: Context,
): object {
  const policy = ownPolicy(PolicyArn, ctx, policyNotFound, { 'aws:TagKeys': TagKeys })
  save(POLICY, untagged(policy, TagKeys, 'sensitive'), ctx)
  return {}
}

/** In the order of their keys, unlike the tags of users and roles. */
export function listPolicyTags(
  { PolicyArn, ...request }: Checked<ListPolicyTagsRequest>,
  ctx: Context,
): Answer<ListPolicyTagsResponse> {
  const { tags } = foundPolicy(PolicyArn, ctx)
  const { items, ...page } = pageOf(tags, ({ Key }) => Key, request)
  return { Tags: items, ...page }
}

function versionOf(policy: ManagedPolicy, wanted: string): PolicyVersion {
  const version = policy.versions.find(({ id }) => id === wanted)
  if (!version) throw versionNotFound(policy.arn, wanted)
  return version
}

export function listed(
  { id, createdAt }: PolicyVersion,
  { defaultVersion }: ManagedPolicy,
): Answer<WireVersion> {
  return { VersionId: id, IsDefaultVersion: id === defaultVersion, CreateDate: createdAt }
}
