/** The errors of CloudWatch Logs, in its words. */
import { AwsError } from '../../aws/errors.ts'

export function groupExists(): AwsError {
  return new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists')
}

export function groupNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
}

export function streamExists(): AwsError {
  return new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
}

export function streamNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
}

export function resourceNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified resource does not exist.')
}

export function policyNotFound(name: string): AwsError {
  const text = `Policy with name [${name}] does not exist.`
  return new AwsError('ResourceNotFoundException', text)
}

export function invalidParameter(text: string): AwsError {
  return new AwsError('InvalidParameterException', text)
}

export function invalidToken(): AwsError {
  return invalidParameter('The specified nextToken is invalid.')
}

export function accessDenied(text: string): AwsError {
  return new AwsError('AccessDeniedException', text)
}

export function limitExceeded(text: string): AwsError {
  return new AwsError('LimitExceededException', text)
}
