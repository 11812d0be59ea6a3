/** IAM's errors in its own words, as recorded from AWS unless said otherwise. */
import type { Verdict } from '../../aws/authority.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Refusal } from '../../aws/service.ts'

export const noSuchEntity = (message: string) =>
  new AwsError('NoSuchEntity', message, { status: 404 })
export const entityAlreadyExists = (message: string) =>
  new AwsError('EntityAlreadyExists', message, { status: 409 })
export const deleteConflict = (message: string) =>
  new AwsError('DeleteConflict', message, { status: 409 })
export const limitExceeded = (message: string) =>
  new AwsError('LimitExceeded', message, { status: 409 })
export const invalidInput = (message: string) => new AwsError('InvalidInput', message)
export const validationError = (message: string) => new AwsError('ValidationError', message)

export const malformedArn = () => validationError('Invalid ARN:  Could not be parsed!')

export function quotaExceeded(quota: string, limit: number): AwsError {
  return limitExceeded(`Cannot exceed quota for ${quota}: ${limit}`)
}

export function policyNotFound(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} was not found.`)
}

export function policyNotAttachable(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
}

export function versionNotFound(arn: string, version: string): AwsError {
  return noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)
}

export function needsUserName(): AwsError {
  return validationError('Must specify userName when calling with non-User credentials')
}

/** Text of public error reports; the code is that of the API reference. */
export function unmodifiable(role: string): AwsError {
  return new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role}' - ` +
      'this role is only modifiable by AWS',
  )
}

/** Actions whose refusals name the resource by its ARN; all others name what there is by name. */
const NAMED_BY_ARN = new Set([
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:CreateGroup',
  'iam:CreateInstanceProfile',
  'iam:CreateOpenIDConnectProvider',
  'iam:CreateRole',
  'iam:CreateServiceLinkedRole',
  'iam:CreateUser',
  'iam:DeleteOpenIDConnectProvider',
  'iam:GetOpenIDConnectProvider',
  'iam:ListGroups',
  'iam:ListInstanceProfiles',
  'iam:ListRoles',
  'iam:ListUsers',
  'iam:PassRole',
  'iam:TagRole',
  'iam:TagUser',
])

/**
 * `… on resource: role NAME because no identity-based policy allows the iam:GetRole action`: IAM
 * names resources in words where other services give the ARN, as public error reports show.
 */
export function denied({ verdict, action, resource }: Refusal): AwsError {
  return accessDenied(verdict, action, resource, nameInRefusal(action, resource))
}

/** The engine's sentence with the resource named in the service's way. */
export function accessDenied(
  verdict: Verdict,
  action: string,
  resource: string,
  name = resource,
): AwsError {
  const sentence = verdict.denial()
  const performs = `not authorized to perform: ${action}`
  const target = ` on resource: ${resource}`
  const start = sentence.indexOf(performs) + performs.length
  const rest = sentence.slice(start)
  const why = rest.startsWith(target) ? rest.slice(target.length) : rest
  const message = `${sentence.slice(0, start)} on resource: ${name}${why}`
  return new AwsError('AccessDenied', message, { status: 403 })
}

function nameInRefusal(action: string, arn: string): string {
  const [kind = '', ...path] = arn.split(':').slice(5).join(':').split('/')
  if (NAMED_BY_ARN.has(action) || path.length === 0) return arn
  switch (kind) {
    case 'policy':
      if (action === 'iam:ListPolicies') return 'policy path /'
      return `policy ${action === 'iam:CreatePolicy' ? path.at(-1) : arn}`
    case 'instance-profile':
      return `instance profile ${path.at(-1)}`
    default:
      return `${kind} ${path.at(-1)}`
  }
}
