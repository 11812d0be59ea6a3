/**
 * The server's end of one HTTP/1.1 connection, as small as the Runtime API needs it: an invocation
 * passes here twice, and `node:http` would take most of its time. Requests are answered in order,
 * bodies may be chunked with trailers, and clients may ask for leave to send (`Expect`).
 */
import type { Socket } from 'node:net'

const MAX_HEAD_BYTES = 64 * 1024
const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
}

export type Headers = Readonly<Record<string, string | undefined>>

export interface HttpRequest {
  method: string
  /** Without the query. */
  path: string
  /** Lower-case names. */
  headers: Headers
  /** At most `maxBodyBytes`; `bodyLength` is what was sent. */
  body: Buffer
  bodyLength: number
  trailers: Headers
}

/** Answers a request; must be called once. */
export type Reply = (
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: string,
) => void

export interface HttpEvents {
  /** Once the head is there: who wants the body in parts gets it so, and `body` stays empty. */
  onHead?(request: HttpRequest): ((part: Buffer) => void) | undefined
  onRequest(request: HttpRequest, reply: Reply): void
  onClose(): void
}

/** A request whose body is still coming. */
interface Incoming {
  request: HttpRequest
  chunked: boolean
  /** Of the body, or of the chunk. */
  missingBytes: number
  parts: Buffer[]
  onPart: ((part: Buffer) => void) | undefined
  keepAlive: boolean
}

export class HttpConnection {
  readonly #socket: Socket
  readonly #events: HttpEvents
  readonly #maxBodyBytes: number
  #received: Buffer[] = []
  #incoming: Incoming | undefined
  /** A request waits for its answer; those behind it wait for theirs. */
  #busy = false
  /** An answer that leaves together with the next one. */
  #held = ''

  constructor(socket: Socket, events: HttpEvents, maxBodyBytes: number) {
    this.#socket = socket
    this.#events = events
    this.#maxBodyBytes = maxBodyBytes
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes)
      if (!this.#busy) this.#advance()
    })
    socket.on('error', () => {})
    socket.on('close', () => events.onClose())
  }

  #advance(): void {
    while (!this.#busy && this.#received.length > 0) {
      if (!this.#incoming && !this.#readHead()) return
      if (!this.#readBody()) return
    }
  }

  /** All bytes that wait, as one buffer. */
  #bytes(): Buffer {
    const [first] = this.#received
    const bytes = this.#received.length === 1 && first ? first : Buffer.concat(this.#received)
    this.#received = [bytes]
    return bytes
  }

  #consume(bytes: Buffer, length: number): void {
    this.#received = length < bytes.length ? [bytes.subarray(length)] : []
  }

  #readHead(): boolean {
    const bytes = this.#bytes()
    const end = bytes.indexOf(HEAD_END)
    if (end === -1 || end > MAX_HEAD_BYTES) {
      if (bytes.length > MAX_HEAD_BYTES) this.#socket.destroy()
      return false
    }
    const [first = '', ...lines] = bytes.toString('latin1', 0, end).split(LINE_END)
    const [method = '', target = '', version] = first.split(' ')
    const headers = headersOf(lines)
    this.#consume(bytes, end + HEAD_END.length)
    const chunked = /chunked/i.test(headers['transfer-encoding'] ?? '')
    const query = target.indexOf('?')
    const path = query === -1 ? target : target.slice(0, query)
    const request = { method, path, headers, body: NOTHING, bodyLength: 0, trailers: {} }
    const keepAlive = version === 'HTTP/1.1' && !/close/i.test(headers.connection ?? '')
    const missingBytes = chunked ? 0 : Number(headers['content-length'] ?? 0)
    const onPart = this.#events.onHead?.(request)
    this.#incoming = { request, chunked, missingBytes, parts: [], onPart, keepAlive }
    if (headers.expect) this.#socket.write(CONTINUE)
    return true
  }

  #readBody(): boolean {
    const incoming = this.#incoming
    if (!incoming) return false
    const whole = incoming.chunked ? this.#readChunks(incoming) : this.#readPart(incoming)
    if (!whole) return false
    const { request, parts, keepAlive } = incoming
    this.#incoming = undefined
    const [only] = parts
    request.body = parts.length === 1 && only ? only : Buffer.concat(parts)
    this.#busy = true
    this.#events.onRequest(request, (status, headers, body) =>
      this.#reply(status, headers, body, keepAlive),
    )
    return true
  }

  /** Takes of the body, or of the chunk, what has come. */
  #readPart(incoming: Incoming): boolean {
    for (const bytes of this.#received.splice(0)) {
      if (incoming.missingBytes === 0) {
        this.#received.push(bytes)
        continue
      }
      const part = bytes.subarray(0, incoming.missingBytes)
      incoming.missingBytes -= part.length
      incoming.request.bodyLength += part.length
      if (incoming.onPart) incoming.onPart(part)
      else if (incoming.request.bodyLength <= this.#maxBodyBytes) incoming.parts.push(part)
      if (part.length < bytes.length) this.#received.push(bytes.subarray(part.length))
    }
    return incoming.missingBytes === 0
  }

  #readChunks(incoming: Incoming): boolean {
    for (;;) {
      if (!this.#readPart(incoming)) return false
      const bytes = this.#bytes()
      // The line end of the chunk before stands in front of the next size.
      const start = bytes.indexOf(LINE_END) === 0 ? LINE_END.length : 0
      const end = bytes.indexOf(LINE_END, start)
      if (end === -1) return false
      const size = Number.parseInt(bytes.toString('latin1', start, end), 16)
      if (Number.isNaN(size)) {
        this.#socket.destroy()
        return false
      }
      if (size === 0) return this.#readTrailers(incoming, bytes, end)
      incoming.missingBytes = size
      this.#consume(bytes, end + LINE_END.length)
    }
  }

  #readTrailers(incoming: Incoming, bytes: Buffer, lastChunkEnd: number): boolean {
    const end = bytes.indexOf(HEAD_END, lastChunkEnd)
    if (end === -1) return false
    const text = bytes.toString('latin1', lastChunkEnd, end)
    incoming.request.trailers = headersOf(text.split(LINE_END))
    this.#consume(bytes, end + HEAD_END.length)
    return true
  }

  #reply(
    status: number,
    headers: Readonly<Record<string, string | number>>,
    body: string,
    keepAlive: boolean,
  ): void {
    let head = `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nContent-Type: application/json\r\n`
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`
    if (!keepAlive) head += 'Connection: close\r\n'
    const text = `${this.#held}${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    this.#held = ''
    this.#busy = false
    if (!keepAlive) {
      this.#socket.end(text)
      return
    }
    // A client that has sent its next request does not wait for this answer alone.
    if (this.#received.length > 0) this.#held = text
    else this.#socket.write(text)
    this.#advance()
  }
}

const NOTHING = Buffer.alloc(0)

function headersOf(lines: readonly string[]): Headers {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}
