/**
 * The Runtime API (2018-06-01) that one process speaks to. Each process has a port of its own, so
 * no environment can take or answer the invocations of another.
 * Docs: "Using the Lambda runtime API for custom runtimes"; error documents as in the reference
 * emulator, aws-lambda-runtime-interface-emulator.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { HttpConnection, type HttpRequest, type Reply } from './http.ts'
import type { Invocation } from './types.ts'

const HOST = '127.0.0.1'
const PREFIX = '/2018-06-01/runtime/'
/** An environment on AWS opens no more files; the server's own are limited too. */
export const MAX_CONNECTIONS = 1024
/** Not AWS's: where our bootstraps ask what to become when they were started ahead. */
const ASSIGNMENT_PATH = '/windtunnel/assignment'
/** AWS's own figure: 6 MiB and a little for what wraps it. */
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
/** Of an answer that is streamed on to its caller. */
export const MAX_STREAMED_BYTES = 200 * 1024 * 1024
/** Posted errors and answers gathered from streams may not exhaust the server. */
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
  /** A process that was started ahead is ready to become a function. */
  onSpare(): void
  /** A request that is none of the Runtime API's; false when nobody else answers it. */
  onOther(request: HttpRequest, reply: Reply): boolean
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
  #adopted: Server | undefined
  readonly #sockets = new Set<Socket>()
  /** The process waits for its next invocation. */
  #waiting: Reply | undefined
  #current: Delivery | undefined
  /** For a process that has hung up, and must ask again. */
  #undelivered: Delivery | undefined
  #spare: Reply | undefined
  #initialized = false
  /** As the process told, in KiB; 0 when it did not. */
  reportedMemoryKb = 0
  /** The process waits to be assigned before it is a function. */
  startedAhead = false

  constructor(events: RuntimeApiEvents) {
    this.#events = events
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.maxConnections = MAX_CONNECTIONS
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

  /** Serves a socket that listens already. */
  adopt(server: Server): void {
    this.#adopted = server
    server.maxConnections = MAX_CONNECTIONS
    server.on('connection', (socket) => this.#accept(socket))
  }

  /** Makes the process that was started ahead a function. */
  assign(assignment: object): void {
    this.#spare?.(200, {}, JSON.stringify(assignment))
    this.#spare = undefined
  }

  /** Hands the invocation to the process, once it asks for one. */
  deliver(delivery: Delivery): void {
    const reply = this.#waiting
    this.#undelivered = reply ? undefined : delivery
    if (!reply) return
    this.#waiting = undefined
    this.#current = delivery
    const headers: Record<string, string | number> = {
      'Lambda-Runtime-Aws-Request-Id': delivery.requestId,
      'Lambda-Runtime-Deadline-Ms': delivery.deadlineMs,
      'Lambda-Runtime-Invoked-Function-Arn': delivery.invokedFunctionArn,
      'Lambda-Runtime-Trace-Id': delivery.traceId,
      'Lambda-Runtime-Invocation-Id': delivery.invocationId,
    }
    if (delivery.clientContext !== undefined) {
      headers['Lambda-Runtime-Client-Context'] = headerText(delivery.clientContext)
    }
    reply(200, headers, delivery.payload)
  }

  close(): void {
    this.#server.close()
    this.#adopted?.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    let asked: Reply | undefined
    const onHead = (request: HttpRequest) => this.#streamTo(request)
    const onRequest = (request: HttpRequest, reply: Reply) => {
      if (this.#route(request, reply) === 'waits') asked = reply
    }
    const onClose = () => {
      this.#sockets.delete(socket)
      if (asked && this.#waiting === asked) this.#waiting = undefined
    }
    new HttpConnection(socket, { onHead, onRequest, onClose }, MAX_BODY_BYTES)
  }

  #route(request: HttpRequest, reply: Reply): 'answered' | 'waits' {
    const { method, path } = request
    const [noun, id, verb] = path.startsWith(PREFIX) ? path.slice(PREFIX.length).split('/') : []
    if (method === 'GET' && noun === 'invocation' && id === 'next' && !verb) {
      return this.#next(reply)
    }
    if (this.startedAhead && method === 'GET' && path === ASSIGNMENT_PATH) {
      this.startedAhead = false
      this.#spare = reply
      this.#events.onSpare()
    } else if (method === 'POST' && noun === 'init' && id === 'error' && !verb) {
      this.#initError(request, reply)
    } else if (
      method === 'POST' &&
      noun === 'invocation' &&
      id !== undefined &&
      (verb === 'response' || verb === 'error')
    ) {
      this.#answer(decodeId(id), verb, request, reply)
    } else if (!this.#events.onOther(request, reply)) {
      refuse(reply, 404, 'NotFound', `There is no ${method} ${path} in the Runtime API.`)
    }
    return 'answered'
  }

  /** Who gets the parts of this body: the caller of an invocation that is answered as a stream. */
  #streamTo(request: HttpRequest): ((part: Buffer) => void) | undefined {
    const current = this.#current
    const path = `${PREFIX}invocation/${current?.requestId}/response`
    if (!current?.onStream || request.path !== path || !isStreamed(request)) return undefined
    const onChunk = current.onStream(request.headers['content-type'] ?? '')
    return (part) => {
      if (request.bodyLength <= MAX_STREAMED_BYTES) onChunk(part)
    }
  }

  #next(reply: Reply): 'answered' | 'waits' {
    if (this.#current || this.#waiting) {
      refuseState(reply, 'RuntimeReady')
      return 'answered'
    }
    this.#initialized = true
    this.#waiting = reply
    if (this.#undelivered) this.deliver(this.#undelivered)
    else this.#events.onNext()
    return 'waits'
  }

  #initError(request: HttpRequest, reply: Reply): void {
    if (this.#initialized) {
      refuseState(reply, 'InitError')
      return
    }
    this.#initialized = true
    accept(reply)
    this.#events.onInitError(request.body.toString('utf8'), errorTypeOf(request))
  }

  #answer(id: string, verb: 'response' | 'error', request: HttpRequest, reply: Reply): void {
    const current = this.#current
    if (!current || id !== current.requestId) {
      refuse(reply, 400, 'InvalidRequestID', 'Invalid request ID')
      return
    }
    const attempt = request.headers[INVOCATION_ID_HEADER]
    if (attempt !== undefined && attempt !== current.invocationId) {
      refuse(reply, 400, 'InvalidInvocationId', 'Invalid invocation ID')
      return
    }
    this.#current = undefined
    this.reportedMemoryKb = Number(request.headers[MEMORY_HEADER] ?? 0)
    const limit = bodyLimit(verb, request, current)
    if (request.bodyLength > limit) {
      this.#events.onAnswer({ kind: 'too-large' })
      const text = `Exceeded maximum allowed payload size (${limit} bytes).`
      refuse(reply, 413, 'RequestEntityTooLarge', text)
      return
    }
    this.#events.onAnswer(answerOf(verb, request))
    accept(reply)
  }
}

function isStreamed({ headers }: HttpRequest): boolean {
  return headers[RESPONSE_MODE_HEADER] === 'streaming'
}

function bodyLimit(
  verb: 'response' | 'error',
  request: HttpRequest,
  { onStream }: Delivery,
): number {
  if (verb === 'error') return MAX_BODY_BYTES
  if (!isStreamed(request)) return MAX_RESPONSE_BYTES
  return onStream ? MAX_STREAMED_BYTES : MAX_BODY_BYTES
}

function answerOf(verb: 'response' | 'error', { body, trailers }: HttpRequest): Answer {
  const payload = body.toString('utf8')
  if (verb === 'error') return { kind: 'error', payload }
  // A streamed answer tells of its failure after the body.
  const failed = trailers[ERROR_BODY_TRAILER]
  if (failed === undefined) return { kind: 'response', payload }
  return { kind: 'error', payload: Buffer.from(failed, 'base64').toString('utf8') }
}

/** What the platform's log calls the failure: it knows only the runtimes' own types. */
function errorTypeOf({ headers }: HttpRequest): string {
  const type = headers[ERROR_TYPE_HEADER] ?? ''
  return PLATFORM_ERROR_TYPE.test(type) ? type : UNKNOWN_ERROR_TYPE
}

function accept(reply: Reply): void {
  reply(202, {}, '{"status":"OK"}\n')
}

function refuse(reply: Reply, status: number, errorType: string, errorMessage: string): void {
  reply(status, {}, `${JSON.stringify({ errorMessage, errorType })}\n`)
}

function refuseState(reply: Reply, state: string): void {
  const reason = 'failed for runtime. Error: State transition is not allowed'
  refuse(reply, 403, 'InvalidStateTransition', `State transition to ${state} ${reason}`)
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
