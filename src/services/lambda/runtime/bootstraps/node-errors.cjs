'use strict'
// Errors as the Node.js runtimes of AWS name, describe and log them.
const fs = require('node:fs')
const util = require('node:util')

let replacements = []

/** Stack traces show the folders that AWS has in place of this machine's. */
function setFolders(taskRoot, runtimeDir) {
  // Modules are known by their real paths.
  replacements = [
    [fs.realpathSync(taskRoot), '/var/task'],
    [taskRoot, '/var/task'],
    [runtimeDir, '/var/runtime'],
  ]
}

function onAws(text) {
  let mapped = text.replaceAll('\x7F', '%7F')
  for (const [here, there] of replacements) mapped = mapped.replaceAll(here, there)
  return mapped
}

function intoError(error) {
  return error instanceof Error ? error : new Error(error)
}

/** An error of the runtime's own: `Runtime.<kind>`. */
function runtimeError(kind, cause) {
  const error = new Error(typeof cause === 'string' ? cause : String(cause))
  Object.defineProperty(error, 'name', { value: `Runtime.${kind}`, configurable: true })
  Error.captureStackTrace(error, runtimeError)
  if (kind === 'UnhandledPromiseRejection') Object.assign(error, { reason: cause, promise: {} })
  // A syntax error is told with the place where it was found.
  if (kind === 'UserCodeSyntaxError') error.stack = `${error.name}: ${cause}\n${cause.stack}`
  return error
}

function isError(value) {
  return (
    util.types.isNativeError(value) ||
    (typeof value?.name === 'string' &&
      typeof value.message === 'string' &&
      typeof value.stack === 'string')
  )
}

/** The document that the Runtime API gets. */
function errorDocument(error) {
  try {
    if (isError(error)) {
      return {
        errorType: error.name.replaceAll('\x7F', '%7F'),
        errorMessage: onAws(error.message),
        trace: onAws(error.stack).split('\n'),
      }
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] }
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or ' +
        'more of its message, name, and stack',
    }
  }
}

/** Name, message, code and stack are not enumerable: JSON needs them said. */
function enumerable(_key, value) {
  if (!(value instanceof Error)) return value
  const shown = Object.assign(
    { errorType: value.name, errorMessage: value.message, code: value.code },
    value,
  )
  if (typeof value.stack === 'string') shown.stack = value.stack.split('\n')
  return shown
}

/** For the log; always starts with a tab. */
function formatted(error) {
  try {
    return `\t${onAws(JSON.stringify(error, enumerable))}`
  } catch {
    return `\t${JSON.stringify(errorDocument(error))}`
  }
}

module.exports = { errorDocument, formatted, intoError, runtimeError, setFolders }
