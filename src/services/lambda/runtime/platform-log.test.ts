import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PlatformLog, type Report, runtimeVersion, runtimeVersionArn } from './platform-log.ts'
import type { FunctionImage, SystemLogLevel } from './types.ts'

const NOW = Date.UTC(2026, 9, 8, 7, 30)
const image: FunctionImage = {
  key: 'k',
  functionName: 'notifier',
  functionVersion: '$LATEST',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:notifier',
  account: '123456789012',
  region: 'eu-central-1',
  runtime: 'nodejs22.x',
  handler: 'index.handler',
  codeDir: '/code',
  memoryMb: 256,
  timeoutMs: 3000,
  ephemeralMb: 512,
  environment: {},
  logGroup: '/aws/lambda/notifier',
  logFormat: 'Text',
  endpointUrl: 'http://127.0.0.1:4566',
}
const report: Report = {
  requestId: 'r',
  status: 'success',
  durationMs: 1233.9604,
  billedMs: 1698,
  maxMemoryMb: 123,
  initMs: 463.512,
}
const textLog = new PlatformLog(image, 'stream')
const jsonLog = (systemLogLevel?: SystemLogLevel) =>
  new PlatformLog({ ...image, logFormat: 'JSON', systemLogLevel }, '2026/10/08/[$LATEST]22be')
const messages = (lines: { message: string }[]) => lines.map(({ message }) => message)

describe('Reports in text', () => {
  const rows: [title: string, change: Partial<Report>, ending: string][] = [
    ['success', {}, '\tInit Duration: 463.51 ms\t\n'],
    ['success without initialization', { initMs: undefined }, '\tMax Memory Used: 123 MB\t\n'],
    ['timeout', { status: 'timeout' }, '\tInit Duration: 463.51 ms\tStatus: timeout\n'],
    [
      'failure',
      { status: 'error', errorType: 'Runtime.ExitError', initMs: undefined },
      '\tMax Memory Used: 123 MB\tStatus: error\tError Type: Runtime.ExitError\n',
    ],
  ]
  for (const [title, change, ending] of rows) {
    it(`end as on AWS: ${title}`, () => {
      const [line = ''] = messages(textLog.report(NOW, { ...report, ...change }))
      const start =
        'REPORT RequestId: r\tDuration: 1233.96 ms\tBilled Duration: 1698 ms\tMemory Size: 256 MB\t'
      assert.ok(line.startsWith(start) && line.endsWith(ending), line)
    })
  }

  it('tell of an initialization only when it failed', () => {
    const fine = { phase: 'init', status: 'success', durationMs: 5 } as const
    assert.deepEqual(textLog.initReport(NOW, fine), [])
    const failed = { phase: 'invoke', status: 'error', durationMs: 1329.49 } as const
    assert.deepEqual(
      messages(textLog.initReport(NOW, { ...failed, errorType: 'Runtime.UserCodeSyntaxError' })),
      [
        'INIT_REPORT Init Duration: 1329.49 ms\tPhase: invoke\tStatus: error\t' +
          'Error Type: Runtime.UserCodeSyntaxError\n',
      ],
    )
  })
})

describe('Platform events in JSON', () => {
  it('have the members of recorded ones, in their order', () => {
    assert.deepEqual(messages(jsonLog().report(NOW, report)), [
      '{"time":"2026-10-08T07:30:00.000Z","type":"platform.report","record":{"requestId":"r",' +
        '"metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,' +
        '"maxMemoryUsedMB":123,"initDurationMs":463.512},"status":"success"}}',
    ])
    assert.deepEqual(messages(jsonLog().start(NOW, 'r')), [
      '{"time":"2026-10-08T07:30:00.000Z","type":"platform.start","record":{"requestId":"r",' +
        `"functionArn":"${image.functionArn}","version":"$LATEST"}}`,
    ])
    const [start = ''] = messages(jsonLog().initStart(NOW))
    assert.deepEqual(JSON.parse(start).record, {
      initializationType: 'on-demand',
      phase: 'init',
      runtimeVersion: 'nodejs:22.v1',
      runtimeVersionArn: runtimeVersionArn('eu-central-1', 'nodejs22.x'),
      functionName: 'notifier',
      functionVersion: '$LATEST',
      instanceId: '2026/10/08/[$LATEST]22be',
      instanceMaxMemory: 268435456,
    })
  })

  it('are those of the system log level and above', () => {
    const types = (level: SystemLogLevel | undefined, status: Report['status']) => {
      const log = jsonLog(level)
      const lines = [
        ...log.initStart(NOW),
        ...log.initReport(NOW, { phase: 'init', status, durationMs: 1 }),
        ...log.start(NOW, 'r'),
        ...log.failure(NOW, 'said in text only'),
        ...log.end(NOW, { ...report, status }),
        ...log.report(NOW, { ...report, status }),
      ]
      return lines.map(({ message }) => JSON.parse(message).type.slice('platform.'.length))
    }
    assert.deepEqual(types(undefined, 'success'), ['initStart', 'start', 'report'])
    assert.deepEqual(types('WARN', 'success'), [])
    assert.deepEqual(types('WARN', 'timeout'), ['initReport', 'runtimeDone', 'report'])
    assert.equal(types('DEBUG', 'success').length, 5)
  })
})

describe('Runtime versions', () => {
  it('are named as INIT_START names them', () => {
    assert.equal(runtimeVersion('python3.12'), 'python:3.12.v1')
    assert.equal(runtimeVersion('nodejs22.x'), 'nodejs:22.v1')
    assert.equal(runtimeVersion('provided.al2023'), 'provided:al2023.v1')
    assert.match(runtimeVersionArn('eu-west-1', 'java21'), /^arn:aws:lambda:eu-west-1::runtime:/)
  })
})

it('Notes of ours are lines like the others: text in text logs, documents in JSON logs', () => {
  assert.deepEqual(messages(textLog.note(NOW, 'Another Python.')), ['Another Python.\n'])
  const [line = ''] = messages(jsonLog().note(NOW, 'Another Python.'))
  const { type, record } = JSON.parse(line)
  assert.deepEqual([type, record], ['windtunnel.note', { message: 'Another Python.' }])
})
