'use strict'
// The Runtime API over one kept connection. An answer and the request for the next invocation leave
// in one write; only while a reply is awaited the connection keeps the event loop alive.
const fs = require('node:fs')
const net = require('node:net')

const BASE = '/2018-06-01/runtime'
const ASSIGNMENT = '/windtunnel/assignment'
const HEAD_END = '\r\n\r\n'
const RETRY_MS = 1

class RuntimeClient {
  constructor(address) {
    const [host, port] = address.split(':')
    this.host = address
    this.chunks = []
    this.length = 0
    this.needed = 0
    this.replies = []
    this.socket = net.connect({ host, port: Number(port), noDelay: true })
    this.socket.on('data', (chunk) => this.receive(chunk))
    // Without its server there is nothing left to do.
    this.socket.on('error', () => process.exit(1))
    this.socket.on('close', () => process.exit(1))
    this.socket.unref()
  }

  /** For a process that was started ahead of its function: what it shall be. */
  assignment(onAssignment) {
    this.replies.push(({ body }) => onAssignment(JSON.parse(body)))
    this.send(`GET ${ASSIGNMENT} HTTP/1.1\r\nHost: ${this.host}\r\n\r\n`)
  }

  next(onInvocation) {
    this.send(this.nextRequest(onInvocation))
  }

  /** @param answer the `text` of the response, or the `document` of an error. */
  answer(requestId, answer, onInvocation) {
    this.send(this.answerPost(requestId, answer) + this.nextRequest(onInvocation))
  }

  /** The process is about to end: waits for the reply, and nothing else of the function runs. */
  answerNow(requestId, answer) {
    const bytes = Buffer.from(this.answerPost(requestId, answer))
    const { fd } = this.socket._handle
    for (let at = 0; at < bytes.length; ) at += insist(() => fs.writeSync(fd, bytes, at))
    insist(() => fs.readSync(fd, Buffer.alloc(1)))
  }

  answerPost(requestId, { text, document }) {
    const path = `/invocation/${encodeURIComponent(requestId)}`
    if (document) return this.errorPost(`${path}/error`, document)
    return this.post(`${path}/response`, text, {}, () => {})
  }

  initError(document, done) {
    this.send(this.errorPost('/init/error', document, done))
  }

  errorPost(path, document, done = () => {}) {
    const headers = { 'Lambda-Runtime-Function-Error-Type': document.errorType }
    return this.post(path, JSON.stringify(document), headers, done)
  }

  post(path, text, headers, onReply) {
    this.replies.push(onReply)
    const all = {
      Host: this.host,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
      ...headers,
      ...memoryHeader(),
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${clean(value)}\r\n`)
    return `POST ${BASE}${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`
  }

  nextRequest(onInvocation) {
    this.replies.push(onInvocation)
    return `GET ${BASE}/invocation/next HTTP/1.1\r\nHost: ${this.host}\r\n\r\n`
  }

  send(text) {
    this.socket.ref()
    this.socket.write(text)
  }

  receive(chunk) {
    this.chunks.push(chunk)
    this.length += chunk.length
    while (this.length >= this.needed && this.length > 0) {
      const bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks)
      const reply = parse(bytes)
      this.chunks = [bytes]
      this.needed = reply.end
      if (reply.end > bytes.length) return
      this.chunks = [bytes.subarray(reply.end)]
      this.length -= reply.end
      this.needed = 1
      const onReply = this.replies.shift()
      if (this.replies.length === 0) this.socket.unref()
      onReply?.(reply)
    }
  }
}

/** The socket is not to be waited for: what it cannot do now it does later. */
function insist(action) {
  for (;;) {
    try {
      return action()
    } catch (error) {
      if (error.code !== 'EAGAIN') return Number.MAX_SAFE_INTEGER
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

/** The reply at the start of the bytes; `end` is where it ends, maybe beyond what has come. */
function parse(bytes) {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return { end: bytes.length + 1 }
  const [status, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const start = headEnd + HEAD_END.length
  const end = start + Number(headers['content-length'] ?? 0)
  return {
    status: Number(status.split(' ')[1]),
    headers,
    body: bytes.toString('utf8', start, end),
    end,
  }
}

/** Header values hold no control characters. */
function clean(value) {
  return String(value).replace(/[^\x20-\x7e]/g, '?')
}

/** Where the machine does not tell a process's peak memory, the process does. */
function memoryHeader() {
  if (process.platform === 'linux') return {}
  return { 'Windtunnel-Max-Memory-Kb': process.resourceUsage().maxRSS }
}

module.exports = { RuntimeClient, BASE }
