/** Invocations whose answer may come in pieces, and InvokeWithResponseStream. */
import { PassThrough } from 'node:stream'
import type {
  InvokeWithResponseStreamRequest,
  InvokeWithResponseStreamResponse,
} from '@aws-sdk/client-lambda'
import type { Context, WaitingContext } from '../../aws/context.ts'
import { eventMessage } from '../../aws/event-stream.ts'
import { type Checked, waiting } from '../../aws/service.ts'
import type { World } from '../../store/store.ts'
import type { Background } from '../ports.ts'
import { tooManyRequests } from './errors.ts'
import type { Executor, Run, Throttled } from './executor.ts'
import type { LambdaFunction } from './functions.ts'
import { startable } from './invoke.ts'
import { lineageOf, nextLineage } from './lineage.ts'
import { addressArn } from './names.ts'
import { clientContextOf, payloadText } from './payload.ts'
import type { InvocationResult } from './runtime/index.ts'

type Result = InvocationResult | Throttled

/** An answer that has begun to come. */
export interface Begun {
  contentType: string
  pieces: AsyncIterable<Buffer>
  /** Resolves once all pieces have come. */
  result: Promise<Result>
}

/** Runs a function; resolves once its answer begins to come, or when it has answered whole. */
export async function runStreamed(
  executor: Executor,
  found: LambdaFunction,
  world: World,
  run: Run,
): Promise<Begun | Result> {
  const pieces = new PassThrough()
  // A reader that goes away closes the stream while the function still writes to it.
  pieces.on('error', () => {})
  const begun = Promise.withResolvers<string>()
  const onStream = (contentType: string) => {
    begun.resolve(contentType)
    return (piece: Buffer) => void pieces.write(piece)
  }
  const result = executor.run(found, world, { ...run, onStream }).finally(() => pieces.end())
  const began = begun.promise.then((contentType) => ({ contentType, pieces, result }))
  return Promise.race([began, result])
}

const DRY_RUN_STATUS = 204
const EVENT_STREAM = 'application/vnd.amazon.eventstream'
const BYTES = 'application/octet-stream'

export function streamedInvocation(executor: Executor, background: Background) {
  async function invokeWithResponseStream(
    input: Checked<InvokeWithResponseStreamRequest>,
    ctx: WaitingContext,
  ): Promise<object> {
    const { address, found } = ctx.transact((tx: Context) => startable(input, tx))
    if (input.InvocationType === 'DryRun') return { StatusCode: DRY_RUN_STATUS }
    const { LogType } = input
    const run = runStreamed(executor, found, address.world, {
      requestId: ctx.requestId,
      payload: payloadText(input.Payload),
      invokedFunctionArn: addressArn(address),
      attempt: 1,
      clientContext: clientContextOf(input.ClientContext),
      lineage: nextLineage([lineageOf(ctx.traceHeader)], found.arn),
      traceHeader: ctx.traceHeader,
      cause: ctx.cause,
    })
    const answer = await run
    if ('reason' in answer) throw tooManyRequests(answer.reason)
    if ('result' in answer) background.track(answer.result)
    const EventStream = eventsOf(answer, LogType === 'Tail')
    return {
      StatusCode: 200,
      ExecutedVersion: found.version,
      ResponseStreamContentType: EVENT_STREAM,
      EventStream,
    } satisfies Omit<InvokeWithResponseStreamResponse, 'EventStream'> & { EventStream: unknown }
  }

  return { InvokeWithResponseStream: waiting(invokeWithResponseStream) }
}

/** A `PayloadChunk` for each piece, and `InvokeComplete` at the end. */
async function* eventsOf(answer: Begun | InvocationResult, withLog: boolean) {
  if ('result' in answer) {
    for await (const piece of answer.pieces) yield eventMessage('PayloadChunk', BYTES, piece)
    const result = await answer.result
    if ('logTail' in result) yield completion(result, withLog)
    return
  }
  if (!answer.functionError) {
    yield eventMessage('PayloadChunk', BYTES, Buffer.from(answer.payload))
  }
  yield completion(answer, withLog)
}

function completion(result: InvocationResult, withLog: boolean): Buffer {
  const { functionError, payload, logTail } = result
  const document = {
    ...(functionError && { ErrorCode: functionError, ErrorDetails: payload }),
    ...(withLog && { LogResult: Buffer.from(logTail).toString('base64') }),
  }
  return eventMessage('InvokeComplete', 'application/json', Buffer.from(JSON.stringify(document)))
}
