import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openCloud } from '../../../cloud.ts'
import { processesOf, TestBed, until } from './testing/bed.ts'

const bed = new TestBed({ isolation: 'sandbox' })
after(() => bed.close())

const probe = await bed.run(bed.image({ 'index.js': 'exports.handler = async () => 1' }))
const skip = probe.outcome === 'missing-runtime' && `Left out: ${probe.payload}`

const tried = (call: string) => `(() => { try { return ${call} } catch (e) { return e.code } })()`

describe('A function in the sandbox', { skip, concurrency: 3 }, () => {
  const endpoint = createServer((_, response) => response.end('here'))
  before(() => new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve)))
  after(() => endpoint.close())
  const at = (port: number) => ({ endpointUrl: `http://127.0.0.1:${port}` })

  it('finds the folders of AWS, may write to /tmp only, and sees no other files', async () => {
    const source = `const fs = require('node:fs')
      exports.handler = async () => [
        __dirname,
        process.env.LAMBDA_TASK_ROOT, process.env.TMPDIR, process.env.AWS_LAMBDA_RUNTIME_API,
        fs.readFileSync('/opt/shared.txt', 'utf8'),
        ${tried("fs.writeFileSync('/var/task/x', '') ?? 'written'")},
        ${tried("fs.writeFileSync('/opt/x', '') ?? 'written'")},
        ${tried(`fs.readdirSync('${process.env.HOME}').filter((name) => name[0] === '.')`)},
        ${tried("fs.readdirSync('/etc/shadow')")},
        ${tried("fs.writeFileSync('/tmp/x', Buffer.alloc(3 << 20)) ?? 'written'")},
        ${tried("fs.writeFileSync('/tmp/y', Buffer.alloc(3 << 20)) ?? 'written'")},
        fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length < 5,
        typeof require('@aws-sdk/client-ec2').EC2Client,
      ]`
    const layer = bed.image({ 'shared.txt': 'shared' })
    const rest = { layersDir: layer.codeDir, ephemeralMb: 4 }
    const ran = await bed.run(bed.image({ 'index.js': source }, rest))
    const [, , , , , , , home, ...more] = JSON.parse(ran.payload)
    assert.ok(home === 'ENOENT' || home.length === 0, `${home}`)
    assert.deepEqual(JSON.parse(ran.payload).slice(0, 7), [
      '/var/task',
      '/var/task',
      '/tmp',
      '127.0.0.1:9001',
      'shared',
      'EROFS',
      'EROFS',
    ])
    assert.deepEqual(more, ['ENOENT', 'written', 'ENOSPC', true, 'function'])
  })

  it('reaches our endpoint, and no other address', async () => {
    const source = `exports.handler = async (event) => [
      await (await fetch(process.env.AWS_ENDPOINT_URL)).text(),
      await fetch(event.other).then(() => 'reached', (error) => error.cause.code),
      await fetch('http://192.0.2.1').then(() => 'reached', (error) => error.cause.code),
    ]`
    const other = createServer((_, response) => response.end('other'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = endpoint.address() as AddressInfo
    const event = { other: `http://127.0.0.1:${(other.address() as AddressInfo).port}` }
    const image = bed.image({ 'index.js': source }, at(port))
    const ran = await bed.run(image, event)
    assert.deepEqual(JSON.parse(ran.payload), ['here', 'ECONNREFUSED', 'ENETUNREACH'])
    const open = new TestBed({ isolation: 'sandbox', allowNetwork: true })
    const [, reached] = JSON.parse((await open.run({ ...image, timeoutMs: 9000 }, event)).payload)
    assert.equal(reached, 'reached')
    await open.close()
    other.close()
  })

  it('ends as outside: time-out, crash, too much memory', async () => {
    const source = `exports.handler = async (event) => {
      require('node:child_process').spawn('sleep', ['1000'], { detached: true })
      if (event.kill) process.kill(process.pid, event.kill)
      const all = []
      for (;;) {
        if (event.hold) all.push(Buffer.alloc(4 << 20, 1))
        if (event.hold) await new Promise((resolve) => setTimeout(resolve, 5))
      } }`
    const image = bed.image({ 'index.js': source }, { memoryMb: 128, timeoutMs: 2000 })
    const slow = await bed.run(image)
    assert.equal(slow.outcome, 'timeout')
    const killed = await bed.run(image, { kill: 'SIGKILL' })
    assert.match(killed.payload, /Runtime exited with error: signal: killed/)
    const large = await bed.run({ ...image, key: 'large', timeoutMs: 9000 }, { hold: true })
    assert.match(large.payload, /"Runtime.OutOfMemory"/)
  })

  it('keeps /tmp, and a new sandbox has its own', async () => {
    const source = `const fs = require('node:fs')
      exports.handler = async (event) => {
        if (event.write) fs.writeFileSync('/tmp/kept', event.write)
        if (event.exit) process.exit(1)
        while (event.hang);
        return fs.existsSync('/tmp/kept') ? fs.readFileSync('/tmp/kept', 'utf8') : null
      }`
    const image = bed.image({ 'index.js': source }, { timeoutMs: 3000 })
    assert.equal((await bed.run(image, { write: 'a', exit: 1 })).outcome, 'exit')
    assert.equal((await bed.run(image)).payload, '"a"')
    assert.equal((await bed.run(image, { write: 'b', hang: 1 })).outcome, 'timeout')
    assert.equal((await bed.run(image)).payload, '"b"')
    assert.equal((await bed.run({ ...image, key: 'another' })).payload, 'null')
  })

  it('has its extensions with it, and telemetry reaches them', async () => {
    const extension = `#!${process.execPath}
      const fs = require('node:fs')
      const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API
      const headers = { 'Lambda-Extension-Name': 'listener' }
      const call = (method, path, body) =>
        fetch(api + path, { method, headers, body: body && JSON.stringify(body) })
      const types = []
      const server = require('node:http').createServer(async (request, response) => {
        for (const { type } of JSON.parse((await request.toArray()).join(''))) types.push(type)
        response.end()
        fs.writeFileSync('/tmp/types', types.join(' '))
      })
      server.listen(4243, 'sandbox.localdomain', async () => {
        const answer = await call('POST', '/2020-01-01/extension/register', { events: ['INVOKE'] })
        headers['Lambda-Extension-Identifier'] = answer.headers.get('lambda-extension-identifier')
        await call('PUT', '/2022-07-01/telemetry', {
          schemaVersion: '2022-12-13', types: ['platform'], buffering: { timeoutMs: 25 },
          destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243' },
        })
        for (;;) await (await call('GET', '/2020-01-01/extension/event/next')).text()
      })`
    const source = `const fs = require('node:fs')
      exports.handler = async (event) => {
        if (event.exit) process.exit(1)
        for (;;) {
          const types = fs.existsSync('/tmp/types') ? fs.readFileSync('/tmp/types', 'utf8') : ''
          if (types.includes('platform.start')) return types
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }`
    const layer = bed.image({ 'extensions/listener': extension })
    const image = bed.image({ 'index.js': source }, { layersDir: layer.codeDir })
    const ran = await bed.run(image)
    assert.match(ran.payload, /platform.telemetrySubscription .*platform.start/)
    assert.equal((await bed.run(image, { exit: 1 })).outcome, 'exit')
    assert.equal((await bed.run(image)).outcome, 'success')
  })

  it('may be of any runtime', async (t) => {
    const python =
      'import os\ndef handler(event, context): return [os.getcwd(), os.listdir("/tmp")]'
    const rest = { runtime: 'python3.12', handler: 'app.handler' }
    const ran = await bed.run(bed.image({ 'app.py': python }, rest))
    if (ran.outcome === 'missing-runtime') t.diagnostic(`Left out: ${ran.payload}`)
    else assert.equal(ran.payload, '["/var/task", []]')
    const bootstrap = '#!/no/such/shell\n'
    const broken = await bed.run(bed.image({ bootstrap }, { runtime: 'provided.al2023' }))
    assert.match(broken.payload, /Runtime\.(InvalidEntrypoint|ExitError)/)
  })

  it('goes with the server', async (t) => {
    const own = new TestBed({ isolation: 'sandbox' })
    t.after(() => own.close())
    const source = `exports.handler = async () => { console.log('busy'); for (;;) {} }`
    const running = own.run(own.image({ 'index.js': source }))
    await until(() => [...own.streams.values()].flat().join('').includes('busy'), 'it runs')
    await own.close()
    assert.equal((await running).outcome, 'exit')
  })

  it('does not outlive a server that is killed together with its supervisor', async (t) => {
    const functionName = `f${bed.ids.hex(8)}`
    const script = `
      import { TestBed } from ${JSON.stringify(new URL('./testing/bed.ts', import.meta.url).href)}
      const bed = new TestBed({ isolation: 'sandbox' })
      const functionName = '${functionName}'
      bed.run({ ...bed.image({ 'index.js': \`
        const stray = { detached: true, stdio: 'ignore' }
        require('node:child_process').spawn('setsid', ['sleep', '1000'], stray)
        exports.handler = async () => { for (;;) {} }\` }), functionName })`
    const args = ['--input-type=module', '-e', script]
    const env = { ...process.env, TMPDIR: bed.dir }
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
    t.after(() => server.kill('SIGKILL'))
    await until(() => processesOf(functionName).length === 2, 'the function and its child run')
    const [supervisor] = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
      .split(' ')
      .map(Number)
    assert.ok(supervisor)
    process.kill(supervisor, 'SIGKILL')
    server.kill('SIGKILL')
    await until(() => processesOf(functionName).length === 0, 'both end')
  })
})

describe('Without bubblewrap', () => {
  it('the sandbox says how to get it, and runs nothing', async () => {
    const { PATH } = process.env
    process.env.PATH = '/nowhere'
    const own = new TestBed({ isolation: 'sandbox' })
    const ran = await own.run(own.image({ 'index.js': 'exports.handler = async () => 1' }))
    process.env.PATH = PATH
    assert.equal(ran.outcome, 'missing-runtime')
    assert.match(ran.payload, /needs bubblewrap|on Linux only/)
    await own.close()
  })

  it('the server does not start, and says why', async (t) => {
    if (process.platform !== 'linux') return t.skip('There are no sandboxes at all.')
    const { PATH } = process.env
    const folder = mkdtempSync(path.join(tmpdir(), 'windtunnel-test-'))
    t.after(() => {
      process.env.PATH = PATH
      rmSync(folder, { recursive: true })
    })
    const open = () => openCloud({ port: 0, data: undefined, isolation: 'sandbox' })
    process.env.PATH = folder
    await assert.rejects(open, { name: 'ConfigError', message: /needs bubblewrap .*--isolation/ })
    const script = '#!/bin/sh\necho "No permissions to create new namespace" >&2; exit 1'
    writeFileSync(path.join(folder, 'bwrap'), script, { mode: 0o755 })
    const message = /bwrap makes no sandbox here \(No permissions .*forbid user namespaces/
    await assert.rejects(open, { name: 'ConfigError', message })
  })
})
