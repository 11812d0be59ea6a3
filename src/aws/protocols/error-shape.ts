/** What the JSON and query protocols share in writing errors. */
import type { AwsError } from '../errors.ts'
import type { ErrorModel, Model, Shape } from '../model.ts'

const DEFAULT_STATUS = 400

/** The status that the model gives an error, unless the one who threw it chose another. */
export function statusOf(error: AwsError, known: ErrorModel | undefined): number {
  return error.status === DEFAULT_STATUS ? (known?.status ?? DEFAULT_STATUS) : error.status
}

/** Errors that AWS's shared front end makes, rather than the service, capitalise `Message`. */
const FRONT_END = new Set(['SerializationException', 'AccessDeniedException'])

/** The member that carries the message: error shapes differ in its case. */
export function messageKey(code: string, known: ErrorModel | undefined): string {
  const member = known?.shape.members.find(({ name }) => name.toLowerCase() === 'message')
  return member?.name ?? (FRONT_END.has(code) ? 'Message' : 'message')
}

const JAVA_TYPES: Readonly<Partial<Record<Shape['kind'], string>>> = {
  string: 'a String',
  integer: 'an Integer',
  number: 'a Double',
  bigInteger: 'a BigInteger',
  boolean: 'a Boolean',
  blob: 'a Blob',
  stream: 'a Blob',
}

/** A kind with its article, as the messages about values of a wrong type have it. */
export function javaType(kind: Shape['kind']): string {
  return JAVA_TYPES[kind] ?? 'a Date'
}

/**
 * The errors of the shared front end that are called otherwise in SQS's two protocols, by their
 * code in the query protocol (recorded answers of SQS).
 */
const FRONT_END_NAMES: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  IncompleteSignature: 'IncompleteSignatureException',
  InvalidAction: 'UnknownOperationException',
  InvalidParameterValue: 'InvalidParameterValueException',
  MalformedInput: 'SerializationException',
  MissingParameter: 'MissingRequiredParameterException',
}
const FRONT_END_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FRONT_END_NAMES).map(([code, name]) => [name, code]),
)

/** An error's code in the query protocol. */
export function queryCode(model: Model, code: string, known: ErrorModel | undefined): string {
  return known?.queryCode ?? (model.queryCompatible ? FRONT_END_CODES[code] : undefined) ?? code
}

/** An error's `__type`: with its namespace in JSON 1.0, its name alone in JSON 1.1. */
export function jsonType(model: Model, code: string, known: ErrorModel | undefined): string {
  if (model.protocol !== 'awsJson1_0') return known?.name ?? code
  if (known) return `${model.namespace}#${known.name}`
  const name = model.queryCompatible ? FRONT_END_NAMES[code] : undefined
  return `com.amazon.coral.service#${name ?? code}`
}
