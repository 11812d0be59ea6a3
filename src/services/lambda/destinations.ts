/**
 * Where the result of an asynchronous invocation goes: the dead-letter queue and the destinations,
 * under the function's execution role.
 */
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { formatTraceHeader } from '../../aws/trace-header.ts'
import { isoMillis } from '../../clock.ts'
import type { ApiCaller, Outcome, Queue, Refused, Roles } from '../ports.ts'
import type { ChainedEvent, QueuedInvocation } from './async-queue.ts'
import { RECURSIVE_LOOP } from './errors.ts'
import type { EventInvokeConfig } from './event-invoke-config.ts'
import { senderOf } from './execution-role.ts'
import { errorMessageOf } from './executor.ts'
import type { LambdaFunction } from './functions.ts'
import { lineageOf, nextLineage } from './lineage.ts'
import { type FunctionAddress, qualifiedArn } from './names.ts'
import { parsedPayload } from './payload.ts'
import type { Attempted, Condition } from './retries.ts'
import type { InvocationResult } from './runtime/index.ts'

/** Of the error's text that a dead letter carries. */
const MAX_ERROR_MESSAGE_CHARACTERS = 1024
/** What a dead letter says of an event that the function was never run with. */
const NOT_RUN = { status: '429', text: 'Rate Exceeded.' }
const LOOPING = { status: '400', text: RECURSIVE_LOOP }

export interface Ended {
  found: LambdaFunction
  /** As the event was addressed: the alias, not the version. */
  address: FunctionAddress
  row: QueuedInvocation
  outcome: Attempted['outcome']
  /** Undefined when the last attempt did not run. */
  result: InvocationResult | undefined
  config: EventInvokeConfig | undefined
  condition: Condition
}

export interface DestinationPorts {
  queue: Queue
  roles: Roles
  api: ApiCaller
  /** Puts a payload on another function's queue. */
  invoke(functionArn: string, event: ChainedEvent, ctx: Context, because: string): Outcome
}

export class Destinations {
  readonly #ports: DestinationPorts

  constructor(ports: DestinationPorts) {
    this.#ports = ports
  }

  deliver(ended: Ended, ctx: Context): void {
    const { found, config, condition } = ended
    const failed = condition !== 'Success'
    const { deadLetterTargetArn } = found.settings
    if (failed && deadLetterTargetArn) this.#deadLetter(deadLetterTargetArn, ended, ctx)
    const destination = failed ? config?.onFailure : config?.onSuccess
    if (destination) this.#record(destination, ended, ctx)
    else if (failed && !deadLetterTargetArn) {
      const text = `the event was dropped: ${condition}, and there is no dead-letter queue`
      ctx.record({ kind: 'note', text }, refsOf(ended))
    }
  }

  /** The original event, with what went wrong as attributes (recorded: ErrorCode is a Number). */
  #deadLetter(target: string, ended: Ended, ctx: Context): void {
    const { found, row, result, outcome } = ended
    const { queue } = this.#ports
    const notRun = outcome === 'looping' ? LOOPING : NOT_RUN
    const text = result ? errorMessageOf(result.payload) : notRun.text
    const message = {
      body: row.payload,
      attributes: {
        RequestID: { dataType: 'String', value: row.requestId },
        ErrorCode: { dataType: 'Number', value: result ? '200' : notRun.status },
        ErrorMessage: { dataType: 'String', value: text.slice(0, MAX_ERROR_MESSAGE_CHARACTERS) },
      },
      traceHeader: traceHeaderOf(ended, ctx),
    } as const
    note('dead-letter queue', target, queue.send(target, message, senderOf(found), ctx), ended, ctx)
  }

  #record(target: string, ended: Ended, ctx: Context): void {
    const body = JSON.stringify(recordOf(ended, ctx))
    note('destination', target, this.#send(target, body, ended, ctx), ended, ctx)
  }

  #send(target: string, body: string, ended: Ended, ctx: Context): Outcome {
    const { queue, roles, invoke, api } = this.#ports
    const sender = senderOf(ended.found)
    switch (parseArn(target)?.service) {
      case 'sqs':
        return queue.send(target, { body, traceHeader: traceHeaderOf(ended, ctx) }, sender, ctx)
      case 'lambda': {
        const may = roles.decide(sender, 'lambda:InvokeFunction', target, ctx)
        const { allowed, denial, because, evaluation } = may
        if (allowed) {
          return invoke(target, { payload: body, lineage: lineageAfter(ended) }, ctx, because)
        }
        return { ...refused(denial, because), evaluation }
      }
      case 'events':
        return api.call(
          { service: 'events', operation: 'PutEvents', input: busEntry(target, body, ended) },
          sender,
          ctx,
          ctx.cause,
        )
      default:
        return refused(`Windtunnel does not deliver to ${target}`, 'no such service here')
    }
  }
}

/** What goes to where the function reads from may come back to it: the chain goes on. */
function traceHeaderOf(ended: Ended, ctx: Context): string {
  const lineage = lineageAfter(ended)
  const header = formatTraceHeader(ctx.cause, ctx.now)
  return lineage === undefined ? header : `${header};${lineage}`
}

/** With the function itself, if it was run. */
function lineageAfter({ found, row, result }: Ended): string | undefined {
  return result ? nextLineage([lineageOf(row.lineage)], found.arn) : row.lineage
}

function busEntry(bus: string, Detail: string, { address, condition }: Ended) {
  const outcome = condition === 'Success' ? 'Success' : 'Failure'
  const DetailType = `Lambda Function Invocation Result - ${outcome}`
  const Resources = [bus, qualifiedArn(address)]
  return { Entries: [{ EventBusName: bus, Source: 'lambda', DetailType, Detail, Resources }] }
}

/** The recorded form of a destination's document. */
function recordOf({ found, address, row, result, condition }: Ended, ctx: Context) {
  return {
    version: '1.0',
    timestamp: isoMillis(ctx.now),
    requestContext: {
      requestId: row.requestId,
      functionArn: qualifiedArn(address),
      condition,
      approximateInvokeCount: row.attempts,
    },
    requestPayload: JSON.parse(row.payload),
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: found.version,
        ...(result.functionError && { functionError: result.functionError }),
      },
      responsePayload: parsedPayload(result.payload),
    }),
  }
}

function refused(message: string, because: string): Refused {
  return { accepted: false, code: 'NO_PERMISSIONS', message, retryable: false, because }
}

function note(what: string, target: string, outcome: Outcome, ended: Ended, ctx: Context): void {
  const result = outcome.accepted ? 'sent' : `not sent: ${outcome.message}`
  const text = `${ended.condition}: ${what} ${target}: ${result} (${outcome.because})`
  const evaluation = outcome.accepted ? undefined : outcome.evaluation
  ctx.record({ kind: 'note', text, ...(evaluation && { evaluation }) }, refsOf(ended))
}

function refsOf({ found, row }: Ended): string[] {
  return [found.name, row.requestId]
}
