import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { realtime } from '../../../clock.ts'
import { MAX_INVOCATION_LOG_BYTES } from './output.ts'
import { isRunning, processesOf, TestBed, until } from './testing/bed.ts'

const bed = new TestBed()
after(() => bed.close())

const MEASURED =
  'Duration: <ms>\tBilled Duration: <n> ms\tMemory Size: <n> MB\tMax Memory Used: <n> MB'

/** Without the times and sizes, which change. */
function report(text: string): string {
  return text.replace(/\d+\.\d\d ms/g, '<ms>').replace(/: \d+ (ms|MB)/g, ': <n> $1')
}

describe('An invocation', () => {
  it('is framed by START, END and REPORT', async () => {
    const image = bed.image({ 'index.js': `exports.handler = async () => console.log('x\\ny')` })
    const cold = await bed.run(image)
    const [init, note, start, own, end, last] = cold.log
    assert.match(
      init ?? '',
      /^INIT_START Runtime Version: nodejs:22\.v1\tRuntime Version ARN: arn:aws:.*:[0-9a-f]{64}\n$/,
    )
    assert.match(note ?? '', /^Windtunnel runs nodejs22\.x on Node\.js /)
    assert.equal(start, `START RequestId: ${cold.requestId} Version: $LATEST\n`)
    assert.match(own ?? '', new RegExp(`^[\\d-]+T[\\d:.]+Z\t${cold.requestId}\tINFO\tx\ny\n$`))
    assert.equal(end, `END RequestId: ${cold.requestId}\n`)
    assert.equal(
      report(last ?? ''),
      `REPORT RequestId: ${cold.requestId}\t${MEASURED}\tInit Duration: <ms>\t\n`,
    )
    const warm = await bed.run(image)
    assert.equal(
      report(warm.log.at(-1) ?? ''),
      `REPORT RequestId: ${warm.requestId}\t${MEASURED}\t\n`,
    )
    assert.ok(warm.logTail.startsWith('START') && warm.logTail.endsWith('\t\n'))
  })

  it('writes JSON events when the log format asks for them', async () => {
    const source = `exports.handler = async (event) => {
      console.debug('unseen')
      console.log('text %d', 5)
      console.error(new TypeError('odd'))
      if (event.fail) process.exit(2)
    }`
    const image = bed.image({ 'index.js': source }, { logFormat: 'JSON', runtime: 'nodejs24.x' })
    const ran = await bed.run(image)
    const events = ran.log
      .map((text) => JSON.parse(text))
      .filter(({ type }) => type !== 'windtunnel.note')
    assert.deepEqual(
      events.map(({ type, level }) => type ?? level),
      ['platform.initStart', 'platform.start', 'INFO', 'ERROR', 'platform.report'],
    )
    const { timestamp, ...text } = events[2]
    assert.match(timestamp, /Z$/)
    assert.deepEqual(text, { level: 'INFO', requestId: ran.requestId, message: 'text 5' })
    assert.equal(events[3].message.errorType, 'TypeError')
    const { record } = events[4]
    assert.equal(record.status, 'success')
    assert.equal(record.requestId, ran.requestId)
    assert.deepEqual(Object.keys(record.metrics), [
      'durationMs',
      'billedDurationMs',
      'memorySizeMB',
      'maxMemoryUsedMB',
      'initDurationMs',
    ])
    const failed = await bed.run(image, { fail: true })
    const end = JSON.parse(failed.log.at(-1) ?? '')
    assert.equal(end.record.status, 'error')
    assert.equal(end.record.errorType, 'Runtime.ExitError')
  })

  it('carries 6 MB in and out, and refuses more', async () => {
    const image = bed.image({
      'index.js': `exports.handler = async (event) => event.text ?? 'x'.repeat(event.n)`,
    })
    const text = 'y'.repeat(6 * 1024 * 1024 - 20)
    assert.equal((await bed.run(image, { text })).payload, JSON.stringify(text))
    const tooMuch = await bed.run(image, { n: 6 * 1024 * 1024 + 99 })
    assert.equal(tooMuch.outcome, 'too-large')
    assert.deepEqual(JSON.parse(tooMuch.payload), {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    })
    const most = await bed.run(image, { n: 6 * 1024 * 1024 + 98 })
    assert.equal(most.outcome, 'success')
    assert.equal(most.coldStart, false)
  })

  it('keeps the start of a log flood and says what it dropped', async () => {
    const image = bed.image({
      'index.js': `exports.handler = async () => {
        const text = 'z'.repeat(1023).concat('\\n').repeat(1024)
        for (let i = 0; i < 100; i++) require('node:fs').writeSync(1, text)
      }`,
    })
    const ran = await bed.run(image)
    assert.equal(ran.outcome, 'success')
    const bytes = ran.log.reduce((sum, message) => sum + message.length, 0)
    assert.ok(bytes > MAX_INVOCATION_LOG_BYTES / 2 && bytes < MAX_INVOCATION_LOG_BYTES * 1.1)
    assert.match(ran.logTail, /Windtunnel dropped \d+ bytes of this invocation's log/)
    const next = await bed.run(bed.image({ 'index.js': `exports.handler = async () => 1` }))
    assert.equal(next.payload, '1')
  })

  it('gets only what AWS gives it as environment', async () => {
    process.env.WINDTUNNEL_SECRET_OF_THE_SERVER = 'x'
    const image = bed.image(
      { 'index.js': 'exports.handler = async () => process.env' },
      { environment: { FOO: 'bar', TZ: 'Europe/Berlin' } },
    )
    const ran = await bed.run(image)
    const env = JSON.parse(ran.payload)
    assert.equal(env.WINDTUNNEL_SECRET_OF_THE_SERVER, undefined)
    assert.notEqual(env.HOME, process.env.HOME)
    assert.equal(env.FOO, 'bar')
    assert.equal(env.TZ, 'Europe/Berlin')
    const same: Record<string, string> = {
      AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_LAMBDA_FUNCTION_NAME: image.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: image.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: ran.logStreamName,
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      LAMBDA_TASK_ROOT: image.codeDir,
      LANG: 'en_US.UTF-8',
      _HANDLER: 'index.handler',
    }
    for (const [name, value] of Object.entries(same)) assert.equal(env[name], value, name)
    const unknown = Object.keys(env).filter((name) => name.includes('WINDTUNNEL'))
    assert.deepEqual(unknown, [])
    delete process.env.WINDTUNNEL_SECRET_OF_THE_SERVER
  })
})

describe('A process that does not answer', () => {
  it('is killed with its children at the timeout, and replaced', async () => {
    const source = `const { spawn } = require('node:child_process')
      let n = 0
      exports.handler = async (event) => {
        const fs = require('node:fs')
        const file = process.env.TMPDIR + '/kept'
        if (!event.hang) return { n: ++n, kept: fs.existsSync(file) }
        fs.writeFileSync(file, '')
        const child = spawn('sleep', ['1000'])
        console.log('pids', process.pid, child.pid)
        for (;;) {}
      }`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 1000 })
    await bed.run(image)
    const ran = await bed.run(image, { hang: true })
    assert.equal(ran.outcome, 'timeout')
    assert.deepEqual(JSON.parse(ran.payload), {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${ran.requestId} Error: Task timed out after 1.00 seconds`,
    })
    const [pids, timedOut, end, last] = ran.log.slice(-4)
    assert.match(
      timedOut ?? '',
      new RegExp(`^[\\d-]+T[\\d:.]+Z ${ran.requestId} Task timed out after 1.00 seconds\n\n$`),
    )
    assert.equal(end, `END RequestId: ${ran.requestId}\n`)
    assert.match(
      last ?? '',
      /\tDuration: 1000\.00 ms\tBilled Duration: 1000 ms\t.*\tStatus: timeout\n$/,
    )
    const numbers =
      /pids (\d+) (\d+)/
        .exec(pids ?? '')
        ?.slice(1)
        .map(Number) ?? []
    assert.equal(numbers.length, 2)
    for (const pid of numbers) await until(() => !isRunning(pid), `process ${pid} ends`)
    const next = await bed.run(image)
    assert.equal(next.payload, '{"n":1,"kept":true}')
    assert.deepEqual([next.coldStart, next.initMs], [false, undefined])
    assert.equal(next.logStreamName, ran.logStreamName)
  })

  it('takes along all that it has multiplied into', async (t) => {
    if (process.platform !== 'linux') return t.skip('Only Linux tells whose a process is.')
    const source = `const { spawn } = require('node:child_process')
      const script = 'b() { [ $1 -gt 0 ] && { b $(($1 - 1)) & b $(($1 - 1)) & }; sleep 1000; }; b 5'
      exports.handler = async () => {
        spawn('sh', ['-c', script])
        return new Promise((resolve) => setTimeout(resolve, 60000))
      }`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 1000 })
    const running = bed.run(image)
    await until(() => processesOf(image.functionName).length > 40, 'it multiplies')
    assert.equal((await running).outcome, 'timeout')
    await until(() => processesOf(image.functionName).length === 0, 'all have ended')
  })

  it('takes along even what has left its process group', async (t) => {
    if (process.platform !== 'linux') return t.skip('Only Linux tells whose a process is.')
    const source = `const { spawn } = require('node:child_process')
      exports.handler = async () => {
        const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
        console.log('pid', child.pid)
        process.exit(1)
      }`
    const ran = await bed.run(bed.image({ 'index.js': source }))
    const pid = Number(/pid (\d+)/.exec(ran.logTail)?.[1])
    assert.ok(pid > 0)
    await until(() => !isRunning(pid), `process ${pid} ends`)
  })

  const exits: [title: string, action: string, text: string][] = [
    ['status 0', 'process.exit(0)', 'Runtime exited without providing a reason'],
    ['status 3', 'process.exit(3)', 'Runtime exited with error: exit status 3'],
    [
      'SIGKILL',
      'process.kill(process.pid, "SIGKILL")',
      'Runtime exited with error: signal: killed',
    ],
    [
      'SIGSEGV',
      'process.kill(process.pid, "SIGSEGV")',
      'Runtime exited with error: signal: segmentation fault',
    ],
  ]
  for (const [title, action, text] of exits) {
    it(`ends by itself: ${title}`, async () => {
      const source = `exports.handler = async () => {
        ${action}; return new Promise((resolve) => setTimeout(resolve, 9000)) }`
      const ran = await bed.run(bed.image({ 'index.js': source }))
      assert.equal(ran.outcome, 'exit')
      assert.deepEqual(JSON.parse(ran.payload), {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${ran.requestId} Error: ${text}`,
      })
      assert.match(ran.log.at(-1) ?? '', /\tStatus: error\tError Type: Runtime.ExitError\n$/)
    })
  }

  it('has a second chance when its initialization takes too long', async () => {
    const hasty = new TestBed({ initTimeoutMs: 400 })
    const files = {
      'index.mjs': `await new Promise((resolve) => setTimeout(resolve, 600))
        export const handler = async () => 'ready'`,
    }
    const ran = await hasty.run(hasty.image(files))
    assert.equal(ran.payload, '"ready"')
    assert.equal(ran.initMs, undefined)
    assert.ok(ran.durationMs > 600)
    assert.match(
      ran.log.join(''),
      /INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout\n/,
    )
    const never = await hasty.run(hasty.image(files, { timeoutMs: 100 }))
    assert.equal(never.outcome, 'timeout')
    assert.match(never.logTail, /Phase: invoke\tStatus: timeout\n/)
    await hasty.close()
  })

  it('ends when it holds more memory than MemorySize', async (t) => {
    if (process.platform !== 'linux') return t.skip('Only Linux tells what a process holds.')
    const source = `exports.handler = async () => {
      const all = []
      for (;;) {
        all.push(Buffer.alloc(4 << 20, 1))
        await new Promise((resolve) => setTimeout(resolve, 5))
      } }`
    const image = bed.image({ 'index.js': source }, { memoryMb: 128 })
    const ran = await bed.run(image)
    assert.equal(ran.outcome, 'exit')
    assert.deepEqual(JSON.parse(ran.payload), {
      errorType: 'Runtime.OutOfMemory',
      errorMessage: `RequestId: ${ran.requestId} Error: Runtime exited with error: signal: killed`,
    })
    assert.match(ran.log.at(-1) ?? '', /\tStatus: error\tError Type: Runtime.OutOfMemory\n$/)
    assert.equal(ran.maxMemoryMb, 128)
  })

  it('ends when its heap exceeds what MemorySize allows', async () => {
    const source = `exports.handler = async () => {
      const all = []; for (;;) all.push(new Array(1e5).fill({})) }`
    const ran = await bed.run(bed.image({ 'index.js': source }, { memoryMb: 128 }))
    assert.equal(ran.outcome, 'exit')
    assert.match(ran.payload, /Runtime exited with error: signal: (aborted|killed)/)
  })
})

describe('Environments', () => {
  it('serve one invocation each at a time', async () => {
    const image = bed.image({
      'index.js': `exports.handler = async () => {
        await new Promise((resolve) => setTimeout(resolve, 50)); return process.pid }`,
    })
    const together = [bed.run(image), bed.run(image), bed.run(image)]
    assert.equal(bed.runtimes.busy(image.key), 3)
    const ran = await Promise.all(together)
    assert.equal(bed.runtimes.busy(image.key), 0)
    assert.equal(new Set(ran.map(({ payload }) => payload)).size, 3)
    const again = await bed.run(image)
    assert.ok(ran.some(({ payload }) => payload === again.payload))
  })

  it('end when their image is retired, and after a while without work', async () => {
    const files = { 'index.js': 'exports.handler = async () => process.pid' }
    const image = bed.image(files)
    const kept = Number((await bed.run(image)).payload)
    assert.ok(isRunning(kept))
    bed.runtimes.retire(image.key)
    await until(() => !isRunning(kept), 'the retired process ends')
    const hasty = new TestBed({ idleTimeoutMs: 20 })
    const idle = Number((await hasty.run(hasty.image(files))).payload)
    await until(() => !isRunning(idle), 'the idle process ends')
    await hasty.close()
  })

  it('are frozen between invocations', async () => {
    const source = `let ticks = 0; setInterval(() => ticks++, 1)
      exports.handler = async () => ticks`
    const image = bed.image({ 'index.js': source })
    const before = Number((await bed.run(image)).payload)
    await realtime.wait(150)
    const ticks = Number((await bed.run(image)).payload) - before
    assert.ok(ticks < 40, `${ticks} ticks`)
  })

  it('survive the loss of the process that starts them', async () => {
    const own = new TestBed()
    const image = own.image({
      'index.js': 'exports.handler = async () => [process.pid, process.ppid]',
    })
    const [pid = 0, supervisor = 0] = JSON.parse((await own.run(image)).payload) as number[]
    process.kill(supervisor, 'SIGKILL')
    await until(() => !isRunning(pid), 'the function ends too')
    const ran = await own.run(image)
    assert.equal(ran.outcome, 'success')
    assert.notEqual(JSON.parse(ran.payload)[1], supervisor)
    await own.close()
  })

  it('are no more than the machine holds: others wait in line, or idle ones give way', async () => {
    const small = new TestBed({ maxEnvironments: 2 })
    const files = {
      'index.js': `exports.handler = async (event) => {
        await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid }`,
    }
    const [one, other] = [small.image(files), small.image(files)]
    const crowd = await Promise.all(Array.from({ length: 6 }, () => small.run(one, { ms: 20 })))
    assert.ok(crowd.every(({ outcome }) => outcome === 'success'))
    assert.equal(new Set(crowd.map(({ payload }) => payload)).size, 2)
    const [guest] = await Promise.all([small.run(other, { ms: 1 }), small.run(one, { ms: 1 })])
    assert.equal(guest.outcome, 'success')
    assert.equal(guest.coldStart, true)
    await small.close()
  })

  it('are replaced before their credentials expire', async () => {
    const short = new TestBed({
      credentials: async () => ({
        accessKeyId: 'A',
        secretAccessKey: 'B',
        sessionToken: 'C',
        expiresAt: realtime.now() + 5_000,
      }),
    })
    const image = short.image({ 'index.js': 'exports.handler = async () => 1' })
    await short.run(image)
    assert.equal((await short.run(image)).coldStart, true)
    await short.close()
  })

  it('end with close(), even in an invocation, and leave nothing behind', async () => {
    const own = new TestBed()
    const source = `exports.handler = async () => {
      console.log(process.pid, process.env.TMPDIR); for (;;) {} }`
    const running = own.run(own.image({ 'index.js': source }))
    const line = () => [...own.streams.values()].flat().find((message) => message.includes('INFO'))
    await until(() => line() !== undefined, 'the handler runs')
    const [, pid, tmp] = /INFO\t(\d+) (\S+)/.exec(line() ?? '') ?? []
    await own.close()
    assert.equal((await running).outcome, 'exit')
    assert.ok(!isRunning(Number(pid)))
    assert.ok(!existsSync(path.dirname(tmp ?? '')))
  })

  it('do not outlive a server that is killed', async () => {
    const script = `
      import { TestBed } from ${JSON.stringify(new URL('./testing/bed.ts', import.meta.url).href)}
      const print = ({ message }) => process.stdout.write(message)
      const bed = new TestBed({ onLog: (image, stream, lines) => lines.forEach(print) })
      bed.run(bed.image({ 'index.js': \`
        const { pid } = require('node:child_process').spawn('sleep', ['1000'])
        exports.handler = async () => {
          console.log('pids', process.pid, pid, process.env.TMPDIR); for (;;) {} }\` }))`
    const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
    await until(() => /pids .*\n/.test(said), 'the function runs')
    const [, function_, child, tmp] = /pids (\d+) (\d+) (\S+)/.exec(said) ?? []
    assert.ok(isRunning(Number(function_)) && isRunning(Number(child)))
    server.kill('SIGKILL')
    await until(() => !isRunning(Number(function_)), 'the function ends')
    await until(() => !isRunning(Number(child)), 'its child ends')
    await until(() => !existsSync(path.dirname(tmp ?? '')), 'its folder is removed')
  })
})
