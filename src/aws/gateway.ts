/** The life of a request, as one list of steps: from the bytes that came to the bytes that go. */
import type { CallStep, Cause } from '../trace/record.ts'
import {
  type AuthenticationOptions,
  authenticate,
  nobody,
  signatureError,
} from './authentication.ts'
import type { Caller } from './authority.ts'
import type { RequestFacts } from './context.ts'
import { AwsError, notImplemented } from './errors.ts'
import { Execution } from './execution.ts'
import type { OperationModel } from './model.ts'
import type { Platform } from './platform.ts'
import {
  type Protocol,
  protocolFor,
  type WireRequest,
  type WireResponse,
} from './protocols/protocol.ts'
import { route } from './routing.ts'
import { KeptFailure, type Operation, type Service, type Waiting } from './service.ts'
import { readSignature, type Signature, SignatureError } from './sigv4.ts'
import { parseTraceHeader } from './trace-header.ts'
import { unknownService } from './unknown-service.ts'
import { validate } from './validate.ts'

export interface GatewayOptions {
  platform: Platform
  authentication: AuthenticationOptions
  defaultRegion: string
  /** Told of what is our fault: answered as InternalFailure, never hidden. */
  onDefect: (error: unknown) => void
}

export interface Peer {
  readonly address: string
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal
}

/** Stands in the trace for what AWS's model marks as sensitive. */
const HIDDEN = '(hidden)'
/** Larger inputs are left out of the trace. */
const MAX_TRACED_BODY_BYTES = 2048

export class Gateway {
  readonly #platform: Platform
  readonly #options: GatewayOptions

  constructor(options: GatewayOptions) {
    this.#platform = options.platform
    this.#options = options
  }

  /** Answers every request; what goes wrong is answered in the service's own form. */
  async handle(request: WireRequest, peer: Peer): Promise<WireResponse> {
    const requestId = this.#platform.ids.uuid()
    const signature = attempt(() => readSignature(request))
    const named = signature instanceof SignatureError ? undefined : signature
    const { service, name, region } = route(request, named, this.#platform.services)
    if (!service) return unknownService(request, name, requestId)
    const protocol = protocolFor(service.model, request)
    try {
      if (signature instanceof SignatureError) {
        const wording = { protocol: service.model.protocol, service: service.name }
        throw signatureError(signature.fault, signature.message, wording)
      }
      const visit = { request, peer, requestId, service, protocol, signature, region }
      return await this.#run(visit)
    } catch (error) {
      return this.#answerError(error, service, protocol, requestId)
    }
  }

  async #run(visit: Visit): Promise<WireResponse> {
    const { request, requestId, service, protocol } = visit
    const caller = this.#authenticate(visit)
    const operation = protocol.operation(service.model, request)
    if (!service.operations[operation.name]) throw notImplemented(service.name, operation.name)
    service.before?.()
    const parent = parseTraceHeader(request.headers['x-amzn-trace-id'])
    const execution = this.#execution(visit, operation, caller, parent)
    const output = await this.#execute(execution, visit, operation, parent)
    await this.#platform.store.durable()
    return protocol.encode(service.model, operation, output, requestId)
  }

  #authenticate({ request, signature, service, protocol, region }: Visit): Caller {
    const { authentication, defaultRegion } = this.#options
    if (!signature && service.unsigned) {
      const { name } = protocol.operation(service.model, request)
      if (service.unsigned.has(name)) return nobody(authentication.defaultAccount)
    }
    const world = { account: authentication.defaultAccount, region: region ?? defaultRegion }
    const wording = { protocol: service.model.protocol, service: service.name }
    return this.#platform.store.transact(world, (tx) =>
      authenticate(request, signature, wording, authentication, tx),
    )
  }

  #execution(visit: Visit, operation: OperationModel, caller: Caller, parent?: Cause): Execution {
    const { request, peer, requestId, service, region } = visit
    const facts: RequestFacts = {
      service: service.name,
      operation: operation.name,
      requestId,
      caller,
      world: { account: caller.account, region: region ?? this.#options.defaultRegion },
      cause: this.#platform.trace.name(parent),
      sourceIp: peer.address,
      userAgent: request.headers['user-agent'] ?? '',
      traceHeader: request.headers['x-amzn-trace-id'],
    }
    return new Execution(this.#platform, facts, service)
  }

  /** Traces before the answer waits for the disk, so that the record shares the fsync. */
  async #execute(
    execution: Execution,
    { request, service, protocol, peer }: Visit,
    operation: OperationModel,
    parent: Cause | undefined,
  ): Promise<object> {
    const { requestId, world, cause: self, caller } = execution.facts
    const step: CallStep = {
      kind: 'call',
      service: service.name,
      operation: operation.name,
      caller: caller.arn,
      requestId,
      decisions: execution.decisions,
    }
    const { trace, clock } = this.#platform
    const at = clock.now()
    let input: Record<string, unknown> | undefined
    try {
      input = protocol.decode(service.model, operation, request)
      if (request.body.length <= MAX_TRACED_BODY_BYTES)
        step.input = withoutSecrets(input, operation)
      validate(service.model, operation, input)
      return await perform(execution, service, operation.name, input, peer)
    } catch (error) {
      step.error = asTraced(error)
      if (input && error instanceof AwsError) noteFailure(execution, service, input, error)
      throw error
    } finally {
      trace.add(trace.make({ at, world, refs: [requestId], step, cause: parent, self }))
      execution.release()
    }
  }

  #answerError(error: unknown, { model }: Service, protocol: Protocol, requestId: string) {
    if (error instanceof AwsError) return protocol.encodeError(model, error, requestId)
    this.#options.onDefect(error)
    const text = 'The request processing has failed because of an unknown error.'
    const code = model.protocol === 'ec2Query' ? 'InternalError' : 'InternalFailure'
    return protocol.encodeError(model, new AwsError(code, text, { status: 500 }), requestId)
  }
}

interface Visit {
  request: WireRequest
  peer: Peer
  requestId: string
  service: Service
  protocol: Protocol
  signature: Signature | undefined
  region: string | undefined
}

function withoutSecrets(input: Record<string, unknown>, { input: { members } }: OperationModel) {
  const secrets = members.filter(({ name, traits }) => traits.secret && name in input)
  if (secrets.length === 0) return input
  const hidden = secrets.map(({ name }) => [name, HIDDEN])
  return { ...input, ...Object.fromEntries(hidden) }
}

async function perform(
  execution: Execution,
  service: Service,
  name: string,
  input: object,
  peer: Peer,
): Promise<object> {
  const operation = service.operations[name] as Operation | Waiting
  if (typeof operation === 'function') {
    const output = inOneTransaction(execution, service, operation, input)
    if (!execution.asked) throw new Error(`${service.name}:${name} asked no permission`)
    return output
  }
  const output = await operation.waits(input, execution.waiting(peer))
  if (!execution.asked) throw new Error(`${service.name}:${name} asked no permission`)
  const call = { service, operation: name, input, output }
  execution.transact((ctx) => execution.platform.finished(call, ctx))
  return output
}

/** What was refused has been undone, so that it is noted on its own. */
function noteFailure(execution: Execution, service: Service, input: object, error: AwsError): void {
  const { platform, facts } = execution
  const call = { service, operation: facts.operation, input, error }
  execution.transact((ctx) => platform.finished(call, ctx))
}

function inOneTransaction(
  execution: Execution,
  service: Service,
  operation: Operation,
  input: object,
): object {
  execution.hold()
  const { platform, facts } = execution
  const wrapped = service.around?.(operation) ?? operation
  const output = execution.transact((ctx) => {
    const output = wrapped(input, ctx)
    if (output instanceof KeptFailure) return output
    platform.finished({ service, operation: facts.operation, input, output }, ctx)
    return output
  })
  if (output instanceof KeptFailure) throw output.error
  return output
}

/** A fault of the signature is answered only once it is known in whose form. */
function attempt(read: () => Signature | undefined): Signature | undefined | SignatureError {
  try {
    return read()
  } catch (error) {
    if (error instanceof SignatureError) return error
    throw error
  }
}

function asTraced(error: unknown): { code: string; message: string } {
  if (error instanceof AwsError) return { code: error.code, message: error.message }
  return { code: 'InternalFailure', message: String(error) }
}
