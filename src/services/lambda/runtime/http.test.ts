import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { HttpConnection, type HttpRequest, type Reply } from './http.ts'

const LIMIT_BYTES = 1000
const seen: HttpRequest[] = []
let answer = (request: HttpRequest, reply: Reply) => {
  reply(200, { 'X-Path': request.path }, request.body.toString('utf8'))
}
const server = createServer((socket) => {
  const onRequest = (request: HttpRequest, reply: Reply) => {
    seen.push(request)
    answer(request, reply)
  }
  new HttpConnection(socket, { onRequest, onClose: () => {} }, LIMIT_BYTES)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())
const { port } = server.address() as AddressInfo

/** Sends the parts, one packet each, and gives all that came back until the server hung up. */
async function exchange(...parts: (string | Buffer)[]): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text
  })
  for (const part of parts) await new Promise((resolve) => socket.write(part, resolve))
  await once(socket, 'close')
  return received
}

const LAST = 'GET /last HTTP/1.0\r\n\r\n'

describe('A connection of the Runtime API', () => {
  it('takes requests however they are cut', async () => {
    const requests = Buffer.from(
      'POST /a?b=c HTTP/1.1\r\nContent-Length: 5\r\n\r\nh\u00e9lo' +
        'POST /chunked HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n' +
        '5\r\nfirst\r\nA;x=y\r\n, second..\r\n0\r\nX-Error: late\r\n\r\n' +
        `GET /next HTTP/1.1\r\n\r\n${LAST}`,
    )
    const cuts = fc.array(fc.nat(requests.length), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        seen.length = 0
        const parts: Buffer[] = []
        let at = 0
        for (const place of [...places.sort((a, b) => a - b), requests.length]) {
          parts.push(requests.subarray(at, place))
          at = place
        }
        const received = await exchange(...parts)
        assert.deepEqual(
          seen.map(({ method, path, body }) => [method, path, body.toString('utf8')]),
          [
            ['POST', '/a', 'h\u00e9lo'],
            ['POST', '/chunked', 'first, second..'],
            ['GET', '/next', ''],
            ['GET', '/last', ''],
          ],
        )
        assert.equal(seen[1]?.trailers['x-error'], 'late')
        assert.deepEqual(received.match(/X-Path: .*/g), [
          'X-Path: /a',
          'X-Path: /chunked',
          'X-Path: /next',
          'X-Path: /last',
        ])
      }),
      { numRuns: 30 },
    )
  })

  it('keeps the order of answers, also of those that come late', async () => {
    const waiting: Reply[] = []
    const before = answer
    answer = (_request, reply) => waiting.push(reply)
    const received = exchange(`GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\n${LAST}`)
    for (const text of ['first', 'second', 'third']) {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
      waiting.shift()?.(202, {}, text)
    }
    assert.match(await received, /202 Accepted.*first.*second.*third$/s)
    answer = before
  })

  it('gives leave to send, and counts what is too long', async () => {
    seen.length = 0
    const head = `POST /big HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n`
    const received = await exchange(head, 'x'.repeat(5000), LAST)
    assert.match(received, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    assert.equal(seen[0]?.bodyLength, 5000)
    assert.equal(seen[0]?.body.length, 0)
  })

  it('hangs up on what is not HTTP', async () => {
    assert.equal(await exchange('x'.repeat(100_000)), '')
    const bad = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n'
    assert.equal(await exchange(bad), '')
  })
})
