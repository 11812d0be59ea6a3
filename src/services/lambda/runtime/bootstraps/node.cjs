'use strict'
// Runs a function of a Node.js runtime: loads the handler, takes invocations from the Runtime API
// and answers them, as AWS's runtime does (see aws-lambda-nodejs-runtime-interface-client).
// A plain script without dependencies: it also runs on the older versions that a machine may have.
const Module = require('node:module')
const { createRequire } = Module
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { patchConsole, setRequestId, logError } = require('./node-log.cjs')
const { RuntimeClient } = require('./node-client.cjs')
const { errorDocument, intoError, runtimeError, setFolders } = require('./node-errors.cjs')
const { responseStream, HttpResponseStream } = require('./node-stream.cjs')

const UNCAUGHT_EXIT_CODE = 129
const UNHANDLED_EXIT_CODE = 128
const UNSETTLED_EXIT_CODE = 13
/** From this version on, handlers have no callback and no succeed, fail and done. */
const FIRST_WITHOUT_CALLBACKS = 24
const NO_CALLBACKS =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with ' +
  'Node.js 24. You need to modify this function to use a supported handler signature to use ' +
  'Node.js 24 or later. For more information see ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.'
const CALLBACKS_END =
  'AWS Lambda plans to remove support for callback-based function handlers starting with Node.js ' +
  '24. You will need to update this function to use an async handler to use Node.js 24 or later. ' +
  'For more information and to provide feedback on this change, see ' +
  'https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this ' +
  'warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.'
const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly ' +
  'caused by a Promise that was never settled. For more information, see ' +
  'https://nodejs.org/docs/latest/api/process.html#exit-codes'
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')
/** What the Node.js runtimes ship: the AWS SDK and what it consists of. */
const SHIPPED = /^@(aws-sdk|smithy|aws-crypto|aws)\//

const env = process.env
let taskRoot = ''
let runtimeMajor = 0

function takeVariable(name) {
  const value = env[name]
  delete env[name]
  return value
}

/** Lets the function import the SDK that it did not bring; its own copy goes first. */
function offerSdk(folder) {
  if (!folder) return
  const from = createRequire(path.join(folder, 'index.js'))
  const parentURL = pathToFileURL(path.join(folder, 'index.js')).href
  if (Module.registerHooks) {
    const resolve = (specifier, context, next) => {
      if (!SHIPPED.test(specifier)) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (context.conditions.includes('import')) return next(specifier, { ...context, parentURL })
        const found = tryResolve(from, specifier)
        if (!found) throw error
        return next(found, context)
      }
    }
    Module.registerHooks({ resolve })
    return
  }
  offerSdkBeforeHooks(from, parentURL)
}

function tryResolve(from, specifier) {
  try {
    return from.resolve(specifier)
  } catch {
    return undefined
  }
}

/** Versions without `registerHooks` (before 22.15): one way for require, another for import. */
function offerSdkBeforeHooks(from, parentURL) {
  const resolveFilename = Module._resolveFilename
  Module._resolveFilename = function (request, ...rest) {
    try {
      return resolveFilename.call(this, request, ...rest)
    } catch (error) {
      const found = SHIPPED.test(request) && tryResolve(from, request)
      if (!found) throw error
      return found
    }
  }
  const hook = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context) } catch (error) {
      if (!${SHIPPED}.test(specifier)) throw error
      return next(specifier, { ...context, parentURL: ${JSON.stringify(parentURL)} })
    }
  }`
  Module.register?.(`data:text/javascript,${encodeURIComponent(hook)}`)
}

/** `dir/file.name.fn` -> the module `dir/file` and the path `name.fn` inside it. */
function splitHandler(handler) {
  if (handler.includes('..')) {
    const hint = 'Use absolute paths when specifying root directories in handler names.'
    throw runtimeError('MalformedHandlerName', `'${handler}' is not a valid handler name. ${hint}`)
  }
  const name = path.basename(handler)
  const folder = handler.slice(0, handler.indexOf(name))
  const parts = /^([^.]*)\.(.*)$/.exec(name)
  if (!parts) throw runtimeError('MalformedHandlerName', 'Bad handler')
  return { folder, module: parts[1], exported: parts[2] }
}

/** Whether the nearest package.json makes `.js` files ES modules. */
function isModuleFolder(folder) {
  if (folder.endsWith('/node_modules')) return false
  const file = path.join(folder, 'package.json')
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8'))?.type === 'module'
    } catch (error) {
      const text = `${file} cannot be read, it will be ignored for ES module detection purposes.`
      console.warn(text, error)
      return false
    }
  }
  return folder !== path.dirname(folder) && isModuleFolder(path.dirname(folder))
}

async function loadModule({ folder, module }) {
  const file = path.resolve(taskRoot, folder, module)
  // As if from AWS's own file, which "Cannot find module" names.
  const requireIt = createRequire(path.join(__dirname, 'index.mjs'))
  const importIt = (extension) => import(pathToFileURL(file + extension).href)
  if (fs.existsSync(file) && fs.statSync(file).isFile()) return requireIt(file)
  if (fs.existsSync(`${file}.js`)) {
    return isModuleFolder(path.dirname(file)) ? importIt('.js') : requireIt(`${file}.js`)
  }
  if (fs.existsSync(`${file}.mjs`)) return importIt('.mjs')
  if (fs.existsSync(`${file}.cjs`)) return requireIt(`${file}.cjs`)
  return requireIt(requireIt.resolve(module, { paths: [taskRoot, path.join(taskRoot, folder)] }))
}

async function loadHandler(handler) {
  const place = splitHandler(handler)
  const loaded = await loadModule(place).catch((error) => {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', error)
    if (error?.code === 'MODULE_NOT_FOUND') throw runtimeError('ImportModuleError', error)
    throw error
  })
  const found = place.exported.split('.').reduce((object, key) => object?.[key], loaded)
  if (!found) throw runtimeError('HandlerNotFound', `${handler} is undefined or not exported`)
  if (typeof found !== 'function') {
    throw runtimeError('HandlerNotFound', `${handler} is not a function`)
  }
  const streaming = found[STREAMING]
  if (streaming && streaming !== 'response') {
    throw runtimeError('MalformedStreamingHandler', 'Only response streaming is supported.')
  }
  if (runtimeMajor >= FIRST_WITHOUT_CALLBACKS && found.length >= 3 && !streaming) {
    throw runtimeError('CallbackHandlerDeprecated', NO_CALLBACKS)
  }
  if (isCallbackHandler(found) && env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING === undefined) {
    console.warn(CALLBACKS_END)
  }
  return found
}

function isCallbackHandler(handler) {
  return handler.length === 3 && !isAsync(handler) && !handler[STREAMING]
}

const isAsync = (handler) => handler.constructor?.name === 'AsyncFunction'

function parseHeader(text, name) {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`)
  }
}

function invocationContext(headers) {
  const trace = headers['lambda-runtime-trace-id']
  if (trace) env._X_AMZN_TRACE_ID = trace
  else delete env._X_AMZN_TRACE_ID
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

const isPromise = (value) => typeof value?.then === 'function'

/** Named as AWS's, since it shows in stack traces. */
class Runtime {
  constructor(client, handler) {
    this.client = client
    this.handler = handler
    /** What to do once the event loop is empty. */
    this.onEmptyLoop = () => {}
    this.requestId = undefined
    if (handler[STREAMING]) this.handleOnce = this.handleOnceStreaming
    else if (runtimeMajor >= FIRST_WITHOUT_CALLBACKS) this.handleOnce = this.handleOnceAsync
    else this.handleOnce = this.handleOnceNonStreaming
  }

  /** Each invocation starts in a turn of the event loop of its own. */
  take({ headers, body }) {
    setImmediate(() => {
      this.requestId = headers['lambda-runtime-aws-request-id']
      setRequestId(this.requestId)
      this.onEmptyLoop = () => {}
      this.handleOnce(headers, body)
    })
  }

  next() {
    this.client.next((invocation) => this.take(invocation))
  }

  succeed(result) {
    const text = serialize(result)
    this.onEmptyLoop = () => {}
    this.client.answer(this.requestId, text, (invocation) => this.take(invocation))
  }

  fail(error) {
    logError('Invoke Error', error)
    this.onEmptyLoop = () => {}
    const document = errorDocument(error)
    this.client.answerError(this.requestId, document, (invocation) => this.take(invocation))
  }

  handleOnceNonStreaming(headers, body) {
    let answered = false
    const once = (action) => {
      if (answered) return
      action()
      answered = true
    }
    const done = (error, result) =>
      once(() => (error === undefined || error === null ? this.succeed(result) : this.fail(error)))
    let waits = true
    const callback = (error, result) => {
      if (error !== undefined && error !== null) return once(() => this.fail(error))
      if (!waits) return once(() => this.succeed(result))
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
        {
          get callbackWaitsForEmptyEventLoop() {
            return waits
          },
          set callbackWaitsForEmptyEventLoop(value) {
            waits = value
          },
          succeed: (result) => done(null, result),
          fail: (error) => done(error ?? 'handled'),
          done,
        },
        invocationContext(headers),
      )
      const result = this.handler(JSON.parse(body), context, callback)
      if (isPromise(result)) result.then(context.succeed, context.fail).catch(context.fail)
    } catch (error) {
      callback(error)
    }
  }

  async handleOnceAsync(headers, body) {
    this.onEmptyLoop = () => process.exit(UNSETTLED_EXIT_CODE)
    try {
      this.succeed(await this.handler(JSON.parse(body), invocationContext(headers)))
    } catch (error) {
      this.fail(error)
    }
  }

  async handleOnceStreaming(headers, body) {
    const { requestId } = this
    const stream = responseStream(env.AWS_LAMBDA_RUNTIME_API, requestId, {
      highWaterMark: this.handler[HIGH_WATER_MARK],
    })
    try {
      const context = { ...invocationContext(headers), callbackWaitsForEmptyEventLoop: true }
      const result = this.handler(JSON.parse(body), stream.writable, context)
      if (!isPromise(result)) throw 'Streaming does not support non-async handlers.'
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.')
      if (!stream.writable.writableEnded) throw 'Response stream is not finished.'
      await stream.sent
    } catch (error) {
      logError('Invoke Error', error)
      await stream.fail(errorDocument(error))
    }
    this.next()
  }
}

function serialize(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null'
  } catch {
    throw new Error('Unable to stringify response body')
  }
}

function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response'
  if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark
  return handler
}

/** Becomes the function that the server has for a process started ahead. */
async function assigned(client) {
  // The loader of ES modules takes a while to start: now nobody waits.
  await import('data:text/javascript,')
  const { variables, cwd } = await new Promise((resolve) => client.assignment(resolve))
  const { TZ } = env
  for (const name of Object.keys(env)) delete env[name]
  Object.assign(env, { TZ }, variables)
  process.chdir(cwd)
  Module._initPaths()
}

async function main() {
  const client = new RuntimeClient(env.AWS_LAMBDA_RUNTIME_API)
  if (env._WINDTUNNEL_SPARE) await assigned(client)
  taskRoot = env.LAMBDA_TASK_ROOT
  runtimeMajor = Number(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV)?.[1] ?? 0)
  setFolders(taskRoot, __dirname)
  patchConsole(takeVariable('_LAMBDA_TELEMETRY_LOG_FD'))
  takeVariable('_WINDTUNNEL_OPT')
  offerSdk(takeVariable('_WINDTUNNEL_SDK')?.split(':')[0])
  let runtime
  let dying = false
  const die = (title, error, exitCode) => {
    dying = true
    logError(title, error)
    const document = errorDocument(error)
    const exit = () => process.exit(exitCode)
    if (runtime?.requestId) client.answerErrorOnly(runtime.requestId, document, exit)
    else client.initError(document, exit)
  }
  process.on('uncaughtException', (error) =>
    die('Uncaught Exception', intoError(error), UNCAUGHT_EXIT_CODE),
  )
  process.on('unhandledRejection', (reason) => {
    const error = runtimeError('UnhandledPromiseRejection', reason)
    die('Unhandled Promise Rejection', error, UNHANDLED_EXIT_CODE)
  })
  process.on('beforeExit', () => runtime?.onEmptyLoop())
  globalThis.awslambda = { streamifyResponse, HttpResponseStream }
  try {
    const handler = await loadHandler(env._HANDLER)
    runtime = new Runtime(client, handler)
  } catch (error) {
    return die('Uncaught Exception', intoError(error), UNCAUGHT_EXIT_CODE)
  }
  // A rejection that nobody handles shows first, and fails the initialization.
  setImmediate(() => dying || runtime.next())
}

main()
