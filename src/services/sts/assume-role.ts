/** AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts'
import { parseArn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import type { AssumableRole, Sessions } from '../ports.ts'
import { accessDenied, invalidValue, notAuthorized, validationError } from './errors.ts'
import { readSessionPolicies, readSessionTags, wireCredentials } from './session-options.ts'

export const DEFAULT_SECONDS = 3600
/** A role's session that assumes a role gets no more. */
const MAX_CHAINED_SECONDS = 3600

export function assumeRole(sessions: Sessions) {
  return (input: Checked<AssumeRoleRequest>, ctx: Context): Answer<AssumeRoleResponse> => {
    const { RoleArn, RoleSessionName: name, DurationSeconds: seconds = DEFAULT_SECONDS } = input
    const { Tags, TransitiveTagKeys, SerialNumber } = input
    if (!parseArn(RoleArn)?.resource) throw validationError(`${RoleArn} is invalid`)
    const tags = readSessionTags(Tags, TransitiveTagKeys, sessions, ctx)
    const sourceIdentity = readSourceIdentity(input.SourceIdentity, sessions, ctx)
    const role = sessions.role(RoleArn, ctx)
    if (!role) throw notAuthorized(ctx.caller.arn, 'sts:AssumeRole', RoleArn)
    const keys = { ...conditionKeys(input), ...role.keys, ...tags.keys }
    askTrust(role, keys, input, ctx)
    if (SerialNumber !== undefined) throw noDevice()
    checkDuration(seconds, role, ctx)
    const inAccount = ctx.in({ account: parseArn(RoleArn)?.account ?? '', region: ctx.region })
    const { grant, PackedPolicySize } = readSessionPolicies(input, sessions, inAccount)
    const options = { seconds, ...grant, ...tags.grant, ...(sourceIdentity && { sourceIdentity }) }
    const credentials = sessions.ofRole(role, name, options, ctx)
    const { arn: Arn, userId: AssumedRoleId } = credentials
    return {
      Credentials: wireCredentials(credentials),
      AssumedRoleUser: { AssumedRoleId, Arn },
      PackedPolicySize,
      SourceIdentity: sourceIdentity,
    }
  }
}

function conditionKeys({ ExternalId, RoleSessionName, SourceIdentity }: AssumeRoleRequest) {
  return {
    'sts:ExternalId': ExternalId,
    'sts:RoleSessionName': RoleSessionName,
    'sts:SourceIdentity': SourceIdentity,
  } satisfies ConditionKeys
}

/** Both the caller's policies and the role's trust policy are asked, as AWS's evaluation has it. */
function askTrust(
  role: AssumableRole,
  keys: ConditionKeys,
  { Tags = [], SourceIdentity }: AssumeRoleRequest,
  ctx: Context,
): void {
  const access = { keys, resourcePolicy: role.trust }
  ctx.allow('sts:AssumeRole', role.arn, access)
  if (Tags.length > 0) ctx.allow('sts:TagSession', role.arn, access)
  if (SourceIdentity !== undefined) ctx.allow('sts:SetSourceIdentity', role.arn, access)
  if (ctx.caller.principal.type !== 'root') return
  // A deviation: most users only have the root user's credentials, and tools must work with them.
  const text =
    'AWS lets no root user assume a role ("Roles may not be assumed by root accounts."); here ' +
    "the trust policy alone decides. Use an IAM user's keys to be sure."
  ctx.record({ kind: 'note', text }, [ctx.requestId, role.arn])
}

function checkDuration(seconds: number, role: AssumableRole, ctx: Context): void {
  if (ctx.caller.principal.type === 'assumed-role' && seconds > MAX_CHAINED_SECONDS) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by ' +
        'role chaining.',
    )
  }
  checkMaxDuration(seconds, role)
}

export function checkMaxDuration(seconds: number, { maxSessionSeconds }: AssumableRole): void {
  if (seconds <= maxSessionSeconds) return
  throw validationError(
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  )
}

/** A source identity stays with all sessions that follow from the one that set it. */
function readSourceIdentity(
  given: string | undefined,
  sessions: Sessions,
  ctx: Context,
): string | undefined {
  const inherited = sessions.current(ctx)?.sourceIdentity
  if (inherited !== undefined && given !== undefined && given !== inherited) {
    throw invalidValue('Source identity cannot be changed in a session that has one.')
  }
  return given ?? inherited
}

/** There are no MFA devices here, so every code is wrong. */
export function noDevice() {
  return accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
}
