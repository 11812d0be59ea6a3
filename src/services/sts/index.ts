/** AWS Security Token Service. */
import type {
  GetAccessKeyInfoRequest,
  GetAccessKeyInfoResponse,
  GetCallerIdentityResponse,
} from '@aws-sdk/client-sts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import type { ServiceModule } from '../module.ts'
import type { Sessions } from '../ports.ts'
import { assumeRole } from './assume-role.ts'
import { decodeAuthorizationMessage } from './decode.ts'
import { denied, validationError } from './errors.ts'
import { getFederationToken, getSessionToken } from './own-sessions.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'

export function createSts({ sessions }: { sessions: Sessions }): ServiceModule {
  return {
    definition: {
      name: 'sts',
      operations: {
        GetCallerIdentity: getCallerIdentity,
        AssumeRole: assumeRole(sessions),
        AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity(sessions),
        GetSessionToken: getSessionToken(sessions),
        GetFederationToken: getFederationToken(sessions),
        DecodeAuthorizationMessage: decodeAuthorizationMessage,
        GetAccessKeyInfo: getAccessKeyInfo(sessions),
      },
      unsigned: new Set(['AssumeRoleWithWebIdentity']),
      denied,
    },
  }
}

/** Needs no permission, as its API page says. */
function getCallerIdentity(_: object, ctx: Context): GetCallerIdentityResponse {
  ctx.allowAnyone()
  const { userId: UserId, account: Account, arn: Arn } = ctx.caller
  return { UserId, Account, Arn }
}

/** AWS reads the account out of the key's id; ours are random, so only known keys have one. */
function getAccessKeyInfo(sessions: Sessions) {
  return ({ AccessKeyId }: Checked<GetAccessKeyInfoRequest>, ctx: Context) => {
    ctx.allow('sts:GetAccessKeyInfo', '*')
    const Account = sessions.accountOf(AccessKeyId, ctx)
    if (Account === undefined) throw validationError(`${AccessKeyId} is not an access key id.`)
    return { Account } satisfies GetAccessKeyInfoResponse
  }
}
