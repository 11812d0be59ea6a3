/** What is kept of a function, and how operations find it. */
import type { Context } from '../../aws/context.ts'
import { table } from '../../store/store.ts'
import { functionNotFound } from './errors.ts'
import {
  addressArn,
  type FunctionAddress,
  functionArn,
  LATEST,
  parseFunctionName,
} from './names.ts'
import { policyOf } from './policies.ts'
import type { LogFormat } from './runtime/index.ts'

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
  layers: string[]
  vpc?: { subnetIds: string[]; securityGroupIds: string[] }
  logFormat: LogFormat
  logGroup: string
  applicationLogLevel?: string
  systemLogLevel?: string
}

export interface FunctionCode {
  /** SHA-256 of the zip, base64; its file in the store's folder is named by it. */
  sha256: string
  sizeBytes: number
}

export interface LambdaFunction {
  name: string
  arn: string
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
}

/** By name; `$LATEST` of each. */
export const functions = table<LambdaFunction>('lambda.functions')

/** The function that a request names, or AWS's "not found". */
export function existingFunction(address: FunctionAddress, ctx: Context): LambdaFunction {
  const found = findFunction(address, ctx)
  if (!found) throw functionNotFound(addressArn(address))
  return found
}

export function findFunction(address: FunctionAddress, ctx: Context): LambdaFunction | undefined {
  const { world, name, qualifier } = address
  if (qualifier !== undefined && qualifier !== LATEST) return undefined
  return ctx.in(world).tx.get(functions, name)
}

/** A function that the caller may act on, and its own account's view of the transaction. */
export interface Found {
  address: FunctionAddress
  found: LambdaFunction
  there: Context
}

/** Finds the function that a request names, once the caller may do `action` to it. */
export function allowedFunction(
  action: string,
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
): Found {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  const there = ctx.in(address.world)
  const { name, qualifier, world } = address
  const resourcePolicy = policyOf(name, qualifier, there)
  ctx.allow(`lambda:${action}`, functionArn(world, name, qualifier), { resourcePolicy })
  return { address, found: existingFunction(address, ctx), there }
}

/** Puts a changed function, with a new revision. */
export function putFunction(
  changed: Omit<LambdaFunction, 'revisionId'>,
  ctx: Context,
): LambdaFunction {
  const row: LambdaFunction = { ...changed, revisionId: ctx.ids.uuid() }
  ctx.tx.put(functions, row.name, row)
  return row
}
