/** Lambda's errors, in AWS's words. `Type: User` stands in the body of each. */
import { AwsError } from '../../aws/errors.ts'

const USER = { Type: 'User' }

export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`)
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

export function tooManyRequests(reason: string): AwsError {
  const fields = { ...USER, Reason: reason }
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429, fields })
}
