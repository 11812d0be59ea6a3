/** Who callers are: their principals, and the condition keys that these bring along. */
import { rootUser } from '../../aws/authentication.ts'
import type { Caller, ConditionKeys } from '../../aws/authority.ts'
import { isoSeconds } from '../../clock.ts'
import type { Tx } from '../../store/store.ts'
import { nameInArn } from './entities.ts'
import { keyOf, type Role, roles, type Session, type User, users } from './state.ts'

type SessionKeys = Readonly<Record<string, string | readonly string[]>>

export function userCaller(user: User, account: string, accessKeyId: string): Caller {
  const { arn, id } = user
  return {
    principal: { type: 'user', account, arn, id },
    account,
    arn,
    userId: id,
    accessKeyId,
  }
}

export function roleCaller(role: Role, account: string, sessionName: string): Caller {
  const arn = sessionArn(role, account, sessionName)
  return {
    principal: { type: 'assumed-role', account, arn, roleArn: role.arn, id: role.id },
    account,
    arn,
    userId: `${role.id}:${sessionName}`,
  }
}

/** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`: the role's path is left out. */
function sessionArn({ arn, name }: Role, account: string, sessionName: string): string {
  const [, partition] = arn.split(':')
  return `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`
}

/** Undefined once the user or role of the session is gone. */
export function sessionCaller(session: Session, tx: Tx): Caller | undefined {
  const caller = callerOf(session, tx.in({ account: session.account, region: tx.world.region }))
  return caller && { ...caller, accessKeyId: session.id, keys: keysOf(session) }
}

function callerOf({ principal, account, id }: Session, tx: Tx): Caller | undefined {
  switch (principal.type) {
    case 'root':
      return rootUser(account, id)
    case 'user': {
      const user = userWithId(principal.userId, tx)
      return user && userCaller(user, account, id)
    }
    case 'role': {
      const role = roleWithId(principal.roleId, tx)
      return role && roleCaller(role, account, principal.name)
    }
    case 'federated': {
      const { name, userId } = principal
      const federator =
        userId === undefined ? `arn:aws:iam::${account}:root` : userWithId(userId, tx)?.arn
      const arn = `arn:aws:sts::${account}:federated-user/${name}`
      return federator === undefined
        ? undefined
        : {
            principal: { type: 'federated-user', account, arn, federator },
            account,
            arn,
            userId: `${account}:${name}`,
          }
    }
  }
}

const keysBySession = new WeakMap<Session, SessionKeys>()

function keysOf(session: Session): SessionKeys {
  const known = keysBySession.get(session)
  if (known) return known
  const { issuedAt, sourceIdentity, tags } = session
  const keys = {
    ...session.keys,
    'aws:TokenIssueTime': isoSeconds(issuedAt),
    'aws:MultiFactorAuthPresent': 'false',
    ...(sourceIdentity !== undefined && { 'aws:SourceIdentity': sourceIdentity }),
    ...tagKeys(tags),
  }
  keysBySession.set(session, keys)
  return keys
}

function tagKeys(tags: Session['tags']): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value]))
}

/** The user or role whose policies apply to a caller. */
export function holderOf({ principal }: Caller, tx: Tx): User | Role | undefined {
  switch (principal.type) {
    case 'user':
      return userWithId(principal.id, tx)
    case 'assumed-role':
      return roleWithId(principal.id, tx)
    case 'federated-user': {
      const user = tx.get(users, keyOf(nameInArn(principal.federator) ?? ''))
      return user?.arn === principal.federator ? user : undefined
    }
    default:
      return undefined
  }
}

export function userWithId(id: string | undefined, tx: Tx): User | undefined {
  return id === undefined ? undefined : tx.by(users, 'id', id)[0]
}

export function roleWithId(id: string | undefined, tx: Tx): Role | undefined {
  return id === undefined ? undefined : tx.by(roles, 'id', id)[0]
}

/** The names of `aws:PrincipalType`. */
const TYPES = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const

/**
 * The keys of the principal. Tags of a session take the place of its role's tags of the same name.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function principalKeys(caller: Caller, holder: User | Role | undefined): ConditionKeys {
  const { principal, account, arn, userId } = caller
  if (principal.type === 'service') {
    return {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': principal.service,
    }
  }
  if (!('account' in principal)) return { 'aws:PrincipalType': 'Anonymous', ...caller.keys }
  return {
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalArn': principal.type === 'assumed-role' ? principal.roleArn : arn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': TYPES[principal.type],
    'aws:userid': userId,
    ...(principal.type === 'user' && { 'aws:username': arn.split('/').at(-1) }),
    ...(principal.type !== 'federated-user' && tagKeys(holder?.tags ?? [])),
    ...caller.keys,
  }
}
