'use strict'
// Serves invocations as the runtimes from Node.js 24 on do: handlers return promises, and errors
// that nobody catches are Node.js's own affair (see aws-lambda-nodejs-runtime-interface-client 4).
const { ofEnvironment, ofInvocation, setTraceId } = require('./node-context.cjs')
const { errorDocument, onAws, runtimeError } = require('./node-errors.cjs')
const { highWaterMark, isStreaming } = require('./node-handler.cjs')
const { logError } = require('./node-log.cjs')
const { responseStream } = require('./node-stream.cjs')

const KEYS = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
}

/** What `awslambda.InvokeStore` is: values that belong to the invocation being served. */
class InvokeStore {
  static PROTECTED_KEYS = KEYS
  #context

  getContext() {
    return this.#context
  }

  hasContext() {
    return this.#context !== undefined
  }

  get(key) {
    return this.#context?.[key]
  }

  set(key, value) {
    if (this.isProtectedKey(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`)
    }
    this.#context ??= {}
    this.#context[key] = value
  }

  run(context, action) {
    this.#context = context
    return action()
  }

  isProtectedKey(key) {
    return Object.values(KEYS).includes(key)
  }

  getRequestId() {
    return this.get(KEYS.REQUEST_ID) ?? '-'
  }

  getXRayTraceId() {
    return this.get(KEYS.X_RAY_TRACE_ID)
  }

  getTenantId() {
    return this.get(KEYS.TENANT_ID)
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

function serialize(result) {
  let text
  try {
    text = JSON.stringify(result === undefined ? null : result)
  } catch {
    throw runtimeError('JSONStringifyError', 'Unable to stringify response body')
  }
  // What AWS's native client says of what JSON leaves out: functions, symbols.
  if (text === undefined) throw new TypeError('Wrong arguments')
  return text
}

/** Named as AWS's, as is the one below, since they show in stack traces. */
class BufferedInvokeProcessor {
  constructor(client, handler) {
    this.client = client
    this.handler = handler
  }

  /** Resolves to the next invocation. */
  async processInvoke(context, event) {
    const { awsRequestId } = context
    try {
      const result = await this.handler(event, context)
      await turn()
      const text = serialize(result)
      return new Promise((resolve) => this.client.answer(awsRequestId, { text }, resolve))
    } catch (error) {
      await turn()
      logError('Invoke Error', error)
      const document = errorDocument(error)
      return new Promise((resolve) => this.client.answer(awsRequestId, { document }, resolve))
    }
  }
}

class StreamingInvokeProcessor {
  constructor(client, handler) {
    this.client = client
    this.handler = handler
  }

  async processInvoke(context, event) {
    const stream = responseStream(context.awsRequestId, highWaterMark(this.handler))
    try {
      const result = this.handler(event, stream.writable, context)
      if (typeof result?.then !== 'function') {
        throw new Error('Streaming does not support non-async handlers.')
      }
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.')
      await stream.sent
      if (!stream.writable.writableFinished) throw new Error('Response stream is not finished.')
    } catch (error) {
      await turn()
      logError('Invoke Error', error)
      await stream.fail(errorDocument(error))
    }
    return new Promise((resolve) => this.client.next(resolve))
  }
}

class Runtime {
  constructor(client) {
    this.client = client
  }

  /** As it is thrown on, Node.js shows it and ends the process. */
  async failInit(error) {
    logError('Init Error', error)
    await new Promise((resolve) => this.client.initError(errorDocument(error), resolve))
    if (error instanceof Error) error.stack = onAws(String(error.stack))
    throw error
  }

  async serve(handler) {
    const Processor = isStreaming(handler) ? StreamingInvokeProcessor : BufferedInvokeProcessor
    const processor = new Processor(this.client, handler)
    let invocation = await new Promise((resolve) => this.client.next(resolve))
    for (;;) invocation = await this.process(processor, invocation)
  }

  process(processor, { headers, body }) {
    const xRayTraceId = headers['lambda-runtime-trace-id']
    const { functionName, ...others } = ofEnvironment()
    const context = { ...ofInvocation(headers, { xRayTraceId }), functionName, ...others }
    setTraceId(headers)
    const values = {
      [KEYS.REQUEST_ID]: context.awsRequestId,
      [KEYS.X_RAY_TRACE_ID]: xRayTraceId,
    }
    return invokeStore.run(values, () => processor.processInvoke(context, JSON.parse(body)))
  }
}

const invokeStore = new InvokeStore()
/** `-` before the first invocation. */
const currentRequestId = () => invokeStore.getRequestId()

module.exports = { Runtime, currentRequestId, invokeStore }
