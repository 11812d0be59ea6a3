/** What IAM keeps: the rows and their tables. IAM is global, so no table is of one region. */
import { table } from '../../store/store.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface Entity {
  readonly name: string
  /** `/` or `/division/team/` */
  readonly path: string
  readonly arn: string
  /** `AIDA…`, `AROA…`, `AGPA…`, `ANPA…`, `AIPA…`: never used again once the entity is gone. */
  readonly id: string
  /** Milliseconds since the epoch, as all times. */
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

/** A user, group or role: what identity-based policies are attached to. */
export interface PolicyHolder extends Entity {
  /** Documents by policy name, as they were given. */
  readonly inline: Readonly<Record<string, string>>
  /** ARNs of managed policies. */
  readonly attached: readonly string[]
  /** ARN of the managed policy that is its permissions boundary. */
  readonly boundary?: string
}

export interface Role extends PolicyHolder {
  readonly description?: string
  /** The trust policy. */
  readonly trust: string
  /** Unique ids of the users and roles of this account that the trust policy names, by ARN. */
  readonly trusted: Readonly<Record<string, string>>
  readonly maxSessionSeconds: number
  /** Of a service-linked role: the service that it is for. */
  readonly linkedService?: string
}

export interface User extends PolicyHolder {
  /** Ids of its groups. */
  readonly groups: readonly string[]
}

export type Group = PolicyHolder

export interface PolicyVersion {
  /** `v1` */
  readonly id: string
  readonly document: string
  readonly createdAt: number
}

export interface ManagedPolicy extends Entity {
  readonly description?: string
  readonly updatedAt: number
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[]
  readonly defaultVersion: string
  /** How many versions it ever had. */
  readonly versionCount: number
}

export interface InstanceProfile extends Entity {
  readonly roleId?: string
}

export interface AccessKey {
  readonly id: string
  readonly secret: string
  readonly account: string
  /** The root user's key has none. */
  readonly userId?: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: number
}

/** Temporary credentials, until some time after they have expired. */
export interface Session {
  readonly id: string
  readonly secret: string
  readonly token: string
  readonly account: string
  readonly principal: SessionPrincipal
  readonly issuedAt: number
  readonly expiresAt: number
  /** Session policies: documents, and ARNs of managed policies of `account`. */
  readonly policies: readonly string[]
  readonly policyArns: readonly string[]
  readonly tags: readonly Tag[]
  /** Keys of the tags that a role assumed from this session inherits. */
  readonly transitive: readonly string[]
  readonly sourceIdentity?: string
  /** Condition keys that come with the session: `lambda:SourceFunctionArn`. */
  readonly keys: Readonly<Record<string, string>>
}

export type SessionPrincipal =
  | { readonly type: 'root' }
  /** From GetSessionToken. */
  | { readonly type: 'user'; readonly userId: string }
  | { readonly type: 'role'; readonly roleId: string; readonly name: string }
  /** From GetFederationToken; the root user federates when there is no user. */
  | { readonly type: 'federated'; readonly name: string; readonly userId?: string }

export interface OidcProvider {
  readonly arn: string
  /** Without its scheme: `token.example.com/path`. */
  readonly url: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

/** The report that GenerateCredentialReport made. */
export interface CredentialReport {
  readonly content: string
  readonly madeAt: number
}

/** When an access key or a role was last used. */
export interface LastUse {
  readonly at: number
  readonly region: string
  /** `ec2` */
  readonly service: string
}

const byId = { id: ({ id }: Entity) => id }
const byPolicies = {
  ...byId,
  attached: ({ attached }: PolicyHolder) => attached,
  boundary: ({ boundary }: PolicyHolder) => boundary,
}

export const roles = table<Role>('iam.roles', {
  reach: 'account',
  indexes: { ...byPolicies, trusts: ({ trusted }) => Object.keys(trusted) },
})
export const users = table<User>('iam.users', {
  reach: 'account',
  indexes: { ...byPolicies, groups: ({ groups }) => groups },
})
export const groups = table<Group>('iam.groups', { reach: 'account', indexes: byPolicies })
export const managedPolicies = table<ManagedPolicy>('iam.policies', { reach: 'account' })
export const instanceProfiles = table<InstanceProfile>('iam.instance-profiles', {
  reach: 'account',
  indexes: { ...byId, role: ({ roleId }) => roleId },
})
export const accessKeys = table<AccessKey>('iam.access-keys', {
  reach: 'global',
  indexes: { owner: ({ account, userId }) => ownerOf(account, userId) },
})
export const sessions = table<Session>('iam.sessions', { reach: 'global' })
/** By ARN. */
export const oidcProviders = table<OidcProvider>('iam.oidc-providers', { reach: 'account' })
/** The account's alias, of which it has one at most; aliases are unique among accounts. */
export const accountAliases = table<{ account: string; alias: string }>('iam.account-aliases', {
  reach: 'global',
  indexes: { account: ({ account }) => account },
})
/** One row: the latest. */
export const credentialReports = table<CredentialReport>('iam.credential-reports', {
  reach: 'account',
})
/** What became of the deletion of a service-linked role, by task id. */
export const roleDeletions = table<{ id: string }>('iam.role-deletions', { reach: 'account' })
/** By access key id, and by role id. */
export const lastUses = table<LastUse>('iam.last-uses', { reach: 'account' })

/** Whose access keys: a user's, or the root user's. */
export function ownerOf(account: string, userId: string | undefined): string {
  return `${account}/${userId ?? ''}`
}

/** Names are unique without regard to case (IAM user guide: reference_iam-quotas). */
export function keyOf(name: string): string {
  return name.toLowerCase()
}
