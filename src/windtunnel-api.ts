/**
 * What no AWS service has: the trace, the clock, settle, reset. Served under `/_windtunnel` to
 * callers on loopback, and to others that send the token.
 */
import type { ServerResponse } from 'node:http'
import { AwsError } from './aws/errors.ts'
import type { Gateway } from './aws/gateway.ts'
import type { WireRequest, WireResponse } from './aws/protocols/protocol.ts'
import type { HttpHandler, HttpPeer } from './aws/server.ts'
import { isoMillis, realtime } from './clock.ts'
import type { Cloud, SpotInterruption } from './cloud.ts'
import { isLoopback } from './config.ts'
import type { EmitRequest } from './emit.ts'
import { journeys } from './trace/journeys.ts'
import { VERSION } from './version.ts'

const PREFIX = '/_windtunnel/'
const CODE_PREFIX = `${PREFIX}code/`
const MAX_ADVANCE_SECONDS = 10 * 365 * 24 * 3600

/** By name, since the bundles of what is loaded when asked for have classes of their own. */
const STATUSES: Readonly<Record<string, number>> = {
  RequestError: 400,
  SettingError: 400,
  UnknownEventError: 404,
  UnsettledError: 409,
}

/** A body that is not what the endpoint takes. */
class RequestError extends Error {
  override readonly name = 'RequestError'
}

type Endpoint = (call: Call) => WireResponse | undefined | Promise<WireResponse | undefined>

interface Call {
  cloud: Cloud
  request: WireRequest
  peer: HttpPeer
  response: ServerResponse
  query: URLSearchParams
}

const startedAt = realtime.monotonic()

const endpoints: Record<string, Endpoint> = {
  'GET health': ({ cloud }) =>
    json(200, {
      status: 'ok',
      version: VERSION,
      uptimeSeconds: Math.round((realtime.monotonic() - startedAt) / 1000),
      endpoint: cloud.endpoint,
    }),
  'GET clock': ({ cloud }) => json(200, clockOf(cloud)),
  'POST clock/advance': async ({ cloud, request }) => {
    const { seconds } = body(request) as { seconds?: unknown }
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= MAX_ADVANCE_SECONDS)) {
      return problem(400, `"seconds" must be a number from 0 to ${MAX_ADVANCE_SECONDS}`)
    }
    await cloud.advance(seconds)
    return json(200, clockOf(cloud))
  },
  'POST settle': async ({ cloud }) => {
    await cloud.settle()
    return json(200, clockOf(cloud))
  },
  'POST emit': async ({ cloud, request }) => json(200, await cloud.emit(emission(request))),
  'POST spot/interrupt': async ({ cloud, request }) => {
    await cloud.interruptSpot(interruption(request))
    return json(200, clockOf(cloud))
  },
  'POST reset': async ({ cloud }) => {
    await cloud.reset()
    return json(200, { status: 'ok' })
  },
  'GET iam/why': async ({ cloud, query }) => {
    const id = query.get('id')
    if (!id) return problem(400, '"id" must name what was refused')
    const { refusalsOf } = await import('./access/refusals.ts')
    return json(200, { refusals: refusalsOf(id, cloud.trace.records()) })
  },
  'GET iam/least': async ({ cloud, query }) => {
    const deployment = cloud.deployment(placeOf(query))
    const asked = query.get('role') ?? ''
    const role = deployment.roles.find(({ name, arn }) => name === asked || arn === asked)
    if (!role) return problem(404, `there is no role ${asked}`)
    const { functions } = deployment
    const { leastPolicy } = await import('./access/least.ts')
    return json(200, leastPolicy({ role, functions, records: cloud.trace.records() }))
  },
  'GET check': async ({ cloud, query }) => {
    const { check } = await import('./check/index.ts')
    return json(200, { findings: check(cloud.deployment(placeOf(query))) })
  },
  'GET traces': (call) => (call.query.has('follow') ? follow(call) : traces(call)),
}

/** The zip of a function, where GetFunction's `Code.Location` points. */
async function code({ cloud, request }: Call): Promise<WireResponse> {
  const zip = await cloud.code(request.path.slice(CODE_PREFIX.length))
  if (!zip) return problem(404, 'there is no such code')
  return { status: 200, headers: { 'content-type': 'application/zip' }, body: zip }
}

/** Answers `/_windtunnel` itself and leaves all else to the gateway. */
export function createWindtunnelApi(cloud: Cloud, gateway: Gateway): HttpHandler {
  return async (request, peer, response) => {
    const origin = request.headers.origin
    if (origin !== undefined && !isAllowed(origin, cloud)) {
      return problem(403, `pages of ${origin} may not call; start with --allow-origin ${origin}`)
    }
    const answer =
      origin !== undefined && request.method === 'OPTIONS'
        ? { status: 204, headers: PREFLIGHT, body: '' }
        : await dispatch(
            { cloud, request, peer, response, query: new URLSearchParams(request.query) },
            gateway,
          )
    if (answer && origin !== undefined) allowOrigin(answer, origin)
    return answer
  }
}

async function dispatch(call: Call, gateway: Gateway): Promise<WireResponse | undefined> {
  const { request, peer, cloud } = call
  if (!request.path.startsWith(PREFIX)) return gateway.handle(request, peer)
  if (!isTrusted(request, peer, cloud)) {
    return problem(403, 'only callers on loopback, or with the token, may use /_windtunnel')
  }
  const name = request.path.slice(PREFIX.length)
  const endpoint =
    endpoints[`${request.method} ${name}`] ??
    (request.path.startsWith(CODE_PREFIX) ? code : undefined)
  if (!endpoint) return problem(404, `there is no ${request.method} ${request.path}`)
  try {
    return await endpoint(call)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error instanceof AwsError) return problem(400, error.message)
    if (error instanceof SyntaxError) return problem(400, `the body is not JSON: ${error.message}`)
    const status = STATUSES[error.name]
    if (status === undefined) throw error
    return problem(status, error.message)
  }
}

function traces({ cloud, query }: Call): WireResponse {
  const found = journeys(cloud.trace.records(), query.get('id') ?? undefined)
  const shown = found.slice(-Number(query.get('limit') ?? found.length))
  if (!query.has('id')) return json(200, { journeys: shown })
  const explanations = cloud.explain(shown.flatMap(({ records }) => records))
  return json(200, { journeys: shown, explanations })
}

/** One record a line, as they come, until the client leaves. */
function follow({ cloud, response, peer }: Call): undefined {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  const stop = cloud.trace.subscribe((record) => response.write(`${JSON.stringify(record)}\n`))
  peer.signal.addEventListener('abort', stop)
}

function clockOf({ clock, agenda }: Cloud) {
  const { nextDue, waiting } = agenda
  return {
    now: isoMillis(clock.now()),
    waiting,
    ...(nextDue !== undefined && { nextDue: isoMillis(nextDue) }),
  }
}

/** A host name that is not loopback's means a page made the browser resolve it to here. */
function isTrusted({ headers }: WireRequest, { address }: HttpPeer, { config }: Cloud): boolean {
  const { token } = config
  if (token !== undefined && headers.authorization === `Bearer ${token}`) return true
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  return isLoopback(address) && isLoopback(host)
}

function isAllowed(origin: string, { config }: Cloud): boolean {
  if (config.allowedOrigins.includes(origin)) return true
  try {
    return isLoopback(new URL(origin).hostname)
  } catch {
    return false
  }
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS',
  'access-control-allow-headers': '*, authorization',
  'access-control-max-age': '600',
}

function allowOrigin(answer: WireResponse, origin: string): void {
  answer.headers['access-control-allow-origin'] = origin
  answer.headers['access-control-expose-headers'] = '*'
  answer.headers.vary = 'origin'
}

function interruption(request: WireRequest): SpotInterruption {
  const { instanceIds, rebalance, ...where } = body(request) as Partial<SpotInterruption>
  const isList = Array.isArray(instanceIds) && instanceIds.every((id) => typeof id === 'string')
  if (
    !isList ||
    instanceIds.length === 0 ||
    (rebalance !== undefined && rebalance !== !!rebalance)
  ) {
    throw new RequestError('Spot Instances are given as {"instanceIds": […], "rebalance": true}')
  }
  return { instanceIds, rebalance, ...places(where) }
}

function places({ account, region }: { account?: unknown; region?: unknown }) {
  for (const place of [account, region]) {
    if (place === undefined || typeof place === 'string') continue
    throw new RequestError('"account" and "region" must be texts')
  }
  return {
    ...(account !== undefined && { account: String(account) }),
    ...(region !== undefined && { region: String(region) }),
  }
}

function emission(request: WireRequest): EmitRequest {
  const { name, set = {}, ...where } = body(request) as Partial<EmitRequest>
  if (typeof name !== 'string' || typeof set !== 'object' || set === null) {
    throw new RequestError('an event is given as {"name": …, "set": {…}}')
  }
  return { name, set, ...places(where) }
}

function placeOf(query: URLSearchParams) {
  const account = query.get('account')
  const region = query.get('region')
  return { ...(account && { account }), ...(region && { region }) }
}

function body(request: WireRequest): unknown {
  return request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'))
}

function json(status: number, value: unknown): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function problem(status: number, message: string): WireResponse {
  return json(status, { message })
}
