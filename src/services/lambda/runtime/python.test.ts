import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { WITHOUT_BOTO3 } from '../../../../test/cli.ts'
import { TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const python = (source: string, rest: Partial<FunctionImage> = {}) =>
  bed.image({ 'app.py': source }, { runtime: 'python3.12', handler: 'app.handler', ...rest })
const probe = await bed.run(python('def handler(event, context): return 1'))
const skip = probe.outcome === 'missing-runtime' && 'This machine has no Python.'

describe('Handlers of Python runtimes', { skip }, () => {
  it('answers, keeps the module between invocations, and writes JSON as AWS does', async () => {
    const image = python(`import decimal
n = 0
def handler(event, context):
    global n
    n += 1
    return {"n": n, "event": event, "d": decimal.Decimal("1.10"), "é": True}
`)
    assert.equal(
      (await bed.run(image, { a: 'ü' })).payload,
      '{"n": 1, "event": {"a": "ü"}, "d": 1.10, "é": true}',
    )
    const warm = await bed.run(image)
    assert.equal(warm.payload, '{"n": 2, "event": {}, "d": 1.10, "é": true}')
    assert.equal(warm.coldStart, false)
    assert.ok(warm.maxMemoryMb > 5)
  })

  it('writes JSON as simplejson does', async () => {
    const image = python(`from collections import namedtuple
Point = namedtuple("Point", "x y")
class Odd:
    def _asdict(self): return {"odd": True}
def handler(event, context):
    if event.get("circle"):
        event["circle"] = event
        return event
    if event.get("keys"): return {(1, 2): 3}
    return [Point(1, [Point(2, b"three")]), {b"bytes": Odd()}, {1: None, None: 1.5}]
`)
    assert.equal(
      (await bed.run(image)).payload,
      '[{"x": 1, "y": [{"x": 2, "y": "three"}]}, {"bytes": {"odd": true}}, ' +
        '{"1": null, "null": 1.5}]',
    )
    const circle = JSON.parse((await bed.run(image, { circle: true })).payload)
    assert.equal(circle.errorMessage, 'Unable to marshal response: Circular reference detected')
    const keys = JSON.parse((await bed.run(image, { keys: true })).payload)
    assert.match(keys.errorMessage, /keys must be str, int, float, bool or None, not tuple$/)
  })

  it('escapes what is not ASCII before Python 3.12', async () => {
    const image = python('def handler(event, context): return "é"', { runtime: 'python3.11' })
    assert.equal((await bed.run(image)).payload, '"\\u00e9"')
  })

  it('hands the context over whole', async () => {
    const image = python(`import os
def handler(event, context):
    return [context.aws_request_id, context.function_name, context.function_version,
            context.memory_limit_in_mb, context.invoked_function_arn, context.log_group_name,
            context.log_stream_name, context.client_context.custom,
            context.client_context.client.app_title, context.identity.cognito_identity_id,
            repr(context).endswith("identity_pool_id=None]),tenant_id=None])"),
            9000 < context.get_remaining_time_in_millis() <= 10000,
            os.environ["_X_AMZN_TRACE_ID"]]
`)
    const context = '{"custom":{"who":"Zoë"},"client":{"app_title":"t"}}'
    const ran = await bed.run(image, {}, context)
    assert.deepEqual(JSON.parse(ran.payload), [
      ran.requestId,
      image.functionName,
      '$LATEST',
      '256',
      image.functionArn,
      image.logGroup,
      ran.logStreamName,
      { who: 'Zoë' },
      't',
      null,
      true,
      true,
      'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    ])
  })

  it('loads nested modules and packages of layers, and nothing else of this machine', async () => {
    const layer = bed.image({ 'python/shared.py': 'value = 5' })
    const image = bed.image(
      {
        'pack/__init__.py': '',
        'pack/main.py': `import importlib.util, shared
def handler(event, context):
    return [shared.value, importlib.util.find_spec("pip") is None]`,
      },
      { runtime: 'python3.12', handler: 'pack/main.handler', layersDir: layer.codeDir },
    )
    assert.equal((await bed.run(image)).payload, '[5, true]')
  })

  it('reads .pth files, and leaves layers to PYTHONPATH where the function sets it', async () => {
    const layer = bed.image({ 'python/shared.py': 'value = 5' })
    const files = {
      'app.py': `import importlib.util, os, sys, added
def handler(event, context):
    mine = [sys.path[0] == os.environ["LAMBDA_TASK_ROOT"], os.environ["PYTHONPATH"]]
    return [added.value, importlib.util.find_spec("shared") is not None, *mine]`,
      'more.pth': 'vendor\n',
      'vendor/added.py': 'value = 6',
    }
    const rest = { runtime: 'python3.12', handler: 'app.handler', layersDir: layer.codeDir }
    const [added, shared, first] = JSON.parse((await bed.run(bed.image(files, rest))).payload)
    assert.deepEqual([added, shared, first], [6, true, true])
    const environment = { PYTHONPATH: '/mine' }
    const own = await bed.run(bed.image(files, { ...rest, environment }))
    assert.equal(own.payload, '[6, false, true, "/mine"]')
  })

  it('offers the boto3 of the machine', { skip: WITHOUT_BOTO3 }, async (t) => {
    const image = python(`def handler(event, context):
    import boto3
    client = boto3.client("ec2")
    return [client.meta.endpoint_url, client.meta.region_name]
`)
    const ran = await bed.run(image)
    if (ran.payload.includes("No module named 'boto3'")) return t.skip('This machine has no boto3.')
    assert.equal(ran.payload, '["http://127.0.0.1:4566", "eu-west-1"]')
  })
})

describe('Errors of Python runtimes', { skip }, () => {
  it('describes what a handler raises, with the folders of AWS', async () => {
    const image = python(`class CustomException(Exception): pass
def inner(): raise CustomException("some error occurred")
def handler(event, context):
    inner()
`)
    const ran = await bed.run(image)
    assert.equal(ran.outcome, 'error')
    const document = JSON.parse(ran.payload)
    assert.deepEqual(Object.keys(document), [
      'errorMessage',
      'errorType',
      'requestId',
      'stackTrace',
    ])
    assert.equal(document.errorType, 'CustomException')
    assert.equal(document.requestId, ran.requestId)
    assert.equal(
      document.stackTrace[0],
      '  File "/var/task/app.py", line 4, in handler\n    inner()\n',
    )
    assert.match(document.stackTrace[1], /^ {2}File "\/var\/task\/app.py", line 2, in inner\n/)
    const start =
      '[ERROR] CustomException: some error occurred\nTraceback (most recent call last):\n'
    const event = ran.log.find((message) => message.startsWith(start)) ?? ''
    assert.match(
      event,
      /\n\u00a0\u00a0File "\/var\/task\/app.py", line 4, in handler\n\u00a0{4}inner\(\)\n/,
    )
  })

  const failing: [errorType: string, message: RegExp, source: string, handler?: string][] = [
    [
      'Runtime.ImportModuleError',
      /^Unable to import module 'gone': No module named 'gone'$/,
      '',
      'gone.handler',
    ],
    [
      'Runtime.ImportModuleError',
      /^Unable to import module 'app': No module named 'requests_'$/,
      'import requests_',
    ],
    ['Runtime.HandlerNotFound', /^Handler 'handler' missing on module 'app'$/, ''],
    ['Runtime.MalformedHandlerName', /^Bad handler 'app': not enough values to unpack/, '', 'app'],
    [
      'Runtime.UserCodeSyntaxError',
      /^Syntax error in module 'app': .*\(app\.py, line 1\)$/,
      'def handler(:',
    ],
    [
      'Runtime.BuiltInModuleConflict',
      /^Cannot use built-in module sys as a handler module$/,
      '',
      'sys.exit',
    ],
    ['ZeroDivisionError', /^division by zero$/, '1 / 0'],
  ]
  for (const [errorType, message, source, handler = 'app.handler'] of failing) {
    it(`${errorType}: ${message.source}`, async () => {
      const ran = await bed.run(python(source, { handler }))
      assert.equal(ran.outcome, 'init-error')
      const document = JSON.parse(ran.payload)
      assert.equal(document.errorType, errorType)
      assert.match(document.errorMessage, message)
      assert.equal(document.requestId, '')
      assert.match(ran.log.join(''), /LAMBDA_WARNING: Unhandled exception\./)
    })
  }

  it('shows no more of a line than AWS, and its own line only when there is no other', async () => {
    const stackOf = async (source: string) => JSON.parse((await bed.run(python(source))).payload)
    const partial = await stackOf('def handler(event, context): return 1 + event["none"]')
    assert.deepEqual(partial.stackTrace, [
      '  File "/var/task/app.py", line 1, in handler\n' +
        '    def handler(event, context): return 1 + event["none"]\n',
    ])
    const { stackTrace } = await stackOf('def handler(): pass')
    assert.equal(stackTrace.length, 1)
    assert.match(
      stackTrace[0],
      /^ {2}File "\/var\/runtime\/python.py".*\n.*handler\(event, context\)\n$/,
    )
  })

  it('says when an answer cannot be JSON', async () => {
    const ran = await bed.run(python('def handler(event, context): return {1, 2}'))
    const { errorType, errorMessage } = JSON.parse(ran.payload)
    assert.equal(errorType, 'Runtime.MarshalError')
    assert.match(errorMessage, /^Unable to marshal response: Object of type set is not JSON/)
  })

  it('has no answer when the handler exits', async () => {
    const image = python(`import os
def handler(event, context):
    if event.get("hard"): os._exit(7)
    exit(0)
`)
    const soft = await bed.run(image)
    assert.deepEqual(JSON.parse(soft.payload), {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${soft.requestId} Error: Runtime exited without providing a reason`,
    })
    const hard = await bed.run(image, { hard: true })
    assert.match(hard.payload, /Error: Runtime exited with error: exit status 7"/)
  })
})

describe('Logs of Python runtimes', { skip }, () => {
  it('keeps print raw and in order with logging, whose events may have several lines', async () => {
    const image = python(`import logging, sys
log = logging.getLogger()
log.setLevel("INFO")
def handler(event, context):
    print("one\\ntwo")
    log.info("three\\nlines")
    print("four", file=sys.stderr)
    log.debug("unseen")
`)
    const ran = await bed.run(image)
    const own = ran.log.slice(ran.log.findIndex((message) => message.startsWith('START')) + 1, -2)
    const stamped = own.map((message) => message.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '<time>'))
    assert.deepEqual(stamped, [
      'one\n',
      'two\n',
      `[INFO]\t<time>\t${ran.requestId}\tthree\nlines\n`,
      'four\n',
    ])
  })

  it('writes JSON events of at least the level', async () => {
    const source = `import logging
def handler(event, context):
    logging.info("unseen")
    try: 1 / 0
    except Exception: logging.exception("caught %s", 1, extra={"order": 5, "none": None})
`
    const ran = await bed.run(python(source, { logFormat: 'JSON', applicationLogLevel: 'WARN' }))
    const events = ran.log.map((message) => JSON.parse(message))
    const own = events.filter(({ level }) => level !== undefined)
    assert.equal(own.length, 1)
    const { timestamp, stackTrace, location, ...rest } = own[0]
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.match(stackTrace[0], /\/var\/task\/app.py/)
    assert.equal(location, '/var/task/app.py:handler:5')
    assert.deepEqual(rest, {
      level: 'ERROR',
      message: 'caught 1',
      logger: 'root',
      errorType: 'ZeroDivisionError',
      errorMessage: 'division by zero',
      requestId: ran.requestId,
      order: 5,
    })
  })

  it('fails where an event is no JSON', async () => {
    const source = `import logging
def handler(event, context): logging.warning("x", extra={"thing": handler})
`
    const ran = await bed.run(python(source, { logFormat: 'JSON' }))
    assert.equal(JSON.parse(ran.payload).errorType, 'TypeError')
  })
})
