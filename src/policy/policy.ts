/** Compiled policies: parsed once, asked for every request. */
import { type Condition, compileCondition } from './conditions.ts'
import { identityDocument } from './identity-document.ts'
import {
  NAMED,
  notPrincipalMatcher,
  type PrincipalMatcher,
  principalMatcher,
} from './principals.ts'
import { resourceDocument } from './resource-document.ts'
import { parseJson } from './shape.ts'
import {
  type PolicyDocument,
  PolicyError,
  type PolicyKind,
  type RequestContext,
  type StatementDocument,
} from './types.ts'
import { likeMatcher, type ValueMatcher } from './variables.ts'
import { type Matcher, wildcard } from './wildcard.ts'

/** A valid policy, ready to be evaluated. Immutable. */
export interface Policy {
  /** For explanations: the policy's name or ARN. */
  readonly name: string
  readonly kind: PolicyKind
  readonly document: PolicyDocument
  readonly statements: readonly Statement[]
  /** The statements that can concern the actions of a service, by its prefix in lower case. */
  readonly concerning: (service: string) => Candidates
}

export interface Candidates {
  readonly allow: readonly Statement[]
  readonly deny: readonly Statement[]
}

export interface Statement {
  readonly index: number
  readonly document: StatementDocument
  /** Takes the action in lower case. */
  readonly coversAction: Matcher
  readonly coversResource: (resource: string, context: RequestContext) => boolean
  readonly names: PrincipalMatcher
  readonly conditions: readonly Condition[]
  /** The service prefixes of its actions; undefined when it can concern any service. */
  readonly services: ReadonlySet<string> | undefined
}

/**
 * Parses and compiles a policy document: JSON text or an object.
 * @param name How explanations name the policy: its name or ARN.
 * @throws {PolicyError} MalformedPolicyDocument with AWS's wording, and nothing else.
 */
export function parsePolicy(document: string | object, kind: PolicyKind, name = ''): Policy {
  return compilePolicy(validDocument(document, kind), kind, name)
}

function validDocument(document: unknown, kind: PolicyKind): PolicyDocument {
  switch (kind) {
    case 'identity':
      return identityDocument(document)
    case 'session':
      // STS words it differently from IAM.
      if (parseJson(document) === undefined) {
        throw new PolicyError('This policy contains invalid Json')
      }
      return identityDocument(typeof document === 'string' ? document.trim() : document)
    case 'resource':
    case 'trust':
      return resourceDocument(document, kind === 'trust')
  }
}

function compilePolicy(document: PolicyDocument, kind: PolicyKind, name: string): Policy {
  const variables = document.Version === '2012-10-17'
  const statements = document.Statement.map((statement, index) =>
    compileStatement(statement, index, variables),
  )
  const byService = new Map<string, Candidates>()
  const others = candidates(statements.filter(({ services }) => services === undefined))
  for (const service of new Set(statements.flatMap(({ services }) => [...(services ?? [])]))) {
    byService.set(
      service,
      candidates(statements.filter(({ services }) => services?.has(service) ?? true)),
    )
  }
  const concerning = (service: string) => byService.get(service) ?? others
  return Object.freeze({ name, kind, document, statements, concerning })
}

function candidates(statements: readonly Statement[]): Candidates {
  return {
    allow: statements.filter(({ document }) => document.Effect === 'Allow'),
    deny: statements.filter(({ document }) => document.Effect === 'Deny'),
  }
}

function compileStatement(
  document: StatementDocument,
  index: number,
  variables: boolean,
): Statement {
  const { Action, NotAction, Resource, NotResource, Principal, NotPrincipal } = document
  const listed = actionMatcher(Action ?? NotAction ?? [])
  const conditions = Object.entries(document.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => compileCondition(operator, key, values, variables)),
  )
  return {
    index,
    document,
    coversAction: NotAction === undefined ? listed : (action) => !listed(action),
    coversResource: resourceMatcher(Resource, NotResource, variables),
    names: namesMatcher(Principal, NotPrincipal),
    conditions,
    services: Action === undefined ? undefined : servicesOf(Action),
  }
}

/** Actions are compared without case. */
function actionMatcher(actions: readonly string[]): Matcher {
  const lower = actions.map((action) => action.toLowerCase())
  const exact = new Set(lower.filter((action) => !/[*?]/.test(action)))
  const patterns = lower.filter((action) => !exact.has(action)).map(wildcard)
  if (patterns.length === 0) return (action) => exact.has(action)
  return (action) => exact.has(action) || patterns.some((matches) => matches(action))
}

function servicesOf(actions: readonly string[]): ReadonlySet<string> | undefined {
  const services = actions.map((action) => action.toLowerCase().split(':')[0] ?? '')
  return services.some((service) => /[*?]/.test(service)) ? undefined : new Set(services)
}

function resourceMatcher(
  resource: readonly string[] | undefined,
  notResource: readonly string[] | undefined,
  variables: boolean,
): Statement['coversResource'] {
  const listed = resource ?? notResource
  if (listed === undefined || resource?.includes('*')) return () => true
  const matchers: ValueMatcher[] = listed.map((arn) => likeMatcher(wholeArn(arn), variables))
  const any = (arn: string, context: RequestContext) =>
    matchers.some((matches) => matches(arn, context))
  return resource ? any : (arn, context) => !any(arn, context)
}

const ARN_FIELDS = 6

/** Fields that an ARN lacks count as `*`, as IAM's own error texts spell them out. */
function wholeArn(pattern: string): string {
  if (!pattern.includes(':') || pattern.includes('${')) return pattern
  const fields = pattern.split(':')
  while (fields.length < ARN_FIELDS) fields.push('*')
  return fields.join(':')
}

function namesMatcher(
  principal: StatementDocument['Principal'],
  notPrincipal: StatementDocument['NotPrincipal'],
): PrincipalMatcher {
  if (principal !== undefined) return principalMatcher(principal)
  if (notPrincipal !== undefined) return notPrincipalMatcher(notPrincipal)
  return () => NAMED.direct
}
