/**
 * Snapshots and AMIs that other accounts may use. What is shared, and with whom, is known to all
 * accounts; the resource itself stays in its own.
 */
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { type Table, table } from '../../store/store.ts'
import { invalidParameter } from './errors.ts'

const EVERYONE = 'all'
const ACCOUNT_ID = /^\d{12}$/

interface Share {
  readonly id: string
  readonly kind: 'snapshot' | 'image'
  readonly owner: string
  readonly region: string
  readonly accounts: readonly string[]
  readonly isPublic: boolean
}

const audience = (kind: Share['kind'], region: string, who: string) => `${kind} ${region} ${who}`

const shares = table<Share>('ec2.shares', {
  reach: 'global',
  indexes: {
    audience: ({ kind, region, accounts, isPublic }) =>
      [...accounts, ...(isPublic ? [EVERYONE] : [])].map((who) => audience(kind, region, who)),
  },
})

/** One entry of the permissions that requests give. */
export interface Grant {
  UserId?: string | undefined
  Group?: string | undefined
}

export interface GrantChanges {
  Add?: readonly Grant[] | undefined
  Remove?: readonly Grant[] | undefined
}

/** The permissions on a resource, as they are described. */
export function grantsOn(id: string, ctx: Context): { UserId?: string; Group?: 'all' }[] {
  const share = ctx.tx.get(shares, id)
  if (!share) return []
  const users = share.accounts.map((UserId) => ({ UserId }))
  return share.isPublic ? [...users, { Group: EVERYONE }] : users
}

/** Changes who may use a resource of this account; returns the accounts that are new to it. */
export function changeGrants(
  kind: Share['kind'],
  id: string,
  { Add = [], Remove = [] }: GrantChanges,
  ctx: Context,
): string[] {
  for (const { UserId, Group } of [...Add, ...Remove]) {
    if (UserId !== undefined && !ACCOUNT_ID.test(UserId)) {
      throw new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${UserId}"`)
    }
    if (Group !== undefined && Group !== EVERYONE) throw invalidParameter('userGroup', Group)
  }
  const before = ctx.tx.get(shares, id)
  const removed = new Set(Remove.map(({ UserId }) => UserId))
  const kept = (before?.accounts ?? []).filter((account) => !removed.has(account))
  const added = Add.flatMap(({ UserId }) => UserId ?? []).filter(
    (account) => !kept.includes(account),
  )
  const accounts = [...kept, ...new Set(added)]
  const opened = Add.some(({ Group }) => Group === EVERYONE)
  const closed = Remove.some(({ Group }) => Group === EVERYONE)
  const isPublic = opened || (!closed && (before?.isPublic ?? false))
  if (accounts.length === 0 && !isPublic) ctx.tx.delete(shares, id)
  else {
    const { account: owner, region } = ctx
    ctx.tx.put(shares, id, { id, kind, owner, region, accounts, isPublic })
  }
  return accounts.filter((account) => !before?.accounts.includes(account))
}

/** Ends all sharing of a resource. */
export function unshare(id: string, ctx: Context): void {
  ctx.tx.delete(shares, id)
}

export function isPublic(id: string, ctx: Context): boolean {
  return ctx.tx.get(shares, id)?.isPublic ?? false
}

/** A resource of another account, if that one lets this account use it. */
export function sharedRow<T>(rows: Table<T>, id: string, ctx: Context): T | undefined {
  const share = ctx.tx.get(shares, id)
  if (!share || share.region !== ctx.region) return undefined
  if (!share.isPublic && !share.accounts.includes(ctx.account)) return undefined
  return ctx.tx.in({ account: share.owner, region: share.region }).get(rows, id)
}

/** What other accounts share with this one, by name or with everyone. */
export function sharedRows<T>(rows: Table<T>, kind: Share['kind'], ctx: Context): T[] {
  const { account, region } = ctx
  const found = [account, EVERYONE].flatMap((who) =>
    ctx.tx.by(shares, 'audience', audience(kind, region, who)),
  )
  const ids = new Set(found.filter(({ owner }) => owner !== account).map(({ id }) => id))
  return [...ids].flatMap((id) => sharedRow(rows, id, ctx) ?? [])
}
