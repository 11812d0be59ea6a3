/**
 * The HTTP answer that a function's answer becomes.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
 */
import type { WireResponse } from '../../../aws/protocols/protocol.ts'
import { parsedPayload } from '../payload.ts'
import type { Begun } from '../streaming.ts'

/** A streamed answer of this type begins with its metadata. */
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response'
/** Parts the metadata from the body. */
const PRELUDE_DELIMITER = Buffer.alloc(8)
const MAX_PRELUDE_BYTES = 1024 * 1024
const MIN_STATUS = 200
const MAX_STATUS = 599
/** What HTTP can carry. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** These are the server's to set. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

interface Described {
  statusCode?: unknown
  headers?: Record<string, unknown>
  cookies?: unknown[]
  body?: unknown
  isBase64Encoded?: boolean
}

/** What the function returned. */
export function answerOf(payload: string): WireResponse {
  const value = parsedPayload(payload)
  if (isObject(value) && 'statusCode' in value) return described(value, 'application/json')
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** What the function streams: its pieces follow as they come, once the status is known. */
export async function streamedAnswer({ contentType, pieces }: Begun): Promise<WireResponse> {
  const headers = { 'content-type': contentType }
  if (contentType !== PRELUDE_TYPE) return { status: 200, headers, body: '', stream: pieces }
  const rest = pieces[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < MAX_PRELUDE_BYTES) {
    const end = head.indexOf(PRELUDE_DELIMITER)
    if (end >= 0) {
      const prelude = parsedPayload(head.toString('utf8', 0, end))
      const answer = described(isObject(prelude) ? prelude : {}, 'application/octet-stream')
      const first = head.subarray(end + PRELUDE_DELIMITER.length)
      return { ...answer, stream: continued(first, rest) }
    }
    const next = await rest.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  return failedAnswer()
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>) {
  if (first.length > 0) yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
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
  const headers = headersOf(answer)
  if (!valid || !headers) return failedAnswer()
  return { status, headers: { 'content-type': defaultType, ...headers }, body: bodyOf(answer) }
}

/** Undefined when HTTP cannot carry them. */
function headersOf({ headers = {}, cookies }: Described): WireResponse['headers'] | undefined {
  const given: WireResponse['headers'] = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(String(value))) return undefined
    const key = name.toLowerCase()
    if (!CONNECTION_HEADERS.has(key)) given[key] = String(value)
  }
  if (!Array.isArray(cookies) || cookies.length === 0) return given
  const lines = cookies.map(String)
  return lines.every((line) => HEADER_VALUE.test(line))
    ? { ...given, 'set-cookie': lines }
    : undefined
}

function bodyOf({ body = '', isBase64Encoded }: Described): string | Buffer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return isBase64Encoded ? Buffer.from(text, 'base64') : text
}

function isObject(value: unknown): value is Described {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
