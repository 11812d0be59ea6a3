/** What a user relies on when the function in the sandbox is somebody else's. */
import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, release } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { ControlGroups } from './cgroups.ts'
import { TestBed } from './testing/bed.ts'

const bed = new TestBed({ isolation: 'sandbox' })
after(() => bed.close())

const probe = await bed.run(bed.image({ 'index.js': 'exports.handler = async () => 1' }))
const skip = probe.outcome === 'missing-runtime' && `Left out: ${probe.payload}`
const group = new ControlGroups(`probe-${bed.ids.hex(8)}`).group('probe', { memoryMb: 1, tasks: 1 })

const tried = (call: string) => `(() => { try { return ${call} } catch (e) { return e.code } })()`
const innocent = bed.image({ 'index.js': 'exports.handler = async (event) => event' })

/** Runs what the function answers from its event `e`. */
async function answer(expressions: readonly string[], event: object = {}): Promise<unknown[]> {
  const source = `const fs = require('node:fs')
    const { execFileSync, spawnSync } = require('node:child_process')
    exports.handler = async (e) => [${expressions.join(',\n')}]`
  const { payload } = await bed.run(bed.image({ 'index.js': source }), event)
  return JSON.parse(payload)
}

async function othersAreServed(): Promise<void> {
  assert.equal((await bed.run(innocent, { served: 1 })).payload, '{"served":1}')
}

describe('A hostile function in the sandbox', { skip, concurrency: 3 }, () => {
  it('sees and reaches no process but its own', async () => {
    const [stat, signal, stop, first, commands] = await answer(
      [
        tried("fs.readFileSync('/proc/' + e.pid + '/stat')"),
        tried('process.kill(e.pid, 0)'),
        tried('process.kill(e.parent, "SIGSTOP")'),
        tried('fs.readdirSync("/proc/1/root" + e.home)'),
        'fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).length',
      ],
      { pid: process.pid, parent: process.ppid, home: homedir() },
    )
    assert.deepEqual([stat, signal, stop], ['ENOENT', 'ESRCH', 'ESRCH'])
    // The interpreter may be in the home folder: then only the way to it is there.
    const wayOnly = Array.isArray(first) && first.length === 1
    const isWay = wayOnly && process.execPath.startsWith(path.join(homedir(), String(first[0])))
    assert.ok(first === 'ENOENT' || isWay, String(first))
    assert.ok(Number(commands) < 6, `${commands} processes`)
  })

  it('finds no file of the machine open, nor its launcher open to a debugger', async () => {
    const files = (pid: string) => `fs.readdirSync('/proc/' + ${pid} + '/fd')
      .map((fd) => ${tried("fs.readlinkSync('/proc/' + PID + '/fd/' + fd)").replace('PID', pid)})`
    const [first, launcher, debug] = await answer([
      files('1'),
      files('process.ppid'),
      `await new Promise((resolve) => {
        process.kill(process.ppid, 'SIGUSR1')
        setTimeout(() => require('node:net').connect(9229, '127.0.0.1')
          .on('error', ({ code }) => resolve(code)).on('connect', () => resolve('reached')), 200)
      })`,
    ])
    const open = [first, launcher].flat().map(String)
    assert.deepEqual([...new Set(open.filter((name) => name.startsWith('/')))], ['/dev/null'])
    // The server's standard error, whatever it is.
    assert.ok(!open.includes(readlinkSync('/proc/self/fd/2')))
    assert.equal(debug, 'ECONNREFUSED')
  })

  it('reads no keys, and finds nothing of the user', async () => {
    const paths = ['/etc/shadow', '/etc/ssl/private', '/root', '/home', '/var/lib', '/sys', '/mnt']
    const found = await answer(paths.map((name) => tried(`fs.statSync('${name}').size`)))
    // The interpreter may be in a home folder: then nothing else of it is there.
    const [shadow, keys, root, home, ...rest] = found
    assert.deepEqual([shadow, keys, ...rest], Array(5).fill('ENOENT'))
    for (const [size, name] of [
      [root, '/root'],
      [home, '/home'],
    ] as const) {
      if (size === 'ENOENT') continue
      const hidden = await answer([
        `fs.readdirSync('${name}').filter((n) => /^\\.ssh|^\\.aws/.test(n))`,
      ])
      assert.deepEqual(hidden, [[]])
    }
  })

  it('writes nowhere but to /tmp', async () => {
    const places = ['/x', '/dev/x', '/dev/shm/x', '/run/x', '/run/windtunnel/pipes/x', '/etc/hosts']
    const written = await answer([
      ...places.map((name) => tried(`fs.writeFileSync('${name}', 'x')`)),
      tried("fs.openSync('/proc/sys/kernel/core_pattern', 'r+')"),
    ])
    for (const code of written) assert.match(String(code), /^(EROFS|EACCES|EPERM)$/)
  })

  it('has no rights, no namespaces of its own and not all system calls', async () => {
    const [status, nested] = await answer([
      "fs.readFileSync('/proc/self/status', 'utf8')",
      "spawnSync('unshare', ['--user', '--map-root-user', 'true']).status",
    ])
    assert.match(String(status), /^CapEff:\t0+$/m)
    assert.match(String(status), /^CapBnd:\t0+$/m)
    assert.match(String(status), /^NoNewPrivs:\t1$/m)
    if (process.arch === 'x64') assert.match(String(status), /^Seccomp:\t2$/m)
    assert.notEqual(nested, 0)
    if (process.arch !== 'x64') return
    const trace = 'exit(syscall(101, 16, getppid(), 0, 0) == -1 ? $! + 0 : 200)'
    const [traced] = await answer([`spawnSync('perl', ['-e', '${trace}']).status`])
    // Without perl there is nothing to try it with.
    assert.ok(traced === 1 || traced === null, `${traced}`)
  })

  it('reaches no socket of the machine without an address either', async () => {
    const name = `\0windtunnel-${bed.ids.hex(8)}`
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(name, resolve))
    const [reached] = await answer(
      [
        `await new Promise((resolve) => {
          require('node:net').connect(e.name)
            .on('error', ({ code }) => resolve(code)).on('connect', () => resolve('reached'))
        })`,
      ],
      { name },
    )
    server.close()
    assert.equal(reached, 'ECONNREFUSED')
  })

  it('starts as many processes as Lambda lets it, and no more', async (t) => {
    const counted = release().split('.').map(Number)
    const limits = group?.folders.some(({ files }) => 'pids.max' in files)
    const byUser = process.getuid?.() !== 0 && (counted[0] ?? 0) > 5
    if (!limits && !byUser) return t.skip('This machine counts no processes of a sandbox.')
    const bomb = `mkfifo /tmp/wait; exec 3<>/tmp/wait; i=0
      while [ $i -lt 1300 ]; do echo $i >/tmp/count; (read x <&3) & i=$((i + 1)); done`
    const source = `exports.handler = async () => {
      const { spawnSync } = require('node:child_process')
      spawnSync('sh', ['-c', ${JSON.stringify(bomb)}], { stdio: 'ignore' })
      return Number(require('node:fs').readFileSync('/tmp/count', 'utf8'))
    }`
    const ran = await bed.run(bed.image({ 'index.js': source }))
    const count = Number(ran.payload)
    assert.ok(count > 900 && count <= 1024, ran.payload)
    await othersAreServed()
  })

  it('is ended for the memory that its children hold', async (t) => {
    if (!group?.memory) return t.skip('This machine counts no memory of a sandbox.')
    const source = `exports.handler = async () => {
      const hold = 'const all = []; setInterval(() => all.push(Buffer.alloc(8 << 20, 1)), 5)'
      require('node:child_process').spawnSync(process.execPath, ['-e', hold])
    }`
    const image = bed.image({ 'index.js': source }, { memoryMb: 128 })
    const ran = await bed.run(image)
    assert.equal(JSON.parse(ran.payload).errorType, 'Runtime.OutOfMemory')
    assert.match(ran.log.join(''), /Max Memory Used: 128 MB/)
    assert.equal((await bed.run({ ...image, ...{ codeDir: innocent.codeDir } })).outcome, 'exit')
  })

  it('that stops or kills what serves it harms itself only', async () => {
    const source = `exports.handler = async ({ signal }) => {
      if (!signal) return 'well'
      process.kill(process.ppid, signal)
      for (;;);
    }`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 3000 })
    assert.equal((await bed.run(image, { signal: 'SIGSTOP' })).outcome, 'timeout')
    assert.equal((await bed.run(image)).payload, '"well"')
    assert.equal((await bed.run(image, { signal: 'SIGKILL' })).outcome, 'exit')
    assert.equal((await bed.run(image)).payload, '"well"')
    await othersAreServed()
  })
})
