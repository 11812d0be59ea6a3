/** A whole evaluation, for those who ask why: each policy in order, and what its statements did. */
import { type Asked, applies, ask, type Policies, resourcePolicyType } from './evaluate.ts'
import { type Failure, failuresOf } from './explain.ts'
import type { Policy, Statement } from './policy.ts'
import { principalName } from './principal-keys.ts'
import { NAMED } from './principals.ts'
import type { AccessRequest, Decision, Effect, PolicyType } from './types.ts'

/** JSON, so that it can be kept and shown later. */
export interface Evaluation {
  /** The ARN of a principal, the name of a service. */
  readonly principal: string
  readonly action: string
  readonly resource: string
  /** The condition keys of the request and of its principal. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>
  /** In the order in which they are considered. */
  readonly policies: readonly ExaminedPolicy[]
  readonly decision: Decision
}

export interface ExaminedPolicy {
  readonly policyType: PolicyType
  /** Its name or ARN. */
  readonly policy: string
  /** The statements that cover the action. */
  readonly statements: readonly ExaminedStatement[]
  /** How many others there are. */
  readonly others: number
}

export interface ExaminedStatement {
  /** From 0. */
  readonly index: number
  readonly sid?: string
  readonly effect: Effect
  readonly applies: boolean
  /** What kept it from applying. */
  readonly failures: readonly Failure[]
}

/** @param keyNames The condition keys to tell; those that have no value are left out. */
export function examine(
  request: AccessRequest,
  policies: Policies,
  decision: Decision,
  keyNames: readonly string[],
): Evaluation {
  const keys: Record<string, string | readonly string[]> = {}
  for (const name of keyNames) {
    const value = request.context.get(name.toLowerCase())
    if (value !== undefined) keys[name] = value
  }
  return {
    principal: principalName(request.principal),
    action: request.action,
    resource: request.resource,
    keys,
    policies: inOrder(policies).map(([policyType, policy]) =>
      examinePolicy(policy, policyType, request),
    ),
    decision,
  }
}

function inOrder(policies: Policies): [PolicyType, Policy][] {
  const { serviceControl = [], resource, identity = [], boundary, session = [] } = policies
  return [
    ...named('service control policy', serviceControl.flat()),
    ...named(resourcePolicyType(policies), resource ? [resource] : []),
    ...named('identity-based policy', identity),
    ...named('permissions boundary', boundary ? [boundary] : []),
    ...named('session policy', session),
  ]
}

function named(policyType: PolicyType, policies: readonly Policy[]): [PolicyType, Policy][] {
  return policies.map((policy) => [policyType, policy])
}

function examinePolicy(
  policy: Policy,
  policyType: PolicyType,
  request: AccessRequest,
): ExaminedPolicy {
  const asked = ask(request)
  const { allow, deny } = policy.covering(asked.lowerAction)
  const statements = [...allow, ...deny]
    .sort((one, other) => one.index - other.index)
    .map((statement) => examineStatement(statement, asked))
  const others = policy.statements.length - statements.length
  return { policyType, policy: policy.name, statements, others }
}

function examineStatement(statement: Statement, asked: Asked): ExaminedStatement {
  const { Sid, Effect } = statement.document
  return {
    index: statement.index,
    ...(Sid !== undefined && { sid: Sid }),
    effect: Effect,
    applies: applies(statement, asked) !== NAMED.no,
    failures: failuresOf(statement, asked),
  }
}
