/** The least policy of a role: what it was seen to do, and what its functions do for it. */
import { evaluate, type Policies, requestContext } from '../policy/index.ts'
import type { DeployedFunction, DeployedRole } from '../services/ports.ts'
import type { TraceRecord } from '../trace/record.ts'
import { type Excess, excessOf } from './excess.ts'
import { type StatementOf, statementsFor } from './least-statements.ts'

/** An action that the role needs, on one resource. */
export interface Use {
  action: string
  resource: string
  /** Condition keys by which it can be narrowed: tags of the resource, `iam:PassedToService`. */
  keys: Readonly<Record<string, string>>
}

export interface Least {
  role: string
  /** Calls in the trace that it was read from. */
  calls: number
  policy: { Version: '2012-10-17'; Statement: StatementOf[] }
  /** What the role may and did not do. */
  unused: Excess[]
  /** What it needs and may not do, as its policies are now. */
  missing: StatementOf[]
}

export interface LeastInput {
  role: DeployedRole
  /** Those of the role's account and region. */
  functions: readonly DeployedFunction[]
  records: readonly TraceRecord[]
}

export function leastPolicy({ role, functions, records }: LeastInput): Least {
  const calls = records.filter((record) => isCallOf(role, record))
  const uses = [...calls.flatMap(usesIn), ...functions.flatMap((each) => usesOf(each, role))]
  return {
    role: role.arn,
    calls: calls.length,
    policy: { Version: '2012-10-17', Statement: statementsFor(uses) },
    unused: excessOf(role, uses),
    missing: statementsFor(uses.filter((use) => !mayNow(role, use))),
  }
}

function isCallOf({ arn, name }: DeployedRole, { step }: TraceRecord): boolean {
  if (step.kind !== 'call') return false
  const account = arn.split(':')[4]
  const [principal, ...rest] = step.caller.split('/')
  return principal?.endsWith(`:sts::${account}:assumed-role`) === true && rest[0] === name
}

function usesIn({ step }: TraceRecord): Use[] {
  if (step.kind !== 'call') return []
  return step.decisions.map(({ action, resource, keys = {} }) => ({ action, resource, keys }))
}

const LOG_ACTIONS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']

/** Its logs, dead letters, destinations and queues: Lambda sees to them in the role's name. */
function usesOf({ arn, roleArn, logGroup, needs }: DeployedFunction, role: DeployedRole): Use[] {
  if (roleArn !== role.arn) return []
  const [, partition, , region, account] = arn.split(':')
  const resource = `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}:*`
  const logs = LOG_ACTIONS.map((action) => ({ action, resource }))
  return [...logs, ...needs].map((need) => ({ ...need, keys: {} }))
}

/** Whether the role's policies allow it now, with the keys that the trace keeps. */
function mayNow({ arn, policies, boundary }: DeployedRole, { action, resource, keys }: Use) {
  const account = arn.split(':')[4] ?? ''
  const principal = { type: 'assumed-role', account, arn, roleArn: arn } as const
  const held: Policies = { identity: policies, ...(boundary && { boundary }) }
  return evaluate({ principal, action, resource, context: requestContext(keys) }, held).allowed
}
