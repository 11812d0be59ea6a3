/**
 * The event that a request to a function URL becomes: payload format 2.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
import type { Caller } from '../../../aws/authority.ts'
import type { WireRequest } from '../../../aws/protocols/protocol.ts'
import { isoMillis } from '../../../clock.ts'

const ROUTE = '$default'
/** Bodies of other types are given as base64. */
const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript)\b)/
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

export interface UrlRequest {
  request: WireRequest
  /** The path within the URL, still percent-encoded. */
  path: string
  urlId: string
  domainName: string
  sourceIp: string
  requestId: string
  traceHeader: string
  /** Undefined for URLs that authenticate nobody. */
  caller: Caller | undefined
  /** Milliseconds since the epoch. */
  now: number
}

export function eventOf(visit: UrlRequest): string {
  const { request, path } = visit
  const { cookie, connection: _, ...headers } = request.headers
  const text = TEXT_TYPES.test(headers['content-type'] ?? '')
  const query = queryOf(request.query)
  return JSON.stringify({
    version: '2.0',
    routeKey: ROUTE,
    rawPath: path,
    rawQueryString: request.query,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: { ...headers, ...forwarded(visit) },
    ...(query && { queryStringParameters: query }),
    requestContext: contextOf(visit),
    ...(request.body.length > 0 && { body: request.body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !text,
  })
}

function contextOf(visit: UrlRequest) {
  const { request, path, urlId, domainName, sourceIp, requestId, caller, now } = visit
  return {
    accountId: caller?.account ?? 'anonymous',
    apiId: urlId,
    ...(caller && { authorizer: { iam: identityOf(caller) } }),
    domainName,
    domainPrefix: urlId,
    http: {
      method: request.method,
      path: decodedPath(path),
      protocol: 'HTTP/1.1',
      sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId,
    routeKey: ROUTE,
    stage: ROUTE,
    time: logTime(now),
    timeEpoch: now,
  }
}

/** As recorded: without escapes and doubled slashes; as it is when its escapes make no sense. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path).replace(/\/{2,}/g, '/')
  } catch {
    return path
  }
}

function identityOf({ accessKeyId, account, arn, userId }: Caller) {
  return {
    accessKey: accessKeyId,
    accountId: account,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  }
}

/** What AWS's front end adds; the port is that of the request's own host. */
function forwarded({ request, sourceIp, traceHeader }: UrlRequest) {
  const [, port = '80'] = /:(\d+)$/.exec(request.headers.host ?? '') ?? []
  return {
    'x-amzn-trace-id': traceHeader,
    'x-forwarded-for': sourceIp,
    'x-forwarded-port': port,
    'x-forwarded-proto': 'http',
  }
}

/** Values of one name are joined by commas. */
function queryOf(query: string): Record<string, string> | undefined {
  if (query === '') return undefined
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query)) {
    values.set(name, [...(values.get(name) ?? []), value])
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]))
}

/** `12/Mar/2020:19:03:58 +0000` */
function logTime(ms: number): string {
  const [year, month, day, time] = isoMillis(ms).slice(0, 19).split(/[-T]/)
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`
}
