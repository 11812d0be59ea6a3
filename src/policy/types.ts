/** The vocabulary of the policy language: documents, principals, requests and decisions. */

/**
 * What a document is attached to, which decides its grammar: an identity (also permissions
 * boundaries and service control policies), a session (the `Policy` parameter of AssumeRole), a
 * resource, or a role as its trust policy.
 */
export type PolicyKind = 'identity' | 'session' | 'resource' | 'trust'

export type Effect = 'Allow' | 'Deny'
export type PrincipalKind = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'
export type PrincipalElement = Partial<Readonly<Record<PrincipalKind, readonly string[]>>>
/** operator -> condition key -> values, each as it is written. */
export type ConditionElement = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** A statement as it is written, but with every "string or list of strings" as a list. */
export interface StatementDocument {
  readonly Sid?: string
  readonly Effect: Effect
  readonly Principal?: PrincipalElement
  readonly NotPrincipal?: PrincipalElement
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: ConditionElement
}

export interface PolicyDocument {
  readonly Version?: '2008-10-17' | '2012-10-17'
  readonly Id?: string
  readonly Statement: readonly StatementDocument[]
}

/**
 * Who makes the request. `account` is the principal's own account of twelve digits; `id` is the
 * unique id (`AIDA…`, `AROA…`) that a policy names once the principal has been deleted.
 */
export type Principal =
  | { readonly type: 'root'; readonly account: string; readonly canonicalUser?: string }
  | { readonly type: 'user'; readonly account: string; readonly arn: string; readonly id?: string }
  | {
      readonly type: 'assumed-role'
      readonly account: string
      /** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` */
      readonly arn: string
      /** `arn:aws:iam::111122223333:role/PATH/ROLE` */
      readonly roleArn: string
      readonly id?: string
    }
  | {
      readonly type: 'federated-user'
      readonly account: string
      /** `arn:aws:sts::111122223333:federated-user/NAME` */
      readonly arn: string
      /** The ARN of the user (or `…:root`) that called GetFederationToken. */
      readonly federator: string
    }
  /** Who calls AssumeRoleWithWebIdentity or AssumeRoleWithSAML: known by the provider only. */
  | { readonly type: 'web-identity'; readonly provider: string }
  /** An AWS service acting for itself: `events.amazonaws.com`. */
  | { readonly type: 'service'; readonly service: string }
  | { readonly type: 'anonymous' }

export type ContextValue = string | readonly string[]

/** The request context: the values of condition keys, asked for by their name in lower case. */
export interface RequestContext {
  get(lowerCaseKey: string): ContextValue | undefined
}

export interface AccessRequest {
  readonly principal: Principal
  /** `ec2:RunInstances` */
  readonly action: string
  /** The resource's ARN, or `*` for an action that has no resource-level permissions. */
  readonly resource: string
  /** The account that owns the resource; the principal's own unless said. */
  readonly resourceAccount?: string
  readonly context: RequestContext
}

/** The kind of policy that decided, in the words of AWS's denial texts. */
export type PolicyType =
  | 'service control policy'
  | 'resource-based policy'
  | 'role trust policy'
  | 'identity-based policy'
  | 'permissions boundary'
  | 'session policy'

/** A statement as explanations name it. */
export interface StatementRef {
  /** The policy's name or ARN, as given to `parsePolicy`. */
  readonly policy: string
  readonly policyType: PolicyType
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid?: string
}

export interface Decision {
  readonly allowed: boolean
  readonly reason: 'allowed' | 'explicitDeny' | 'implicitDeny'
  /** The kind of policy that decided; absent when a root user was allowed by default. */
  readonly policyType?: PolicyType
  /**
   * Allowed: one allowing statement of each policy type that had to allow. Explicit deny: the
   * denying statement. Implicit deny: empty, since nothing matched (see `nearestMisses`).
   */
  readonly statements: readonly StatementRef[]
}

/** A document that is not a valid policy. `message` is AWS's wording. */
export class PolicyError extends Error {
  readonly code = 'MalformedPolicyDocument'

  constructor(message: string) {
    super(message)
    this.name = 'PolicyError'
  }
}
