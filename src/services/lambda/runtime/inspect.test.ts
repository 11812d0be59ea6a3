import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { TestBed, until } from './testing/bed.ts'

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

describe('An inspected function', () => {
  it('opens its debugger, and has all its time once that is attached', async (t) => {
    const port = await freePort()
    // The first function of a bed has this name.
    const bed = new TestBed({ inspect: { functionName: 'f0', port } })
    t.after(() => bed.close())
    const source = `exports.handler = async ({ ms }) => {
      await new Promise((resolve) => setTimeout(resolve, ms)); return 'done' }`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 400 })
    assert.equal((await bed.run(image, { ms: 0 })).payload, '"done"')
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()
    const [{ webSocketDebuggerUrl }] = targets as [{ webSocketDebuggerUrl: string }]
    const debugging = new WebSocket(webSocketDebuggerUrl)
    const log = () => [...bed.streams.values()].flat().join('')
    const running = bed.run(image, { ms: 900 })
    await until(() => log().includes('Debugger attached.'), 'the debugger is attached')
    assert.equal((await running).payload, '"done"')
    debugging.close()
    const other = bed.image({ 'index.js': source }, { timeoutMs: 400 })
    assert.equal((await bed.run(other, { ms: 900 })).outcome, 'timeout')
  })
})
