/** What a role may do, by its policies alone. */
import {
  type Decision,
  describeDecision,
  evaluate,
  type Policies,
  requestContext,
} from '../policy/index.ts'
import type { DeployedRole } from '../services/ports.ts'

export interface RoleDecision {
  decision: Decision
  because: string
}

export function decideForRole(
  { arn, policies, boundary }: DeployedRole,
  action: string,
  resource: string,
): RoleDecision {
  const account = arn.split(':')[4] ?? ''
  const principal = { type: 'assumed-role', account, arn, roleArn: arn } as const
  const request = { principal, action, resource, context: requestContext({}) }
  const held: Policies = { identity: policies, ...(boundary && { boundary }) }
  const decision = evaluate(request, held)
  return { decision, because: describeDecision(request, held, decision).join(' ') }
}
