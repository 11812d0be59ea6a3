/** What no SDK would send: each answer is AWS's error in the service's form. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { failure, type TestCloud, testCloud } from '../cloud.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

interface Sent {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Unsigned, as any key and signature is taken when credentials are relaxed. */
async function send(cloud: TestCloud, { path = '/', method = 'POST', headers = {}, body }: Sent) {
  const response = await fetch(`${cloud.endpoint}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Bytes on a socket, until the server hangs up. */
function raw(cloud: TestCloud, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(cloud.endpoint)
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', () => resolve(answer))
  })
}

const relaxed = () => testCloud({ relaxedCredentials: true })
const events = (target: string, body: string): Sent => ({
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${target}` },
  body,
})

describe('a request that is not right', () => {
  it('gets the JSON protocol’s errors', async () => {
    const cloud = await relaxed()
    const cases: [Sent, number, string][] = [
      [events('ListRules', '{"Limit":'), 400, 'SerializationException'],
      [events('ListRules', '[]'), 400, 'SerializationException'],
      [events('ListRules', '{"Limit":"ten"}'), 400, 'SerializationException'],
      [events('NoSuchThing', '{}'), 400, 'UnknownOperationException'],
      [events('CreateConnection', '{}'), 501, 'NotImplemented'],
      [events('PutRule', '{}'), 400, 'ValidationException'],
    ]
    for (const [request, status, type] of cases) {
      const answer = await send(cloud, request)
      const { __type } = JSON.parse(answer.text)
      assert.deepEqual([answer.status, __type], [status, type], JSON.stringify(request))
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
    }
  })

  it('gets the query protocol’s errors', async () => {
    const cloud = await relaxed()
    const cases: [string, RegExp][] = [
      ['Version=2010-05-08', /<Code>MissingAction<\/Code>/],
      ['Action=NoSuchThing&Version=2010-05-08', /<Code>InvalidAction<\/Code>.*NoSuchThing/s],
      ['Action=GetRole&Version=2010-05-08', /<Code>ValidationError<\/Code>/],
    ]
    for (const [body, expected] of cases) {
      const answer = await send(cloud, { headers: FORM, body })
      assert.match(answer.text, expected)
      assert.match(answer.text, /^<ErrorResponse|^<\?xml/)
      assert.equal(answer.status, 400, body)
    }
  })

  it('is told when nobody has signed it', async () => {
    const cloud = await testCloud()
    const answer = await send(cloud, events('ListRules', '{}'))
    assert.equal(JSON.parse(answer.text).__type, 'MissingAuthenticationTokenException')
    const form = await send(cloud, { headers: FORM, body: 'Action=ListUsers&Version=2010-05-08' })
    assert.equal(form.status, 403)
    assert.match(form.text, /<Code>MissingAuthenticationToken<\/Code>/)
  })

  it('does not bring the server down, whatever the bytes', async () => {
    const cloud = await relaxed()
    assert.match(await raw(cloud, 'GARBAGE\r\n\r\n'), /^HTTP\/1\.1 400 /)
    await raw(cloud, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nshort')
    await raw(cloud, `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      const { text } = await send(cloud, { method, path: '/%00/%ff?a=%zz&&=' })
      assert.doesNotMatch(text, /<html/i)
    }
    const health = await send(cloud, { method: 'GET', path: '/_windtunnel/health' })
    assert.equal(JSON.parse(health.text).status, 'ok')
  })
})

describe('the server', () => {
  it('keeps accounts and regions apart', async () => {
    const cloud = await testCloud()
    const credentials = { accessKeyId: '111111111111', secretAccessKey: 'test' }
    const { Users } = await cloud.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
    assert.deepEqual(Users, [])
    const elsewhere = cloud.client(EventBridgeClient, { region: 'ap-south-1' })
    assert.deepEqual((await elsewhere.send(new ListRulesCommand({}))).Rules, [])
  })

  it('answers pages of loopback and refuses those of the web', async () => {
    const cloud = await testCloud()
    const preflight = { method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } }
    const allowed = await send(cloud, preflight)
    assert.equal(allowed.status, 204)
    assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:3000')
    const foreign = await send(cloud, {
      ...events('ListRules', '{}'),
      headers: { origin: 'https://example.com' },
    })
    assert.equal(foreign.status, 403)
    assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  })

  it('serves /_windtunnel to loopback names only', async () => {
    const cloud = await testCloud({ token: 'secret' })
    const { port } = new URL(cloud.endpoint)
    const health = (host: string, token: string) =>
      raw(
        cloud,
        `GET /_windtunnel/health HTTP/1.1\r\nhost: ${host}:${port}\r\nconnection: close\r\n` +
          `authorization: Bearer ${token}\r\n\r\n`,
      )
    assert.match(await health('localhost', 'x'), /^HTTP\/1\.1 200 /)
    assert.match(await health('rebound.example.com', 'x'), /^HTTP\/1\.1 403 /)
    assert.match(await health('rebound.example.com', 'secret'), /^HTTP\/1\.1 200 /)
  })

  it('refuses relaxed credentials beyond loopback', async () => {
    const error = await failure(testCloud({ host: '0.0.0.0', relaxedCredentials: true }))
    assert.equal(error.name, 'ConfigError')
  })
})
