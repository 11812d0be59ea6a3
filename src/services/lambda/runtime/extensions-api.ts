/**
 * The Extensions API (2020-01-01) and the Telemetry API (2022-07-01) over HTTP, on the address of
 * the Runtime API. Errors as in the reference emulator.
 */
import { type Extension, type ExtensionEventType, type Extensions, Refusal } from './extensions.ts'
import type { HttpRequest, Reply } from './http.ts'
import { subscriptionOf } from './telemetry-api.ts'

const PREFIX = '/2020-01-01/extension/'
const TELEMETRY_PATH = /^\/2022-07-01\/telemetry\/?$/
const IDENTIFIER_HEADER = 'lambda-extension-identifier'
const NAME_HEADER = 'lambda-extension-name'
const ERROR_TYPE_HEADER = 'lambda-extension-function-error-type'
const FEATURES_HEADER = 'lambda-extension-accept-feature'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const VALIDATION_ERROR = 'ValidationError'

/** Answers the request if it is one of these APIs'. */
export function answerExtension(
  extensions: Extensions,
  request: HttpRequest,
  reply: Reply,
): boolean {
  const answer = answererOf(request)
  try {
    answer?.(extensions, request, reply)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { type: errorType, message: errorMessage } = error
    const status = errorType === VALIDATION_ERROR ? 400 : 403
    reply(status, {}, `${JSON.stringify({ errorMessage, errorType })}\n`)
  }
  return answer !== undefined
}

type Answerer = (extensions: Extensions, request: HttpRequest, reply: Reply) => void

function answererOf({ method, path }: HttpRequest): Answerer | undefined {
  const call = path.startsWith(PREFIX) ? `${method} ${path.slice(PREFIX.length)}` : ''
  if (call === 'POST register') return register
  if (call === 'GET event/next') return next
  if (call === 'POST init/error') return failure('InitError')
  if (call === 'POST exit/error') return failure('ExitError')
  return method === 'PUT' && TELEMETRY_PATH.test(path) ? subscribe : undefined
}

function register(extensions: Extensions, request: HttpRequest, reply: Reply): void {
  const name = request.headers[NAME_HEADER]
  if (!name) throw new Refusal('Extension.InvalidExtensionName', 'Empty extension name')
  const events = eventsOf(request.body)
  const known: string[] = extensions.isExternal(name) ? ['INVOKE', 'SHUTDOWN'] : ['INVOKE']
  const unknown = events.find((event) => !known.includes(event))
  if (unknown !== undefined) {
    throw new Refusal('Extension.InvalidEventType', `${unknown}: ErrorInvalidEventType`)
  }
  const { id } = extensions.register(name, events)
  const { functionName, functionVersion, handler, account } = extensions.image
  const features = (request.headers[FEATURES_HEADER] ?? '').split(',').map((text) => text.trim())
  const accountId = features.includes('accountId') ? { accountId: account } : {}
  const body = { ...accountId, functionName, functionVersion, handler }
  reply(200, { 'Lambda-Extension-Identifier': id }, JSON.stringify(body))
}

/** The events asked for; whether they exist is checked by the caller. */
function eventsOf(body: Buffer): ExtensionEventType[] {
  try {
    const { events = [] } = JSON.parse(body.toString('utf8'))
    if (!Array.isArray(events)) throw new Error('events must be a list')
    return events
  } catch (error) {
    throw new Refusal('InvalidRequestFormat', error instanceof Error ? error.message : '')
  }
}

function next(extensions: Extensions, request: HttpRequest, reply: Reply): void {
  const extension = identified(extensions, request)
  extensions.next(extension, (eventId, event) =>
    reply(200, { 'Lambda-Extension-Event-Identifier': eventId }, JSON.stringify(event)),
  )
}

function failure(state: 'InitError' | 'ExitError'): Answerer {
  return (extensions, request, reply) => {
    const extension = identified(extensions, request)
    const errorType = request.headers[ERROR_TYPE_HEADER]
    if (!errorType) {
      const text = 'Lambda-Extension-Function-Error-Type not found'
      throw new Refusal('Extension.MissingHeader', text)
    }
    extensions.fail(extension, state, errorType)
    reply(202, {}, '{"status":"OK"}\n')
  }
}

function subscribe(extensions: Extensions, request: HttpRequest, reply: Reply): void {
  const extension = identified(extensions, request)
  if (!extensions.telemetry.isOpen) {
    throw new Refusal('Telemetry.SubscriptionClosed', 'Telemetry API subscription is closed')
  }
  const subscription = subscriptionOf(request.body)
  if (typeof subscription === 'string') throw new Refusal(VALIDATION_ERROR, subscription)
  extensions.subscribe(extension.name, subscription)
  reply(200, {}, '"OK"')
}

function identified(extensions: Extensions, request: HttpRequest): Extension {
  const id = request.headers[IDENTIFIER_HEADER]
  if (id === undefined) {
    const text = 'Missing Lambda-Extension-Identifier header'
    throw new Refusal('Extension.MissingExtensionIdentifier', text)
  }
  if (!UUID.test(id)) {
    const text = 'Invalid Lambda-Extension-Identifier'
    throw new Refusal('Extension.InvalidExtensionIdentifier', text)
  }
  const extension = extensions.find(id)
  if (extension) return extension
  throw new Refusal('Extension.UnknownExtensionIdentifier', `Unknown extension ${id}`)
}
