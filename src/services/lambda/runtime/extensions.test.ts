import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { realtime } from '../../../clock.ts'
import { TestBed, until } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const HANGS = 'exports.handler = async (event) => { while (event.hang); }'
const FUNCTION = { 'index.js': 'exports.handler = async (event) => event' }

/** For Node.js: `event()` waits for the next one. */
const CLIENT = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API
const base = api + '/2020-01-01/extension/'
let id
const call = async (method, path, headers, body) => {
  const response = await fetch(path.startsWith('/') ? api + path : base + path, {
    method, body, headers: { ...(id && { 'Lambda-Extension-Identifier': id }), ...headers } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const register = async (name, events) => {
  const headers = { 'Lambda-Extension-Name': name, 'Lambda-Extension-Accept-Feature': 'accountId' }
  const answer = await call('POST', 'register', headers, JSON.stringify({ events }))
  id = answer.headers.get('lambda-extension-identifier') ?? id
  return answer
}
const event = async () => (await call('GET', 'event/next')).body
const say = (...values) => console.log(...values.map((value) => JSON.stringify(value)))
`
const script = (body: string) => `#!${process.execPath}
${CLIENT}
process.on('unhandledRejection', () => {});
(async () => { ${body} })()
`

function extended(extensions: Record<string, string>, rest: Partial<FunctionImage> = {}) {
  const files = Object.entries(extensions).map(([name, text]) => [`extensions/${name}`, text])
  const layer = bed.image(Object.fromEntries(files))
  return bed.image(rest.runtime ? {} : FUNCTION, { layersDir: layer.codeDir, ...rest })
}

const said = (log: readonly string[], start: string) =>
  log.filter((message) => message.startsWith(start)).map((message) => message.trimEnd())

describe('External extensions', () => {
  it('register, see each invocation, and hold it open until they are done', async () => {
    const image = extended({
      watcher: script(`
        const { body } = await register('watcher', ['INVOKE', 'SHUTDOWN'])
        say('registered', body, process.env._HANDLER ?? null)
        for (;;) {
          const got = await event()
          await new Promise((resolve) => setTimeout(resolve, 100))
          say('event', got)
        }`),
    })
    const ran = await bed.run(image, { a: 1 })
    assert.equal(ran.payload, '{"a":1}')
    const { functionName } = image
    const body = {
      accountId: '123456789012',
      functionName,
      functionVersion: '$LATEST',
      handler: 'index.handler',
    }
    assert.deepEqual(said(ran.log, '"registered"'), [`"registered" ${JSON.stringify(body)} null`])
    assert.deepEqual(said(ran.log, 'EXTENSION'), [
      'EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]',
    ])
    const [event = ''] = said(ran.log, '"event"')
    const { deadlineMs, ...rest } = JSON.parse(event.slice('"event" '.length))
    assert.ok(deadlineMs > 1e12)
    assert.deepEqual(rest, {
      eventType: 'INVOKE',
      requestId: ran.requestId,
      invokedFunctionArn: image.functionArn,
      tracing: {
        type: 'X-Amzn-Trace-Id',
        value: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
      },
    })
    assert.ok(ran.durationMs > 95, `${ran.durationMs} ms`)
    assert.ok((ran.initMs ?? 0) > 20, 'Init counts them')
    const warm = await bed.run(image)
    assert.equal(said(warm.log, '"event"').length, 2)
  })

  it('are told of the shutdown, and have their time for it', async () => {
    const own = new TestBed()
    const layer = own.image({
      'extensions/late': script(`
        await register('late', ['SHUTDOWN'])
        const { eventType, shutdownReason, deadlineMs } = await event()
        await new Promise((resolve) => setTimeout(resolve, 300))
        say('last', eventType, shutdownReason, deadlineMs - Date.now() > 1000); process.exit()`),
      'extensions/stubborn': script(`
        await register('stubborn', ['SHUTDOWN']); await event(); say('waits')
        setTimeout(() => say('too late'), 2500)`),
    })
    const runtime = `process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit() })`
    const source = { 'index.js': `${runtime};exports.handler = async () => 1` }
    const image = own.image(source, { layersDir: layer.codeDir })
    const { logStreamName } = await own.run(image)
    const startedAt = realtime.monotonic()
    await own.close()
    const tookMs = realtime.monotonic() - startedAt
    assert.ok(tookMs > 1900, `${tookMs} ms`)
    const log = own.streams.get(logStreamName) ?? []
    assert.deepEqual(said(log, '"last"'), ['"last" "SHUTDOWN" "SPINDOWN" true'])
    assert.deepEqual(said(log, '"waits"'), ['"waits"'])
    assert.deepEqual(said(log, '"too late"'), [])
    assert.ok(log.some((message) => message.includes('INFO\tSIGTERM')))
  })

  it('learn that the function took too long, and start anew', async () => {
    const image = extended({
      e: script(`
          await register('e', ['SHUTDOWN']); say('started')
          say((await event()).shutdownReason); process.exit()`),
    })
    const hanging = { ...image, ...bed.image({ 'index.js': HANGS }), layersDir: image.layersDir }
    const slow = await bed.run({ ...hanging, timeoutMs: 2000 }, { hang: true })
    assert.equal(slow.outcome, 'timeout')
    const next = await bed.run({ ...hanging, timeoutMs: 2000 })
    assert.equal(next.outcome, 'success')
    const own = next.log.map((message) => message.trimEnd()).filter((text) => /^"/.test(text))
    assert.deepEqual(own, ['"started"', '"TIMEOUT"', '"started"'])
  })

  it('that fail end the environment', async () => {
    const failing: [string, string, string][] = [
      ['process.exit(3)', 'Extension.Crash', 'exit status 3'],
      [
        `await register('e', []); await call('POST', 'init/error',
          { 'Lambda-Extension-Function-Error-Type': 'Extension.NoKey' }, '{}')`,
        'Extension.InitError',
        'Extension.NoKey',
      ],
    ]
    for (const [body, errorType, reason] of failing) {
      const ran = await bed.run(extended({ e: script(body) }))
      assert.equal(ran.functionError, 'Unhandled')
      assert.deepEqual(JSON.parse(ran.payload), {
        errorType,
        errorMessage: `RequestId: ${ran.requestId} Error: ${reason}`,
      })
      assert.match(
        ran.log.join(''),
        new RegExp(`Phase: init\tStatus: error\tError Type: ${errorType}`),
      )
    }
    const unusable = await bed.run(extended({ e: '#!/no/such/shell\n' }))
    assert.match(
      unusable.payload,
      /Extension.LaunchError.*fork\/exec \/opt\/extensions\/e: no such/,
    )
  })
})

describe('Internal extensions', () => {
  it('register from within the runtime, for invocations only', async () => {
    const source = `${CLIENT}
      say((await register('inside', ['SHUTDOWN'])).body)
      await register('inside', ['INVOKE'])
      say((await register('inside', ['INVOKE'])).body)
      let seen = 0
      const listen = async () => { for (;;) { await event(); seen++ } }
      listen()
      export const handler = async () => seen`
    const image = bed.image({ 'index.mjs': source })
    const ran = await bed.run(image)
    assert.ok(
      said(ran.log, 'EXTENSION')[0]?.endsWith('Name: inside\tState: Ready\tEvents: [INVOKE]'),
    )
    assert.match(ran.log.join(''), /"errorMessage":"SHUTDOWN: ErrorInvalidEventType"/)
    assert.match(ran.log.join(''), /"errorMessage":"Extension with this name already registered"/)
    assert.equal(ran.outcome, 'success')
    assert.ok(Number((await bed.run(image)).payload) >= 1)
  })
})

describe('The Extensions API', () => {
  it('refuses in its own words', async () => {
    const image = extended({
      asker: script(`
        const answers = [
          await register('', []),
          await call('POST', 'register', { 'Lambda-Extension-Name': 'asker' }, '{'),
          await register('asker', ['RESTART']),
          await call('GET', 'event/next', { 'Lambda-Extension-Identifier': 'x' }),
        ]
        await register('asker', ['INVOKE'])
        answers.push(
          await register('asker', []),
          await call('POST', 'exit/error', {}, '{}'),
          await call('PUT', '/2022-07-01/telemetry', {}, '{"schemaVersion":"1"}'),
        )
        for (const { status, body } of answers) say(status, body.errorType)
        await event()
        const closed = await register('other', [])
        say(closed.status, closed.body.errorType)
        await event()`),
    })
    const { log } = await bed.run(image)
    assert.deepEqual(
      log.map((message) => message.trimEnd()).filter((text) => /^4\d\d /.test(text)),
      [
        '403 "Extension.InvalidExtensionName"',
        '403 "InvalidRequestFormat"',
        '403 "Extension.InvalidEventType"',
        '403 "Extension.InvalidExtensionIdentifier"',
        '403 "Extension.InvalidExtensionState"',
        '403 "Extension.MissingHeader"',
        '400 "ValidationError"',
        '403 "Extension.RegistrationClosed"',
      ],
    )
  })
})

describe('The Telemetry API', () => {
  const LISTENER = `
    const http = require('node:http')
    const server = http.createServer((request, response) => {
      let body = ''
      request.on('data', (part) => { body += part })
      request.on('end', () => {
        response.end()
        for (const { type, record } of JSON.parse(body)) got.push([type, record])
      })
    })
    const got = []
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    await register('listener', ['INVOKE', 'SHUTDOWN'])
    const subscribe = (types, rest) => call('PUT', '/2022-07-01/telemetry', {}, JSON.stringify({
      schemaVersion: '2022-12-13', types, buffering: { timeoutMs: 25 },
      destination: {
        protocol: 'HTTP', URI: 'http://sandbox.localdomain:' + server.address().port },
      ...rest }))`

  it('sends what happens to those that subscribed, the beginning too', async () => {
    const image = extended({
      listener: script(`${LISTENER}
        say((await subscribe(['platform', 'function'])).body)
        for (;;) {
          const { eventType } = await event()
          if (eventType === 'SHUTDOWN') break
          await new Promise((resolve) => setTimeout(resolve, 150))
        }
        require('node:fs').writeFileSync(process.env.OUT, JSON.stringify(got))
        process.exit()`),
    })
    const out = path.join(bed.dir, 'got.json')
    const ran = await bed.run({ ...image, environment: { OUT: out } }, {})
    assert.deepEqual(said(ran.log, 'TELEMETRY'), [
      'TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function]',
    ])
    bed.runtimes.retire(image.key)
    await until(() => existsSync(out), 'the extension has ended')
    const got = JSON.parse(readFileSync(out, 'utf8')) as [string, Record<string, unknown>][]
    assert.deepEqual(
      got.map(([type]) => type),
      [
        'platform.initStart',
        'platform.telemetrySubscription',
        'platform.initRuntimeDone',
        'platform.extension',
        'platform.initReport',
        'platform.start',
        'platform.runtimeDone',
        'platform.report',
      ],
    )
    const report = got.at(-1)?.[1]
    assert.equal(report?.requestId, ran.requestId)
    assert.equal(report?.status, 'success')
  })
})
