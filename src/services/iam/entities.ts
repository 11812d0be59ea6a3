/** What all kinds of entities have in common: names, ARNs, permissions, finding, creating. */
import { parseArn, partitionOf } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { AwsError } from '../../aws/errors.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Table } from '../../store/store.ts'
import { entityAlreadyExists, noSuchEntity, unmodifiable } from './errors.ts'
import {
  type Entity,
  type Group,
  groups,
  type InstanceProfile,
  instanceProfiles,
  keyOf,
  type ManagedPolicy,
  managedPolicies,
  type PolicyHolder,
  type Role,
  roles,
  type Tag,
  type User,
  users,
} from './state.ts'

export interface Kind<T extends Entity> {
  readonly table: Table<T>
  /** As in its ARNs: `role`. */
  readonly resource: string
  readonly idPrefix: string
  readonly notFound: (name: string) => AwsError
  readonly alreadyExists: (name: string) => AwsError
}

export interface HolderKind<T extends PolicyHolder> extends Kind<T> {
  readonly attachedQuota: string
  /** Characters of all inline policies, without white space. */
  readonly maxInlineCharacters: number
}

function kind<T extends Entity>(
  table: Table<T>,
  resource: string,
  idPrefix: string,
  noun: string,
): Kind<T> {
  return {
    table,
    resource,
    idPrefix,
    notFound: (name) => noSuchEntity(`The ${resource} with name ${name} cannot be found.`),
    alreadyExists: (name) => entityAlreadyExists(`${noun} with name ${name} already exists.`),
  }
}

export const ROLE: HolderKind<Role> = {
  ...kind(roles, 'role', 'AROA', 'Role'),
  attachedQuota: 'PoliciesPerRole',
  maxInlineCharacters: 10_240,
}
export const USER: HolderKind<User> = {
  ...kind(users, 'user', 'AIDA', 'User'),
  attachedQuota: 'PoliciesPerUser',
  maxInlineCharacters: 2048,
}
export const GROUP: HolderKind<Group> = {
  ...kind(groups, 'group', 'AGPA', 'Group'),
  attachedQuota: 'PoliciesPerGroup',
  maxInlineCharacters: 5120,
}
export const POLICY: Kind<ManagedPolicy> = {
  ...kind(managedPolicies, 'policy', 'ANPA', 'Policy'),
  alreadyExists: (name) =>
    entityAlreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`),
}
export const INSTANCE_PROFILE: Kind<InstanceProfile> = {
  ...kind(instanceProfiles, 'instance-profile', 'AIPA', 'Instance Profile'),
  notFound: (name) => noSuchEntity(`Instance Profile ${name} cannot be found.`),
  alreadyExists: (name) => entityAlreadyExists(`Instance Profile ${name} already exists.`),
}

/** Unique ids have a prefix that tells their kind and 17 more characters. */
const ID_CHARACTERS = 17

/** The region in which a partition keeps IAM: `aws:RequestedRegion` of its calls. */
const HOME_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
}

export function iamArn(resource: string, ctx: Context): string {
  return `arn:${partitionOf(ctx.region)}:iam::${ctx.account}:${resource}`
}

/** Asks `iam:` and the operation's own name, or another action that it needs as well. */
export function ask(
  ctx: Context,
  resource: string,
  keys: ConditionKeys = {},
  action: string = ctx.operation,
): void {
  const region = HOME_REGIONS[partitionOf(ctx.region)]
  ctx.allow(`iam:${action}`, resource, { keys: { 'aws:RequestedRegion': region, ...keys } })
}

/** The condition keys that an entity brings along. */
export function entityKeys(entity: Entity & { boundary?: string }): ConditionKeys {
  return {
    ...resourceTagKeys(entity.tags),
    ...resourceTagKeys(entity.tags, 'iam'),
    'iam:PermissionsBoundary': entity.boundary,
  }
}

/** Asks for permission on what has this name, whether it is there or not. */
export function found<T extends Entity>(
  kind: Kind<T>,
  name: string,
  ctx: Context,
  keys: ConditionKeys = {},
): T {
  const entity = ctx.tx.get(kind.table, keyOf(name))
  const arn = entity?.arn ?? iamArn(`${kind.resource}/${name}`, ctx)
  ask(ctx, arn, { ...(entity && entityKeys(entity)), ...keys })
  if (!entity) throw kind.notFound(name)
  return entity
}

/** The same for operations that service-linked roles are protected from. */
export function modifiable<T extends Entity & { linkedService?: string }>(
  kind: Kind<T>,
  name: string,
  ctx: Context,
  keys: ConditionKeys = {},
): T {
  const entity = found(kind, name, ctx, keys)
  if (entity.linkedService !== undefined) throw unmodifiable(entity.name)
  return entity
}

export interface NewEntity {
  name: string
  path: string | undefined
  tags: readonly Tag[]
  keys?: ConditionKeys
}

/** Asks for permission to create, and to tag what is created; the name must be free. */
export function created<T extends Entity>(
  kind: Kind<T>,
  { name, path = '/', tags, keys = {} }: NewEntity,
  ctx: Context,
): Entity {
  const arn = iamArn(`${kind.resource}${path}${name}`, ctx)
  const tagKeys = requestTagKeys(tags)
  ask(ctx, arn, { ...keys, ...tagKeys })
  if (tags.length > 0) ask(ctx, arn, tagKeys, ctx.operation.replace('Create', 'Tag'))
  if (ctx.tx.has(kind.table, keyOf(name))) throw kind.alreadyExists(name)
  const id = newId(kind, ctx)
  return { name, path, arn, id, createdAt: wholeSeconds(ctx.now), tags }
}

export function newId({ idPrefix }: { idPrefix: string }, ctx: Context): string {
  return idPrefix + ctx.ids.base32(ID_CHARACTERS)
}

export function save<T extends Entity>(kind: Kind<T>, entity: T, ctx: Context): void {
  ctx.tx.put(kind.table, keyOf(entity.name), entity)
}

/** The entities under a path, for lists: all by default. */
export function* underPath<T extends Entity>(
  kind: Kind<T>,
  prefix: string | undefined,
  ctx: Context,
): Iterable<T> {
  for (const entity of ctx.tx.all(kind.table)) {
    if (prefix === undefined || entity.path.startsWith(prefix)) yield entity
  }
}

/** Asks for permission to list: the ARN is that of the path. */
export function askList(
  { resource }: { resource: string },
  prefix: string | undefined,
  ctx: Context,
): void {
  ask(ctx, iamArn(`${resource}${prefix ?? '/'}`, ctx))
}

export const keyOfEntity = ({ name }: Entity): string => keyOf(name)

/** IAM and STS know time in whole seconds. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / MS_PER_SECOND) * MS_PER_SECOND
}

/** The last part of an ARN: the name, as `arn:aws:iam::111122223333:role/path/NAME` ends. */
export function nameInArn(arn: string): string | undefined {
  return parseArn(arn)?.resource.split('/').at(-1)
}
