/**
 * The rules for policies that name principals: resource-based policies and role trust policies.
 * AWS reads these with another parser than identity-based policies, with wordings of its own;
 * they are those of public error reports (`Has prohibited field Resource`, `Missing required
 * field Principal`, `AssumeRole policy may only specify STS AssumeRole actions.`).
 */
import { parseJson, type RawStatement, readDocument, readPrincipal, syntaxError } from './shape.ts'
import {
  type PolicyDocument,
  PolicyError,
  type PrincipalElement,
  type StatementDocument,
} from './types.ts'

const ACCOUNT = /^\d{12}$/
const PRINCIPAL_ARN = /^arn:[^:*?]+:(iam|sts):[^:*?]*:\d{12}:[^*?]+$/
const UNIQUE_ID = /^A[A-Z0-9]{15,127}$/
const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

/** Reads a document that must name principals. Throws `PolicyError`, and nothing else. */
export function resourceDocument(document: unknown, isTrust: boolean): PolicyDocument {
  if (isTrust && typeof document === 'string' && document.startsWith(' ')) {
    throw new PolicyError('JSON strings must not have leading spaces')
  }
  const json = parseJson(document)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new PolicyError('This policy contains invalid Json')
  }
  const { Version, Id, Statement } = readDocument(json)
  if (Version !== undefined && Version !== '2008-10-17' && Version !== '2012-10-17') {
    throw new PolicyError('The policy must contain a valid version string')
  }
  if (Statement.length === 0) {
    throw new PolicyError('Could not parse the policy: Statement is empty!')
  }
  const statements = Statement.map((raw) => readStatement(raw, isTrust))
  const sids = Statement.flatMap(({ Sid }) => (Sid ? [Sid] : []))
  if (new Set(sids).size < sids.length) {
    throw new PolicyError('The Statement Ids in the policy are not unique')
  }
  return { Version, Id, Statement: statements }
}

function readStatement(raw: RawStatement, isTrust: boolean): StatementDocument {
  const { Effect, Principal, NotPrincipal, ...rest } = raw
  if (Effect === undefined) throw missing('Effect')
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new PolicyError(`Invalid effect: ${Effect}`)
  if (NotPrincipal !== undefined) {
    if (Principal !== undefined) throw syntaxError()
    if (Effect === 'Allow') throw new PolicyError('Allow with NotPrincipal is not allowed.')
    if (isTrust) throw new PolicyError('AssumeRole policy must not contain NotPrincipal field.')
  } else if (Principal === undefined) throw missing('Principal')
  const named = principalElement(NotPrincipal ?? Principal)
  const actions = raw.Action ?? raw.NotAction ?? []
  if (actions.length === 0) throw missing('Action')
  if (isTrust) {
    if (actions.some((action) => !/^sts:/i.test(action))) {
      throw new PolicyError('AssumeRole policy may only specify STS AssumeRole actions.')
    }
    if (raw.Resource !== undefined) throw new PolicyError('Has prohibited field Resource')
    if (raw.NotResource !== undefined) {
      throw new PolicyError('AssumeRole policy must not contain resources.')
    }
  } else if ((raw.Resource ?? raw.NotResource ?? []).length === 0) throw missing('Resource')
  const principal = NotPrincipal === undefined ? { Principal: named } : { NotPrincipal: named }
  return { ...rest, Effect, ...principal }
}

function principalElement(json: unknown): PrincipalElement {
  const element = readPrincipal(json)
  if (element === undefined) throw new PolicyError('Principal must be a JSON object.')
  if (Object.values(element).flat().length === 0) {
    throw new PolicyError('Missing required field Principal cannot be empty!')
  }
  for (const name of element.AWS ?? []) {
    const isName = ACCOUNT.test(name) || PRINCIPAL_ARN.test(name) || UNIQUE_ID.test(name)
    if (name !== '*' && !isName) throw invalidPrincipal('AWS', name)
  }
  for (const name of element.Service ?? []) {
    if (!SERVICE.test(name)) throw invalidPrincipal('SERVICE', name)
  }
  return element
}

function invalidPrincipal(kind: string, name: string): PolicyError {
  return new PolicyError(`Invalid principal in policy: "${kind}":"${name}"`)
}

function missing(field: string): PolicyError {
  return new PolicyError(`Missing required field ${field}`)
}
