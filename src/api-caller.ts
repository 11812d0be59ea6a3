/** Operations of one service, called by another that acts under a role. */

import type { Context } from './aws/context.ts'
import { AwsError } from './aws/errors.ts'
import { Execution } from './aws/execution.ts'
import type { FinishedCall, Platform } from './aws/platform.ts'
import { KeptFailure } from './aws/service.ts'
import type {
  ApiCaller,
  ApiRequest,
  Outcome,
  Refused,
  RoleSender,
  Roles,
} from './services/ports.ts'
import type { CallStep, Cause } from './trace/record.ts'

/** `platform` is asked for when a call is made: it is joined after the services are. */
export function createApiCaller(roles: Roles, platform: () => Platform): ApiCaller {
  return {
    call(request, sender, ctx, cause) {
      const caller = roles.caller(sender, ctx)
      if (!caller) {
        const text = `${sender.service} cannot assume ${sender.roleArn}`
        const { because, evaluation } = roles.decide(sender, 'sts:AssumeRole', sender.roleArn, ctx)
        return { ...refused('FAILED_TO_ASSUME_ROLE', text, because), evaluation }
      }
      const { service, operation } = request
      const definition = platform().services.get(service)
      const run = definition?.operations[operation]
      if (!definition || typeof run !== 'function') {
        return refused('ERROR_FROM_TARGET', `Windtunnel does not implement ${service}:${operation}`)
      }
      const execution = new Execution(
        platform(),
        factsOf(request, sender, caller, ctx, platform().trace.name(cause)),
        definition,
      )
      const wrapped = definition.around?.(run) ?? run
      const finished = (end: Pick<FinishedCall, 'output' | 'error'>, own: Context) =>
        platform().finished({ service: definition, operation, input: request.input, ...end }, own)
      return attempt(platform(), execution, cause, {
        run: () =>
          execution.within(ctx.tx, (own) => {
            const output = wrapped(request.input, own)
            if (!(output instanceof KeptFailure)) finished({ output }, own)
            return output
          }),
        failed: (error) => execution.within(ctx.tx, (own) => finished({ error }, own)),
      })
    },
  }
}

function factsOf(
  { service, operation }: ApiRequest,
  sender: RoleSender,
  caller: Execution['facts']['caller'],
  ctx: Context,
  cause: Cause,
): Execution['facts'] {
  return {
    service,
    operation,
    requestId: ctx.ids.uuid(),
    caller,
    world: ctx.world,
    cause,
    sourceIp: sender.service,
    userAgent: sender.service,
  }
}

function attempt(
  { trace, clock }: Platform,
  execution: Execution,
  parent: Cause,
  { run, failed }: { run: () => object; failed: (error: AwsError) => void },
): Outcome {
  const { facts, decisions } = execution
  const { service, operation, requestId, caller, world, cause: self } = facts
  const step: CallStep = {
    kind: 'call',
    service,
    operation,
    caller: caller.arn,
    requestId,
    decisions,
  }
  try {
    execution.hold()
    const output = run()
    if (output instanceof KeptFailure) throw output.error
    return { accepted: true, because: decisions.map(({ because }) => because).join(' ') }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    step.error = { code: error.code, message: error.message }
    failed(error)
    const denied = decisions.find(({ allowed }) => !allowed)
    const code = denied ? 'NO_PERMISSIONS' : 'ERROR_FROM_TARGET'
    return refused(code, error.message, denied?.because)
  } finally {
    trace.add(trace.make({ at: clock.now(), world, refs: [requestId], step, cause: parent, self }))
    execution.release()
  }
}

function refused(code: Refused['code'], message: string, because = message): Refused {
  return { accepted: false, code, message, retryable: false, because }
}
