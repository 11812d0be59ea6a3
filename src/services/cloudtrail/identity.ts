/** Who called: the "CloudTrail userIdentity element" of its user guide. */
import type { Caller } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import { isoSeconds } from '../../clock.ts'

type Identity = Record<string, unknown>

const LAMBDA_FUNCTION = 'lambda:SourceFunctionArn'

export function userIdentity({ caller, sourceIp, now }: Context): Identity {
  // A call that a service made for its caller comes from the service's name.
  const invokedBy = sourceIp.endsWith('.amazonaws.com') ? { invokedBy: sourceIp } : {}
  if (caller.principal.type === 'service') {
    return { type: 'AWSService', invokedBy: caller.principal.service }
  }
  return { ...identityOf(caller, now), ...invokedBy }
}

function identityOf(caller: Caller, now: number): Identity {
  const { principal, arn, account, userId, accessKeyId } = caller
  const common = {
    principalId: userId,
    arn,
    accountId: account,
    ...(accessKeyId !== undefined && { accessKeyId }),
  }
  switch (principal.type) {
    case 'root':
      return { type: 'Root', ...common, ...sessionContext(caller) }
    case 'user':
      return { type: 'IAMUser', ...common, userName: lastOf(arn), ...sessionContext(caller) }
    case 'assumed-role':
      return {
        type: 'AssumedRole',
        ...common,
        // Services that act under a role assume it for the call.
        ...sessionContext(
          { keys: { 'aws:TokenIssueTime': isoSeconds(now), ...caller.keys } },
          {
            type: 'Role',
            principalId: userId.split(':')[0],
            arn: principal.roleArn,
            accountId: account,
            userName: lastOf(principal.roleArn),
          },
        ),
        ...scope(caller),
      }
    case 'federated-user': {
      const { federator } = principal
      const isUser = federator.includes(':user/')
      const name = isUser ? { userName: lastOf(federator) } : {}
      const type = isUser ? 'IAMUser' : 'Root'
      const issuer = { type, arn: federator, accountId: account, ...name }
      return { type: 'FederatedUser', ...common, ...sessionContext(caller, issuer) }
    }
    default:
      // Whoever comes with a token of an identity provider has no credentials yet.
      return { type: 'WebIdentityUser' }
  }
}

/** Only temporary credentials have one. */
function sessionContext({ keys }: Pick<Caller, 'keys'>, sessionIssuer: Identity = {}): Identity {
  const issuedAt = keys?.['aws:TokenIssueTime']
  if (issuedAt === undefined) return {}
  const mfaAuthenticated = keys?.['aws:MultiFactorAuthPresent'] ?? 'false'
  const attributes = { creationDate: issuedAt, mfaAuthenticated }
  return { sessionContext: { sessionIssuer, attributes } }
}

/** The function whose execution environment holds the credentials. */
function scope({ keys }: Caller): Identity {
  const credentialsIssuedTo = keys?.[LAMBDA_FUNCTION]
  if (credentialsIssuedTo === undefined) return {}
  return { inScopeOf: { issuerType: 'AWS::Lambda::Function', credentialsIssuedTo } }
}

function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

/** The user as LookupEvents names it: the session's name for roles. */
export function userNameOf({ principal, arn, userId }: Caller): string {
  if (principal.type === 'root') return 'root'
  return principal.type === 'user' ? lastOf(arn) : userId.slice(userId.indexOf(':') + 1)
}
