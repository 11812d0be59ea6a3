/**
 * The HTTP answer that a function's answer becomes.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
 */
import type { WireResponse } from '../../../aws/protocols/protocol.ts'
import { parsedPayload } from '../payload.ts'

/** Parts the metadata of a streamed answer from its body. */
const PRELUDE_DELIMITER = '\0'.repeat(8)
const MIN_STATUS = 100
const MAX_STATUS = 999

interface Described {
  statusCode?: unknown
  headers?: Record<string, unknown>
  cookies?: unknown[]
  body?: unknown
  isBase64Encoded?: boolean
}

/** What the function returned, or streamed. */
export function answerOf(payload: string, streamed: boolean): WireResponse {
  const end = streamed ? payload.indexOf(PRELUDE_DELIMITER) : -1
  if (end >= 0) {
    const prelude = parsedPayload(payload.slice(0, end))
    const body = payload.slice(end + PRELUDE_DELIMITER.length)
    return described({ ...(isObject(prelude) && prelude), body }, 'application/octet-stream')
  }
  const value = parsedPayload(payload)
  if (isObject(value) && 'statusCode' in value) return described(value, 'application/json')
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** What callers see of a function that failed. */
export function failedAnswer(): WireResponse {
  const headers = { 'content-type': 'application/json' }
  return { status: 502, headers, body: 'Internal Server Error' }
}

/** An error of the service, in the form of the Lambda API. */
export function errorAnswer(
  status: number,
  code: string,
  body: Readonly<Record<string, unknown>>,
): WireResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code }
  return { status, headers, body: JSON.stringify(body) }
}

function described(answer: Described, defaultType: string): WireResponse {
  const status = Number(answer.statusCode ?? 200)
  const valid = Number.isInteger(status) && status >= MIN_STATUS && status <= MAX_STATUS
  if (!valid) return failedAnswer()
  const headers: WireResponse['headers'] = { 'content-type': defaultType }
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers[name.toLowerCase()] = String(value)
  }
  const { cookies } = answer
  if (Array.isArray(cookies) && cookies.length > 0) headers['set-cookie'] = cookies.map(String)
  return { status, headers, body: bodyOf(answer) }
}

function bodyOf({ body = '', isBase64Encoded }: Described): string | Buffer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return isBase64Encoded ? Buffer.from(text, 'base64') : text
}

function isObject(value: unknown): value is Described {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
