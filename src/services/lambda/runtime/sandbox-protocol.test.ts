/** A launcher that a function has taken over says what it likes: here it is a script of ours. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { until } from './testing/bed.ts'

const { Sandbox } = createRequire(import.meta.url)('./bootstraps/sandboxes.cjs')
const folder = mkdtempSync(path.join(tmpdir(), 'windtunnel-test-'))
after(() => rmSync(folder, { recursive: true }))

const LAUNCHER = path.join(folder, 'launcher.cjs')
/** As bubblewrap does, it tells the number of the first process, which starts the launcher. */
const SHELL = `echo "{\\"child-pid\\": $$ }" >&4; "$0" "$1" & wait`
const GONE = { failed: 1, code: 'ESRCH', message: 'The sandbox has ended.' }

/** Asks for a listening socket; `heard` becomes what the server is told, and `ended` true. */
function listenIn(script: string) {
  writeFileSync(LAUNCHER, script)
  const found = { heard: [] as object[], ended: false }
  const sandbox = new Sandbox(
    {
      command: '/bin/sh',
      args: ['-c', SHELL, process.execPath, LAUNCHER],
      pipes: { outside: folder, inside: folder },
    },
    (message: object) => found.heard.push(message),
    () => {
      found.ended = true
    },
  )
  sandbox.ask({ id: 1, op: 'listen', port: 1 })
  return found
}

describe('The supervisor', { skip: process.platform !== 'linux' }, () => {
  const lies: [title: string, script: string][] = [
    ['a socket that does not come', 'process.on("message", () => process.send({ handle: 1 }))'],
    [
      'a start instead of a socket',
      'process.on("message", () => process.send({ started: 1, pid: process.pid }))',
    ],
    ['an end instead of a socket', 'process.on("message", () => process.send({ exited: 1 }))'],
    ['what nobody asked for', 'setInterval(() => process.send({ started: 77 }))'],
    ['no object', 'process.on("message", () => process.send("what"))'],
    ['nothing, and goes', 'process.on("message", () => process.exit())'],
  ]
  for (const [title, script] of lies) {
    it(`ends a sandbox that says ${title}`, async () => {
      const found = listenIn(`${script}\nprocess.send({ ready: true })`)
      await until(() => found.ended, 'the sandbox is ended')
      assert.deepEqual(found.heard, [GONE])
    })
  }

  it('ends a sandbox that does not answer in time', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const found = listenIn('setInterval(() => {}, 1000)')
    t.mock.timers.tick(9_999)
    assert.deepEqual(found.heard, [])
    t.mock.timers.tick(1)
    t.mock.timers.reset()
    await until(() => found.ended, 'the sandbox is ended')
    assert.deepEqual(found.heard, [GONE])
  })
})
