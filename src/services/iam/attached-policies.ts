/** Managed policies attached to a user, group or role. */
import type { ListAttachedRolePoliciesRequest } from '@aws-sdk/client-iam'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { found, type HolderKind, keyOfEntity, modifiable, save } from './entities.ts'
import { malformedArn, policyNotAttachable, policyNotFound, quotaExceeded } from './errors.ts'
import { policyAt } from './managed-policies.ts'
import { pageOf } from './paging.ts'
import type { PolicyHolder } from './state.ts'

/** AWS's default quota. */
const MAX_ATTACHED_POLICIES = 10

interface Named {
  readonly PolicyArn: string
}

/** Attaching what is attached changes nothing. */
export function attachPolicy<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PolicyArn }: Named,
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx, { 'iam:PolicyARN': PolicyArn })
  checkArn(PolicyArn)
  const policy = policyAt(PolicyArn, ctx.tx)
  // Policies of service-linked roles are for these alone.
  if (!policy || policy.path.startsWith('/aws-service-role/')) throw policyNotAttachable(PolicyArn)
  if (holder.attached.includes(PolicyArn)) return {}
  if (holder.attached.length >= MAX_ATTACHED_POLICIES) {
    throw quotaExceeded(kind.attachedQuota, MAX_ATTACHED_POLICIES)
  }
  save(kind, { ...holder, attached: [...holder.attached, PolicyArn] }, ctx)
  return {}
}

export function detachPolicy<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PolicyArn }: Named,
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx, { 'iam:PolicyARN': PolicyArn })
  checkArn(PolicyArn)
  if (!holder.attached.includes(PolicyArn)) throw policyNotFound(PolicyArn)
  const attached = holder.attached.filter((arn) => arn !== PolicyArn)
  save(kind, { ...holder, attached }, ctx)
  return {}
}

export function listAttachedPolicies<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PathPrefix = '/', ...request }: Omit<Checked<ListAttachedRolePoliciesRequest>, 'RoleName'>,
  ctx: Context,
): object {
  const policies = found(kind, name, ctx)
    .attached.map((arn) => policyAt(arn, ctx.tx))
    .filter((policy) => policy !== undefined)
    .filter(({ path }) => path.startsWith(PathPrefix))
  const { items, ...page } = pageOf(policies, keyOfEntity, request)
  const AttachedPolicies = items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
  return { AttachedPolicies, ...page }
}

function checkArn(arn: string): void {
  if (!parseArn(arn)) throw malformedArn()
}
