/**
 * How the account's concurrent executions are divided: what functions have reserved, what versions
 * have provisioned, and what is left for all others.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
import type { Context } from '../../aws/context.ts'
import { table, type World } from '../../store/store.ts'
import { findAlias } from './aliases.ts'
import { isVersionNumber } from './names.ts'

export const ACCOUNT_CONCURRENT_EXECUTIONS = 1000
/** What must stay for functions that have reserved nothing. */
export const MIN_UNRESERVED_EXECUTIONS = 100

export interface Reserved {
  functionName: string
  executions: number
}

/** By function name. */
export const reservations = table<Reserved>('lambda.reserved')

export interface ProvisionedConfig {
  functionName: string
  /** A version or an alias. */
  qualifier: string
  requested: number
  /** Environments that are ready. */
  allocated: number
  status: 'IN_PROGRESS' | 'READY' | 'FAILED'
  statusReason?: string
  /** Milliseconds since the epoch. */
  lastModified: number
  /** Changes with every request. */
  id: string
}

/** By function name and qualifier. */
export const provisions = table<ProvisionedConfig>('lambda.provisioned', {
  indexes: { function: ({ functionName }) => functionName },
})

/** The accounts and regions that have had some: where a restart looks. */
export const provisionWorlds = table<World>('lambda.provisionWorlds', { reach: 'global' })

export function reservedOf(functionName: string, ctx: Context): number | undefined {
  return ctx.tx.get(reservations, functionName)?.executions
}

/** The version that a configuration is for: an alias has it for its main one. */
export function provisionedVersion(
  { functionName, qualifier }: ProvisionedConfig,
  ctx: Context,
): string | undefined {
  if (isVersionNumber(qualifier)) return qualifier
  return findAlias(functionName, qualifier, ctx)?.functionVersion
}

/** The environments that are ready for a version. */
export function provisionedFor(functionName: string, version: string, ctx: Context): number {
  let executions = 0
  for (const row of ctx.tx.by(provisions, 'function', functionName)) {
    if (provisionedVersion(row, ctx) === version) executions += row.allocated
  }
  return executions
}

/** What all versions of a function have asked for. */
export function provisionedOf(functionName: string, ctx: Context): number {
  const rows = ctx.tx.by(provisions, 'function', functionName)
  return rows.reduce((sum, { requested }) => sum + requested, 0)
}

/** What is left for functions that have reserved nothing; `except` is left out of the account. */
export function unreserved(ctx: Context, except?: string): number {
  let left = ACCOUNT_CONCURRENT_EXECUTIONS
  for (const { functionName, executions } of ctx.tx.all(reservations)) {
    if (functionName !== except) left -= executions
  }
  for (const { functionName, requested } of ctx.tx.all(provisions)) {
    if (functionName !== except && !ctx.tx.has(reservations, functionName)) left -= requested
  }
  return left
}
