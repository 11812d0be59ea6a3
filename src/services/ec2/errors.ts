/**
 * EC2's errors: codes and wordings that several operations share.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
import { AwsError } from '../../aws/errors.ts'

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
}

/** `detail` is a sentence of its own: "Expected: 'vol-...'." */
export function invalidParameter(name: string, value: unknown, detail = ''): AwsError {
  const text = `Value (${value}) for parameter ${name} is invalid.`
  return new AwsError('InvalidParameterValue', detail ? `${text} ${detail}` : text)
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message)
}

export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombination', message)
}

export function operationNotPermitted(message: string): AwsError {
  return new AwsError('OperationNotPermitted', message)
}

export function incorrectInstanceState(message: string): AwsError {
  return new AwsError('IncorrectInstanceState', message)
}

export function incorrectState(message: string): AwsError {
  return new AwsError('IncorrectState', message)
}

export function unsupportedOperation(message: string): AwsError {
  return new AwsError('UnsupportedOperation', message)
}

export function idempotentParameterMismatch(): AwsError {
  return new AwsError(
    'IdempotentParameterMismatch',
    'Arguments on this idempotent request are inconsistent with arguments used in previous ' +
      'request(s).',
  )
}

export function dryRunSucceeded(): AwsError {
  return new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', {
    status: 412,
  })
}
