/** CloudTrail's errors, in its words. */
import { AwsError } from '../../aws/errors.ts'
import type { Refusal } from '../../aws/service.ts'

export function accessDenied({ verdict }: Refusal): AwsError {
  return new AwsError('AccessDeniedException', verdict.denial())
}

export function severalAttributes(): AwsError {
  return new AwsError(
    'InvalidLookupAttributesException',
    'You can only specify one lookup attribute.',
  )
}

export function invalidTimeRange(): AwsError {
  return new AwsError(
    'InvalidTimeRangeException',
    'Start time must be earlier than or equal to end time.',
  )
}

export function invalidNextToken(): AwsError {
  return new AwsError('InvalidNextTokenException', 'The next token is not valid.')
}

export function unknownTrail(name: string, account: string): AwsError {
  return new AwsError('TrailNotFoundException', `Unknown trail: ${name} for the user: ${account}`)
}
