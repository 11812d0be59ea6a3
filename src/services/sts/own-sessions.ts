/** Temporary credentials that a user, or the root user, gets for itself or for a federated user. */
import type {
  GetFederationTokenRequest,
  GetFederationTokenResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts'
import { partitionOf } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import type { Sessions } from '../ports.ts'
import { noDevice } from './assume-role.ts'
import { accessDenied } from './errors.ts'
import { readSessionPolicies, readSessionTags, wireCredentials } from './session-options.ts'

const DEFAULT_SECONDS = 43_200
/** The root user gets no more, whatever it asks for. */
const MAX_ROOT_SECONDS = 3600

/**
 * Needs no permission, as its API page says.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export function getSessionToken(sessions: Sessions) {
  return (input: GetSessionTokenRequest, ctx: Context): Answer<GetSessionTokenResponse> => {
    ctx.allowAnyone()
    refuseSessions(sessions, ctx)
    if (input.SerialNumber !== undefined) throw noDevice()
    const seconds = secondsFor(input.DurationSeconds, ctx)
    return { Credentials: wireCredentials(sessions.ofCaller({ seconds }, ctx)) }
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export function getFederationToken(sessions: Sessions) {
  return (
    input: Checked<GetFederationTokenRequest>,
    ctx: Context,
  ): Answer<GetFederationTokenResponse> => {
    const { Name, DurationSeconds, Tags = [] } = input
    refuseSessions(sessions, ctx)
    const tags = readSessionTags(Tags, [], sessions, ctx)
    const arn = `arn:${partitionOf(ctx.region)}:sts::${ctx.account}:federated-user/${Name}`
    ctx.allow('sts:GetFederationToken', arn, { keys: tags.keys })
    if (Tags.length > 0) ctx.allow('sts:TagSession', arn, { keys: tags.keys })
    const { grant, PackedPolicySize = 0 } = readSessionPolicies(input, sessions, ctx)
    const options = { seconds: secondsFor(DurationSeconds, ctx), ...grant, ...tags.grant }
    const credentials = sessions.federated(Name, options, ctx)
    const { arn: Arn, userId: FederatedUserId } = credentials
    return {
      Credentials: wireCredentials(credentials),
      FederatedUser: { FederatedUserId, Arn },
      PackedPolicySize,
    }
  }
}

function refuseSessions(sessions: Sessions, ctx: Context): void {
  if (sessions.current(ctx) === undefined) return
  throw accessDenied(`Cannot call ${ctx.operation} with session credentials`)
}

function secondsFor(wanted: number | undefined, { caller }: Context): number {
  if (caller.principal.type !== 'root') return wanted ?? DEFAULT_SECONDS
  return Math.min(wanted ?? MAX_ROOT_SECONDS, MAX_ROOT_SECONDS)
}
