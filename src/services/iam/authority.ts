/** Who asks, by the access key, and what they may: the authority that the gateway asks. */
import { parseArn } from '../../arn.ts'
import { rootUser } from '../../aws/authentication.ts'
import type {
  AccessQuestion,
  Authority,
  Caller,
  Credentials,
  Verdict,
} from '../../aws/authority.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import {
  type AccessRequest,
  denialText,
  describeDecision,
  evaluate,
  examine,
  type Policies,
  type Policy,
  requestContext,
} from '../../policy/index.ts'
import type { Tx } from '../../store/store.ts'
import { defaultPolicy, inlinePoliciesOf } from './documents.ts'
import { wholeSeconds } from './entities.ts'
import { policyAt } from './managed-policies.ts'
import { holderOf, principalKeys, sessionCaller, userCaller, userWithId } from './principals.ts'
import { sessionPoliciesOf } from './sessions.ts'
import {
  accessKeys,
  groups,
  lastUses,
  type PolicyHolder,
  type Role,
  sessions,
  type User,
} from './state.ts'

/** The last use of a key or role is noted when the note is older than this. */
const LAST_USE_PRECISION_MS = 15 * MS_PER_MINUTE

const RESOURCE_ACCOUNT = 'aws:ResourceAccount'

/** @param now The cloud's time, milliseconds since the epoch. */
export function createAuthority(now: () => number): Authority {
  return {
    credentials,
    decide: (question, tx) => {
      noteUse(question, now(), tx)
      return decide(question, tx)
    },
  }
}

function credentials(accessKeyId: string, tx: Tx): Credentials | undefined {
  const session = tx.get(sessions, accessKeyId)
  if (session) {
    const caller = sessionCaller(session, tx)
    const { secret: secretAccessKey, token: sessionToken, expiresAt } = session
    return caller && { secretAccessKey, sessionToken, expiresAt, caller }
  }
  const key = tx.get(accessKeys, accessKeyId)
  if (key?.status !== 'Active') return undefined
  const { account, secret: secretAccessKey, userId } = key
  if (userId === undefined) {
    return { secretAccessKey, caller: rootUser(account, accessKeyId) }
  }
  const user = userWithId(userId, tx.in({ account, region: tx.world.region }))
  return user && { secretAccessKey, caller: userCaller(user, account, accessKeyId) }
}

/** Decides by all policies that apply to the caller, in the order of AWS's evaluation logic. */
export function decide(question: AccessQuestion, tx: Tx): Verdict {
  const { caller, action, resource, resourcePolicy } = question
  const home = tx.in({ account: caller.account, region: tx.world.region })
  const holder = holderOf(caller, home)
  const resourceAccount = accountOf(resource)
  const request: AccessRequest = {
    principal: caller.principal,
    action,
    resource,
    ...(resourceAccount !== undefined && { resourceAccount }),
    context: contextOf(question, holder, resourceAccount),
  }
  const policies = policiesOf(caller, holder, resourcePolicy, home)
  const decision = evaluate(request, policies)
  return {
    decision,
    denial: (anyResource) => denialText(request, decision, anyResource),
    because: () => describeDecision(request, policies, decision).join(' '),
    evaluation: () => {
      const ofPrincipal = Object.keys(principalKeys(caller, holder))
      const names = [...Object.keys(question.keys), ...ofPrincipal, RESOURCE_ACCOUNT]
      return examine(request, policies, decision, [...new Set(names)])
    },
  }
}

/** The account that owns a resource; one that has none in its ARN belongs to the caller. */
function accountOf(resource: string): string | undefined {
  const account = parseArn(resource)?.account
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined
}

/** The principal's keys are put together only once a condition asks for one. */
function contextOf(
  { caller, keys }: AccessQuestion,
  holder: User | Role | undefined,
  resourceAccount: string | undefined,
): AccessRequest['context'] {
  const ofRequest = requestContext(keys)
  const account = resourceAccount ?? caller.account
  let ofPrincipal: AccessRequest['context'] | undefined
  return {
    get: (key) => {
      const value = ofRequest.get(key)
      if (value !== undefined) return value
      ofPrincipal ??= requestContext({
        ...principalKeys(caller, holder),
        [RESOURCE_ACCOUNT]: account,
      })
      return ofPrincipal.get(key)
    },
  }
}

function policiesOf(
  caller: Caller,
  holder: User | Role | undefined,
  resource: Policy | undefined,
  tx: Tx,
): Policies {
  const session =
    caller.accessKeyId === undefined ? undefined : tx.get(sessions, caller.accessKeyId)
  const ofSession = session && sessionPoliciesOf(session, tx)
  return {
    identity: holder ? identityPoliciesOf(holder, tx) : [],
    ...(holder?.boundary !== undefined && { boundary: boundaryPolicyOf(holder.boundary, tx) }),
    ...(ofSession && { session: ofSession }),
    ...(resource && { resource }),
  }
}

/** Inline and attached policies, for a user also those of its groups. */
export function identityPoliciesOf(holder: PolicyHolder | User, tx: Tx): readonly Policy[] {
  const own = policiesOfHolder(holder, tx)
  if (!('groups' in holder) || holder.groups.length === 0) return own
  const inherited = holder.groups
    .flatMap((id) => tx.by(groups, 'id', id))
    .flatMap((group) => policiesOfHolder(group, tx))
  return [...own, ...inherited]
}

function policiesOfHolder(holder: PolicyHolder, tx: Tx): readonly Policy[] {
  const inline = inlinePoliciesOf(holder)
  if (holder.attached.length === 0) return inline
  return [...inline, ...holder.attached.flatMap((arn) => managedPolicy(arn, tx) ?? [])]
}

function managedPolicy(arn: string, tx: Tx): Policy | undefined {
  const managed = policyAt(arn, tx)
  return managed && defaultPolicy(managed)
}

/** A managed policy in use as a boundary cannot be deleted. */
export function boundaryPolicyOf(arn: string, tx: Tx): Policy {
  const boundary = managedPolicy(arn, tx)
  if (!boundary) throw new Error(`the permissions boundary ${arn} is gone`)
  return boundary
}

function noteUse({ caller, action, keys }: AccessQuestion, now: number, tx: Tx): void {
  const { principal, accessKeyId, account } = caller
  const used = principal.type === 'assumed-role' ? principal.id : accessKeyId
  if (used === undefined) return
  const home = tx.in({ account, region: tx.world.region })
  const noted = home.get(lastUses, used)
  if (noted && now - noted.at < LAST_USE_PRECISION_MS) return
  if (principal.type !== 'assumed-role' && !home.has(accessKeys, used)) return
  const region = keys['aws:RequestedRegion']
  const [service = ''] = action.split(':')
  home.put(lastUses, used, {
    at: wholeSeconds(now),
    region: typeof region === 'string' ? region : tx.world.region,
    service,
  })
}
