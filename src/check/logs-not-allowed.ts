/** Functions whose role may not write logs: they run, and nobody sees what they print. */
import type { Deployment } from '../deployment.ts'
import type { DeployedFunction, DeployedRole } from '../services/ports.ts'
import type { Finding } from './finding.ts'
import { decideForRole } from './role-policies.ts'

const ACTIONS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
const BASIC_EXECUTION = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

export function logsNotAllowed({ functions, roles }: Deployment): Finding[] {
  return functions.flatMap((each) => {
    const role = roles.find(({ arn }) => arn === each.roleArn)
    return role ? (refusal(each, role) ?? []) : []
  })
}

function refusal(each: DeployedFunction, role: DeployedRole): Finding | undefined {
  const { arn, name, logGroup } = each
  const [, partition, , region, account] = arn.split(':')
  const group = `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}`
  const decided = ACTIONS.map((action) =>
    decideForRole(role, action, `${group}:log-stream:${action.endsWith('Group') ? '' : 's'}`),
  )
  const refused = decided.filter(({ decision }) => !decision.allowed)
  if (refused.length === 0) return undefined
  // What a boundary or a Deny keeps away, no further policy gives.
  const mendable = refused.every(({ decision: { reason, policyType } }) => {
    return reason === 'implicitDeny' && policyType === 'identity-based policy'
  })
  const words = ['aws', 'iam', 'attach-role-policy', '--role-name', role.name]
  return {
    kind: 'logs-not-allowed',
    level: 'warning',
    subject: arn,
    what: `What function ${name} prints is lost: its role ${role.name} may not write logs.`,
    why: refused.map(({ because }) => because).join(' '),
    ...(mendable && { mend: [...words, '--policy-arn', BASIC_EXECUTION] }),
  }
}
