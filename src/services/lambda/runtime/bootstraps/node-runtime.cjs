'use strict'
// Serves invocations as the runtimes up to Node.js 22 do: with callbacks, and with what the event
// loop still has to do (see aws-lambda-nodejs-runtime-interface-client 3).
const { ofEnvironment, ofInvocation, setTraceId } = require('./node-context.cjs')
const { errorDocument, runtimeError } = require('./node-errors.cjs')
const { highWaterMark, isAsync, isStreaming } = require('./node-handler.cjs')
const { logError } = require('./node-log.cjs')
const { responseStream } = require('./node-stream.cjs')

const UNCAUGHT_EXIT_CODE = 129
const UNHANDLED_EXIT_CODE = 128
const UNSETTLED_EXIT_CODE = 13
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId')
const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly ' +
  'caused by a Promise that was never settled. For more information, see ' +
  'https://nodejs.org/docs/latest/api/process.html#exit-codes'
const NEVER_LOADED =
  'Warning: Detected unsettled top-level await at file:///var/runtime/index.mjs\n'

const isPromise = (value) => typeof value?.then === 'function'

function serialize(result) {
  let text
  try {
    text = JSON.stringify(result === undefined ? null : result)
  } catch {
    throw new Error('Unable to stringify response body')
  }
  // What AWS's native client says of what JSON leaves out: functions, symbols.
  if (text === undefined) throw new TypeError('Wrong arguments')
  return text
}

/** Named as AWS's, since it shows in stack traces. */
class Runtime {
  constructor(client) {
    this.client = client
    /** What to do once the event loop is empty. */
    this.onEmptyLoop = () => {
      process.stderr.write(NEVER_LOADED)
      process.exit(UNSETTLED_EXIT_CODE)
    }
    this.requestId = undefined
    /** The answer that is about to leave. */
    this.answered = undefined
    process.on('uncaughtException', (error) => {
      logError('Uncaught Exception', error)
      this.die(error, UNCAUGHT_EXIT_CODE)
    })
    process.on('unhandledRejection', (reason) => {
      const error = runtimeError('UnhandledPromiseRejection', reason)
      logError('Unhandled Promise Rejection', error)
      this.die(error, UNHANDLED_EXIT_CODE)
    })
    process.on('beforeExit', () => this.onEmptyLoop())
  }

  die(error, exitCode) {
    this.onEmptyLoop = () => {}
    const document = errorDocument(error)
    if (this.requestId) {
      this.client.answerNow(this.requestId, this.answered ?? { document })
      process.exit(exitCode)
    }
    this.dying = true
    this.client.initError(document, () => process.exit(exitCode))
  }

  failInit(error) {
    logError('Uncaught Exception', error)
    this.die(error, UNCAUGHT_EXIT_CODE)
  }

  serve(handler) {
    this.handler = handler
    this.handleOnce = isStreaming(handler) ? this.handleOnceStreaming : this.handleOnceNonStreaming
    // A rejection that nobody handles shows first, and fails the initialization.
    setImmediate(() => this.dying || this.next())
  }

  /** Each invocation starts in a turn of the event loop of its own. */
  take({ headers, body }) {
    setImmediate(() => {
      this.requestId = headers['lambda-runtime-aws-request-id']
      global[REQUEST_ID] = this.requestId
      setTraceId(headers)
      this.onEmptyLoop = () => {}
      this.handleOnce(headers, body).catch((error) => {
        console.log(`Unexpected Top Level Error: ${error}`)
        this.die(error, UNCAUGHT_EXIT_CODE)
      })
    })
  }

  next() {
    this.client.next((invocation) => this.take(invocation))
  }

  succeed(result) {
    this.answer({ text: serialize(result) })
  }

  fail(error) {
    logError('Invoke Error', error)
    this.answer({ document: errorDocument(error) })
  }

  /** What nobody caught until now ends the process, before it takes another invocation. */
  answer(answer) {
    this.onEmptyLoop = () => {}
    this.answered = answer
    setImmediate(() => {
      this.answered = undefined
      this.client.answer(this.requestId, answer, (invocation) => this.take(invocation))
    })
  }

  async handleOnceNonStreaming(headers, body) {
    let answered = false
    const once = (action) => {
      if (answered) return
      action()
      answered = true
    }
    const done = (error, result) =>
      once(() => (error === undefined || error === null ? this.succeed(result) : this.fail(error)))
    const waiting = waitingSwitch()
    const callback = (error, result) => {
      if (error !== undefined && error !== null) return once(() => this.fail(error))
      if (!waiting.callbackWaitsForEmptyEventLoop) return once(() => this.succeed(result))
      once(() => {
        this.onEmptyLoop = () => setImmediate(() => this.succeed(result))
      })
    }
    this.onEmptyLoop = () => {
      if (!isAsync(this.handler)) return done(null, null)
      done(runtimeError('NodeJsExit', NEVER_SETTLED))
    }
    try {
      const context = Object.assign(
        waiting,
        {
          succeed: (result) => done(null, result),
          fail: (error) => done(error ?? 'handled'),
          done,
        },
        ofEnvironment(),
        ofInvocation(headers),
      )
      const result = this.handler(JSON.parse(body), context, callback)
      if (isPromise(result)) result.then(context.succeed, context.fail).catch(context.fail)
    } catch (error) {
      callback(error)
    }
  }

  async handleOnceStreaming(headers, body) {
    const stream = responseStream(this.requestId, highWaterMark(this.handler))
    const context = Object.assign(waitingSwitch(), ofEnvironment(), ofInvocation(headers))
    try {
      const result = this.handler(JSON.parse(body), stream.writable, context)
      if (!isPromise(result)) throw 'Streaming does not support non-async handlers.'
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.')
      await stream.sent
      if (!stream.writable.writableFinished) throw 'Response stream is not finished.'
    } catch (error) {
      logError('Invoke Error', error)
      await stream.fail(errorDocument(error))
    }
    if (!context.callbackWaitsForEmptyEventLoop) return this.next()
    this.onEmptyLoop = () => {
      this.onEmptyLoop = () => {}
      setImmediate(() => this.next())
    }
  }
}

/** What the handler sets counts when the invocation ends. */
function waitingSwitch() {
  let waits = true
  return {
    get callbackWaitsForEmptyEventLoop() {
      return waits
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value
    },
  }
}

/** Text logs show `undefined` before the first invocation. */
const currentRequestId = () => global[REQUEST_ID]

module.exports = { Runtime, currentRequestId }
