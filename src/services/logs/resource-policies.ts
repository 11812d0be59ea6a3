/** Resource policies of an account's log groups: what lets services such as EventBridge write. */
import type {
  DeleteResourcePolicyRequest,
  DescribeResourcePoliciesRequest,
  DescribeResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ResourcePolicy as ResourcePolicyAnswer,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../aws/context.ts'
import { notImplemented } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import {
  describeDecision,
  type Evaluation,
  evaluate,
  examine,
  type Policy,
  PolicyError,
  parsePolicy,
  requestContext,
} from '../../policy/index.ts'
import { table } from '../../store/store.ts'
import type { ServiceSender } from '../ports.ts'
import { invalidParameter, limitExceeded, policyNotFound } from './errors.ts'
import { pageOf } from './pages.ts'

interface ResourcePolicy {
  readonly name: string
  readonly document: string
  readonly updatedAt: number
}

/** By name. */
const policies = table<ResourcePolicy>('logs.resourcePolicies')

const MAX_POLICIES = 10
const DEFAULT_LIMIT = 50

export function putResourcePolicy(
  { policyName: name, policyDocument: document, resourceArn }: PutResourcePolicyRequest,
  ctx: Context,
): Answer<PutResourcePolicyResponse> {
  ctx.allow('logs:PutResourcePolicy', '*')
  if (resourceArn !== undefined) {
    throw notImplemented('logs', 'PutResourcePolicy for a single resource')
  }
  if (name === undefined) throw invalidParameter('Policy name is required')
  if (document === undefined) throw invalidParameter('Policy document is required')
  const known = ctx.tx.get(policies, name)
  if (!known && ctx.tx.count(policies) >= MAX_POLICIES) {
    throw limitExceeded('Resource limit exceeded.')
  }
  try {
    parsePolicy(document, 'resource', name)
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw invalidParameter(`Policy document is invalid: ${error.message}`)
  }
  return { resourcePolicy: answered(putResourcePolicyRow(name, document, ctx)) }
}

/** Writes a policy that was found valid. */
export function putResourcePolicyRow(name: string, document: string, ctx: Context): ResourcePolicy {
  const policy = { name, document, updatedAt: ctx.now }
  ctx.tx.put(policies, name, policy)
  return policy
}

export function describeResourcePolicies(
  { limit = DEFAULT_LIMIT, nextToken: token, policyScope }: DescribeResourcePoliciesRequest,
  ctx: Context,
): Answer<DescribeResourcePoliciesResponse> {
  ctx.allow('logs:DescribeResourcePolicies', '*')
  const known = policyScope === 'RESOURCE' ? [] : ctx.tx.all(policies)
  const { items, nextToken } = pageOf(known, { keyOf: ({ name }) => name, limit, token })
  const read = items.map((row) => ({ ...answered(row), policyDocument: rewritten(row.document) }))
  return { resourcePolicies: read, nextToken }
}

export function deleteResourcePolicy(
  { policyName = '' }: Checked<DeleteResourcePolicyRequest>,
  ctx: Context,
): object {
  ctx.allow('logs:DeleteResourcePolicy', '*')
  if (!ctx.tx.delete(policies, policyName)) throw policyNotFound(policyName)
  return {}
}

function answered({ name, document, updatedAt }: ResourcePolicy): ResourcePolicyAnswer {
  return {
    policyName: name,
    policyDocument: document,
    lastUpdatedTime: updatedAt,
    policyScope: 'ACCOUNT',
  }
}

/** A document as it is read back: with its version, and a list of one as its element (recorded). */
function rewritten(document: string): string {
  const { Version = '2008-10-17', ...rest }: Record<string, unknown> = JSON.parse(document)
  const Statement = [rest.Statement].flat().map((statement) => withoutLists(statement))
  return JSON.stringify({ Version, ...rest, Statement })
}

function withoutLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? withoutLists(value[0]) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, withoutLists(of)]))
}

/** Rows are never changed in place, so what was compiled of one holds as long as it. */
const compiled = new WeakMap<ResourcePolicy, Policy>()

function compiledOf(row: ResourcePolicy): Policy {
  const known = compiled.get(row)
  if (known) return known
  const policy = parsePolicy(row.document, 'resource', row.name)
  compiled.set(row, policy)
  return policy
}

/** EventBridge's events reach Logs through its delivery service, so either may be let in. */
const DELIVERY_SERVICE = 'delivery.logs.amazonaws.com'

/** Whether a policy of the account lets a service act for its source. */
export function decideForService(
  { service, sourceArn }: ServiceSender,
  action: string,
  resource: string,
  ctx: Context,
): { allowed: boolean; because: string; evaluation?: Evaluation } {
  const account = sourceArn.split(':')[4] ?? ''
  const keys = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': account }
  const context = requestContext(keys)
  let allowing: string | undefined
  const misses: { because: string; evaluation: Evaluation }[] = []
  for (const row of ctx.tx.all(policies)) {
    const resourcePolicies = { resource: compiledOf(row) }
    for (const name of [service, DELIVERY_SERVICE]) {
      const principal = { type: 'service', service: name } as const
      const request = { principal, action, resource, context }
      const decision = evaluate(request, resourcePolicies)
      const because = describeDecision(request, resourcePolicies, decision).join(' ')
      if (decision.allowed) {
        allowing ??= because
        continue
      }
      const evaluation = examine(request, resourcePolicies, decision, Object.keys(keys))
      if (decision.reason === 'explicitDeny') return { allowed: false, because, evaluation }
      if (name === service) misses.push({ because, evaluation })
    }
  }
  if (allowing !== undefined) return { allowed: true, because: allowing }
  const [first] = misses
  if (!first) {
    const because = `Denied: no resource policy of CloudWatch Logs lets ${service} call ${action}.`
    return { allowed: false, because }
  }
  const examined = misses.flatMap(({ evaluation }) => evaluation.policies)
  return {
    allowed: false,
    because: misses.map(({ because }) => because).join(' '),
    evaluation: { ...first.evaluation, policies: examined },
  }
}
