/** The account itself: its alias, and how full it is. */
import type {
  CreateAccountAliasRequest,
  DeleteAccountAliasRequest,
  GetAccountSummaryResponse,
  ListAccountAliasesResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { ask } from './entities.ts'
import { entityAlreadyExists, noSuchEntity } from './errors.ts'
import {
  accessKeys,
  accountAliases,
  groups,
  instanceProfiles,
  managedPolicies,
  oidcProviders,
  ownerOf,
  roles,
  users,
} from './state.ts'

/** Takes the place of the alias that there was. */
export function createAccountAlias(
  { AccountAlias: alias }: Checked<CreateAccountAliasRequest>,
  ctx: Context,
): object {
  ask(ctx, '*')
  const { account } = ctx
  if (ctx.tx.has(accountAliases, alias)) {
    throw entityAlreadyExists(`The account alias ${alias} already exists.`)
  }
  for (const old of aliasesOf(ctx)) ctx.tx.delete(accountAliases, old)
  ctx.tx.put(accountAliases, alias, { account, alias })
  return {}
}

export function listAccountAliases(_: object, ctx: Context): ListAccountAliasesResponse {
  ask(ctx, '*')
  return { AccountAliases: aliasesOf(ctx), IsTruncated: false }
}

export function deleteAccountAlias(
  { AccountAlias: alias }: Checked<DeleteAccountAliasRequest>,
  ctx: Context,
): object {
  ask(ctx, '*')
  if (!aliasesOf(ctx).includes(alias)) {
    throw noSuchEntity(`The account alias ${alias} cannot be found.`)
  }
  ctx.tx.delete(accountAliases, alias)
  return {}
}

function aliasesOf(ctx: Context): string[] {
  return ctx.tx.by(accountAliases, 'account', ctx.account).map(({ alias }) => alias)
}

/** The quotas that GetAccountSummary states, as recorded from AWS. */
const QUOTAS = {
  AccessKeysPerUserQuota: 2,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  InstanceProfilesQuota: 1000,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: 1000,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2048,
  UsersQuota: 5000,
  VersionsPerPolicyQuota: 5,
} as const

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export function getAccountSummary(_: object, ctx: Context): GetAccountSummaryResponse {
  ask(ctx, '*')
  const { tx } = ctx
  const rootKeys = tx.by(accessKeys, 'owner', ownerOf(ctx.account, undefined))
  const versions = [...tx.all(managedPolicies)].reduce((sum, it) => sum + it.versions.length, 0)
  return {
    SummaryMap: {
      ...QUOTAS,
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
      // What these count cannot be made here.
      AccountMFAEnabled: 0,
      AccountPasswordPresent: 0,
      AccountSigningCertificatesPresent: 0,
      MFADevices: 0,
      MFADevicesInUse: 0,
      ServerCertificates: 0,
      GlobalEndpointTokenVersion: 1,
      Groups: tx.count(groups),
      InstanceProfiles: tx.count(instanceProfiles),
      Policies: tx.count(managedPolicies),
      PolicyVersionsInUse: versions,
      Providers: tx.count(oidcProviders),
      Roles: tx.count(roles),
      Users: tx.count(users),
    },
  }
}
