/** STS's errors in its own words. */
import { AwsError } from '../../aws/errors.ts'
import type { Refusal } from '../../aws/service.ts'

export const validationError = (message: string) => new AwsError('ValidationError', message)
export const invalidValue = (message: string) => new AwsError('InvalidParameterValue', message)
export const accessDenied = (message: string) =>
  new AwsError('AccessDenied', message, { status: 403 })

/** Actions that a role's trust policy decides on: their refusals don't say why. */
const OF_ROLES = new Set([
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity',
  'sts:SetSourceIdentity',
  'sts:TagSession',
])

export function denied({ verdict, action, resource, ctx }: Refusal): AwsError {
  const isExplicit = verdict.decision.reason === 'explicitDeny'
  if (OF_ROLES.has(action) && !isExplicit) {
    return notAuthorized(ctx.caller.arn, action, resource)
  }
  return accessDenied(verdict.denial())
}

/** The text for a role that does not let the caller, and for one that does not exist. */
export function notAuthorized(caller: string, action: string, resource: string): AwsError {
  const text = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`
  return accessDenied(text)
}
