/** Cross-origin requests to function URLs, as their configuration says. */
import type { WireRequest, WireResponse } from '../../../aws/protocols/protocol.ts'
import type { Cors } from './rows.ts'

const ALL = '*'

/** The answer to a preflight request; undefined when the function is to answer. */
export function preflightAnswer(request: WireRequest, cors: Cors): WireResponse | undefined {
  const { headers } = request
  const isPreflight = headers['access-control-request-method'] !== undefined
  if (request.method !== 'OPTIONS' || !isPreflight) return undefined
  const answer: WireResponse = { status: 200, headers: {}, body: '' }
  allowOrigin(answer, request, cors)
  if (answer.headers['access-control-allow-origin'] === undefined) return answer
  const { allowMethods, allowHeaders, maxAgeSeconds } = cors
  if (allowMethods) answer.headers['access-control-allow-methods'] = allowMethods.join(',')
  if (allowHeaders) answer.headers['access-control-allow-headers'] = allowHeaders.join(',')
  if (maxAgeSeconds !== undefined) {
    answer.headers['access-control-max-age'] = String(maxAgeSeconds)
  }
  return answer
}

/** Puts the configured headers in place of those that the function gave. */
export function allowOrigin(answer: WireResponse, request: WireRequest, cors: Cors): void {
  const { origin } = request.headers
  const { allowOrigins = [], allowCredentials, exposeHeaders } = cors
  if (origin === undefined) return
  if (!allowOrigins.includes(ALL) && !allowOrigins.includes(origin)) return
  const open = allowOrigins.includes(ALL) && !allowCredentials
  answer.headers['access-control-allow-origin'] = open ? ALL : origin
  if (!open) answer.headers.vary = 'Origin'
  if (allowCredentials) answer.headers['access-control-allow-credentials'] = 'true'
  if (exposeHeaders) answer.headers['access-control-expose-headers'] = exposeHeaders.join(',')
}
