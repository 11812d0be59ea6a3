'use strict'
// Finds the handler of a function.
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')
const { pathToFileURL } = require('node:url')
const { runtimeError } = require('./node-errors.cjs')

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')
const EXTENSIONS = ['', '.js', '.mjs', '.cjs']
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

// As if from AWS's own file, which "Cannot find module" names.
const requireIt = createRequire(path.join(__dirname, 'index.mjs'))
const importIt = (file) => import(pathToFileURL(file).href)

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

/** Up to Node.js 22, CommonJS is required and ES modules are imported. */
async function requireOrImport(file) {
  if (fs.existsSync(file) && fs.statSync(file).isFile()) return requireIt(file)
  if (fs.existsSync(`${file}.js`)) {
    const isModule = isModuleFolder(path.dirname(file))
    return isModule ? importIt(`${file}.js`) : requireIt(`${file}.js`)
  }
  if (fs.existsSync(`${file}.mjs`)) return importIt(`${file}.mjs`)
  if (fs.existsSync(`${file}.cjs`)) return requireIt(`${file}.cjs`)
}

/** From Node.js 24 on, everything is imported. */
async function importAny(file) {
  const found = EXTENSIONS.map((extension) => file + extension).find(
    (name) => fs.existsSync(name) && fs.statSync(name).isFile(),
  )
  return found && importIt(found)
}

async function loadModule({ folder, module }, { taskRoot, writtenAnew }) {
  const file = path.resolve(taskRoot, folder, module)
  try {
    const loaded = await (writtenAnew ? importAny(file) : requireOrImport(file))
    if (loaded) return loaded
    return requireIt(requireIt.resolve(module, { paths: [taskRoot, path.join(taskRoot, folder)] }))
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', error)
    if (error?.code === 'MODULE_NOT_FOUND') throw runtimeError('ImportModuleError', error)
    throw error
  }
}

function findIn(loaded, exported) {
  return exported.split('.').reduce((object, key) => object?.[key], loaded)
}

/** Of objects only; what is not found stands in the default export, as CommonJS's exports do. */
function findInModule(loaded, exported) {
  const within = (object, key) => (typeof object === 'object' ? object?.[key] : undefined)
  const find = (module) => exported.split('.').reduce(within, module)
  return find(loaded) || find(loaded?.default)
}

/**
 * @param handler as configured: `dir/file.name`.
 * @param runtime `taskRoot`, and whether it is the one `writtenAnew` for Node.js 24.
 */
async function loadHandler(handler, runtime) {
  const place = splitHandler(handler)
  const loaded = await loadModule(place, runtime)
  const find = runtime.writtenAnew ? findInModule : findIn
  const found = find(loaded, place.exported)
  if (!found) throw runtimeError('HandlerNotFound', `${handler} is undefined or not exported`)
  if (typeof found !== 'function') {
    throw runtimeError('HandlerNotFound', `${handler} is not a function`)
  }
  if (found[STREAMING] && found[STREAMING] !== 'response') {
    throw runtimeError('MalformedStreamingHandler', 'Only response streaming is supported.')
  }
  checkCallback(found, runtime)
  return found
}

function checkCallback(handler, { writtenAnew }) {
  if (handler[STREAMING]) return
  if (writtenAnew) {
    if (handler.length >= 3) throw runtimeError('CallbackHandlerDeprecated', NO_CALLBACKS)
    return
  }
  const quiet = process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING !== undefined
  if (handler.length === 3 && !isAsync(handler) && !quiet) console.warn(CALLBACKS_END)
}

const isAsync = (handler) => handler.constructor?.name === 'AsyncFunction'

function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response'
  if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark
  return handler
}

const isStreaming = (handler) => Boolean(handler[STREAMING])
const highWaterMark = (handler) => handler[HIGH_WATER_MARK]

module.exports = { highWaterMark, isAsync, isStreaming, loadHandler, streamifyResponse }
