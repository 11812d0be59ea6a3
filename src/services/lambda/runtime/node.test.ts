import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { TestBed } from './testing/bed.ts'

const bed = new TestBed({ maxSpares: 0 })
after(() => bed.close())

const errorOf = (payload: string) => JSON.parse(payload) as Record<string, string>

describe('Handlers of Node.js runtimes', () => {
  it('answers with what an async handler resolves to, and keeps the environment', async () => {
    const image = bed.image({
      'index.js': 'let n = 0; exports.handler = async (event) => ({ n: ++n, event })',
    })
    const cold = await bed.run(image, { a: [1, 'é'] })
    const warm = await bed.run(image)
    assert.equal(cold.outcome, 'success')
    assert.equal(cold.payload, '{"n":1,"event":{"a":[1,"é"]}}')
    assert.equal(cold.coldStart, true)
    assert.ok((cold.initMs ?? 0) > 0)
    assert.equal(cold.billedMs, Math.ceil(cold.durationMs + (cold.initMs ?? 0)))
    assert.equal(warm.payload, '{"n":2,"event":{}}')
    assert.equal(warm.coldStart, false)
    assert.equal(warm.initMs, undefined)
    assert.equal(warm.logStreamName, cold.logStreamName)
    assert.ok(warm.maxMemoryMb > 10)
  })

  it('waits for an empty event loop after a callback, unless told not to', async () => {
    const source = `exports.handler = (event, context, callback) => {
      if (event.hurry) context.callbackWaitsForEmptyEventLoop = false
      const started = Date.now()
      setTimeout(() => console.log('later'), 30)
      callback(null, 'called back')
    }`
    const image = bed.image({ 'index.js': source })
    const patient = await bed.run(image)
    assert.equal(patient.payload, '"called back"')
    assert.match(patient.logTail, /later/)
    const hurried = await bed.run(image, { hurry: true })
    assert.equal(hurried.payload, '"called back"')
    assert.doesNotMatch(hurried.logTail, /later/)
  })

  it('knows succeed, fail and done before Node.js 24', async () => {
    const source = `exports.handler = (event, context) => context[event.call](...event.args)`
    const image = bed.image({ 'index.js': source })
    const succeed = await bed.run(image, { call: 'succeed', args: ['yes'] })
    assert.equal(succeed.payload, '"yes"')
    const fail = await bed.run(image, { call: 'fail', args: ['no'] })
    assert.deepEqual(errorOf(fail.payload), { errorType: 'string', errorMessage: 'no', trace: [] })
    assert.equal(fail.functionError, 'Unhandled')
    const done = await bed.run(image, { call: 'done', args: [null, 7] })
    assert.equal(done.payload, '7')
  })

  it('answers null when a handler neither returns a promise nor calls back', async () => {
    const ran = await bed.run(bed.image({ 'index.js': 'exports.handler = () => 5' }))
    assert.equal(ran.payload, 'null')
  })

  it('tells of a promise that never settles', async () => {
    const files = { 'index.js': 'exports.handler = async () => new Promise(() => {})' }
    const ran = await bed.run(bed.image(files))
    assert.equal(errorOf(ran.payload).errorType, 'Runtime.NodeJsExit')
    const loading = bed.image({ 'index.mjs': 'await new Promise(() => {})' })
    assert.match((await bed.run(loading)).payload, /Runtime exited with error: exit status 13/)
  })

  it('loads ES modules, top-level await, nested paths and nested exports', async () => {
    const module = `const base = await Promise.resolve(40)
      export const handler = async () => base + 2`
    const mjs = await bed.run(bed.image({ 'index.mjs': module }))
    assert.equal(mjs.payload, '42')
    const typed = await bed.run(
      bed.image({ 'index.js': module, 'package.json': '{"type":"module"}' }),
    )
    assert.equal(typed.payload, '42')
    const nested = bed.image(
      { 'src/app/main.cjs': 'exports.api = { get: async () => __filename.slice(-12) }' },
      { handler: 'src/app/main.api.get' },
    )
    assert.equal((await bed.run(nested)).payload, '"app/main.cjs"')
  })

  it('imports the AWS SDK that the runtime ships, and nothing else of ours', async () => {
    const commonjs = bed.image({
      'index.js': `const { STSClient } = require('@aws-sdk/client-sts')
        exports.handler = async () => {
          const { LambdaClient } = await import('@aws-sdk/client-lambda')
          const client = new STSClient({})
          const { url } = client.config.endpoint ? await client.config.endpoint() : {}
          return [STSClient.name, LambdaClient.name, await client.config.region()]
        }`,
    })
    assert.equal((await bed.run(commonjs)).payload, '["STSClient","LambdaClient","eu-west-1"]')
    const module = bed.image({
      'index.mjs': `import { STSClient } from '@aws-sdk/client-sts'
        export const handler = async () => STSClient.name`,
    })
    assert.equal((await bed.run(module)).payload, '"STSClient"')
    const other = await bed.run(bed.image({ 'index.js': `require('commander')` }))
    assert.equal(errorOf(other.payload).errorType, 'Runtime.ImportModuleError')
  })

  it('has the SDK in its threads and child processes, and nothing else of ours', async () => {
    const need = `Promise.all([
      Promise.resolve(require('@aws-sdk/client-ec2').EC2Client.name),
      import('@aws-sdk/client-sts').then(({ STSClient }) => STSClient.name),
      import('commander').catch(({ code }) => code),
    ])`
    const files = {
      'index.js': `const { execFileSync, fork } = require('node:child_process')
        const { once } = require('node:events')
        const { Worker } = require('node:worker_threads')
        const spawned = 'console.log(require("@aws-sdk/client-ec2").EC2Client.name)'
        exports.handler = async () => [
          ...(await once(new Worker(__dirname + '/thread.js'), 'message')),
          ...(await once(fork(__dirname + '/child.js'), 'message')).slice(0, 1),
          execFileSync('node', ['-e', spawned]).toString().trim(),
        ]`,
      'thread.js': `const { parentPort } = require('node:worker_threads')
        ${need}.then((all) => parentPort.postMessage(all))`,
      'child.js': `${need}.then((all) => process.send(all))`,
    }
    const names = ['EC2Client', 'STSClient', 'ERR_MODULE_NOT_FOUND']
    const ran = await bed.run(bed.image(files, { memoryMb: 512 }))
    assert.deepEqual(JSON.parse(ran.payload), [names, names, 'EC2Client'])
  })

  it('prefers the SDK that the function brings', async () => {
    const image = bed.image({
      'index.mjs': `import { mine } from '@aws-sdk/client-sts'
        export const handler = async () => mine`,
      'node_modules/@aws-sdk/client-sts/index.mjs': `export const mine = 'bundled'`,
      'node_modules/@aws-sdk/client-sts/package.json': '{"exports":"./index.mjs"}',
    })
    assert.equal((await bed.run(image)).payload, '"bundled"')
  })

  it('hands the context over whole', async () => {
    const image = bed.image({
      'index.js': `exports.handler = async (event, context) => ({
        ...context,
        members: Object.keys(context),
        left: context.getRemainingTimeInMillis(),
        trace: process.env._X_AMZN_TRACE_ID })`,
    })
    const ran = await bed.run(image, {}, '{"custom":{"who":"Zoë"}}')
    const { members, ...context } = JSON.parse(ran.payload)
    assert.deepEqual(members.slice(1, 4), ['succeed', 'fail', 'done'])
    assert.deepEqual(members.slice(-2), ['tenantId', 'getRemainingTimeInMillis'])
    assert.ok(context.left > 9_000 && context.left <= 10_000)
    assert.deepEqual(
      { ...context, left: 0 },
      {
        callbackWaitsForEmptyEventLoop: true,
        functionVersion: '$LATEST',
        functionName: image.functionName,
        memoryLimitInMB: '256',
        logGroupName: image.logGroup,
        logStreamName: ran.logStreamName,
        clientContext: { custom: { who: 'Zoë' } },
        invokedFunctionArn: image.functionArn,
        awsRequestId: ran.requestId,
        left: 0,
        trace: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
      },
    )
  })

  it('finds the modules of layers', async () => {
    const layer = bed.image({
      'nodejs/node_modules/shared/index.js': 'exports.from = "any"',
      'nodejs/node22/node_modules/special/index.js': 'exports.from = "22"',
    })
    const image = bed.image(
      {
        'index.js': `exports.handler = async () =>
          [require('shared').from, require('special').from]`,
        'module.mjs': `import shared from 'shared'
          export const handler = async () => [shared.from, (await import('special')).from]`,
      },
      { layersDir: layer.codeDir },
    )
    assert.equal((await bed.run(image)).payload, '["any","22"]')
    const module = { ...image, key: 'module', handler: 'module.handler' }
    assert.equal((await bed.run(module)).payload, '["any","22"]')
  })

  it('streams on to who wants it so', async () => {
    const image = bed.image({
      'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        const body = awslambda.HttpResponseStream.from(stream, { statusCode: 201 })
        body.write('first')
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (event.fail) throw new Error('broken off')
        body.end('last')
      })`,
    })
    const chunks: string[] = []
    const onStream = (contentType: string) => {
      chunks.push(contentType)
      return (chunk: Buffer) => void chunks.push(chunk.toString('utf8'))
    }
    const ran = await bed.run(image, {}, undefined, onStream)
    assert.deepEqual([ran.outcome, ran.payload], ['success', ''])
    const [type, ...parts] = chunks.splice(0)
    assert.equal(type, 'application/vnd.awslambda.http-integration-response')
    assert.ok(parts.length > 1)
    assert.equal(parts.join(''), `{"statusCode":201}${'\0'.repeat(8)}firstlast`)
    const failed = await bed.run(image, { fail: true }, undefined, onStream)
    assert.equal(failed.outcome, 'error')
    assert.equal(errorOf(failed.payload).errorMessage, 'broken off')
    assert.match(chunks.join(''), /first$/)
  })

  it('streams, and tells of a failure after the first bytes', async () => {
    const image = bed.image({
      'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        stream.write('one,')
        if (event.fail) throw new TypeError('broken off')
        stream.write({ two: 2 })
        stream.end()
      })`,
    })
    assert.equal((await bed.run(image)).payload, 'one,{"two":2}')
    const failed = await bed.run(image, { fail: true })
    assert.equal(failed.outcome, 'error')
    assert.equal(errorOf(failed.payload).errorType, 'TypeError')
    assert.equal((await bed.run(image)).payload, 'one,{"two":2}')
  })
})

describe('Errors of Node.js runtimes', () => {
  it('describes what a handler throws, with the folders of AWS', async () => {
    const image = bed.image({
      'index.js': `class Odd extends Error { name = 'Odd' }
exports.handler = async (event) => { throw event.text ?? new Odd('not today') }`,
    })
    const ran = await bed.run(image)
    const { errorType, errorMessage, trace } = JSON.parse(ran.payload)
    assert.deepEqual([ran.outcome, errorType, errorMessage], ['error', 'Odd', 'not today'])
    assert.equal(trace[0], 'Odd: not today')
    assert.match(trace[1], /^ {4}at .*\/var\/task\/index\.js:2:\d+\)?$/)
    assert.ok(!ran.payload.includes(bed.dir) && !ran.logTail.includes(bed.dir))
    assert.match(ran.logTail, /\tERROR\tInvoke Error \t\{"errorType":"Odd"/)
    const link = `${image.codeDir}-link`
    symlinkSync(image.codeDir, link)
    const linked = await bed.run({ ...image, key: link, codeDir: link })
    assert.match(JSON.parse(linked.payload).trace[1], /\/var\/task\/index\.js:2:/)
    const text = await bed.run(image, { text: 'plain' })
    assert.equal(text.payload, '{"errorType":"string","errorMessage":"plain","trace":[]}')
  })

  const failing: [
    errorType: string,
    message: RegExp,
    files: Record<string, string>,
    handler?: string,
  ][] = [
    [
      'Runtime.HandlerNotFound',
      /^index\.handler is undefined or not exported$/,
      { 'index.js': '' },
    ],
    ['Runtime.HandlerNotFound', /is not a function$/, { 'index.js': 'exports.handler = 1' }],
    [
      'Runtime.ImportModuleError',
      /^Error: Cannot find module 'index'\nRequire stack:\n- \/var\/runtime\/index\.mjs$/,
      { 'a.js': '' },
    ],
    ['Runtime.ImportModuleError', /- \/var\/task\/index\.js/, { 'index.js': `require('./gone')` }],
    ['Runtime.UserCodeSyntaxError', /^SyntaxError: /, { 'index.js': 'exports.handler = (' }],
    ['Runtime.MalformedHandlerName', /^Bad handler$/, { 'index.js': '' }, 'index'],
    ['Runtime.MalformedHandlerName', /is not a valid handler name/, { 'index.js': '' }, '../x.y'],
    [
      'Runtime.UnhandledPromiseRejection',
      /^Error: adrift$/,
      {
        'index.js': `Promise.reject(new Error('adrift'));
      exports.handler = async () => new Promise((r) => setTimeout(r, 5000))`,
      },
    ],
    ['Error', /^at load$/, { 'index.js': `throw new Error('at load')` }],
  ]
  for (const [errorType, message, files, handler = 'index.handler'] of failing) {
    it(`${errorType}: ${message.source}`, async () => {
      const ran = await bed.run(bed.image(files, { handler }))
      const document = errorOf(ran.payload)
      assert.equal(document.errorType, errorType)
      assert.match(document.errorMessage ?? '', message)
      assert.equal(ran.functionError, 'Unhandled')
      assert.match(ran.logTail, /REPORT RequestId: .*\tStatus: error\tError Type: Runtime\./)
    })
  }

  it('answers with the error that nobody caught, then replaces the process', async () => {
    const image = bed.image({
      'index.js': `let n = 0
        exports.handler = async (event) => {
          n++
          if (event.how === 'reject') Promise.reject(new Error('late'))
          if (event.how === 'throw') setImmediate(() => { throw new RangeError('later') })
          await new Promise((resolve) => setTimeout(resolve, event.how ? 5000 : 0))
          return n
        }`,
    })
    assert.equal((await bed.run(image)).payload, '1')
    const rejected = await bed.run(image, { how: 'reject' })
    assert.equal(errorOf(rejected.payload).errorType, 'Runtime.UnhandledPromiseRejection')
    assert.match(rejected.logTail, /Runtime exited with error: exit status 128\nRuntime.ExitError/)
    const thrown = await bed.run(image, { how: 'throw' })
    assert.equal(errorOf(thrown.payload).errorType, 'RangeError')
    assert.match(thrown.logTail, /exit status 129/)
    const next = await bed.run(image)
    assert.equal(next.payload, '1')
    assert.equal(next.coldStart, false)
    assert.equal(next.logStreamName, rejected.logStreamName)
  })

  it('lets an answer stand when the process ends after it', async () => {
    const image = bed.image({
      'index.js': `let n = 0
        exports.handler = async () => { Promise.reject(new Error('adrift')); return ++n }`,
    })
    for (const run of ['first', 'second']) {
      const ran = await bed.run(image)
      assert.deepEqual([ran.outcome, ran.payload], ['success', '1'], run)
      const rejected = new RegExp(`\\t${ran.requestId}\\tERROR\\tUnhandled Promise Rejection`)
      assert.match(ran.logTail, rejected)
      assert.match(ran.logTail, /Runtime exited with error: exit status 128\n/)
    }
  })

  it('ends before anything else of the function runs', async () => {
    const image = bed.image({
      'index.js': `process.on('uncaughtException', () => console.log('mine'))
        exports.handler = async () => {
          setImmediate(() => { throw 'plain' })
          await new Promise((resolve) => setTimeout(resolve, 5000))
        }`,
    })
    const ran = await bed.run(image)
    assert.equal(ran.payload, '{"errorType":"string","errorMessage":"plain","trace":[]}')
    assert.doesNotMatch(ran.logTail, /mine/)
  })

  it('says when an answer cannot be JSON', async () => {
    const image = bed.image({
      'index.js': `exports.handler = (event, context) => {
        const a = {}
        a.a = a
        context.succeed(event.fn ? () => {} : a)
      }`,
    })
    const circular = errorOf((await bed.run(image)).payload)
    assert.equal(circular.errorMessage, 'Unable to stringify response body')
    const fn = errorOf((await bed.run(image, { fn: true })).payload)
    assert.deepEqual([fn.errorType, fn.errorMessage], ['TypeError', 'Wrong arguments'])
  })
})
