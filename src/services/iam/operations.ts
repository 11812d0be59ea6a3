/** IAM's operations by name. */
import type {
  AttachGroupPolicyRequest,
  AttachRolePolicyRequest,
  AttachUserPolicyRequest,
  DeleteGroupPolicyRequest,
  DeleteRolePermissionsBoundaryRequest,
  DeleteRolePolicyRequest,
  DeleteUserPermissionsBoundaryRequest,
  DeleteUserPolicyRequest,
  DetachGroupPolicyRequest,
  DetachRolePolicyRequest,
  DetachUserPolicyRequest,
  GetGroupPolicyRequest,
  GetRolePolicyRequest,
  GetUserPolicyRequest,
  ListAttachedGroupPoliciesRequest,
  ListAttachedRolePoliciesRequest,
  ListAttachedUserPoliciesRequest,
  ListGroupPoliciesRequest,
  ListInstanceProfileTagsRequest,
  ListRolePoliciesRequest,
  ListRoleTagsRequest,
  ListUserPoliciesRequest,
  ListUserTagsRequest,
  PutGroupPolicyRequest,
  PutRolePermissionsBoundaryRequest,
  PutRolePolicyRequest,
  PutUserPermissionsBoundaryRequest,
  PutUserPolicyRequest,
  TagInstanceProfileRequest,
  TagRoleRequest,
  TagUserRequest,
  UntagInstanceProfileRequest,
  UntagRoleRequest,
  UntagUserRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Checked, Operation } from '../../aws/service.ts'
import * as accessKeys from './access-keys.ts'
import * as account from './account.ts'
import { attachPolicy, detachPolicy, listAttachedPolicies } from './attached-policies.ts'
import { getAccountAuthorizationDetails } from './authorization-details.ts'
import { deleteBoundary, putBoundary } from './boundaries.ts'
import * as report from './credential-report.ts'
import { GROUP, INSTANCE_PROFILE, ROLE, USER } from './entities.ts'
import * as groups from './groups.ts'
import {
  deleteInlinePolicy,
  getInlinePolicy,
  listInlinePolicies,
  putInlinePolicy,
} from './inline-policies.ts'
import * as profiles from './instance-profiles.ts'
import * as policies from './managed-policies.ts'
import * as none from './not-kept.ts'
import * as oidc from './oidc-providers.ts'
import * as versions from './policy-versions.ts'
import * as roles from './roles.ts'
import * as linked from './service-linked-roles.ts'
import * as simulator from './simulate.ts'
import { listTags, tag, untag } from './tags.ts'
import * as users from './users.ts'

const ofRoles = {
  CreateRole: roles.createRole,
  GetRole: roles.getRole,
  ListRoles: roles.listRoles,
  UpdateRole: roles.updateRole,
  UpdateRoleDescription: roles.updateRoleDescription,
  UpdateAssumeRolePolicy: roles.updateAssumeRolePolicy,
  DeleteRole: roles.deleteRole,
  PutRolePolicy: (input: Checked<PutRolePolicyRequest>, ctx: Context) =>
    putInlinePolicy(ROLE, input.RoleName, input, ctx),
  GetRolePolicy: (input: Checked<GetRolePolicyRequest>, ctx: Context) => ({
    RoleName: input.RoleName,
    ...getInlinePolicy(ROLE, input.RoleName, input, ctx),
  }),
  ListRolePolicies: (input: Checked<ListRolePoliciesRequest>, ctx: Context) =>
    listInlinePolicies(ROLE, input.RoleName, input, ctx),
  DeleteRolePolicy: (input: Checked<DeleteRolePolicyRequest>, ctx: Context) =>
    deleteInlinePolicy(ROLE, input.RoleName, input, ctx),
  AttachRolePolicy: (input: Checked<AttachRolePolicyRequest>, ctx: Context) =>
    attachPolicy(ROLE, input.RoleName, input, ctx),
  DetachRolePolicy: (input: Checked<DetachRolePolicyRequest>, ctx: Context) =>
    detachPolicy(ROLE, input.RoleName, input, ctx),
  ListAttachedRolePolicies: (input: Checked<ListAttachedRolePoliciesRequest>, ctx: Context) =>
    listAttachedPolicies(ROLE, input.RoleName, input, ctx),
  PutRolePermissionsBoundary: (input: Checked<PutRolePermissionsBoundaryRequest>, ctx: Context) =>
    putBoundary(ROLE, input.RoleName, input.PermissionsBoundary, ctx),
  DeleteRolePermissionsBoundary: (
    { RoleName }: Checked<DeleteRolePermissionsBoundaryRequest>,
    ctx: Context,
  ) => deleteBoundary(ROLE, RoleName, ctx),
  TagRole: ({ RoleName, Tags }: Checked<TagRoleRequest>, ctx: Context) =>
    tag(ROLE, RoleName, Tags, ctx),
  UntagRole: ({ RoleName, TagKeys }: Checked<UntagRoleRequest>, ctx: Context) =>
    untag(ROLE, RoleName, TagKeys, ctx),
  ListRoleTags: (input: Checked<ListRoleTagsRequest>, ctx: Context) =>
    listTags(ROLE, input.RoleName, input, ctx),
}

const ofUsers = {
  CreateUser: users.createUser,
  GetUser: users.getUser,
  ListUsers: users.listUsers,
  UpdateUser: users.updateUser,
  DeleteUser: users.deleteUser,
  CreateAccessKey: accessKeys.createAccessKey,
  ListAccessKeys: accessKeys.listAccessKeys,
  UpdateAccessKey: accessKeys.updateAccessKey,
  DeleteAccessKey: accessKeys.deleteAccessKey,
  GetAccessKeyLastUsed: accessKeys.getAccessKeyLastUsed,
  PutUserPolicy: (input: Checked<PutUserPolicyRequest>, ctx: Context) =>
    putInlinePolicy(USER, input.UserName, input, ctx),
  GetUserPolicy: (input: Checked<GetUserPolicyRequest>, ctx: Context) => ({
    UserName: input.UserName,
    ...getInlinePolicy(USER, input.UserName, input, ctx),
  }),
  ListUserPolicies: (input: Checked<ListUserPoliciesRequest>, ctx: Context) =>
    listInlinePolicies(USER, input.UserName, input, ctx),
  DeleteUserPolicy: (input: Checked<DeleteUserPolicyRequest>, ctx: Context) =>
    deleteInlinePolicy(USER, input.UserName, input, ctx),
  AttachUserPolicy: (input: Checked<AttachUserPolicyRequest>, ctx: Context) =>
    attachPolicy(USER, input.UserName, input, ctx),
  DetachUserPolicy: (input: Checked<DetachUserPolicyRequest>, ctx: Context) =>
    detachPolicy(USER, input.UserName, input, ctx),
  ListAttachedUserPolicies: (input: Checked<ListAttachedUserPoliciesRequest>, ctx: Context) =>
    listAttachedPolicies(USER, input.UserName, input, ctx),
  PutUserPermissionsBoundary: (input: Checked<PutUserPermissionsBoundaryRequest>, ctx: Context) =>
    putBoundary(USER, input.UserName, input.PermissionsBoundary, ctx),
  DeleteUserPermissionsBoundary: (
    { UserName }: Checked<DeleteUserPermissionsBoundaryRequest>,
    ctx: Context,
  ) => deleteBoundary(USER, UserName, ctx),
  TagUser: ({ UserName, Tags }: Checked<TagUserRequest>, ctx: Context) =>
    tag(USER, UserName, Tags, ctx),
  UntagUser: ({ UserName, TagKeys }: Checked<UntagUserRequest>, ctx: Context) =>
    untag(USER, UserName, TagKeys, ctx),
  ListUserTags: (input: Checked<ListUserTagsRequest>, ctx: Context) =>
    listTags(USER, input.UserName, input, ctx),
}

const ofOtherCredentials = {
  GetLoginProfile: none.getLoginProfile,
  DeleteLoginProfile: none.deleteLoginProfile,
  ListMFADevices: none.listMFADevices,
  ListVirtualMFADevices: none.listVirtualMFADevices,
  ListSSHPublicKeys: none.listSSHPublicKeys,
  ListSigningCertificates: none.listSigningCertificates,
  ListServiceSpecificCredentials: none.listServiceSpecificCredentials,
}

const ofGroups = {
  CreateGroup: groups.createGroup,
  GetGroup: groups.getGroup,
  ListGroups: groups.listGroups,
  UpdateGroup: groups.updateGroup,
  DeleteGroup: groups.deleteGroup,
  AddUserToGroup: groups.addUserToGroup,
  RemoveUserFromGroup: groups.removeUserFromGroup,
  ListGroupsForUser: groups.listGroupsForUser,
  PutGroupPolicy: (input: Checked<PutGroupPolicyRequest>, ctx: Context) =>
    putInlinePolicy(GROUP, input.GroupName, input, ctx),
  GetGroupPolicy: (input: Checked<GetGroupPolicyRequest>, ctx: Context) => ({
    GroupName: input.GroupName,
    ...getInlinePolicy(GROUP, input.GroupName, input, ctx),
  }),
  ListGroupPolicies: (input: Checked<ListGroupPoliciesRequest>, ctx: Context) =>
    listInlinePolicies(GROUP, input.GroupName, input, ctx),
  DeleteGroupPolicy: (input: Checked<DeleteGroupPolicyRequest>, ctx: Context) =>
    deleteInlinePolicy(GROUP, input.GroupName, input, ctx),
  AttachGroupPolicy: (input: Checked<AttachGroupPolicyRequest>, ctx: Context) =>
    attachPolicy(GROUP, input.GroupName, input, ctx),
  DetachGroupPolicy: (input: Checked<DetachGroupPolicyRequest>, ctx: Context) =>
    detachPolicy(GROUP, input.GroupName, input, ctx),
  ListAttachedGroupPolicies: (input: Checked<ListAttachedGroupPoliciesRequest>, ctx: Context) =>
    listAttachedPolicies(GROUP, input.GroupName, input, ctx),
}

const ofPolicies = {
  CreatePolicy: policies.createPolicy,
  GetPolicy: policies.getPolicy,
  ListPolicies: policies.listPolicies,
  DeletePolicy: policies.deletePolicy,
  ListEntitiesForPolicy: policies.listEntitiesForPolicy,
  CreatePolicyVersion: versions.createPolicyVersion,
  GetPolicyVersion: versions.getPolicyVersion,
  ListPolicyVersions: versions.listPolicyVersions,
  SetDefaultPolicyVersion: versions.setDefaultPolicyVersion,
  DeletePolicyVersion: versions.deletePolicyVersion,
  TagPolicy: versions.tagPolicy,
  UntagPolicy: versions.untagPolicy,
  ListPolicyTags: versions.listPolicyTags,
}

const ofInstanceProfiles = {
  CreateInstanceProfile: profiles.createInstanceProfile,
  GetInstanceProfile: profiles.getInstanceProfile,
  ListInstanceProfiles: profiles.listInstanceProfiles,
  ListInstanceProfilesForRole: profiles.listInstanceProfilesForRole,
  DeleteInstanceProfile: profiles.deleteInstanceProfile,
  AddRoleToInstanceProfile: profiles.addRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile: profiles.removeRoleFromInstanceProfile,
  TagInstanceProfile: (input: Checked<TagInstanceProfileRequest>, ctx: Context) =>
    tag(INSTANCE_PROFILE, input.InstanceProfileName, input.Tags, ctx),
  UntagInstanceProfile: (input: Checked<UntagInstanceProfileRequest>, ctx: Context) =>
    untag(INSTANCE_PROFILE, input.InstanceProfileName, input.TagKeys, ctx),
  ListInstanceProfileTags: (input: Checked<ListInstanceProfileTagsRequest>, ctx: Context) =>
    listTags(INSTANCE_PROFILE, input.InstanceProfileName, input, ctx),
}

const ofServices = {
  CreateServiceLinkedRole: linked.createServiceLinkedRole,
  DeleteServiceLinkedRole: linked.deleteServiceLinkedRole,
  GetServiceLinkedRoleDeletionStatus: linked.getServiceLinkedRoleDeletionStatus,
}

const ofIdentityProviders = {
  CreateOpenIDConnectProvider: oidc.createOpenIDConnectProvider,
  GetOpenIDConnectProvider: oidc.getOpenIDConnectProvider,
  ListOpenIDConnectProviders: oidc.listOpenIDConnectProviders,
  DeleteOpenIDConnectProvider: oidc.deleteOpenIDConnectProvider,
  AddClientIDToOpenIDConnectProvider: oidc.addClientIDToOpenIDConnectProvider,
  RemoveClientIDFromOpenIDConnectProvider: oidc.removeClientIDFromOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint: oidc.updateOpenIDConnectProviderThumbprint,
  TagOpenIDConnectProvider: oidc.tagOpenIDConnectProvider,
  UntagOpenIDConnectProvider: oidc.untagOpenIDConnectProvider,
  ListOpenIDConnectProviderTags: oidc.listOpenIDConnectProviderTags,
}

const ofAccount = {
  CreateAccountAlias: account.createAccountAlias,
  ListAccountAliases: account.listAccountAliases,
  DeleteAccountAlias: account.deleteAccountAlias,
  GetAccountSummary: account.getAccountSummary,
  GetAccountAuthorizationDetails: getAccountAuthorizationDetails,
  GenerateCredentialReport: report.generateCredentialReport,
  GetCredentialReport: report.getCredentialReport,
}

const ofSimulator = {
  SimulatePrincipalPolicy: simulator.simulatePrincipalPolicy,
  SimulateCustomPolicy: simulator.simulateCustomPolicy,
  GetContextKeysForPrincipalPolicy: simulator.getContextKeysForPrincipalPolicy,
  GetContextKeysForCustomPolicy: simulator.getContextKeysForCustomPolicy,
}

export const operations: Readonly<Record<string, Operation>> = {
  ...ofRoles,
  ...ofUsers,
  ...ofOtherCredentials,
  ...ofGroups,
  ...ofPolicies,
  ...ofInstanceProfiles,
  ...ofServices,
  ...ofIdentityProviders,
  ...ofAccount,
  ...ofSimulator,
}
