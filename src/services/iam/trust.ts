/** Trust policies: who may assume a role. */
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Policy } from '../../policy/index.ts'
import type { Tx } from '../../store/store.ts'
import { readPolicy, sizeOf } from './documents.ts'
import { nameInArn, ROLE, save, USER } from './entities.ts'
import { quotaExceeded } from './errors.ts'
import { type Entity, keyOf, type Role, roles } from './state.ts'

/** AWS's default quota; white space is not counted. */
const MAX_TRUST_CHARACTERS = 2048

/**
 * Checks a trust policy. The users and roles of this account that it names must exist; AWS keeps
 * their unique ids, so that a later principal of the same name is not trusted in their stead.
 */
export function readTrust(document: string, ctx: Context): Pick<Role, 'trust' | 'trusted'> {
  const policy = readPolicy(document, 'trust')
  if (sizeOf(document) > MAX_TRUST_CHARACTERS) {
    throw quotaExceeded('ACLSizePerRole', MAX_TRUST_CHARACTERS)
  }
  const trusted: Record<string, string> = {}
  for (const arn of namedPrincipals(policy)) {
    if (parseArn(arn)?.account !== ctx.account) continue
    const principal = principalAt(arn, ctx.tx)
    if (principal) trusted[arn] = principal.id
    else if (isUserOrRole(arn)) {
      const text = `Invalid principal in policy: "AWS":"${arn}"`
      throw new AwsError('MalformedPolicyDocument', text)
    }
  }
  return { trust: document, trusted }
}

/** Trust policies that name a user or role which is deleted name its unique id from then on. */
export function forgetPrincipal({ arn, id }: Entity, ctx: Context): void {
  for (const role of ctx.tx.by(roles, 'trusts', arn)) {
    const { [arn]: _, ...trusted } = role.trusted
    const trust = JSON.stringify(replaced(JSON.parse(role.trust), arn, id))
    save(ROLE, { ...role, trust, trusted }, ctx)
  }
}

function namedPrincipals(policy: Policy): string[] {
  return policy.document.Statement.flatMap(({ Principal }) => Principal?.AWS ?? [])
}

const USER_OR_ROLE = /^arn:[^:]+:iam::\d{12}:(user|role)\//

function isUserOrRole(arn: string): boolean {
  return USER_OR_ROLE.test(arn)
}

function principalAt(arn: string, tx: Tx): Entity | undefined {
  const [, type] = USER_OR_ROLE.exec(arn) ?? []
  if (type === undefined) return undefined
  const key = keyOf(nameInArn(arn) ?? '')
  const entity = type === 'user' ? tx.get(USER.table, key) : tx.get(ROLE.table, key)
  return entity?.arn === arn ? entity : undefined
}

/** `json` with a principal of its statements replaced. */
function replaced(json: unknown, from: string, to: string, inPrincipal = false): unknown {
  if (inPrincipal && json === from) return to
  if (Array.isArray(json)) return json.map((item) => replaced(item, from, to, inPrincipal))
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      replaced(value, from, to, inPrincipal || key === 'Principal'),
    ]),
  )
}
