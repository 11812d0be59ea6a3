/** Why a decision is what it is, for traces and for people. */
import { type Asked, applies, ask, type Policies, refer, resourcePolicyType } from './evaluate.ts'
import type { Policy, Statement } from './policy.ts'
import { principalName } from './principal-keys.ts'
import { NAMED } from './principals.ts'
import type {
  AccessRequest,
  Decision,
  PolicyType,
  PrincipalElement,
  RequestContext,
  StatementRef,
} from './types.ts'

/** What kept a statement from applying, though its actions cover the request's. */
export type Failure =
  | {
      readonly element: 'Resource' | 'NotResource' | 'Principal' | 'NotPrincipal'
      readonly wanted: readonly string[]
      readonly actual: string
    }
  | {
      readonly element: 'Condition'
      readonly operator: string
      readonly key: string
      readonly wanted: readonly string[]
      /** Absent when the request has none. */
      readonly actual?: readonly string[]
    }

export interface NearMiss {
  readonly statement: StatementRef
  readonly failures: readonly Failure[]
}

/**
 * The Allow statements, of the policies that should have allowed a request implicitly denied, that
 * cover its action but failed in something else; those that failed in least come first.
 */
export function nearestMisses(
  request: AccessRequest,
  policies: Policies,
  decision: Decision,
): NearMiss[] {
  const { policyType } = decision
  if (decision.reason !== 'implicitDeny' || policyType === undefined) return []
  const asked = ask(request)
  return policiesOf(policyType, policies)
    .flatMap((policy) => missesOf(policy, policyType, asked))
    .sort((one, other) => one.failures.length - other.failures.length)
}

/**
 * The decision as plain English sentences: what was decided and by which statement; for an
 * implicit deny, what each near miss lacked.
 */
export function describeDecision(
  request: AccessRequest,
  policies: Policies,
  decision: Decision,
): string[] {
  const what = `${request.action} on ${request.resource}`
  const { policyType, reason, statements } = decision
  if (policyType === undefined) {
    return [`Allowed: the root user of an account may call ${what} by default.`]
  }
  if (reason === 'allowed') {
    return [`Allowed: ${what} is allowed by ${statements.map(nameOf).join(', and ')}.`]
  }
  if (reason === 'explicitDeny') {
    return [`Denied: ${what} is explicitly denied by ${statements.map(nameOf).join(', and ')}.`]
  }
  const denied = `Denied: no ${policyType} allows ${what}.`
  if (policiesOf(policyType, policies).length === 0) {
    return [denied, `There is no ${policyType} at all.`]
  }
  const misses = nearestMisses(request, policies, decision)
  if (misses.length === 0) return [denied, `No statement of them allows ${request.action}.`]
  return [denied, ...misses.map(describeMiss)]
}

function policiesOf(policyType: PolicyType, policies: Policies): readonly Policy[] {
  switch (policyType) {
    case 'identity-based policy':
      return policies.identity ?? []
    case 'session policy':
      return policies.session ?? []
    case 'service control policy':
      return policies.serviceControl?.flat() ?? []
    case 'permissions boundary':
      return policies.boundary ? [policies.boundary] : []
    case resourcePolicyType(policies):
      return policies.resource ? [policies.resource] : []
    default:
      return []
  }
}

function missesOf(policy: Policy, policyType: PolicyType, asked: Asked): NearMiss[] {
  return policy
    .covering(asked.lowerAction)
    .allow.filter((statement) => applies(statement, asked) === NAMED.no)
    .map((statement) => ({
      statement: refer(policy, statement, policyType),
      failures: failuresOf(statement, asked),
    }))
}

/** What keeps a statement that covers the action from applying. */
export function failuresOf(statement: Statement, asked: Asked): Failure[] {
  const { document, conditions } = statement
  const failures: Failure[] = []
  if (statement.names(asked.principal) === NAMED.no) {
    failures.push({
      element: document.Principal ? 'Principal' : 'NotPrincipal',
      wanted: namesIn(document.Principal ?? document.NotPrincipal ?? {}),
      actual: principalName(asked.principal),
    })
  }
  if (!statement.coversResource(asked.target, asked.context)) {
    failures.push({
      element: document.Resource ? 'Resource' : 'NotResource',
      wanted: document.Resource ?? document.NotResource ?? [],
      actual: asked.resource,
    })
  }
  for (const { operator, key, values, holds } of conditions) {
    if (holds(asked.context)) continue
    const actual = actualValues(asked.context, key)
    failures.push({ element: 'Condition', operator, key, wanted: values, actual })
  }
  return failures
}

function actualValues(context: RequestContext, key: string): readonly string[] | undefined {
  const value = context.get(key.toLowerCase())
  return typeof value === 'string' ? [value] : value
}

function namesIn(element: PrincipalElement): string[] {
  return Object.values(element).flat()
}

/** `statement 1 (StopTagged) of identity-based policy team` */
function nameOf({ policy, policyType, index, sid }: StatementRef): string {
  const title = sid ? `statement ${index + 1} (${sid})` : `statement ${index + 1}`
  return `${title} of ${policyType}${policy === '' ? '' : ` ${policy}`}`
}

function describeMiss({ statement, failures }: NearMiss): string {
  const title = nameOf(statement)
  const subject = title.charAt(0).toUpperCase() + title.slice(1)
  return `${subject} allows the action, but ${failures.map(describeFailure).join(', and ')}.`
}

/** `its condition … did not hold: the request has none` */
export function describeFailure(failure: Failure): string {
  if (failure.element === 'Condition') {
    const { operator, key, wanted, actual } = failure
    const has = actual === undefined || actual.length === 0 ? 'none' : quoted(actual)
    return `its condition ${operator} ${key} ${quoted(wanted)} did not hold: the request has ${has}`
  }
  const { element, wanted, actual } = failure
  const verb = element === 'Principal' || element === 'NotPrincipal' ? 'name' : 'cover'
  return `its ${element} ${quoted(wanted)} does not ${verb} ${actual}`
}

function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ') || 'of no value'
}
