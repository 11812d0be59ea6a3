/** AWS Identity and Access Management: who there is, and what they may. */
import type { Authority } from '../../aws/authority.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Operation } from '../../aws/service.ts'
import type { ServiceModule } from '../module.ts'
import type { Background, InstanceProfiles, Roles, Sessions } from '../ports.ts'
import { createAuthority } from './authority.ts'
import { denied } from './errors.ts'
import { operations } from './operations.ts'
import { profilePort, rolePort, sessionPort } from './role-port.ts'
import { FORGET_SESSION, forgetSession } from './sessions.ts'
import { sessions } from './state.ts'

export { deployedRoles } from './inspect.ts'

export interface Iam extends ServiceModule {
  readonly authority: Authority
  readonly roles: Roles
  readonly instanceProfiles: InstanceProfiles
  readonly sessions: Sessions
}

export function createIam({ now }: Pick<Background, 'now'>): Iam {
  return {
    definition: {
      name: 'iam',
      operations,
      around: refuseOwnSessions,
      denied,
    },
    agenda: { [FORGET_SESSION]: forgetSession },
    authority: createAuthority(now),
    roles: rolePort,
    instanceProfiles: profilePort,
    sessions: sessionPort,
  }
}

/**
 * Credentials of GetSessionToken (without MFA, which there is none of) and of GetFederationToken
 * cannot call IAM: IAM user guide, id_credentials_temp_request.
 */
function refuseOwnSessions(operation: Operation): Operation {
  return (input, ctx) => {
    const { principal, accessKeyId } = ctx.caller
    const isOfRole = principal.type === 'assumed-role'
    if (!isOfRole && accessKeyId !== undefined && ctx.tx.has(sessions, accessKeyId)) {
      const text = 'The security token included in the request is invalid'
      throw new AwsError('InvalidClientTokenId', text, { status: 403 })
    }
    return operation(input, ctx)
  }
}
