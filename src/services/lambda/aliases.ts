/** Aliases: names for one version of a function, or for two that share its invocations. */
import type { Context } from '../../aws/context.ts'
import { table } from '../../store/store.ts'
import { qualifiedKey } from './names.ts'

export interface Alias {
  functionName: string
  name: string
  /** A number, or `$LATEST`. */
  functionVersion: string
  description: string
  /** The share of invocations that another version gets, from 0 to 1. */
  additional?: { version: string; weight: number }
  revisionId: string
}

/** By function and alias name. */
export const aliases = table<Alias>('lambda.aliases', {
  indexes: { function: ({ functionName }) => functionName },
})

export function findAlias(functionName: string, name: string, ctx: Context): Alias | undefined {
  return ctx.tx.get(aliases, qualifiedKey(functionName, name))
}

export function aliasesOf(functionName: string, ctx: Context): Alias[] {
  return ctx.tx.by(aliases, 'function', functionName)
}

/** Puts a changed alias, with a new revision. */
export function putAlias(changed: Omit<Alias, 'revisionId'>, ctx: Context): Alias {
  const row: Alias = { ...changed, revisionId: ctx.ids.uuid() }
  ctx.tx.put(aliases, qualifiedKey(row.functionName, row.name), row)
  return row
}

export function removeAlias({ functionName, name }: Alias, ctx: Context): void {
  ctx.tx.delete(aliases, qualifiedKey(functionName, name))
}

/** The version that one invocation of the alias runs; `chance` is in [0, 1). */
export function versionByWeight({ functionVersion, additional }: Alias, chance: number): string {
  return additional && chance < additional.weight ? additional.version : functionVersion
}

export function pointsTo({ functionVersion, additional }: Alias, version: string): boolean {
  return functionVersion === version || additional?.version === version
}
