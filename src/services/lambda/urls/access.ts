/**
 * Who may call a function URL. Since October 2025 the caller needs two permissions: to use the
 * URL, and to invoke the function by it.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
import { type AuthenticationOptions, authenticate } from '../../../aws/authentication.ts'
import type { AccessQuestion, Caller } from '../../../aws/authority.ts'
import { requestKeys } from '../../../aws/condition-keys.ts'
import type { Context } from '../../../aws/context.ts'
import type { WireRequest } from '../../../aws/protocols/protocol.ts'
import { readSignature } from '../../../aws/sigv4.ts'
import {
  describeDecision,
  evaluate,
  examine,
  type Policy,
  requestContext,
} from '../../../policy/index.ts'
import type { TracedDecision } from '../../../trace/record.ts'
import { functionArn } from '../names.ts'
import { policyOf } from '../policies.ts'
import type { FunctionUrl } from './rows.ts'

export interface Visitor {
  /** Undefined when the URL authenticates nobody. */
  caller: Caller | undefined
  decisions: TracedDecision[]
  allowed: boolean
}

const WORDING = { protocol: 'restJson1', service: 'lambda' } as const

/** Throws AwsError when the URL asks for a signature and the request's is wrong. */
export function visitorOf(
  request: WireRequest,
  url: FunctionUrl,
  sourceIp: string,
  authentication: AuthenticationOptions,
  ctx: Context,
): Visitor {
  const { world, functionName, qualifier, authType } = url
  const resource = functionArn(world, functionName, qualifier)
  const userAgent = request.headers['user-agent'] ?? ''
  const keys = { ...requestKeys({ ...ctx, world, sourceIp, userAgent }, ctx.now) }
  const actions = [
    { action: 'lambda:InvokeFunctionUrl', keys: { 'lambda:FunctionUrlAuthType': authType } },
    { action: 'lambda:InvokeFunction', keys: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ]
  const asked = actions.map(({ action, keys: own }) => ({
    action,
    resource,
    keys: { ...keys, ...own },
    resourcePolicy: policyOf(functionName, qualifier, ctx),
  }))
  if (authType === 'NONE') {
    const decisions = asked.map((question) => decideForAnyone(question))
    return { caller: undefined, decisions, allowed: areAllowed(decisions, ctx) }
  }
  const caller = authenticate(request, readSignature(request), WORDING, authentication, ctx.tx)
  const decisions = asked.map(({ action, ...question }) => {
    const verdict = authentication.authority.decide({ caller, action, ...question }, ctx.tx)
    const { allowed } = verdict.decision
    const told = { action, resource, allowed, because: verdict.because() }
    return allowed ? told : { ...told, evaluation: verdict.evaluation() }
  })
  return { caller, decisions, allowed: areAllowed(decisions, ctx) }
}

function areAllowed(decisions: readonly TracedDecision[], { audits }: Context): boolean {
  return audits || decisions.every(({ allowed }) => allowed)
}

interface Question {
  action: string
  resource: string
  keys: AccessQuestion['keys']
  resourcePolicy: Policy | undefined
}

function decideForAnyone({ action, resource, keys, resourcePolicy }: Question): TracedDecision {
  const context = requestContext(keys)
  const request = { principal: { type: 'anonymous' } as const, action, resource, context }
  const policies = { identity: [], ...(resourcePolicy && { resource: resourcePolicy }) }
  const decision = evaluate(request, policies)
  const because = describeDecision(request, policies, decision).join(' ')
  const { allowed } = decision
  const told = { action, resource, allowed, because }
  if (allowed) return told
  return { ...told, evaluation: examine(request, policies, decision, Object.keys(keys)) }
}
