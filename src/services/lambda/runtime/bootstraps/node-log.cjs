'use strict'
// console.* of the Node.js runtimes: one log event a call, in the text or the JSON form, written as
// a frame to the telemetry descriptor.
const fs = require('node:fs')
const util = require('node:util')
const { formatted, intoError, onAws } = require('./node-errors.cjs')

const FRAME_HEADER_BYTES = 16
const FRAME_TEXT = 0xa55a0003
const FRAME_JSON = 0xa55a0002
const MICROSECONDS_PER_MS = 1000n
const LEVELS = {
  TRACE: { priority: 1, mask: 0b00100 },
  DEBUG: { priority: 2, mask: 0b01000 },
  INFO: { priority: 3, mask: 0b01100 },
  WARN: { priority: 4, mask: 0b10000 },
  ERROR: { priority: 5, mask: 0b10100 },
  FATAL: { priority: 6, mask: 0b11000 },
}
const METHODS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

let json = false
let fd = 1
let requestId = () => undefined
/** From where among the arguments an error is looked for: from Node.js 24 on not at the first. */
let firstErrorAt = 0

function write(level, text, date) {
  const length = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length)
  frame.writeUInt32BE(((json ? FRAME_JSON : FRAME_TEXT) | LEVELS[level].mask) >>> 0, 0)
  frame.writeUInt32BE(length, 4)
  frame.writeBigInt64BE(BigInt(date.valueOf()) * MICROSECONDS_PER_MS, 8)
  frame.write(text, FRAME_HEADER_BYTES)
  for (let at = 0; at < frame.length; ) at += fs.writeSync(fd, frame, at)
}

function errorReplacer(_key, value) {
  if (!(value instanceof Error)) return value
  return Object.assign(
    {
      errorType: value.constructor?.name ?? 'UnknownError',
      errorMessage: value.message,
      stackTrace: typeof value.stack === 'string' ? value.stack.split('\n') : value.stack,
    },
    value,
  )
}

function jsonText(level, date, params) {
  const entry = { timestamp: date.toISOString(), level, requestId: requestId() }
  if (params.length === 1) {
    entry.message = params[0]
    try {
      return JSON.stringify(entry, errorReplacer)
    } catch {
      entry.message = util.format(params[0])
      return JSON.stringify(entry)
    }
  }
  entry.message = util.format(...params)
  const error = params.slice(firstErrorAt).find((param) => param instanceof Error)
  if (error) {
    entry.errorType = error.constructor?.name ?? 'UnknownError'
    entry.errorMessage = error.message
    entry.stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : []
  }
  return JSON.stringify(entry)
}

function log(level, params, adapt = (text) => text) {
  const date = new Date()
  if (json) return write(level, adapt(jsonText(level, date, params)), date)
  const text = adapt(util.format(...params))
  write(level, `${date.toISOString()}\t${requestId()}\t${level}\t${text}\n`, date)
}

/**
 * @param options.telemetryFd the descriptor's number as text; standard output without.
 * @param options.requestId tells the request that is served.
 */
function patchConsole(options) {
  if (options.telemetryFd !== undefined) fd = Number(options.telemetryFd)
  requestId = options.requestId
  firstErrorAt = options.writtenAnew ? 1 : 0
  json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON'
  const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE
  for (const [method, level] of Object.entries(METHODS)) {
    const wanted = LEVELS[level].priority >= least.priority
    console[method] = wanted ? (message, ...rest) => log(level, [message, ...rest]) : () => {}
  }
}

/** What the runtime itself logs of a failed invocation or initialization. */
function logError(title, error) {
  log('ERROR', json ? [intoError(error)] : [title, formatted(intoError(error))], onAws)
}

module.exports = { patchConsole, logError }
