/** The shape of a policy document: what both of IAM's parsers reject as a syntax error. */
import { parseOperator } from './conditions.ts'
import {
  type ConditionElement,
  PolicyError,
  type PrincipalElement,
  type PrincipalKind,
} from './types.ts'

/** A document of the right shape, before any rule of its kind. */
export interface RawDocument {
  Version?: string
  Id?: string
  Statement: RawStatement[]
}

export interface RawStatement {
  Sid?: string
  Effect?: string
  Principal?: unknown
  NotPrincipal?: unknown
  Action?: readonly string[]
  NotAction?: readonly string[]
  Resource?: readonly string[]
  NotResource?: readonly string[]
  Condition?: ConditionElement
}

const DOCUMENT_FIELDS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_FIELDS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const PRINCIPAL_KINDS: ReadonlySet<string> = new Set<PrincipalKind>([
  'AWS',
  'Service',
  'Federated',
  'CanonicalUser',
])

export function syntaxError(): PolicyError {
  return new PolicyError('Syntax errors in policy.')
}

/** The document's JSON, or undefined when it is none. Objects are copied, never kept. */
export function parseJson(document: unknown): unknown {
  try {
    return JSON.parse(typeof document === 'string' ? document : JSON.stringify(document))
  } catch {
    return undefined
  }
}

export function readDocument(json: unknown): RawDocument {
  const fields = recordOf(json, DOCUMENT_FIELDS)
  const statements = Array.isArray(fields.Statement) ? fields.Statement : [fields.Statement]
  return {
    Version: optionalString(fields.Version),
    Id: optionalString(fields.Id),
    Statement: statements.map(readStatement),
  }
}

function readStatement(json: unknown): RawStatement {
  const fields = recordOf(json, STATEMENT_FIELDS)
  if (fields.Action !== undefined && fields.NotAction !== undefined) throw syntaxError()
  if (fields.Resource !== undefined && fields.NotResource !== undefined) throw syntaxError()
  return {
    Sid: optionalString(fields.Sid),
    Effect: optionalString(fields.Effect),
    Principal: fields.Principal,
    NotPrincipal: fields.NotPrincipal,
    Action: optionalList(fields.Action),
    NotAction: optionalList(fields.NotAction),
    Resource: optionalList(fields.Resource),
    NotResource: optionalList(fields.NotResource),
    Condition: fields.Condition === undefined ? undefined : readCondition(fields.Condition),
  }
}

/** An operator that doesn't exist is an error only when it holds a key, as IAM has it. */
function readCondition(json: unknown): ConditionElement {
  const operators: [string, Record<string, readonly string[]>][] = []
  for (const [operator, keys] of Object.entries(recordOf(json))) {
    const entries = Object.entries(recordOf(keys)).map(
      ([key, values]) => [key, conditionValues(values)] as const,
    )
    if (entries.length === 0) continue
    if (parseOperator(operator) === undefined) throw syntaxError()
    operators.push([operator, Object.fromEntries(entries)])
  }
  return Object.fromEntries(operators)
}

/** JSON numbers and booleans stand for their text: `"aws:SecureTransport": false`. */
function conditionValues(json: unknown): readonly string[] {
  return (Array.isArray(json) ? json : [json]).map((value) => {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw syntaxError()
  })
}

/** `"*"` means every AWS principal; undefined when the element is neither that nor a map. */
export function readPrincipal(json: unknown): PrincipalElement | undefined {
  if (json === '*') return { AWS: ['*'] }
  if (!isRecord(json)) return undefined
  const kinds: [string, readonly string[]][] = []
  for (const [kind, names] of Object.entries(json)) {
    const list = typeof names === 'string' ? [names] : names
    if (!PRINCIPAL_KINDS.has(kind)) {
      throw new PolicyError(`Invalid principal in policy: ${JSON.stringify(kind)}`)
    }
    if (!isStrings(list)) throw syntaxError()
    kinds.push([kind, list])
  }
  return Object.fromEntries(kinds)
}

function recordOf(json: unknown, allowed?: ReadonlySet<string>): Record<string, unknown> {
  if (!isRecord(json)) throw syntaxError()
  if (allowed && Object.keys(json).some((field) => !allowed.has(field))) throw syntaxError()
  return json
}

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isStrings(json: unknown): json is string[] {
  return Array.isArray(json) && json.every((item) => typeof item === 'string')
}

function optionalString(json: unknown): string | undefined {
  if (json === undefined || typeof json === 'string') return json
  throw syntaxError()
}

function optionalList(json: unknown): readonly string[] | undefined {
  if (json === undefined || isStrings(json)) return json
  if (typeof json === 'string') return [json]
  throw syntaxError()
}
