/**
 * The Runtime API (2018-06-01) that one process speaks to. Each process has a port of its own, so
 * no environment can take or answer the invocations of another.
 * Docs: "Using the Lambda runtime API for custom runtimes"; error documents as in the reference
 * emulator, aws-lambda-runtime-interface-emulator.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Invocation } from './types.ts'

const HOST = '127.0.0.1'
const PREFIX = '/2018-06-01/runtime/'
/** AWS's own figure: 6 MiB and a little for what wraps it. */
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
/** Posted errors and streamed answers may not exhaust the server. */
const MAX_BODY_BYTES = 20 * 1024 * 1024
const ERROR_TYPE_HEADER = 'lambda-runtime-function-error-type'
const PLATFORM_ERROR_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/
const UNKNOWN_ERROR_TYPE = 'Runtime.Unknown'
const ERROR_BODY_TRAILER = 'lambda-runtime-function-error-body'
const RESPONSE_MODE_HEADER = 'lambda-runtime-function-response-mode'
const INVOCATION_ID_HEADER = 'lambda-runtime-invocation-id'
/** Where the machine cannot tell a process's memory, our bootstraps do. */
const MEMORY_HEADER = 'windtunnel-max-memory-kb'

/** What the process said about an invocation. */
export type Answer =
  | { kind: 'response'; payload: string }
  | { kind: 'error'; payload: string }
  | { kind: 'too-large' }

export interface RuntimeApiEvents {
  /** The process asked for its next invocation: it is initialized, or done with the last one. */
  onNext(): void
  onAnswer(answer: Answer): void
  onInitError(payload: string, errorType: string): void
}

/** An invocation as the process gets it. */
export interface Delivery extends Invocation {
  /** Unique for each attempt. */
  invocationId: string
  /** Milliseconds since the epoch. */
  deadlineMs: number
}

export class RuntimeApi {
  readonly #server: Server
  readonly #events: RuntimeApiEvents
  #waiting: ServerResponse | undefined
  #current: Delivery | undefined
  #initialized = false
  /** An answer whose body still comes; the request for the next invocation may be right behind. */
  #answering: Promise<void> | undefined
  /** As the process told, in KiB; 0 when it did not. */
  reportedMemoryKb = 0

  constructor(events: RuntimeApiEvents) {
    this.#events = events
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true })
    this.#server.headersTimeout = 0
    this.#server.on('request', (request, response) => this.#handle(request, response))
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Resolves to the value of AWS_LAMBDA_RUNTIME_API. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, HOST, () => {
        const { port } = this.#server.address() as AddressInfo
        resolve(`${HOST}:${port}`)
      })
    })
  }

  /** Hands the invocation to the process, which must be waiting for one. */
  deliver(delivery: Delivery): void {
    const response = this.#waiting
    if (!response) throw new Error('The process does not wait for an invocation.')
    this.#waiting = undefined
    this.#current = delivery
    const headers: Record<string, string | number> = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(delivery.payload),
      'Lambda-Runtime-Aws-Request-Id': delivery.requestId,
      'Lambda-Runtime-Deadline-Ms': delivery.deadlineMs,
      'Lambda-Runtime-Invoked-Function-Arn': delivery.invokedFunctionArn,
      'Lambda-Runtime-Trace-Id': delivery.traceId,
      'Lambda-Runtime-Invocation-Id': delivery.invocationId,
    }
    if (delivery.clientContext !== undefined) {
      headers['Lambda-Runtime-Client-Context'] = headerText(delivery.clientContext)
    }
    response.writeHead(200, headers)
    response.end(delivery.payload)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const route = path.startsWith(PREFIX) ? path.slice(PREFIX.length).split('/') : []
    const [noun, id, verb] = route
    if (request.method === 'GET' && noun === 'invocation' && id === 'next' && !verb) {
      const next = () => this.#next(response)
      if (this.#current && this.#answering) this.#answering.then(next)
      else next()
    } else if (request.method === 'POST' && noun === 'init' && id === 'error' && !verb) {
      this.#initError(request, response)
    } else if (
      request.method === 'POST' &&
      noun === 'invocation' &&
      id !== undefined &&
      (verb === 'response' || verb === 'error')
    ) {
      this.#answering = this.#answer(decodeId(id), verb, request, response)
    } else {
      request.resume()
      refuse(response, 404, 'NotFound', `There is no ${request.method} ${path} in the Runtime API.`)
    }
  }

  #next(response: ServerResponse): void {
    if (this.#current || this.#waiting) {
      refuseState(response, 'RuntimeReady')
      return
    }
    this.#initialized = true
    this.#waiting = response
    response.on('close', () => {
      if (this.#waiting === response) this.#waiting = undefined
    })
    this.#events.onNext()
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, MAX_BODY_BYTES)
    if (this.#initialized) {
      return refuseState(response, 'InitError')
    }
    this.#initialized = true
    accept(response)
    this.#events.onInitError(body?.toString('utf8') ?? '', errorTypeOf(request))
  }

  async #answer(
    id: string,
    verb: 'response' | 'error',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const current = this.#current
    const attempt = request.headers[INVOCATION_ID_HEADER]
    if (!current || id !== current.requestId) {
      request.resume()
      return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID')
    }
    if (attempt !== undefined && attempt !== current.invocationId) {
      request.resume()
      return refuse(response, 400, 'InvalidInvocationId', 'Invalid invocation ID')
    }
    this.reportedMemoryKb = Number(request.headers[MEMORY_HEADER] ?? 0)
    const streamed = request.headers[RESPONSE_MODE_HEADER] === 'streaming'
    const limit = verb === 'response' && !streamed ? MAX_RESPONSE_BYTES : MAX_BODY_BYTES
    const body = await readBody(request, limit)
    // A second answer may have come while the body of this one was read.
    if (this.#current !== current) {
      return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID')
    }
    this.#current = undefined
    if (body === undefined) {
      refuse(
        response,
        413,
        'RequestEntityTooLarge',
        `Exceeded maximum allowed payload size (${limit} bytes).`,
      )
      return this.#events.onAnswer({ kind: 'too-large' })
    }
    accept(response)
    this.#events.onAnswer(answerOf(verb, body.toString('utf8'), request))
  }
}

function answerOf(verb: 'response' | 'error', payload: string, request: IncomingMessage): Answer {
  if (verb === 'error') return { kind: 'error', payload }
  // A streamed answer tells of its failure after the body.
  const failed = request.trailers[ERROR_BODY_TRAILER]
  if (failed === undefined) return { kind: 'response', payload }
  return { kind: 'error', payload: Buffer.from(failed, 'base64').toString('utf8') }
}

/** What the platform's log calls the failure: it knows only the runtimes' own types. */
function errorTypeOf(request: IncomingMessage): string {
  const type = request.headers[ERROR_TYPE_HEADER]
  return typeof type === 'string' && PLATFORM_ERROR_TYPE.test(type) ? type : UNKNOWN_ERROR_TYPE
}

/** Resolves to undefined when the body is longer than `limit`; it is read to its end anyway. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
    })
    request.on('end', () => resolve(length > limit ? undefined : Buffer.concat(chunks)))
    request.on('error', () => resolve(Buffer.concat(chunks)))
  })
}

function accept(response: ServerResponse): void {
  reply(response, 202, { status: 'OK' })
}

function refuse(response: ServerResponse, status: number, errorType: string, text: string): void {
  reply(response, status, { errorMessage: text, errorType })
}

function refuseState(response: ServerResponse, state: string): void {
  const reason = `failed for runtime. Error: State transition is not allowed`
  refuse(response, 403, 'InvalidStateTransition', `State transition to ${state} ${reason}`)
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

function decodeId(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

/** Header values are Latin-1: what lies beyond becomes JSON escapes, which mean the same. */
function headerText(json: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json.replace(/[\r\n]/g, ' ').replace(/[\u007f-\uffff]/g, escaped)
}
