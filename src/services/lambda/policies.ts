/** A function's resource-based policies: one for it, and one for each of its qualifiers. */
import type { Context } from '../../aws/context.ts'
import { type Policy, parsePolicy } from '../../policy/index.ts'
import { table } from '../../store/store.ts'
import { qualifiedKey } from './names.ts'

/** A statement in the member order of AWS's answers. */
export interface PolicyStatement {
  Sid: string
  Effect: 'Allow'
  Principal: string | { Service: string } | { AWS: string }
  Action: string
  Resource: string
  Condition?: Record<string, Record<string, string>>
}

export interface FunctionPolicy {
  functionName: string
  qualifier?: string
  statements: PolicyStatement[]
}

/** By function name, with `:qualifier` for those of a version or alias. */
export const policies = table<FunctionPolicy>('lambda.policies', {
  indexes: { function: ({ functionName }) => functionName },
})

/** `{"Version":"2012-10-17","Id":"default","Statement":[…]}` */
export function policyDocument(statements: readonly PolicyStatement[]) {
  return { Version: '2012-10-17', Id: 'default', Statement: statements }
}

const compiled = new WeakMap<FunctionPolicy, Policy>()

/** The policy that decides who may act on this function from outside its account. */
export function policyOf(
  name: string,
  qualifier: string | undefined,
  ctx: Context,
): Policy | undefined {
  const row = ctx.tx.get(policies, qualifiedKey(name, qualifier))
  return row && compiledPolicy(row)
}

export function compiledPolicy(row: FunctionPolicy): Policy {
  const known = compiled.get(row)
  if (known) return known
  const { functionName, qualifier, statements } = row
  const name = `of function ${qualifiedKey(functionName, qualifier)}`
  const policy = parsePolicy(policyDocument(statements), 'resource', name)
  compiled.set(row, policy)
  return policy
}

export function deletePolicy(name: string, qualifier: string | undefined, ctx: Context): void {
  ctx.tx.delete(policies, qualifiedKey(name, qualifier))
}

export function deletePolicies(name: string, ctx: Context): void {
  for (const { qualifier } of ctx.tx.by(policies, 'function', name)) {
    deletePolicy(name, qualifier, ctx)
  }
}
