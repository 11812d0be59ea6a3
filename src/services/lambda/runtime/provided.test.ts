import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const provided = (bootstrap: string, rest: Partial<FunctionImage> = {}) =>
  bed.image({ bootstrap }, { runtime: 'provided.al2023', handler: 'some.handler', ...rest })

/** A custom runtime written for Node.js, so that a machine needs nothing else. */
const script = (body: string) => `#!${process.execPath}
const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime'
const post = async (path, body, headers) => {
  const response = await fetch(base + path, { method: 'POST', body, headers })
  return [response.status, await response.json()]
}
const next = async () => {
  const response = await fetch(base + '/invocation/next')
  const event = await response.text()
  const { headers } = response
  return { event, headers, id: headers.get('lambda-runtime-aws-request-id') }
}
(async () => { ${body} })()
`

describe('Custom runtimes', () => {
  it('run a shell script that speaks to the Runtime API, and log to /dev/stderr', async (t) => {
    const image = provided(`#!/bin/sh
command -v curl >/dev/null || exit 77
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D "$TMPDIR/headers" "$api/invocation/next")
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$TMPDIR/headers" | tr -d ' \\r' | cut -d: -f2)
  echo "handler $_HANDLER" > /dev/stderr
  curl -sS "$api/invocation/$id/response" -d "{\\"got\\":$event}" > /dev/null
done
`)
    const ran = await bed.run(image, { a: 1 })
    if (ran.payload.includes('exit status 77')) return t.skip('This machine has no curl.')
    assert.equal(ran.payload, '{"got":{"a":1}}')
    assert.match(ran.logTail, /^handler some\.handler$/m)
    assert.match(ran.logTail, /^INIT_START Runtime Version: provided:al2023\.v1\t/)
    assert.equal((await bed.run(image, { a: 2 })).payload, '{"got":{"a":2}}')
  })

  it('may come as a layer', async () => {
    const body = `for (;;) {
      const { id } = await next()
      await post('/invocation/' + id + '/response', JSON.stringify(process.cwd()))
    }`
    const layer = bed.image({ bootstrap: script(body) })
    const rest = { runtime: 'provided.al2023', layersDir: layer.codeDir }
    const image = bed.image({ 'handler.txt': '' }, rest)
    assert.equal((await bed.run(image)).payload, JSON.stringify(image.codeDir))
  })

  it('get the headers of an invocation', async () => {
    const image = provided(
      script(`for (;;) {
      const { headers, id } = await next()
      await post('/invocation/' + id + '/response', JSON.stringify(Object.fromEntries(headers)))
    }`),
    )
    const ran = await bed.run(image, {}, '{"custom":{}}')
    const headers = JSON.parse(ran.payload)
    assert.equal(headers['lambda-runtime-aws-request-id'], ran.requestId)
    assert.equal(headers['lambda-runtime-invoked-function-arn'], image.functionArn)
    assert.match(headers['lambda-runtime-deadline-ms'], /^\d{13}$/)
    assert.match(headers['lambda-runtime-trace-id'], /^Root=1-/)
    assert.equal(headers['lambda-runtime-client-context'], '{"custom":{}}')
    assert.match(headers['lambda-runtime-invocation-id'], /^[0-9a-f-]{36}$/)
  })

  it('are told what the Runtime API does not take', async () => {
    const image = provided(
      script(`
      const early = await post('/invocation/unknown/response', '1')
      const { id, headers } = await next()
      const attempt = headers.get('lambda-runtime-invocation-id')
      const answers = [
        early,
        await post('/invocation/other/response', '1'),
        await post('/invocation/' + id + '/response', '1', { 'Lambda-Runtime-Invocation-Id': 'x' }),
        [(await fetch(base + '/invocation/next')).status],
        await post('/init/error', '{}'),
        [(await fetch(base + '/nowhere')).status],
      ]
      const path = '/invocation/' + id + '/response'
      const echo = { 'Lambda-Runtime-Invocation-Id': attempt }
      const last = await post(path, JSON.stringify(answers), echo)
      console.log(JSON.stringify([last, await post(path, '2')]))
      await next()`),
    )
    const ran = await bed.run(image)
    assert.equal(ran.outcome, 'success')
    const refused = (status: number, errorType: string) => [status, errorType]
    const answers = (JSON.parse(ran.payload) as [number, { errorType?: string }?][]).map(
      ([status, body]) => (body ? [status, body.errorType] : [status]),
    )
    assert.deepEqual(answers, [
      refused(400, 'InvalidRequestID'),
      refused(400, 'InvalidRequestID'),
      refused(400, 'InvalidInvocationId'),
      [403],
      refused(403, 'InvalidStateTransition'),
      [404],
    ])
    const [last, again] = JSON.parse(ran.log.find((message) => message.startsWith('[[')) ?? '')
    assert.deepEqual(last, [202, { status: 'OK' }])
    assert.deepEqual(again, [
      400,
      { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' },
    ])
  })

  it('report errors in their own words', async () => {
    const image = provided(
      script(`
      const { id } = await next()
      const document = { errorMessage: 'm', errorType: 'T', stackTrace: [] }
      await post('/invocation/' + id + '/error', JSON.stringify(document))
      await next()`),
    )
    const ran = await bed.run(image)
    assert.equal(ran.outcome, 'error')
    assert.equal(ran.payload, '{"errorMessage":"m","errorType":"T","stackTrace":[]}')
    const stillborn = provided(
      script(`
      await post('/init/error', '{"errorMessage":"m","errorType":"T"}',
        { 'Lambda-Runtime-Function-Error-Type': 'Runtime.ConfigInvalid' })
      process.exit(1)`),
    )
    const failed = await bed.run(stillborn)
    assert.equal(failed.outcome, 'init-error')
    assert.equal(failed.payload, '{"errorMessage":"m","errorType":"T"}')
    assert.match(failed.logTail, /\tStatus: error\tError Type: Runtime.ConfigInvalid\n$/)
  })

  it('may go on after their answer, until the timeout', async () => {
    const image = provided(
      script(`
      const { id } = await next()
      await post('/invocation/' + id + '/response', '"answered"')
      setTimeout(() => {}, 60000)`),
      { timeoutMs: 500 },
    )
    const ran = await bed.run(image)
    assert.deepEqual([ran.outcome, ran.payload], ['success', '"answered"'])
    assert.match(ran.log.at(-1) ?? '', /\tStatus: timeout\n$/)
  })

  const unusable: [title: string, files: Record<string, string>, reason: string][] = [
    [
      'no bootstrap',
      { 'other.sh': '' },
      "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    ],
    [
      'an unknown interpreter',
      { bootstrap: '#!/no/such/shell\n' },
      'fork/exec /var/task/bootstrap: no such file or directory',
    ],
  ]
  for (const [title, files, reason] of unusable) {
    it(`say that there is ${title}`, async () => {
      const image = bed.image(files, { runtime: 'provided.al2023' })
      const ran = await bed.run(image)
      assert.deepEqual(JSON.parse(ran.payload), {
        errorType: 'Runtime.InvalidEntrypoint',
        errorMessage: `RequestId: ${ran.requestId} Error: ${reason}`,
      })
    })
  }
})

describe('Runtimes that this machine cannot run', () => {
  it('are named', async () => {
    const ran = await bed.run(bed.image({ 'a.dll': '' }, { runtime: 'dotnet8' }))
    assert.equal(ran.outcome, 'missing-runtime')
    assert.equal(ran.functionError, 'Unhandled')
    assert.match(ran.payload, /dotnet8 is not among them/)
  })

  it('are named when the configured interpreter does not run', async () => {
    const own = new TestBed({ interpreters: { python: '/no/such/python' } })
    const ran = await own.run(own.image({ 'app.py': '' }, { runtime: 'python3.12' }))
    assert.equal(ran.outcome, 'missing-runtime')
    assert.match(ran.payload, /\/no\/such\/python, does not run/)
    await own.close()
  })
})

describe('Wrapper scripts', () => {
  it('start the runtime of a managed function', async () => {
    const layer = bed.image({ bootstrap: '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n' })
    const image = bed.image(
      { 'index.js': 'exports.handler = async () => process.env.WRAPPED' },
      { layersDir: layer.codeDir, environment: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/bootstrap' } },
    )
    assert.equal((await bed.run(image)).payload, '"yes"')
    const through = (AWS_LAMBDA_EXEC_WRAPPER: string) =>
      bed.run({ ...image, key: AWS_LAMBDA_EXEC_WRAPPER, environment: { AWS_LAMBDA_EXEC_WRAPPER } })
    const missing = await through('/opt/gone')
    assert.ok(missing.log.includes('/opt/gone: does not exist\n'))
    assert.match(missing.payload, /Runtime exited with error: exit status 127/)
    const plain = await through('/var/task/index.js')
    assert.ok(plain.log.includes('/var/task/index.js: is not an executable\n'))
    assert.match(plain.payload, /Runtime exited with error: exit status 126/)
  })
})
