import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed({ maxSpares: 0 })
after(() => bed.close())

const node24 = (source: string, rest: Partial<FunctionImage> = {}, name = 'index.js') =>
  bed.image({ [name]: source }, { runtime: 'nodejs24.x', ...rest })
const errorOf = (payload: string) => JSON.parse(payload) as Record<string, string>

describe('The runtimes from Node.js 24 on', () => {
  it('answer what a handler returns, promise or not', async () => {
    assert.equal((await bed.run(node24('exports.handler = () => 5'))).payload, '5')
    const module = node24('export default { handler: async () => 6 }', {}, 'index.mjs')
    assert.equal((await bed.run(module)).payload, '6')
  })

  it('hand another context over, and keep it in the store', async () => {
    const source = `const { InvokeStore } = awslambda
      const before = [InvokeStore.getRequestId(), InvokeStore.hasContext()]
      exports.handler = async (event, context) => {
        InvokeStore.set('mine', 1)
        return { members: Object.keys(context), before, mine: InvokeStore.get('mine'),
          same: InvokeStore.getRequestId() === context.awsRequestId,
          trace: InvokeStore.getXRayTraceId() === context.xRayTraceId }
      }`
    assert.deepEqual(JSON.parse((await bed.run(node24(source))).payload), {
      members: [
        'clientContext',
        'identity',
        'invokedFunctionArn',
        'awsRequestId',
        'tenantId',
        'xRayTraceId',
        'getRemainingTimeInMillis',
        'functionName',
        'functionVersion',
        'memoryLimitInMB',
        'logGroupName',
        'logStreamName',
      ],
      before: ['-', false],
      mine: 1,
      same: true,
      trace: true,
    })
  })

  const failing: [errorType: string, message: string, source: string][] = [
    ['undefined', 'undefined', 'exports.handler = async () => { throw undefined }'],
    ['object', '[object Object]', 'exports.handler = async () => { throw { message: "no" } }'],
    [
      'Runtime.JSONStringifyError',
      'Unable to stringify response body',
      'exports.handler = async () => 1n',
    ],
    [
      'TypeError',
      'context.done is not a function',
      'exports.handler = (e, context) => context.done()',
    ],
  ]
  for (const [errorType, message, source] of failing) {
    it(`fail with ${errorType}: ${message}`, async () => {
      const ran = await bed.run(node24(source))
      const document = errorOf(ran.payload)
      assert.deepEqual([document.errorType, document.errorMessage], [errorType, message])
      assert.match(ran.logTail, new RegExp(`\\t${ran.requestId}\\tERROR\\tInvoke Error \\t`))
    })
  }

  it('tell twice why they cannot load a function', async () => {
    const ran = await bed.run(node24('exports.handler = (event, context, callback) => {}'))
    assert.equal(ran.outcome, 'init-error')
    assert.equal(errorOf(ran.payload).errorType, 'Runtime.CallbackHandlerDeprecated')
    assert.match(ran.logTail, /\t-\tERROR\tInit Error \t\{"errorType":"Runtime.Callback/)
    assert.match(ran.logTail, /^Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed/m)
    assert.match(ran.logTail, /^Node\.js v/m)
    const nested = node24('exports.f = () => {}; exports.f.handler = () => {}', {
      handler: 'index.f.handler',
    })
    assert.equal(errorOf((await bed.run(nested)).payload).errorType, 'Runtime.HandlerNotFound')
  })

  const ending: [title: string, text: string, source: string][] = [
    [
      'a rejection that nobody handles, be there an answer',
      'Runtime exited with error: exit status 1',
      'exports.handler = async () => { Promise.reject(new Error("adrift")); return 1 }',
    ],
    [
      'an exception that nobody catches',
      'Runtime exited with error: exit status 1',
      `exports.handler = () => new Promise(() => setImmediate(() => { throw new Error('late') }))`,
    ],
    [
      'a promise that never settles',
      'Runtime exited without providing a reason',
      'exports.handler = () => new Promise(() => {})',
    ],
  ]
  for (const [title, text, source] of ending) {
    it(`end by themselves at ${title}`, async () => {
      const ran = await bed.run(node24(source))
      assert.deepEqual(errorOf(ran.payload), {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${ran.requestId} Error: ${text}`,
      })
    })
  }

  it('leave out the first argument when they look for an error to log as JSON', async () => {
    const source = `console.log('loading')
      exports.handler = async () => {
        console.error(new TypeError('first'), 1)
        console.error('second', new TypeError('not first'))
      }`
    const ran = await bed.run(node24(source, { logFormat: 'JSON' }))
    const events = ran.log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
    const own = events.filter(({ level }) => level)
    assert.deepEqual(
      own.map(({ requestId, errorMessage }) => [requestId, errorMessage]),
      [
        ['-', undefined],
        [ran.requestId, undefined],
        [ran.requestId, 'not first'],
      ],
    )
  })
})
