/** The answer to a request for a service that we have not, in a form that its client can read. */
import type { WireRequest, WireResponse } from './protocols/protocol.ts'

const NO_TOKEN = 'Request is missing Authentication Token'

/** `name` is the service as the request names it; undefined when it names none. */
export function unknownService(
  request: WireRequest,
  name: string | undefined,
  requestId: string,
): WireResponse {
  const code = name === undefined ? 'MissingAuthenticationToken' : 'NotImplemented'
  const message =
    name === undefined ? NO_TOKEN : `Windtunnel does not implement the service ${safe(name)}.`
  const status = name === undefined ? 403 : 501
  const headers = { 'x-amzn-requestid': requestId }
  const { 'content-type': type = '', 'x-amz-target': target } = request.headers
  if (target !== undefined || type.includes('json') || name === undefined) {
    return {
      status,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'x-amzn-errortype': `${code}Exception`,
      },
      body: JSON.stringify({ __type: `${code}Exception`, message }),
    }
  }
  const id = `<RequestId>${requestId}</RequestId>`
  const error = `<Code>${code}</Code><Message>${message}</Message>`
  const body = type.includes('form-urlencoded')
    ? `<ErrorResponse><Error><Type>Sender</Type>${error}</Error>${id}</ErrorResponse>`
    : `<Error>${error}${id}</Error>`
  return {
    status,
    headers: { ...headers, 'content-type': 'text/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  }
}

/** A name from outside, fit for XML. */
function safe(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64)
}
