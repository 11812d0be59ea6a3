/** Temporary credentials: made here, kept in the store, forgotten some time after they expired. */
import type { Context } from '../../aws/context.ts'
import { MS_PER_DAY, MS_PER_SECOND } from '../../clock.ts'
import { type Policy, parsePolicy } from '../../policy/index.ts'
import type { Tx } from '../../store/store.ts'
import type { SessionCredentials, SessionGrant } from '../ports.ts'
import { defaultPolicy } from './documents.ts'
import { wholeSeconds } from './entities.ts'
import { policyAt } from './managed-policies.ts'
import { sessionCaller } from './principals.ts'
import { type Session, type SessionPrincipal, sessions } from './state.ts'

const KEY_ID_CHARACTERS = 16
/** Base64 makes 40 characters of them. */
const SECRET_BYTES = 30
const TOKEN_BYTES = 192
/** For so long an expired session is answered as expired; later as unknown. */
const REMEMBERED_MS = MS_PER_DAY

export const FORGET_SESSION = 'iam.forget-session'

/** Opens a session; its token is random, so nobody can make one up. */
export function openSession(
  principal: SessionPrincipal,
  account: string,
  grant: SessionGrant,
  ctx: Context,
): SessionCredentials {
  const lastsMs = grant.seconds * MS_PER_SECOND
  const issuedAt = wholeSeconds(ctx.now)
  const session: Session = {
    id: `ASIA${ctx.ids.base32(KEY_ID_CHARACTERS)}`,
    secret: ctx.ids.secret(SECRET_BYTES),
    token: ctx.ids.secret(TOKEN_BYTES),
    account,
    principal,
    issuedAt,
    expiresAt: issuedAt + lastsMs,
    policies: grant.policies ?? [],
    policyArns: grant.policyArns ?? [],
    tags: grant.tags ?? [],
    transitive: grant.transitive ?? [],
    ...(grant.sourceIdentity !== undefined && { sourceIdentity: grant.sourceIdentity }),
    keys: grant.keys ?? {},
  }
  ctx.tx.put(sessions, session.id, session)
  ctx.later(lastsMs + REMEMBERED_MS, FORGET_SESSION, { id: session.id })
  const caller = sessionCaller(session, ctx.tx)
  if (!caller) throw new Error('a session was opened for a principal that is not there')
  const { id: accessKeyId, secret: secretAccessKey, token: sessionToken, expiresAt } = session
  const { arn, userId } = caller
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt, arn, userId }
}

export function forgetSession({ id }: { id: string }, ctx: Context): void {
  ctx.tx.delete(sessions, id)
}

const compiled = new WeakMap<Session, readonly Policy[]>()

/** Undefined when the session has no policies, and so is not limited by them. */
export function sessionPoliciesOf(session: Session, tx: Tx): readonly Policy[] | undefined {
  const { policies, policyArns } = session
  if (policies.length === 0 && policyArns.length === 0) return undefined
  const inline =
    compiled.get(session) ??
    policies.map((document) => parsePolicy(document, 'session', 'of the session'))
  compiled.set(session, inline)
  const managed = policyArns.flatMap((arn) => policyAt(arn, tx) ?? []).map(defaultPolicy)
  return [...inline, ...managed]
}
