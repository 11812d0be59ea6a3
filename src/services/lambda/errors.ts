/** Lambda's errors, in AWS's words. `Type: User` stands in the body of each. */
import { AwsError } from '../../aws/errors.ts'

const USER = { Type: 'User' }

export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`)
}

/** `there` is the ARN of a function with a qualifier that names nothing. */
export function aliasNotFound(there: string): AwsError {
  return notFound(`Cannot find alias arn: ${there}`)
}

/** What many operations say of a resource that they look up by its name. */
export function noSuchResource(): AwsError {
  return notFound('The resource you requested does not exist.')
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, { status: 404, fields: USER })
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, { fields: USER })
}

export function invalidRequestContent(message: string): AwsError {
  return new AwsError('InvalidRequestContentException', message, { fields: USER })
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

export function conflict(message: string): AwsError {
  return new AwsError('ResourceConflictException', message, { status: 409, fields: USER })
}

/** `operation` is the one that tells the latest revision. */
export function preconditionFailed(operation: string): AwsError {
  const text =
    'The Revision Id provided does not match the latest Revision Id. ' +
    `Call the ${operation} API to retrieve the latest Revision Id`
  return new AwsError('PreconditionFailedException', text, { status: 412, fields: USER })
}

export function tooLarge(message: string): AwsError {
  const options = { status: 413, fields: USER }
  return new AwsError('RequestEntityTooLargeException', message, options)
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDeniedException', message, { status: 403 })
}

/** The words of the API reference. */
export const RECURSIVE_LOOP =
  'Lambda has detected your function being invoked in a recursive loop with other AWS resources ' +
  "and stopped your function's invocation."

export function recursiveInvocation(): AwsError {
  return new AwsError('RecursiveInvocationException', RECURSIVE_LOOP, { fields: USER })
}

/** Why an invocation was throttled. */
export type ThrottleReason =
  | 'ConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'

export function tooManyRequests(reason: ThrottleReason): AwsError {
  const fields = { ...USER, Reason: reason }
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429, fields })
}
