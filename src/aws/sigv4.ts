/**
 * Verifies Signature Version 4 of a request, in its header and its presigned form.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { isoMillis, MS_PER_MINUTE, MS_PER_SECOND, parseTime } from '../clock.ts'
import type { WireRequest } from './protocols/protocol.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const TERMINATOR = 'aws4_request'
/** How far a signature's time may lie from real time. */
const TIME_WINDOW_MS = 5 * MS_PER_MINUTE
const TIME_WINDOW_MINUTES = TIME_WINDOW_MS / MS_PER_MINUTE
const MAX_PRESIGNED_SECONDS = 604_800
const MAX_CACHED_KEYS = 1000

export type SignatureFault = 'missing' | 'incomplete' | 'mismatch'

export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  readonly fault: SignatureFault

  constructor(fault: SignatureFault, message: string) {
    super(message)
    this.fault = fault
  }
}

export interface Signature {
  readonly accessKeyId: string
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `YYYYMMDDThhmmssZ` */
  readonly timestamp: string
  readonly sessionToken: string | undefined
  /** Seconds that a presigned request stays valid; undefined for the header form. */
  readonly expiresSeconds: number | undefined
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your ' +
  'AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** What a request says of its signature; undefined when it has none. Verifies nothing yet. */
export function readSignature(request: WireRequest): Signature | undefined {
  const header = request.headers.authorization
  if (header !== undefined) return fromHeader(header, request)
  if (!request.query.includes('X-Amz-Signature=')) return undefined
  return fromQuery(new URLSearchParams(request.query))
}

function fromHeader(header: string, request: WireRequest): Signature {
  const [algorithm, ...rest] = header.split(' ')
  if (algorithm !== ALGORITHM) {
    const stated = algorithm?.startsWith('AWS4-') ? algorithm : 'Authorization header'
    throw new SignatureError('incomplete', `Unsupported algorithm or form: ${stated}`)
  }
  const fields = new Map<string, string>()
  for (const part of rest.join(' ').split(',')) {
    const [name = '', ...value] = part.trim().split('=')
    fields.set(name, value.join('='))
  }
  const timestamp = request.headers['x-amz-date'] ?? fromHttpDate(request.headers.date)
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !fields.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`)
  if (!timestamp) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    )
  }
  if (missing.length > 0) {
    throw new SignatureError('incomplete', `${missing.join(' ')} Authorization=${header}`)
  }
  return {
    ...scope(fields.get('Credential') ?? ''),
    signedHeaders: (fields.get('SignedHeaders') ?? '').split(';'),
    signature: fields.get('Signature') ?? '',
    timestamp: timestamp ?? '',
    sessionToken: request.headers['x-amz-security-token'],
    expiresSeconds: undefined,
  }
}

function fromQuery(query: URLSearchParams): Signature {
  const names = ['X-Amz-Credential', 'X-Amz-SignedHeaders', 'X-Amz-Date']
  const missing = names.filter((name) => !query.get(name))
  if (missing.length > 0 || query.get('X-Amz-Algorithm') !== ALGORITHM) {
    const stated = missing.length > 0 ? missing : ['X-Amz-Algorithm']
    const texts = stated.map((name) => `AWS query-string parameters must include '${name}'.`)
    throw new SignatureError('incomplete', texts.join(' '))
  }
  return {
    ...scope(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    timestamp: query.get('X-Amz-Date') ?? '',
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expiresSeconds: Number(query.get('X-Amz-Expires') ?? MAX_PRESIGNED_SECONDS),
  }
}

function scope(credential: string) {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  if (!accessKeyId || !date || !region || !service || !terminator || more.length > 0) {
    throw new SignatureError(
      'incomplete',
      `Credential must have at least 5 slash-delimited elements, e.g. ` +
        `keyid/date/region/service/term, got '${credential}'`,
    )
  }
  if (terminator !== TERMINATOR) {
    const text = `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '`
    throw new SignatureError('mismatch', `${text}${terminator}'.`)
  }
  return { accessKeyId, date, region, service }
}

/** Throws unless the signature was made with this secret over this request, near `nowMs`. */
export function verifySignature(
  request: WireRequest,
  signature: Signature,
  secret: string,
  nowMs: number,
): void {
  if (!signature.signedHeaders.includes('host')) {
    const text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    throw new SignatureError('mismatch', text)
  }
  checkTime(signature, nowMs)
  const { timestamp, date, region, service } = signature
  const canonical = canonicalRequest(request, signature)
  const scoped = `${date}/${region}/${service}/${TERMINATOR}`
  const toSign = `${ALGORITHM}\n${timestamp}\n${scoped}\n${hash('sha256', canonical)}`
  const expected = createHmac('sha256', signingKey(secret, date, region, service))
    .update(toSign)
    .digest('hex')
  if (!sameText(expected, signature.signature)) throw new SignatureError('mismatch', MISMATCH)
}

function checkTime({ timestamp, date, expiresSeconds }: Signature, nowMs: number): void {
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp)
  if (!form) {
    const text = `Date must be in ISO-8601 'basic format'. Got '${timestamp}'.`
    throw new SignatureError('incomplete', `${text} See http://en.wikipedia.org/wiki/ISO_8601`)
  }
  const [, year, month, day, hour, minute, second] = form
  const signedMs = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (date !== timestamp.slice(0, 8)) {
    const text = 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date'
    throw new SignatureError('mismatch', `${text} from HTTP: '${date}' != '${timestamp}'`)
  }
  const validMs = expiresSeconds === undefined ? TIME_WINDOW_MS : expiresSeconds * MS_PER_SECOND
  if (!(validMs >= 0 && validMs <= MAX_PRESIGNED_SECONDS * MS_PER_SECOND)) {
    throw new SignatureError('incomplete', 'X-Amz-Expires must be between 1 and 604800 seconds')
  }
  if (signedMs + validMs < nowMs) {
    const window = `${basic(nowMs - validMs)} (${basic(nowMs)} - ${TIME_WINDOW_MINUTES} min.)`
    const text = `Signature expired: ${timestamp} is now earlier than ${window}`
    throw new SignatureError('mismatch', text)
  }
  if (signedMs - TIME_WINDOW_MS > nowMs) {
    const limit = basic(nowMs + TIME_WINDOW_MS)
    const window = `${limit} (${basic(nowMs)} + ${TIME_WINDOW_MINUTES} min.)`
    const text = `Signature not yet current: ${timestamp} is still later than ${window}`
    throw new SignatureError('mismatch', text)
  }
}

function canonicalRequest(request: WireRequest, { signedHeaders, expiresSeconds }: Signature) {
  const presigned = expiresSeconds !== undefined
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query, presigned),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash(request),
  ].join('\n')
}

function payloadHash({ headers, body }: WireRequest): string {
  const actual = hash('sha256', body)
  const stated = headers['x-amz-content-sha256']
  if (stated !== undefined && stated !== actual) {
    const text = "The provided 'x-amz-content-sha256' header does not match what was computed."
    throw new SignatureError('mismatch', text)
  }
  return actual
}

/** Every service but S3 encodes the path, as it is on the wire, once more. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '.' && segment !== '') segments.push(encode(segment))
  }
  const trailing = path.endsWith('/') && segments.length > 0 ? '/' : ''
  return `/${segments.join('/')}${trailing}`
}

function canonicalQuery(query: string, presigned: boolean): string {
  if (query === '') return ''
  const pairs: [string, string][] = []
  for (const part of query.split('&')) {
    if (part === '') continue
    const [name = '', ...value] = part.split('=')
    if (presigned && name === 'X-Amz-Signature') continue
    pairs.push([encode(decode(name)), encode(decode(value.join('=')))])
  }
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

const signingKeys = new Map<string, KeyObject>()

function signingKey(secret: string, date: string, region: string, service: string): KeyObject {
  const name = `${secret}/${date}/${region}/${service}`
  const known = signingKeys.get(name)
  if (known) return known
  const derived = [date, region, service, TERMINATOR].reduce<Buffer>(
    (from, part) => createHmac('sha256', from).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  )
  const key = createSecretKey(derived)
  if (signingKeys.size >= MAX_CACHED_KEYS) signingKeys.clear()
  signingKeys.set(name, key)
  return key
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** `YYYYMMDDThhmmssZ` */
function basic(ms: number): string {
  return `${isoMillis(ms).slice(0, 19).replace(/[-:]/g, '')}Z`
}

function fromHttpDate(date: string | undefined): string | undefined {
  if (date === undefined) return undefined
  if (/^\d{8}T\d{6}Z$/.test(date)) return date
  const ms = parseTime(date)
  return Number.isNaN(ms) ? undefined : basic(ms)
}
