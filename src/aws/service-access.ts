/** Whether a service that acts for itself may act on a resource: its policy alone decides. */
import {
  denialText,
  describeDecision,
  type Evaluation,
  evaluate,
  examine,
  type Policy,
  requestContext,
} from '../policy/index.ts'
import type { ConditionKeys } from './authority.ts'

export interface ServiceAccess {
  /** `events.amazonaws.com` */
  service: string
  /** On whose behalf: `aws:SourceArn`, `aws:SourceAccount`. */
  keys: ConditionKeys
  action: string
  resource: string
  resourcePolicy: Policy | undefined
}

export interface ServiceVerdict {
  allowed: boolean
  /** AWS's sentence. */
  denial: string
  /** For the trace: the statement that let it in, or what came nearest. */
  because: string
  /** Of a refusal. */
  evaluation?: Evaluation
}

export function decideForService(access: ServiceAccess): ServiceVerdict {
  const { service, keys, action, resource, resourcePolicy } = access
  const all = {
    ...keys,
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
  }
  const context = requestContext(all)
  const request = { principal: { type: 'service', service } as const, action, resource, context }
  const policies = { identity: [], ...(resourcePolicy && { resource: resourcePolicy }) }
  const decision = evaluate(request, policies)
  const { allowed } = decision
  return {
    allowed,
    denial: denialText(request, decision),
    because: describeDecision(request, policies, decision).join(' '),
    ...(!allowed && { evaluation: examine(request, policies, decision, Object.keys(all)) }),
  }
}
