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
import { type ResourceMatcher, resourceMatcher } from './resources.ts'
import { parseJson } from './shape.ts'
import {
  type PolicyDocument,
  PolicyError,
  type PolicyKind,
  type StatementDocument,
} from './types.ts'
import { type Matcher, wildcard } from './wildcard.ts'

/** A valid policy, ready to be evaluated. Immutable. */
export interface Policy {
  /** For explanations: the policy's name or ARN. */
  readonly name: string
  readonly kind: PolicyKind
  readonly document: PolicyDocument
  readonly statements: readonly Statement[]
  /** The statements that cover an action, given in lower case. */
  readonly covering: (action: string) => Covering
}

export interface Covering {
  readonly allow: readonly Statement[]
  readonly deny: readonly Statement[]
}

export interface Statement {
  readonly index: number
  readonly document: StatementDocument
  /** Takes the action in lower case. */
  readonly coversAction: Matcher
  readonly coversResource: ResourceMatcher
  readonly names: PrincipalMatcher
  readonly conditions: readonly Condition[]
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
  return Object.freeze({ name, kind, document, statements, covering: coveringOf(statements) })
}

/** Actions of which a policy remembers the statements; a service has fewer than a thousand. */
const MAX_REMEMBERED_ACTIONS = 2000

/** Matching actions is most of a decision's work and always ends alike, so it is remembered. */
function coveringOf(statements: readonly Statement[]): Policy['covering'] {
  const remembered = new Map<string, Covering>()
  return (action) => {
    const known = remembered.get(action)
    if (known !== undefined) return known
    const covering = statements.filter(({ coversAction }) => coversAction(action))
    const found = {
      allow: covering.filter(({ document }) => document.Effect === 'Allow'),
      deny: covering.filter(({ document }) => document.Effect === 'Deny'),
    }
    if (remembered.size >= MAX_REMEMBERED_ACTIONS) remembered.clear()
    remembered.set(action, found)
    return found
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

function namesMatcher(
  principal: StatementDocument['Principal'],
  notPrincipal: StatementDocument['NotPrincipal'],
): PrincipalMatcher {
  if (principal !== undefined) return principalMatcher(principal)
  if (notPrincipal !== undefined) return notPrincipalMatcher(notPrincipal)
  return () => NAMED.direct
}
