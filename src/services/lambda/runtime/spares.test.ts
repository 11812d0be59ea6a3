import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { realtime } from '../../../clock.ts'
import { type Ran, TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const GIVE_UP_MS = 5_000
const node = {
  'index.js': `exports.handler = async () => ({
    started: performance.timeOrigin, env: process.env, cwd: process.cwd(),
    offset: new Date(2026, 6, 1).getTimezoneOffset(), heap: process.execArgv })`,
}
const python = {
  'index.py': `import os, sys, time
stat = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
started = float(stat[19]) / os.sysconf("SC_CLK_TCK")
boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
def handler(event, context):
    return {"started": (boot + started) * 1000, "env": dict(os.environ), "cwd": os.getcwd(),
            "offset": time.timezone // 60, "path": sys.path}`,
}

/** Runs new functions of these files until one gets a process that was there before. */
async function onSpare(
  files: Record<string, string>,
  rest: Partial<FunctionImage>,
): Promise<{ image: FunctionImage; ran: Ran; value: Record<string, unknown> }> {
  const deadline = realtime.monotonic() + GIVE_UP_MS
  for (;;) {
    const image = bed.image(files, rest)
    const before = realtime.now()
    const ran = await bed.run(image)
    const value = JSON.parse(ran.payload)
    if (value.started < before - 20) return { image, ran, value }
    assert.ok(realtime.monotonic() < deadline, `No process was started ahead: ${ran.payload}`)
    await realtime.wait(50)
  }
}

describe('A process started ahead', () => {
  it('becomes a function of Node.js as if started for it', async () => {
    const fresh = new TestBed({ maxSpares: 0 })
    const normal = JSON.parse((await fresh.run(fresh.image(node))).payload)
    await fresh.close()
    const { image, ran, value } = await onSpare(node, { environment: { FOO: 'bar' } })
    const env = value.env as Record<string, string>
    assert.equal(ran.coldStart, true)
    assert.deepEqual(Object.keys(env).sort(), [...Object.keys(normal.env), 'FOO'].sort())
    assert.equal(env.AWS_LAMBDA_FUNCTION_NAME, image.functionName)
    assert.equal(value.cwd, image.codeDir)
    assert.deepEqual([value.offset, value.heap], [normal.offset, normal.heap])
    assert.match(ran.log[0] ?? '', /^INIT_START/)
  })

  it('keeps the time zone that the function wants', async () => {
    const { value } = await onSpare(node, { environment: { TZ: 'Asia/Tokyo' } })
    assert.equal(value.offset, -540)
  })

  it('becomes a function of Python as if started for it', async (t) => {
    if (process.platform !== 'linux') return t.skip('Only Linux tells when a process was started.')
    const rest = { runtime: 'python3.12', environment: { TZ: 'Asia/Tokyo' } }
    const first = await bed.run(bed.image(python, rest))
    if (first.outcome === 'missing-runtime') return t.skip('This machine has no Python.')
    const { image, value } = await onSpare(python, rest)
    const env = value.env as Record<string, string>
    assert.equal(env.AWS_LAMBDA_FUNCTION_NAME, image.functionName)
    assert.deepEqual(Object.keys(env).sort(), Object.keys(JSON.parse(first.payload).env).sort())
    assert.deepEqual([value.cwd, value.offset], [image.codeDir, -540])
    assert.equal((value.path as string[])[0], image.codeDir)
  })

  it('is not for functions whose variables an interpreter reads at its start', async () => {
    await onSpare(node, {})
    const before = realtime.now()
    const image = bed.image(node, { environment: { NODE_OPTIONS: '--stack-trace-limit=3' } })
    const ran = await bed.run(image)
    assert.ok(JSON.parse(ran.payload).started > before - 20)
  })

  it('is prepared on demand, before any function ran', async () => {
    const own = new TestBed()
    const image = own.image(node)
    own.runtimes.prepare(image)
    own.runtimes.prepare(own.image({}, { runtime: 'java21' }))
    await realtime.wait(1)
    await own.close()
  })
})
