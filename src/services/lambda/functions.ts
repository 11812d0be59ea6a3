/** What is kept of a function and of its versions, and how operations find them. */
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import { table } from '../../store/store.ts'
import { findAlias, versionByWeight } from './aliases.ts'
import { aliasNotFound, functionNotFound } from './errors.ts'
import {
  addressArn,
  type FunctionAddress,
  functionArn,
  isAliasName,
  isVersionNumber,
  LATEST,
  parseFunctionName,
  qualifiedKey,
} from './names.ts'
import { policyOf } from './policies.ts'
import type { ApplicationLogLevel, LogFormat, SystemLogLevel } from './runtime/index.ts'
import type { FunctionVpc } from './vpc.ts'

/** What has a default and can be changed by UpdateFunctionConfiguration. */
export interface FunctionSettings {
  runtime: string
  handler: string
  role: string
  description: string
  timeoutSeconds: number
  memorySizeMb: number
  ephemeralStorageMb: number
  environment?: Record<string, string>
  deadLetterTargetArn?: string
  kmsKeyArn?: string
  tracingMode: string
  /** The lowest first. */
  layers: UsedLayer[]
  vpc?: FunctionVpc
  snapStart: 'None' | 'PublishedVersions'
  logFormat: LogFormat
  logGroup: string
  applicationLogLevel?: ApplicationLogLevel
  systemLogLevel?: SystemLogLevel
}

/** A layer version as a function keeps it: it outlives the deletion of the version. */
export interface UsedLayer {
  arn: string
  code: PackageCode
}

/** A deployment package. */
export interface PackageCode {
  /** SHA-256 of the zip, base64; its file in the store's folder is named by it. */
  sha256: string
  sizeBytes: number
  unzippedBytes: number
}

export interface FunctionCode extends PackageCode {
  /** A folder of this machine whose files are run as they are at each invocation. */
  hotReloadDir?: string
}

/** A function as it is, or one of its versions. */
export interface LambdaFunction {
  name: string
  /** Without a qualifier. */
  arn: string
  /** `$LATEST` or a number. */
  version: string
  settings: FunctionSettings
  code: FunctionCode
  architectures: string[]
  state: 'Pending' | 'Active'
  lastUpdateStatus?: 'InProgress' | 'Successful'
  /** Changes with everything, permissions included. */
  revisionId: string
  /** Changes with code and configuration: environments of another one are old. */
  imageId: string
  /** Milliseconds since the epoch. */
  lastModified: number
  tags: Record<string, string>
  /** What invocations run until an update is done. */
  replaced?: Pick<LambdaFunction, 'settings' | 'code' | 'architectures' | 'imageId'>
  /** Of a version: the description that `$LATEST` had, in whose place it may have its own. */
  descriptionBefore?: string
}

/** By name; `$LATEST` of each. */
export const functions = table<LambdaFunction>('lambda.functions')

/** By name and number. */
export const versions = table<LambdaFunction>('lambda.versions', {
  indexes: { function: ({ name }) => name },
})

/** Published versions, the oldest first. */
export function versionsOf(name: string, ctx: Context): LambdaFunction[] {
  return ctx.tx.by(versions, 'function', name)
}

/** The function that a request names, or AWS's "not found". */
export function existingFunction(address: FunctionAddress, ctx: Context): LambdaFunction {
  const found = findFunction(address, ctx)
  if (!found) throw functionNotFound(addressArn(address))
  return found
}

/** The same, in the words of the operations that tell a missing alias apart. */
export function existingQualified(address: FunctionAddress, ctx: Context): LambdaFunction {
  const { qualifier = LATEST } = address
  const found = findFunction(address, ctx)
  if (found) return found
  const arn = addressArn(address)
  throw isAliasName(qualifier) ? aliasNotFound(arn) : functionNotFound(arn)
}

/** The version that an address stands for; of an alias, its main one. */
export function findFunction(address: FunctionAddress, ctx: Context): LambdaFunction | undefined {
  const { world, name, qualifier = LATEST } = address
  const there = ctx.in(world)
  if (isVersion(qualifier)) return findVersion(name, qualifier, there)
  const alias = findAlias(name, qualifier, there)
  return alias && findVersion(name, alias.functionVersion, there)
}

/** The version that an invocation runs: an alias may share them between two. */
export function findInvoked(address: FunctionAddress, ctx: Context): LambdaFunction | undefined {
  const { world, name, qualifier = LATEST } = address
  const there = ctx.in(world)
  const alias = isVersion(qualifier) ? undefined : findAlias(name, qualifier, there)
  if (!alias) return findFunction(address, ctx)
  return findVersion(name, versionByWeight(alias, ctx.ids.fraction()), there)
}

export function findVersion(
  name: string,
  version: string,
  ctx: Context,
): LambdaFunction | undefined {
  if (version === LATEST) return ctx.tx.get(functions, name)
  return ctx.tx.get(versions, qualifiedKey(name, version))
}

function isVersion(qualifier: string): boolean {
  return qualifier === LATEST || isVersionNumber(qualifier)
}

/** Something that the caller may act on, and its own account's view of the transaction. */
export interface Allowed {
  address: FunctionAddress
  there: Context
}

/** Reads what a request names, once the caller may do `action` to it. */
export function allowedAddress(
  action: string,
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
  keys: ConditionKeys = {},
): Allowed {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  const there = ctx.in(address.world)
  const { name, qualifier, world } = address
  const resourcePolicy = policyOf(name, qualifier, there)
  ctx.allow(`lambda:${action}`, functionArn(world, name, qualifier), { resourcePolicy, keys })
  return { address, there }
}

export interface Found extends Allowed {
  found: LambdaFunction
}

/** Finds the function that a request names, once the caller may do `action` to it. */
export function allowedFunction(
  action: string,
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
  keys: ConditionKeys = {},
): Found {
  const allowed = allowedAddress(action, input, ctx, keys)
  return { ...allowed, found: existingFunction(allowed.address, ctx) }
}

/** Puts a changed function or version, with a new revision. */
export function putFunction(
  changed: Omit<LambdaFunction, 'revisionId'>,
  ctx: Context,
): LambdaFunction {
  const row: LambdaFunction = { ...changed, revisionId: ctx.ids.uuid() }
  if (row.version === LATEST) ctx.tx.put(functions, row.name, row)
  else ctx.tx.put(versions, qualifiedKey(row.name, row.version), row)
  return row
}
