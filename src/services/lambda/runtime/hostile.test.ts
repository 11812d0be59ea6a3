/** Functions that mean harm: each ends as on AWS, and the others are served meanwhile. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { processesOf, TestBed, until } from './testing/bed.ts'

const bed = new TestBed()
after(() => bed.close())

const MB = 1024 * 1024
const innocent = bed.image({ 'index.js': 'exports.handler = async (event) => event' })

/** Another function is served while this one does its worst, and after it. */
async function othersAreServed(worst: Promise<unknown>): Promise<void> {
  assert.equal((await bed.run(innocent, { during: 1 })).payload, '{"during":1}')
  await worst
  assert.equal((await bed.run(innocent, { after: 1 })).payload, '{"after":1}')
}

describe('A hostile function', () => {
  it('that forks and forks again is gone with its timeout', async (t) => {
    if (process.platform !== 'linux') return t.skip('Only Linux tells whose a process is.')
    // Each leaves its process group; there is an end to it, for the sake of the machine.
    const source = `const { spawn } = require('node:child_process')
      const fork = 'f() { [ $1 -gt 0 ] && { setsid sh -c "$0" "$0" $(($1 - 1)) & ' +
        'setsid sh -c "$0" "$0" $(($1 - 1)) & }; sleep 1000; }; f $1'
      exports.handler = () => new Promise(() => {
        spawn('sh', ['-c', fork, fork, '5'], { detached: true, stdio: 'ignore' })
        setTimeout(() => {}, 60000)
      })`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 1500 })
    const running = bed.run(image)
    await until(() => processesOf(image.functionName).length > 30, 'it multiplies')
    await othersAreServed(running)
    assert.match((await running).payload, /"Sandbox.Timedout".*timed out after 1.50 seconds/)
    await until(() => processesOf(image.functionName).length === 0, 'all have ended')
  })

  it('that floods its log is served, and its log is cut', async () => {
    const source = `exports.handler = async () => {
      const text = 'x'.repeat(1023).concat('\\n').repeat(1024)
      for (let n = 0; n < 100; n++) require('node:fs').writeSync(n % 2 + 1, text)
      return 'done'
    }`
    const before = process.memoryUsage().rss
    const running = bed.run(bed.image({ 'index.js': source }))
    await othersAreServed(running)
    assert.equal((await running).payload, '"done"')
    assert.match((await running).logTail, /Windtunnel dropped \d+ bytes of this invocation's log/)
    assert.ok(process.memoryUsage().rss - before < 300 * MB)
  })

  it('whose log goes on after its end holds up nobody', async (t) => {
    if (process.platform !== 'linux') return t.skip('The commands are those of Linux.')
    // In a session of its own and without our variables it is not found; the log is cut off.
    const source = `exports.handler = () => new Promise((resolve) => {
      const { spawn } = require('node:child_process')
      spawn('setsid', ['env', '-i', 'yes'], { stdio: 'inherit' }).unref()
      setTimeout(() => process.exit(1), 100)
    })`
    const ran = await bed.run(bed.image({ 'index.js': source }))
    assert.equal(ran.outcome, 'exit')
    assert.ok(ran.log.includes('y\n'))
  })

  it('that never returns ends with its timeout', async () => {
    const image = bed.image(
      { 'index.js': 'exports.handler = () => { for (;;); }' },
      { timeoutMs: 300 },
    )
    const running = bed.run(image)
    await othersAreServed(running)
    assert.equal((await running).outcome, 'timeout')
  })

  it('that answers without measure is refused', async () => {
    const source = `exports.handler = async () => 'x'.repeat(200 << 20)`
    const running = bed.run(bed.image({ 'index.js': source }, { memoryMb: 2048 }))
    await othersAreServed(running)
    assert.equal((await running).outcome, 'too-large')
    assert.match((await running).payload, /"Function.ResponseSizeTooLarge"/)
  })

  it('that speaks no HTTP to the Runtime API harms itself only', async () => {
    const source = `exports.handler = () => new Promise((resolve) => {
      const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
      const socket = require('node:net').connect(port, host)
      socket.on('connect', () => socket.write('x'.repeat(1 << 20)))
      socket.on('error', () => {})
      socket.on('close', () => resolve('hung up'))
    })`
    const running = bed.run(bed.image({ 'index.js': source }))
    await othersAreServed(running)
    assert.equal((await running).payload, '"hung up"')
  })
})
