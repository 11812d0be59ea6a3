'use strict'
// Response streaming: a handler wrapped in `awslambda.streamifyResponse` writes its answer to a
// stream, which reaches the Runtime API chunk by chunk; a failure follows in the trailers.
const { BASE } = require('./node-client.cjs')
const { runtimeError } = require('./node-errors.cjs')

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type'
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body'
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response'
const PRELUDE_DELIMITER = Buffer.alloc(8)

/** `writable` for the handler; `sent` resolves once the platform has taken the whole answer. */
function responseStream(requestId, highWaterMark) {
  const http = require('node:http')
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
  const request = http.request({
    host,
    port,
    method: 'POST',
    path: `${BASE}/invocation/${encodeURIComponent(requestId)}/response`,
    highWaterMark,
    headers: {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Transfer-Encoding': 'chunked',
      Trailer: [ERROR_TYPE, ERROR_BODY],
      'Content-Type': 'application/octet-stream',
    },
  })
  const sent = new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => response.resume().on('end', resolve))
  })
  sent.catch(() => {})
  adaptWrites(request)
  const fail = (document) => {
    if (!request.writableEnded) {
      request.addTrailers({
        [ERROR_TYPE]: document.errorType,
        [ERROR_BODY]: Buffer.from(JSON.stringify(document)).toString('base64'),
      })
      request.end()
    }
    return sent.catch(() => {})
  }
  return { writable: request, sent, fail }
}

/** Objects are written as JSON; `HttpResponseStream` puts its prelude before the first write. */
function adaptWrites(request) {
  const write = request.write.bind(request)
  let started = false
  request.setContentType = (type) => {
    const late = 'Cannot set content-type, too late.'
    if (started) throw runtimeError('InvalidStreamingOperation', late)
    request.setHeader('Content-Type', type)
  }
  request.write = (chunk, ...rest) => {
    if (!started) {
      started = true
      request._onBeforeFirstWrite?.((bytes) => write(bytes))
    }
    const plain = typeof chunk === 'string' || chunk instanceof Uint8Array
    return write(plain ? chunk : JSON.stringify(chunk), ...rest)
  }
}

const HttpResponseStream = {
  from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE)
    const text = JSON.stringify(prelude)
    stream._onBeforeFirstWrite = (write) => {
      write(text)
      write(PRELUDE_DELIMITER)
    }
    return stream
  },
}

module.exports = { responseStream, HttpResponseStream }
