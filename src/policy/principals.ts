/** Whether a statement's Principal names who makes the request, and how closely. */
import type { Principal, PrincipalElement } from './types.ts'

/**
 * How a Principal element names a principal, from not at all to by itself. It decides what else
 * must allow within one account (reference_policies_evaluation-logic):
 * - `account`: through its account; identity-based policies must allow too.
 * - `role`: a session through its role, a federated user through the user: a permissions boundary
 *   and a session policy must allow too.
 * - `direct`: nothing else is needed.
 */
export const NAMED = { no: 0, account: 1, role: 2, direct: 3 } as const
export type Named = (typeof NAMED)[keyof typeof NAMED]

export type PrincipalMatcher = (principal: Principal) => Named

const ACCOUNT_ROOT = /^arn:[^:]+:iam::(\d{12}):root$/

export function principalMatcher(element: PrincipalElement): PrincipalMatcher {
  const aws = element.AWS ?? []
  if (aws.includes('*')) return () => NAMED.direct
  const names = new Set(aws)
  const accounts = new Set(aws.map((name) => ACCOUNT_ROOT.exec(name)?.[1] ?? name))
  const services = new Set(element.Service)
  const providers = new Set(element.Federated)
  const canonicalUsers = new Set(element.CanonicalUser)
  const has = (name: string | undefined) => name !== undefined && names.has(name)
  const viaAccount = (account: string) => (accounts.has(account) ? NAMED.account : NAMED.no)

  return (principal) => {
    switch (principal.type) {
      case 'root': {
        const { account, canonicalUser } = principal
        const canonical = canonicalUser !== undefined && canonicalUsers.has(canonicalUser)
        return canonical || accounts.has(account) ? NAMED.direct : NAMED.no
      }
      case 'user':
        if (has(principal.arn) || has(principal.id)) return NAMED.direct
        return viaAccount(principal.account)
      case 'assumed-role':
        if (has(principal.arn)) return NAMED.direct
        if (has(principal.roleArn) || has(principal.id)) return NAMED.role
        return viaAccount(principal.account)
      case 'federated-user':
        if (has(principal.arn)) return NAMED.direct
        if (has(principal.federator) && !ACCOUNT_ROOT.test(principal.federator)) return NAMED.role
        return viaAccount(principal.account)
      case 'web-identity':
        return providers.has(principal.provider) ? NAMED.direct : NAMED.no
      case 'service':
        return services.has(principal.service) ? NAMED.direct : NAMED.no
      case 'anonymous':
        return NAMED.no
    }
  }
}

/**
 * NotPrincipal holds for everyone but those named by themselves. To list an account or a role
 * exempts nobody in it; AWS's guide says to list them in addition ("AWS might validate the account
 * first, then the role, and then the assumed-role user").
 */
export function notPrincipalMatcher(element: PrincipalElement): PrincipalMatcher {
  const named = principalMatcher(element)
  return (principal) => (named(principal) === NAMED.direct ? NAMED.no : NAMED.direct)
}
