/**
 * AssumeRoleWithWebIdentity: a role for who has a token of an OpenID Connect provider.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 *
 * The issuer's keys are on the Internet, where Windtunnel does not go, so the token's signature is
 * not verified; the trace says so. All else is: the provider, the audience, the time, the trust.
 */
import type {
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
} from '@aws-sdk/client-sts'
import { parseArn } from '../../arn.ts'
import { requestKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoSeconds, MS_PER_SECOND } from '../../clock.ts'
import { evaluate, requestContext } from '../../policy/index.ts'
import type { AssumableRole, IdentityProvider, Sessions } from '../ports.ts'
import { checkMaxDuration, DEFAULT_SECONDS } from './assume-role.ts'
import { accessDenied, validationError } from './errors.ts'
import { readSessionPolicies, wireCredentials } from './session-options.ts'

export function assumeRoleWithWebIdentity(sessions: Sessions) {
  return (
    input: Checked<AssumeRoleWithWebIdentityRequest>,
    asked: Context,
  ): Answer<AssumeRoleWithWebIdentityResponse> => {
    // Who asks is nobody yet: the role's trust policy is asked about the token.
    asked.allowAnyone()
    const { RoleArn, RoleSessionName: name, DurationSeconds: seconds = DEFAULT_SECONDS } = input
    const { resource, account = '' } = parseArn(RoleArn) ?? {}
    if (!resource) throw validationError(`${RoleArn} is invalid`)
    const ctx = asked.in({ account, region: asked.region })
    const token = readToken(input.WebIdentityToken, sessions, ctx)
    const keys = { ...claimKeys(token), 'aws:FederatedProvider': token.provider.arn }
    const role = sessions.role(RoleArn, ctx)
    if (!role || !trusts(role, token, { ...keys, 'sts:RoleSessionName': name }, ctx)) {
      throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
    }
    checkMaxDuration(seconds, role)
    const { grant, PackedPolicySize } = readSessionPolicies(input, sessions, ctx)
    const credentials = sessions.ofRole(role, name, { seconds, ...grant, keys }, ctx)
    const text = `The signature of the token of ${token.claims.iss} was not verified.`
    ctx.record({ kind: 'note', text }, [ctx.requestId, role.arn])
    const { arn: Arn, userId: AssumedRoleId } = credentials
    return {
      Credentials: wireCredentials(credentials),
      SubjectFromWebIdentityToken: token.claims.sub,
      AssumedRoleUser: { AssumedRoleId, Arn },
      PackedPolicySize,
      Provider: token.provider.arn,
      Audience: token.audience,
    }
  }
}

interface Claims {
  iss: string
  sub: string
  aud: string | string[]
  /** Seconds since the epoch. */
  exp: number
  [claim: string]: unknown
}

interface Token {
  claims: Claims
  provider: IdentityProvider
  audience: string
}

function readToken(jwt: string, sessions: Sessions, ctx: Context): Token {
  const claims = claimsOf(jwt)
  const provider = sessions.provider(claims.iss.replace(/^https:\/\//, ''), ctx)
  if (!provider) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`)
  }
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  const audience = audiences.find((each) => provider.clientIds.includes(each))
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  if (claims.exp * MS_PER_SECOND <= ctx.now) {
    const [now, end] = [isoSeconds(ctx.now), isoSeconds(claims.exp * MS_PER_SECOND)]
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${end}`,
    )
  }
  return { claims, provider, audience }
}

function claimsOf(jwt: string): Claims {
  try {
    const [, payload = '', signature] = jwt.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (signature !== undefined && isClaims(claims)) return claims
  } catch {
    // Answered below.
  }
  throw invalidToken(
    'The ID Token provided is not a valid JWT. (You may see this error if you ' +
      'sent an Access Token)',
  )
}

function isClaims(json: unknown): json is Claims {
  if (typeof json !== 'object' || json === null) return false
  const { iss, sub, aud, exp } = json as Partial<Record<string, unknown>>
  const isAudience =
    typeof aud === 'string' || (Array.isArray(aud) && aud.every((it) => typeof it === 'string'))
  return typeof iss === 'string' && typeof sub === 'string' && typeof exp === 'number' && isAudience
}

/** `token.example.com:sub` and the like, for all claims that are texts. */
function claimKeys({ claims, provider, audience }: Token): Record<string, string> {
  const texts = Object.entries(claims).filter(
    (claim): claim is [string, string] => typeof claim[1] === 'string',
  )
  const keys = texts.map(([claim, value]) => [`${provider.url}:${claim}`, value])
  return { ...Object.fromEntries(keys), [`${provider.url}:aud`]: audience }
}

/** Whoever has the token has no policies of its own: the trust policy decides alone. */
function trusts(
  role: AssumableRole,
  { provider }: Token,
  keys: Record<string, string>,
  ctx: Context,
): boolean {
  const request = {
    principal: { type: 'web-identity', provider: provider.arn },
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: role.arn,
    context: requestContext({ ...requestKeys(ctx, ctx.now), ...role.keys, ...keys }),
  } as const
  return evaluate(request, { resource: role.trust }).allowed
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message)
}
