/** What a role's policies allow beyond what was used. */
import { type Policy, wildcard } from '../policy/index.ts'
import type { DeployedRole } from '../services/ports.ts'
import type { Use } from './least.ts'

export interface Excess {
  policy: string
  /** From 1. */
  statement: number
  sid?: string
  /** As the policy has it: `ec2:Terminate*`. */
  action: string
  /** The actions that it was used for; none when it was never used. */
  used: string[]
}

/** Actions that were never used, and patterns that were used for a part of what they cover. */
export function excessOf({ policies }: DeployedRole, uses: readonly Use[]): Excess[] {
  return policies.flatMap((policy) => excessIn(policy, uses))
}

function excessIn({ name: policy, statements }: Policy, uses: readonly Use[]): Excess[] {
  return statements.flatMap(({ document, index }) => {
    const { Effect, Action = [], Sid } = document
    if (Effect !== 'Allow') return []
    const place = { policy, statement: index + 1, ...(Sid !== undefined && { sid: Sid }) }
    return Action.map((action) => ({ ...place, action, used: usedBy(action, uses) })).filter(
      ({ action, used }) => used.length === 0 || isPattern(action),
    )
  })
}

function isPattern(action: string): boolean {
  return /[*?]/.test(action)
}

function usedBy(pattern: string, uses: readonly Use[]): string[] {
  const covers = wildcard(pattern.toLowerCase())
  const used = uses.map(({ action }) => action).filter((action) => covers(action.toLowerCase()))
  return [...new Set(used)].sort()
}
