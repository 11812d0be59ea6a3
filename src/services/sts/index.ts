/** AWS Security Token Service. */
import type { GetCallerIdentityResponse } from '@aws-sdk/client-sts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { ServiceModule } from '../module.ts'

export function createSts(): ServiceModule {
  return {
    definition: {
      name: 'sts',
      operations: { GetCallerIdentity: getCallerIdentity },
      denied: ({ verdict }) => new AwsError('AccessDenied', verdict.denial(), { status: 403 }),
      notImplemented: (operation) =>
        new AwsError('NotImplemented', `Windtunnel does not implement sts:${operation}.`, {
          status: 501,
        }),
    },
  }
}

/** Needs no permission, as its API page says. */
function getCallerIdentity(_: object, ctx: Context): GetCallerIdentityResponse {
  ctx.allowAnyone()
  const { userId: UserId, account: Account, arn: Arn } = ctx.caller
  return { UserId, Account, Arn }
}
