/** The one port: reads requests off HTTP and writes answers, large ones in slices. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { realtime } from '../clock.ts'
import type { WireRequest, WireResponse } from './protocols/protocol.ts'
import { MAX_REQUEST_BYTES } from './too-large.ts'

// An import would read every export of node:http, among them a web client that loads for long.
const { createServer } = process.getBuiltinModule('node:http')

/** SDKs keep connections for a while; the server should not be first to hang up. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000
const REQUEST_TIMEOUT_MS = 300_000
/** Answers under way get this long before their connections are cut. */
const CLOSE_TIMEOUT_MS = 2000

export interface HttpPeer {
  readonly address: string
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal
}

/** Undefined: the request is not this handler's. */
export type HttpHandler = (
  request: WireRequest,
  peer: HttpPeer,
  response: ServerResponse,
) => Promise<WireResponse | undefined>

export interface HttpServer {
  readonly host: string
  readonly port: number
  /** Stops to listen and ends connections once their answers are out. */
  close(): Promise<void>
}

export interface ListenOptions {
  host: string
  port: number
  handle: HttpHandler
  /** Answers a request whose body was too large to be kept. */
  refuse: (request: WireRequest) => WireResponse
  onDefect: (error: unknown) => void
}

/** Resolves once connections are accepted; rejects when the port cannot be had. */
export async function listen(options: ListenOptions): Promise<HttpServer> {
  const { host, port, onDefect } = options
  const waiting: Waiting = new Set()
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (message, response) => {
      serve(message, response, options, waiting).catch((error) => {
        onDefect(error)
        response.destroy()
      })
    },
  )
  server.on('clientError', (_, socket) => hangUp(socket as Socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address() as AddressInfo
  return { host, port: address.port, close: () => close(server, waiting) }
}

/** Requests that may be waiting. */
type Waiting = Set<AbortController>

/** Makes its signal for those that ask: most requests are answered before anyone could leave. */
class ResponsePeer implements HttpPeer {
  readonly address: string
  readonly #response: ServerResponse
  readonly #waiting: Waiting
  #gone: AbortController | undefined

  constructor(address: string, response: ServerResponse, waiting: Waiting) {
    this.address = address
    this.#response = response
    this.#waiting = waiting
  }

  get signal(): AbortSignal {
    if (this.#gone) return this.#gone.signal
    const gone = new AbortController()
    this.#gone = gone
    this.#waiting.add(gone)
    const leave = () => {
      this.#waiting.delete(gone)
      gone.abort()
    }
    if (this.#response.destroyed) leave()
    else this.#response.once('close', leave)
    return gone.signal
  }
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  { handle, refuse }: ListenOptions,
  waiting: Waiting,
) {
  const body = await readBody(message)
  if (body === 'cut-short') return
  const [path = '/', ...query] = (message.url ?? '/').split('?')
  const request: WireRequest = {
    method: message.method ?? 'GET',
    path,
    query: query.join('?'),
    headers: message.headers as Record<string, string | undefined>,
    body: body === 'too-large' ? Buffer.alloc(0) : body,
  }
  if (body === 'too-large') return send(response, refuse(request))
  const address = message.socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
  const answer = await handle(request, new ResponsePeer(address, response, waiting), response)
  if (answer) await send(response, answer, message.method === 'HEAD')
}

function readBody(message: IncomingMessage): Promise<Buffer | 'too-large' | 'cut-short'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    message.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MAX_REQUEST_BYTES) chunks.push(chunk)
      else chunks.length = 0
    })
    message.once('end', () => {
      if (length > MAX_REQUEST_BYTES) resolve('too-large')
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    })
    message.once('close', () => resolve('cut-short'))
    message.once('error', () => resolve('cut-short'))
  })
}

async function send(response: ServerResponse, answer: WireResponse, headersOnly = false) {
  const { status, headers, body, stream } = answer
  if (stream) {
    response.writeHead(status, headers)
    response.flushHeaders()
    await sendPieces(response, stream)
    return
  }
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': length })
    response.end(headersOnly ? undefined : body)
    return
  }
  response.writeHead(status, headers)
  for (const chunk of body) {
    if (response.destroyed) return
    if (!response.write(chunk)) await drained(response)
    // Other requests get their turn between the slices of a large answer.
    await realtime.turn()
  }
  response.end()
}

/** Each piece goes out when it has come. */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<Uint8Array>) {
  for await (const piece of pieces) {
    if (response.destroyed) return
    if (!response.write(piece)) await drained(response)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve)
    response.once('close', resolve)
  })
}

/** What is not even HTTP. */
function hangUp(socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify({ __type: 'SerializationException', message: 'Bad Request' })
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
}

function close(server: Server, waiting: Waiting): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    // Long polls are answered now, with what there is.
    for (const request of waiting) request.abort()
    server.closeIdleConnections()
    realtime.after(CLOSE_TIMEOUT_MS, () => server.closeAllConnections())
  })
}
