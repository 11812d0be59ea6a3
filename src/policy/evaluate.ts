/**
 * The decision, in the order of the IAM user guide: reference_policies_evaluation-logic and
 * reference_policies_evaluation-logic-cross-account.
 */
import type { Policy, Statement } from './policy.ts'
import { NAMED, type Named } from './principals.ts'
import { type Target, targetOf } from './resources.ts'
import type { AccessRequest, Decision, PolicyType, StatementRef } from './types.ts'

/** The policies that apply to a request. What is absent does not restrict. */
export interface Policies {
  /** Of the user and its groups, or of the role. */
  readonly identity?: readonly Policy[]
  readonly boundary?: Policy
  /** Those passed at AssumeRole or GetFederationToken; together they must allow. */
  readonly session?: readonly Policy[]
  /** Of the resource; of kind `trust` for a role that is to be assumed. */
  readonly resource?: Policy
  /** A list for each of root, organizational units and account: each must allow. */
  readonly serviceControl?: readonly (readonly Policy[])[]
}

/** A request with its action and resource prepared for matching. */
export interface Asked extends AccessRequest {
  readonly lowerAction: string
  readonly target: Target
}

export function ask(request: AccessRequest): Asked {
  const lowerAction = request.action.toLowerCase()
  return { ...request, lowerAction, target: targetOf(request.resource) }
}

/** Whether a statement that covers the action applies, and how closely it names the principal. */
export function applies(statement: Statement, asked: Asked): Named {
  const named = statement.names(asked.principal)
  if (named === NAMED.no) return NAMED.no
  if (!statement.coversResource(asked.target, asked.context)) return NAMED.no
  for (const condition of statement.conditions) {
    if (!condition.holds(asked.context)) return NAMED.no
  }
  return named
}

/**
 * Decides a request.
 *
 * Any matching Deny denies. Every service control policy level must allow. Within one account, a
 * resource-based policy that names the user or the session itself suffices; one that names the
 * session's role still needs permissions boundary and session policy; one that names the account
 * only lets identity-based policies decide. Otherwise identity-based policy, boundary and session
 * policy must all allow. Across accounts the caller's side and the resource-based policy must both
 * allow, and a role trust policy must always allow. Services, web identities and anonymous callers
 * have no policies of their own: the resource-based policy decides alone. A root user is allowed
 * by default.
 */
export function evaluate(request: AccessRequest, policies: Policies): Decision {
  const asked = ask(request)
  return (
    explicitDeny(asked, policies) ??
    serviceControl(asked, policies) ??
    (isStranger(asked) ? byResource(asked, policies) : byAccount(asked, policies))
  )
}

/** The kind of policy that the resource has, in AWS's words. */
export function resourcePolicyType({ resource }: Policies): PolicyType {
  return resource?.kind === 'trust' ? 'role trust policy' : 'resource-based policy'
}

function explicitDeny(asked: Asked, policies: Policies): Decision | undefined {
  const { serviceControl = NONE, resource, identity = NONE, boundary, session = NONE } = policies
  return (
    deniedBy(asked, serviceControl.flat(), 'service control policy') ??
    deniedBy(asked, listOf(resource), resourcePolicyType(policies)) ??
    deniedBy(asked, identity, 'identity-based policy') ??
    deniedBy(asked, listOf(boundary), 'permissions boundary') ??
    deniedBy(asked, session, 'session policy')
  )
}

function deniedBy(
  asked: Asked,
  policies: readonly Policy[],
  policyType: PolicyType,
): Decision | undefined {
  for (const policy of policies) {
    for (const statement of policy.covering(asked.lowerAction).deny) {
      if (applies(statement, asked) === NAMED.no) continue
      const statements = [refer(policy, statement, policyType)]
      return { allowed: false, reason: 'explicitDeny', policyType, statements }
    }
  }
  return undefined
}

function serviceControl(asked: Asked, policies: Policies): Decision | undefined {
  for (const level of policies.serviceControl ?? NONE) {
    const allowing = firstAllow(asked, level, 'service control policy')
    if (allowing === undefined) return implicitDeny('service control policy')
  }
  return undefined
}

function isStranger({ principal: { type } }: Asked): boolean {
  return type === 'service' || type === 'web-identity' || type === 'anonymous'
}

function byResource(asked: Asked, policies: Policies): Decision {
  const policyType = resourcePolicyType(policies)
  const grant = resourceGrant(asked, policies, policyType)
  return grant === undefined ? implicitDeny(policyType) : allow(policyType, [grant.statement])
}

function byAccount(asked: Asked, policies: Policies): Decision {
  const policyType = resourcePolicyType(policies)
  const grant = resourceGrant(asked, policies, policyType)
  const mustAllow = isCrossAccount(asked) || policyType === 'role trust policy'
  if (!isCrossAccount(asked)) {
    if (grant?.named === NAMED.direct) return allow(policyType, [grant.statement])
    if (grant?.named === NAMED.role) {
      return byLimits(asked, policies, allow(policyType, [grant.statement]))
    }
    if (mustAllow && grant === undefined) return implicitDeny(policyType)
  }
  const own = byIdentity(asked, policies)
  if (!own.allowed || !mustAllow) return own
  if (grant === undefined) return implicitDeny(policyType)
  return allow(policyType, [...own.statements, grant.statement])
}

/** The caller's own side: identity-based policies, then what limits them. */
function byIdentity(asked: Asked, policies: Policies): Decision {
  if (isRoot(asked)) return byLimits(asked, policies, ROOT_ALLOWED)
  const policyType = 'identity-based policy'
  const allowing = firstAllow(asked, policies.identity ?? NONE, policyType)
  if (allowing === undefined) return implicitDeny(policyType)
  return byLimits(asked, policies, allow(policyType, [allowing]))
}

/** The root user, or a federated user whose permissions come from it. */
function isRoot({ principal }: Asked): boolean {
  if (principal.type === 'federated-user') return principal.federator.endsWith(':root')
  return principal.type === 'root'
}

/** A permissions boundary and session policies can only take away from what is allowed. */
function byLimits(asked: Asked, policies: Policies, granted: Decision): Decision {
  const { boundary } = policies
  // A federated user without session policies has no permissions of its own.
  const isFederated = asked.principal.type === 'federated-user'
  const session = policies.session ?? (isFederated ? NONE : undefined)
  if (boundary === undefined && session === undefined) return granted
  const statements = [...granted.statements]
  if (boundary !== undefined && asked.principal.type !== 'root') {
    const allowing = firstAllow(asked, [boundary], 'permissions boundary')
    if (allowing === undefined) return implicitDeny('permissions boundary')
    statements.push(allowing)
  }
  if (session !== undefined) {
    const allowing = firstAllow(asked, session, 'session policy')
    if (allowing === undefined) return implicitDeny('session policy')
    statements.push(allowing)
  }
  return { ...granted, statements }
}

function isCrossAccount({ principal, resourceAccount }: Asked): boolean {
  if (resourceAccount === undefined || !('account' in principal)) return false
  return resourceAccount !== principal.account
}

interface Grant {
  readonly named: Named
  readonly statement: StatementRef
}

/** The statement of the resource's policy that allows the principal most closely. */
function resourceGrant(
  asked: Asked,
  { resource }: Policies,
  policyType: PolicyType,
): Grant | undefined {
  if (resource === undefined) return undefined
  let best: Grant | undefined
  for (const statement of resource.covering(asked.lowerAction).allow) {
    const named = applies(statement, asked)
    if (named <= (best?.named ?? NAMED.no)) continue
    best = { named, statement: refer(resource, statement, policyType) }
    if (named === NAMED.direct) break
  }
  return best
}

function firstAllow(
  asked: Asked,
  policies: readonly Policy[],
  policyType: PolicyType,
): StatementRef | undefined {
  for (const policy of policies) {
    for (const statement of policy.covering(asked.lowerAction).allow) {
      if (applies(statement, asked) !== NAMED.no) return refer(policy, statement, policyType)
    }
  }
  return undefined
}

export function refer(policy: Policy, statement: Statement, policyType: PolicyType): StatementRef {
  const { index, document } = statement
  return { policy: policy.name, policyType, index, sid: document.Sid }
}

const NONE: readonly never[] = []
const ROOT_ALLOWED: Decision = { allowed: true, reason: 'allowed', statements: [] }

function listOf(policy: Policy | undefined): readonly Policy[] {
  return policy === undefined ? NONE : [policy]
}

function allow(policyType: PolicyType, statements: readonly StatementRef[]): Decision {
  return { allowed: true, reason: 'allowed', policyType, statements }
}

function implicitDeny(policyType: PolicyType): Decision {
  return { allowed: false, reason: 'implicitDeny', policyType, statements: [] }
}
