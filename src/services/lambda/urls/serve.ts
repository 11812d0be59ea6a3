/** Serves function URLs: a request becomes an invocation, and its result the answer. */
import type { AuthenticationOptions } from '../../../aws/authentication.ts'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { WireRequest, WireResponse } from '../../../aws/protocols/protocol.ts'
import { SignatureError } from '../../../aws/sigv4.ts'
import { formatTraceHeader, parseTraceHeader } from '../../../aws/trace-header.ts'
import type { Ids } from '../../../ids.ts'
import type { Cause } from '../../../trace/record.ts'
import type { Background } from '../../ports.ts'
import type { Executor, Throttled } from '../executor.ts'
import { findInvoked, type LambdaFunction } from '../functions.ts'
import { nextLineage } from '../lineage.ts'
import { functionArn } from '../names.ts'
import { MAX_SYNC_PAYLOAD_BYTES, tooLargeText } from '../payload.ts'
import type { InvocationResult } from '../runtime/index.ts'
import { type Begun, runStreamed } from '../streaming.ts'
import { type Visitor, visitorOf } from './access.ts'
import { allowOrigin, preflightAnswer } from './cors.ts'
import { eventOf } from './event.ts'
import { answerOf, errorAnswer, failedAnswer, streamedAnswer } from './response.ts'
import { type FunctionUrl, urls } from './rows.ts'

/** For clients that cannot resolve names below localhost: the same URLs as paths. */
const PATH = /^\/_windtunnel\/function-urls\/([a-z0-9]+)(\/.*)?$/
const HOST = /^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\./
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html'
const NOWHERE = { account: '', region: '' }

export interface UrlParts {
  background: Background
  executor: Executor
  authentication: AuthenticationOptions
  ids: Ids
}

/** Undefined when the request is for no function URL. */
export function createUrlServer(parts: UrlParts) {
  return async (
    request: WireRequest,
    { address: sourceIp }: { address: string },
  ): Promise<WireResponse | undefined> => {
    const asked = addressed(request)
    if (!asked) return undefined
    const url = parts.background.transact({ service: 'lambda', world: NOWHERE }, (ctx) =>
      ctx.tx.get(urls, asked.id),
    )
    // Recorded of a URL that does not exist.
    if (!url) return errorAnswer(403, 'AccessDeniedException', { Message: null })
    const preflight = url.cors && preflightAnswer(request, url.cors)
    if (preflight) return preflight
    const answer = await visit({ request, url, path: asked.path, sourceIp }, parts)
    if (url.cors) allowOrigin(answer, request, url.cors)
    return answer
  }
}

function addressed({ headers, path }: WireRequest): { id: string; path: string } | undefined {
  const [, id] = HOST.exec(headers.host ?? '') ?? []
  if (id !== undefined) return { id, path }
  const [, fallbackId, rest = '/'] = PATH.exec(path) ?? []
  return fallbackId === undefined ? undefined : { id: fallbackId, path: rest }
}

interface Visit {
  request: WireRequest
  url: FunctionUrl
  path: string
  sourceIp: string
}

async function visit(visited: Visit, parts: UrlParts): Promise<WireResponse> {
  const { request, url } = visited
  const { background, executor } = parts
  const requestId = parts.ids.uuid()
  const traceHeader = request.headers['x-amzn-trace-id']
  const parent = parseTraceHeader(traceHeader)
  const origin = { service: 'lambda', world: url.world, ...(parent && { cause: parent }) }
  const entry = background.transact(origin, (ctx) => enter(visited, requestId, parts, ctx))
  if ('refusal' in entry) return entry.refusal
  const { found, payload, cause } = entry
  const invokedFunctionArn = functionArn(url.world, url.functionName, url.qualifier)
  const lineage = nextLineage([], found.arn)
  const run = { requestId, payload, invokedFunctionArn, attempt: 1, cause, lineage, traceHeader }
  const streams = url.invokeMode === 'RESPONSE_STREAM'
  const ran = streams
    ? await runStreamed(executor, found, url.world, run)
    : await executor.run(found, url.world, run)
  await background.durable()
  const answer = await answerTo(ran, background)
  answer.headers['x-amzn-requestid'] = requestId
  answer.headers['x-amzn-trace-id'] = formatTraceHeader(cause, background.now(), traceHeader)
  return answer
}

function answerTo(
  ran: Begun | InvocationResult | Throttled,
  background: Background,
): WireResponse | Promise<WireResponse> {
  if ('reason' in ran) {
    const body = { Reason: ran.reason, Type: 'User', message: 'Rate Exceeded.' }
    return errorAnswer(429, 'TooManyRequestsException', body)
  }
  if (!('result' in ran)) return ran.functionError ? failedAnswer() : answerOf(ran.payload)
  background.track(ran.result)
  return streamedAnswer(ran)
}

type Entry = { refusal: WireResponse } | { found: LambdaFunction; payload: string; cause: Cause }

/** Checks who is there, and makes the event. */
function enter(visited: Visit, requestId: string, parts: UrlParts, ctx: Context): Entry {
  const { request, url, path, sourceIp } = visited
  const { world, functionName: name, qualifier, id: urlId } = url
  const visitor = welcomed(visited, parts, ctx)
  if ('refusal' in visitor) return visitor
  const cause = recordCall(visitor, url, requestId, ctx)
  const found = findInvoked({ world, name, qualifier }, ctx)
  const forbidden = errorAnswer(403, 'AccessDeniedException', { Message: FORBIDDEN })
  if (!visitor.allowed || !found) return { refusal: forbidden }
  const payload = eventOf({
    request,
    path,
    urlId,
    domainName: (request.headers.host ?? '').replace(/:\d+$/, ''),
    sourceIp,
    requestId,
    traceHeader: formatTraceHeader(cause, ctx.now, request.headers['x-amzn-trace-id']),
    caller: visitor.caller,
    now: ctx.now,
  })
  if (Buffer.byteLength(payload) > MAX_SYNC_PAYLOAD_BYTES) {
    const message = tooLargeText(MAX_SYNC_PAYLOAD_BYTES)
    return { refusal: errorAnswer(413, 'RequestEntityTooLargeException', { message }) }
  }
  return { found, payload, cause }
}

function welcomed(
  { request, url, sourceIp }: Visit,
  { authentication }: UrlParts,
  ctx: Context,
): Visitor | { refusal: WireResponse } {
  try {
    return visitorOf(request, url, sourceIp, authentication, ctx)
  } catch (error) {
    if (error instanceof SignatureError) {
      const { message } = error
      return { refusal: errorAnswer(403, 'InvalidSignatureException', { message }) }
    }
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'MissingAuthenticationTokenException') {
      return { refusal: errorAnswer(403, 'AccessDeniedException', { Message: FORBIDDEN }) }
    }
    return { refusal: errorAnswer(error.status, error.code, { message: error.message }) }
  }
}

function recordCall(
  { caller, decisions }: Visitor,
  { functionName }: FunctionUrl,
  requestId: string,
  ctx: Context,
): Cause {
  const who = caller?.arn ?? 'anonymous'
  const what = { service: 'lambda', operation: 'InvokeFunctionUrl', caller: who, requestId }
  return ctx.record({ kind: 'call', ...what, decisions }, [functionName, requestId])
}
