/** IAM's ports: roles for services that act under one, profiles for EC2, sessions for STS. */
import { parseArn } from '../../arn.ts'
import { carriedOut } from '../../aws/audit.ts'
import type { Caller, ConditionKeys, Verdict } from '../../aws/authority.ts'
import { requestKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { AssumableRole, InstanceProfiles, RoleSender, Roles, Sessions } from '../ports.ts'
import { decide } from './authority.ts'
import { trustPolicyOf } from './documents.ts'
import { nameInArn } from './entities.ts'
import { policyAt } from './managed-policies.ts'
import { roleCaller, roleWithId, userWithId } from './principals.ts'
import { openSession } from './sessions.ts'
import {
  accessKeys,
  instanceProfiles,
  keyOf,
  oidcProviders,
  type Role,
  roles,
  sessions,
} from './state.ts'

/** How long the credentials last that a service gets for a role. */
const SERVICE_SESSION_SECONDS = 43_200

export const rolePort: Roles = {
  assume(sender, ctx) {
    const role = roleAt(sender.roleArn, ctx)
    if (!role || !trusts(role, sender, ctx).decision.allowed) return undefined
    const { id: roleId } = role
    const { sessionName: name, keys } = sender
    const grant = { seconds: SERVICE_SESSION_SECONDS, ...(keys && { keys }) }
    return openSession({ type: 'role', roleId, name }, accountIn(role.arn), grant, ctx)
  },

  assumable(roleArn, service, ctx) {
    const role = roleAt(roleArn, ctx)
    return role !== undefined && trusts(role, { roleArn, service }, ctx).decision.allowed
  },

  caller(sender, ctx) {
    const role = roleAt(sender.roleArn, ctx)
    if (!role || !trusts(role, sender, ctx).decision.allowed) return undefined
    return actor(role, sender)
  },

  decide(sender, action, resource, ctx, access = {}) {
    const role = roleAt(sender.roleArn, ctx)
    if (!role) {
      const because = `There is no role ${sender.roleArn}.`
      return { allowed: false, because, denial: because }
    }
    const trusted = trusts(role, sender, ctx)
    if (!trusted.decision.allowed) return told(trusted)
    const keys = { ...requestKeys(ctx, ctx.now), ...access.keys }
    const { resourcePolicy } = access
    const question = { caller: actor(role, sender), action, resource, keys, resourcePolicy }
    return carriedOut(told(decide(question, ctx.tx)), ctx)
  },
}

function told({ decision, because, denial, evaluation }: Verdict): ReturnType<Roles['decide']> {
  const { allowed } = decision
  const reasons = { allowed, because: because(), denial: denial() }
  return allowed ? reasons : { ...reasons, evaluation: evaluation() }
}

function actor(role: Role, { sessionName, keys }: RoleSender): Caller {
  const caller = roleCaller(role, accountIn(role.arn), sessionName)
  return keys ? { ...caller, keys } : caller
}

/** Whether a role's trust policy lets a service assume it. */
function trusts(
  role: Role,
  { service, onBehalfOf }: Omit<RoleSender, 'sessionName'>,
  ctx: Context,
): Verdict {
  const account = accountIn(role.arn)
  const source: ConditionKeys = onBehalfOf
    ? { 'aws:SourceArn': onBehalfOf, 'aws:SourceAccount': parseArn(onBehalfOf)?.account }
    : {}
  const caller = {
    principal: { type: 'service', service } as const,
    account,
    arn: service,
    userId: service,
  }
  const keys = { ...requestKeys(ctx, ctx.now), ...source, ...roleKeys(role) }
  const resourcePolicy = trustPolicyOf(role)
  const question = { caller, action: 'sts:AssumeRole', resource: role.arn, keys, resourcePolicy }
  return decide(question, ctx.tx)
}

function roleAt(arn: string, ctx: Context): Role | undefined {
  const home = ctx.tx.in({ account: accountIn(arn), region: ctx.region })
  const role = home.get(roles, keyOf(nameInArn(arn) ?? ''))
  return role?.arn === arn ? role : undefined
}

function accountIn(arn: string): string {
  return parseArn(arn)?.account ?? ''
}

function roleKeys(role: Role): ConditionKeys {
  return { ...resourceTagKeys(role.tags), ...resourceTagKeys(role.tags, 'iam') }
}

export const sessionPort: Sessions = {
  role(arn, ctx) {
    const role = roleAt(arn, ctx)
    if (!role) return undefined
    const { id, name, maxSessionSeconds } = role
    const found: AssumableRole = {
      arn,
      id,
      name,
      maxSessionSeconds,
      trust: trustPolicyOf(role),
      keys: roleKeys(role),
    }
    return found
  },

  ofRole({ id: roleId, arn }, name, grant, ctx) {
    return openSession({ type: 'role', roleId, name }, accountIn(arn), grant, ctx)
  },

  ofCaller(grant, ctx) {
    const { principal } = ctx.caller
    const userId = principal.type === 'user' ? principal.id : undefined
    const session =
      userId === undefined ? ({ type: 'root' } as const) : { type: 'user' as const, userId }
    return openSession(session, ctx.account, grant, ctx)
  },

  federated(name, grant, ctx) {
    const { principal } = ctx.caller
    const user = principal.type === 'user' ? userWithId(principal.id, ctx.tx) : undefined
    const federator = user ? { userId: user.id } : {}
    return openSession({ type: 'federated', name, ...federator }, ctx.account, grant, ctx)
  },

  current(ctx) {
    const { accessKeyId } = ctx.caller
    return accessKeyId === undefined ? undefined : ctx.tx.get(sessions, accessKeyId)
  },

  accountOf(accessKeyId, ctx) {
    const known = ctx.tx.get(accessKeys, accessKeyId) ?? ctx.tx.get(sessions, accessKeyId)
    return known?.account
  },

  provider(url, ctx) {
    return [...ctx.tx.all(oidcProviders)].find((provider) => provider.url === url)
  },

  hasPolicy(arn, ctx) {
    return policyAt(arn, ctx.tx) !== undefined
  },
}

export const profilePort: InstanceProfiles = {
  find(by, ctx) {
    const name = 'arn' in by ? nameInArn(by.arn) : by.name
    const profile = ctx.tx.get(instanceProfiles, keyOf(name ?? ''))
    if (!profile || ('arn' in by && profile.arn !== by.arn)) return undefined
    const { arn, id, roleId } = profile
    return { arn, id, roleArn: roleWithId(roleId, ctx.tx)?.arn }
  },
}
