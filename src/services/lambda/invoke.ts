/** Invoke, and the port by which other services invoke. */
import type {
  InvocationRequest,
  InvocationResponse,
  InvokeAsyncRequest,
} from '@aws-sdk/client-lambda'
import { carriedOut } from '../../aws/audit.ts'
import type { Context, WaitingContext } from '../../aws/context.ts'
import { type Checked, waiting } from '../../aws/service.ts'
import { decideForService, type ServiceVerdict } from '../../aws/service-access.ts'
import type { Policy } from '../../policy/index.ts'
import type { Cause } from '../../trace/record.ts'
import type { Invoker, Outcome, Refused, Roles, ServiceSender } from '../ports.ts'
import type { AsyncQueue, ChainedEvent } from './async-queue.ts'
import { notYet } from './changes.ts'
import { conflict, functionNotFound, recursiveInvocation, tooManyRequests } from './errors.ts'
import type { Executor } from './executor.ts'
import {
  allowedAddress,
  type Found,
  findFunction,
  findInvoked,
  type LambdaFunction,
} from './functions.ts'
import { isLoop, lineageOf, lineagePart, nextLineage } from './lineage.ts'
import { addressArn, type FunctionAddress, parseFunctionArn, qualifiedArn } from './names.ts'
import { clientContextOf, eventText, payloadText } from './payload.ts'
import { policyOf } from './policies.ts'

const ACTION = 'lambda:InvokeFunction'
const STATUS = { sync: 200, accepted: 202, dryRun: 204 } as const

export function invocation(executor: Executor, queue: AsyncQueue) {
  async function invoke(
    input: Checked<InvocationRequest>,
    ctx: WaitingContext,
  ): Promise<InvocationResponse> {
    const { InvocationType = 'RequestResponse', LogType } = input
    const clientContext = clientContextOf(input.ClientContext)
    if (InvocationType !== 'RequestResponse') {
      return ctx.transact((tx) => acceptOrCheck(input, InvocationType, tx))
    }
    const { address, found } = ctx.transact((tx) => startable(input, tx))
    const payload = payloadText(input.Payload)
    const result = await executor.run(found, address.world, {
      requestId: ctx.requestId,
      payload,
      invokedFunctionArn: addressArn(address),
      attempt: 1,
      clientContext,
      lineage: nextLineage([lineageOf(ctx.traceHeader)], found.arn),
      traceHeader: ctx.traceHeader,
      cause: ctx.cause,
    })
    if (result.outcome === 'throttled') throw tooManyRequests(result.reason)
    return {
      StatusCode: STATUS.sync,
      ...(result.functionError && { FunctionError: result.functionError }),
      ...(LogType === 'Tail' && { LogResult: Buffer.from(result.logTail).toString('base64') }),
      // As text it leaves in one write with the head of the answer.
      Payload: result.payload as unknown as Uint8Array,
      ExecutedVersion: found.version,
    }
  }

  function acceptOrCheck(input: Checked<InvocationRequest>, type: string, ctx: Context) {
    const { address, there } = invocable(input, ctx)
    if (type === 'DryRun') return { StatusCode: STATUS.dryRun }
    const payload = eventText(input.Payload, 'Invoke')
    queue.accept(address, eventOf(payload, ctx), there, ctx.cause)
    return { StatusCode: STATUS.accepted }
  }

  /** The operation that Invoke with the type Event replaced. */
  function invokeAsync(input: Checked<InvokeAsyncRequest>, ctx: Context) {
    const { address, there } = invocable(input, ctx, 'InvokeAsync')
    const payload = eventText(input.InvokeArgs as unknown as Uint8Array, 'InvokeAsync')
    queue.accept(address, eventOf(payload, ctx), there, ctx.cause)
    return { Status: STATUS.accepted }
  }

  return { Invoke: waiting(invoke), InvokeAsync: invokeAsync }
}

/** The invocation has the id of the request that asked for it, as recorded. */
function eventOf(payload: string, { requestId, traceHeader }: Context): ChainedEvent {
  return { requestId, payload, traceHeader, lineage: lineagePart(traceHeader) }
}

/** Invoking by the function's resource-based policy or under a role, as EventBridge does. */
export function createInvoker(queue: AsyncQueue, roles: Roles): Invoker {
  return {
    invoke(target, event, sender, ctx, cause): Outcome {
      const address = parseFunctionArn(target)
      if (!address) return noFunction(target)
      const { name, qualifier, world } = address
      const there = ctx.in(world)
      const resourcePolicy = policyOf(name, qualifier, there)
      const { allowed, denial, because, evaluation } =
        'roleArn' in sender
          ? roles.decide(sender, ACTION, target, there, {
              resourcePolicy,
              keys: { 'aws:SourceArn': sender.onBehalfOf },
            })
          : carriedOut(decideForSender(sender, target, resourcePolicy), ctx)
      const found = findFunction(address, there)
      if (!found) return noFunction(target)
      if (!allowed) return { ...refused('NO_PERMISSIONS', denial, because), evaluation }
      const outcome = enqueue(queue, { address, found, event }, there, cause, because)
      return evaluation ? { ...outcome, evaluation } : outcome
    },
  }
}

/** Only the function's own policy can let a service in. */
function decideForSender(
  { service, sourceArn }: ServiceSender,
  resource: string,
  resourcePolicy: Policy | undefined,
): ServiceVerdict {
  // Without aws:SourceAccount: EventBridge's troubleshooting page says that a condition on it
  // keeps rules out (UNCERTAIN whether this still holds).
  const keys = { 'aws:SourceArn': sourceArn }
  return decideForService({ service, action: ACTION, resource, resourcePolicy, keys })
}

/** Invoking under a role that has been found to allow it. */
export function invokeTrusted(queue: AsyncQueue) {
  return (target: string, event: ChainedEvent, ctx: Context, because: string): Outcome => {
    const address = parseFunctionArn(target)
    const there = address && ctx.in(address.world)
    const found = there && findFunction(address, there)
    if (!address || !there || !found) return noFunction(target)
    return enqueue(queue, { address, found, event }, there, ctx.cause, because)
  }
}

interface Asked {
  address: FunctionAddress
  found: LambdaFunction
  event: ChainedEvent
}

function enqueue(
  queue: AsyncQueue,
  { address, found, event }: Asked,
  ctx: Context,
  cause: Cause,
  because: string,
): Outcome {
  if (found.state === 'Pending') {
    const message = notYet(found)
    return { ...refused('ERROR_FROM_TARGET', message, message), retryable: true }
  }
  queue.accept(address, event, ctx, cause)
  return { accepted: true, because }
}

/** The version to run, once the caller may invoke it. */
export function invocable(
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
  action = 'InvokeFunction',
): Found {
  const allowed = allowedAddress(action, input, ctx)
  const found = findInvoked(allowed.address, ctx)
  if (!found) throw functionNotFound(qualifiedArn(allowed.address))
  if (found.state === 'Pending') throw conflict(notYet(found))
  return { ...allowed, found }
}

/** The same for a caller that waits, who is told of a loop; one that does not wait is not. */
export function startable(
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
): Found {
  const asked = invocable(input, ctx)
  const { found, there } = asked
  if (isLoop(lineageOf(ctx.traceHeader), found, there)) throw recursiveInvocation()
  return asked
}

function noFunction(target: string): Refused {
  const message = `Function not found: ${target}`
  return refused('NO_RESOURCE', message, message)
}

function refused(code: Refused['code'], message: string, because: string): Refused {
  return { accepted: false, code, message, retryable: false, because }
}
