/** restJson1: members in path, query string, headers and status; the rest is a JSON body. */
import { AwsError } from '../errors.ts'
import type { Member, Model, OperationModel, Shape, StructureShape } from '../model.ts'
import { javaType, messageKey, statusOf } from './error-shape.ts'
import {
  jsonReader,
  jsonWriter,
  serializationException,
  structureReader,
  structureWriter,
} from './json-values.ts'
import type { Protocol, WireRequest } from './protocol.ts'
import { type Routed, route } from './rest-router.ts'
import { readText, writeText } from './text-values.ts'

type Fields = Record<string, unknown>

/** What AWS's shared front end says to a path or method that no operation has. */
function unknownPath(): AwsError {
  const text = 'Unable to determine service/operation name to be authorized'
  return new AwsError('AccessDeniedException', text, { status: 403 })
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw serializationException(`'${text}' is not a valid percent-encoding`)
  }
}

function fromText(shape: Shape, text: string): unknown {
  const value = readText(shape.kind, text)
  if (value !== undefined) return value
  throw serializationException(`STRING_VALUE can not be converted to ${javaType(shape.kind)}`)
}

function fromQuery(shape: Shape, texts: string[]): unknown {
  if ('item' in shape) return texts.map((text) => fromText(shape.item.shape, text))
  return fromText(shape, texts[0] ?? '')
}

/** Query parameters that no member binds by name, for a member that takes them all. */
function otherParameters(shape: Shape, parameters: URLSearchParams, bound: Set<string>): Fields {
  const listed = 'value' in shape && 'item' in shape.value.shape
  const names = new Set([...parameters.keys()].filter((name) => !bound.has(name)))
  return Object.fromEntries(
    [...names].map((name) => {
      const texts = parameters.getAll(name)
      return [name, listed ? texts : (texts[0] ?? '')]
    }),
  )
}

function parsedBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const text = `Could not parse request body into json: ${reason}`
    throw new AwsError('InvalidRequestContentException', text)
  }
}

function payload(shape: Shape, body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (shape.kind === 'blob' || shape.kind === 'stream') return body
  if (shape.kind === 'string') return body.toString('utf8')
  return jsonReader(shape)(parsedBody(body), 0)
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function prefixed(headers: WireRequest['headers'], prefix: string): Fields {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix.toLowerCase()))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
}

/** The members that stand outside the body. */
function boundInput(
  operation: OperationModel,
  request: WireRequest,
  labels: Routed['labels'],
): Fields {
  const parameters = new URLSearchParams(request.query)
  const { members } = operation.input
  const named = new Set(members.flatMap(({ traits }) => traits.at ?? []))
  const input: Fields = {}
  for (const { name, shape, traits } of members) {
    const at = traits.at ?? ''
    if (traits.in === 'label') {
      input[name] = fromText(shape, unescaped(labels.get(name) ?? ''))
    } else if (traits.in === 'query' && parameters.has(at)) {
      input[name] = fromQuery(shape, parameters.getAll(at))
    } else if (traits.in === 'header' && request.headers[at] !== undefined) {
      input[name] = fromText(shape, request.headers[at])
    } else if (traits.in === 'prefix') {
      input[name] = prefixed(request.headers, at)
    } else if (traits.in === 'params') {
      input[name] = otherParameters(shape, parameters, named)
    }
  }
  return input
}

const routes = new WeakMap<WireRequest, Routed>()

function routed(model: Model, request: WireRequest): Routed | undefined {
  const known = routes.get(request)
  if (known) return known
  const found = route(model, request.method, request.path, request.query)
  if (found) routes.set(request, found)
  return found
}

interface Body {
  read: ReturnType<typeof structureReader>
  write: ReturnType<typeof structureWriter>
}

const bodies = new WeakMap<StructureShape, Body>()

/** Reads and writes the members that belong in the JSON body. */
function bodyOf(shape: StructureShape): Body {
  let body = bodies.get(shape)
  if (!body) {
    const members = shape.members.filter(({ traits }) => traits.in === undefined)
    body = { read: structureReader(members), write: structureWriter(members) }
    bodies.set(shape, body)
  }
  return body
}

function boundHeaders(members: readonly Member[], output: Fields): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { name, shape, traits } of members) {
    const value = output[name]
    if (value === undefined || value === null || traits.at === undefined) continue
    if (traits.in === 'prefix') {
      for (const [key, text] of Object.entries(value)) headers[traits.at + key] = String(text)
    } else if (traits.in === 'header') {
      headers[traits.at] = writeText(shape.kind, value, 'httpDate')
    }
  }
  return headers
}

function payloadBody({ name, shape }: Member, output: Fields): string | Buffer {
  const value = output[name]
  if (value === undefined || value === null || isStream(value)) return ''
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  if (shape.kind === 'blob' || shape.kind === 'stream' || shape.kind === 'string') {
    return String(value)
  }
  return JSON.stringify(jsonWriter(shape)(value))
}

/** The events of an event stream, encoded as they come. */
function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

const NO_CONTENT = 204

export const restJson: Protocol = {
  operation(model, request) {
    const found = routed(model, request)
    if (!found) throw unknownPath()
    return found.operation
  },

  decode(model, operation, request) {
    const labels = routed(model, request)?.labels ?? new Map<string, string>()
    const bound = boundInput(operation, request, labels)
    const whole = operation.input.members.find(({ traits }) => traits.in === 'payload')
    if (whole) {
      return withoutUndefined({ ...bound, [whole.name]: payload(whole.shape, request.body) })
    }
    const inBody = operation.input.members.some(({ traits }) => traits.in === undefined)
    if (!inBody) return bound
    return { ...bodyOf(operation.input).read(parsedBody(request.body), 0), ...bound }
  },

  encode(_model, operation, output, requestId) {
    const fields = output as Fields
    const { members, name: shapeName } = operation.output
    const statusMember = members.find(({ traits }) => traits.in === 'status')
    const chosen = statusMember && fields[statusMember.name]
    const status = typeof chosen === 'number' ? chosen : (operation.http?.status ?? 200)
    const headers: Record<string, string> = {
      'x-amzn-requestid': requestId,
      ...boundHeaders(members, fields),
    }
    const whole = members.find(({ traits }) => traits.in === 'payload')
    let body: string | Buffer = ''
    if (whole) body = payloadBody(whole, fields)
    else if (shapeName !== 'Unit' && status !== NO_CONTENT) {
      body = JSON.stringify(bodyOf(operation.output).write(output))
    }
    if (body.length > 0) headers['content-type'] ??= 'application/json'
    const value = whole && fields[whole.name]
    return { status, headers, body, ...(isStream(value) && { stream: value }) }
  },

  encodeError(model, error, requestId) {
    const known = model.error(error.code)
    const members = known?.shape.members ?? []
    const typed = members.some(({ name }) => name === 'Type')
    const type = error.fault === 'Sender' ? 'User' : 'Service'
    const fields: Fields = { ...(typed && { Type: type }), ...error.fields }
    const body = known ? bodyOf(known.shape).write(fields) : {}
    body[messageKey(error.code, known)] = error.message
    return {
      status: statusOf(error, known),
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': known?.name ?? error.code,
        ...boundHeaders(members, error.fields),
      },
      body: JSON.stringify(body),
    }
  },
}
