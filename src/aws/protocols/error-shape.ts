/** What the JSON and query protocols share in writing errors. */
import type { AwsError } from '../errors.ts'
import type { ErrorModel, Shape } from '../model.ts'

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
