'use strict'
// Errors as the Node.js runtimes of AWS name, describe and log them. The runtime was written anew
// for Node.js 24 (aws-lambda-nodejs-runtime-interface-client 4), and differs in details.
const fs = require('node:fs')
const util = require('node:util')

let replacements = []
let anew = false

/** Stack traces show the folders that AWS has in place of this machine's. */
function setRuntime({ taskRoot, runtimeDir, writtenAnew }) {
  anew = writtenAnew
  // Modules are known by their real paths.
  replacements = [
    [fs.realpathSync(taskRoot), '/var/task'],
    [taskRoot, '/var/task'],
    [runtimeDir, '/var/runtime'],
  ]
}

function onAws(text) {
  let mapped = text
  for (const [here, there] of replacements) mapped = mapped.replaceAll(here, there)
  return mapped
}

function intoError(error) {
  if (error instanceof Error) return error
  return new Error(anew ? String(error) : error)
}

/** An error of the runtime's own: `Runtime.<kind>`. */
function runtimeError(kind, cause) {
  const error = new Error(cause)
  Object.defineProperty(error, 'name', {
    value: `Runtime.${kind}`,
    configurable: true,
    enumerable: anew,
  })
  Error.captureStackTrace(error, runtimeError)
  if (kind === 'UnhandledPromiseRejection') Object.assign(error, { reason: cause, promise: {} })
  // A syntax error is told with the place where it was found.
  if (kind === 'UserCodeSyntaxError') {
    error.stack = anew ? cause.stack : `${error.name}: ${cause}\n${cause.stack}`
  }
  return error
}

function isError(value) {
  if (anew) return value instanceof Error
  const texts = [value?.name, value?.message, value?.stack]
  return util.types.isNativeError(value) || texts.every((text) => text && typeof text === 'string')
}

const shown = (text) => onAws(text.replaceAll('\x7F', '%7F'))

/** The document that the Runtime API gets. */
function errorDocument(error) {
  try {
    if (isError(error)) {
      const { name, message, stack } = error
      return {
        errorType: name?.replaceAll('\x7F', '%7F'),
        errorMessage: message == null ? undefined : shown(message),
        trace: stack == null && anew ? [] : shown(stack).split('\n'),
      }
    }
    const errorMessage = anew ? String(error) : error.toString()
    return { errorType: typeof error, errorMessage, trace: [] }
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or ' +
        'more of its message, name, and stack',
      ...(anew && { trace: [] }),
    }
  }
}

/** Name, message, code and stack are not enumerable: JSON needs them said. */
function enumerable(_key, value) {
  if (!(value instanceof Error)) return value
  const all = Object.assign(
    { errorType: value.name, errorMessage: value.message, code: value.code },
    value,
  )
  if (typeof value.stack === 'string') all.stack = value.stack.split('\n')
  return all
}

/** For the log; always starts with a tab. */
function formatted(error) {
  try {
    return `\t${JSON.stringify(error, enumerable)}`
  } catch {
    return `\t${JSON.stringify(errorDocument(error))}`
  }
}

module.exports = { errorDocument, formatted, intoError, onAws, runtimeError, setRuntime }
