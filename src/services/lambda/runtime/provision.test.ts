/** Environments that are initialized before they are needed. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { MS_PER_HOUR, realtime } from '../../../clock.ts'
import { INIT_FAILURE } from './provision.ts'
import { isRunning, TestBed, until } from './testing/bed.ts'

const bed = new TestBed({ idleTimeoutMs: 0 })
after(() => bed.close())

const source = {
  'index.js': `const fs = require('node:fs')
    fs.appendFileSync(__dirname + '/inits', process.pid + '\\n')
    exports.handler = async ({ open }) => {
      while (open && !fs.existsSync(open)) await new Promise((r) => setTimeout(r, 5))
      return { pid: process.pid, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE } }`,
}

/** Of the processes that were initialized. */
function pidsOf(codeDir: string): number[] {
  return readFileSync(`${codeDir}/inits`, 'utf8').trim().split('\n').map(Number)
}

describe('A provisioned environment', () => {
  it('is initialized ahead, and taken before one is started', async () => {
    const image = bed.image(source)
    assert.deepEqual(await bed.runtimes.provision(image, 2), { initialized: 2 })
    const pids = pidsOf(image.codeDir)
    assert.equal(pids.length, 2)
    const ran = await bed.run(image)
    const { pid, type } = JSON.parse(ran.payload)
    assert.equal(type, 'provisioned-concurrency')
    assert.ok(pids.includes(pid))
    assert.deepEqual([ran.coldStart, ran.initMs], [false, undefined])
    assert.match(ran.log[0] ?? '', /^INIT_START/)
    const report = ran.log.find((line) => line.startsWith('INIT_REPORT'))
    assert.match(report ?? '', /Init Duration: [\d.]+ ms\tPhase: init\tStatus: success/)
    const open = `${image.codeDir}/open`
    const many = [1, 2, 3].map(() => bed.run(image, { open }))
    await until(() => bed.runtimes.busy(image.key) === 3, 'three run')
    writeFileSync(open, '')
    const spilled = (await Promise.all(many)).filter(({ coldStart }) => coldStart)
    assert.deepEqual(
      spilled.map(({ payload }) => JSON.parse(payload).type),
      ['on-demand'],
    )
  })

  it('waits as long as it is provisioned, and ends when it is not', async () => {
    const image = bed.image(source)
    await bed.runtimes.provision(image, 2)
    const pids = pidsOf(image.codeDir)
    await bed.run(image)
    assert.ok(pids.every(isRunning))
    assert.deepEqual(await bed.runtimes.provision(image, 1), { initialized: 1 })
    await until(() => pids.filter(isRunning).length === 1, 'one of two ended')
    assert.equal((await bed.run(image)).coldStart, false)
    await bed.runtimes.provision(image, 0)
    await until(() => !pids.some(isRunning), 'the other one ended')
    const ran = await bed.run(image)
    assert.deepEqual([ran.coldStart, JSON.parse(ran.payload).type], [true, 'on-demand'])
  })

  it('is replaced when it ends', async () => {
    const session = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
    const given: { expiresAt: number }[] = []
    const brief = new TestBed({
      credentials: async () => {
        const credentials = { ...session, expiresAt: realtime.now() + MS_PER_HOUR }
        given.push(credentials)
        return credentials
      },
    })
    const image = brief.image(source)
    await brief.runtimes.provision(image, 1)
    const [first = 0] = pidsOf(image.codeDir)
    for (const credentials of given) credentials.expiresAt = 0
    assert.equal((await brief.run(image)).outcome, 'success')
    assert.deepEqual(await brief.runtimes.provision(image, 1), { initialized: 1 })
    await until(() => !isRunning(first), 'the first one ended')
    const ran = await brief.run(image)
    assert.equal(JSON.parse(ran.payload).type, 'provisioned-concurrency')
    await brief.close()
  })

  it('that cannot initialize tells so, and is not tried again and again', async () => {
    const files = {
      'index.js': source['index.js'].replace('exports', 'throw new Error(); exports'),
    }
    const image = bed.image(files)
    const failed = { initialized: 0, failure: INIT_FAILURE }
    assert.deepEqual(await bed.runtimes.provision(image, 1), failed)
    assert.equal(pidsOf(image.codeDir).length, 1)
    assert.equal((await bed.run(image)).outcome, 'init-error')
  })

  it('is not made beyond half of what the machine has room for', async () => {
    const small = new TestBed({ maxEnvironments: 4 })
    const [one, other] = [small.image(source), small.image(source)]
    assert.deepEqual(await small.runtimes.provision(one, 100), { initialized: 2 })
    assert.deepEqual(await small.runtimes.provision(other, 100), { initialized: 0 })
    assert.equal((await small.run(other)).outcome, 'success')
    await small.close()
  })

  it('ends with the runtimes, even while it is made', async () => {
    const closing = new TestBed()
    const image = closing.image({ 'index.js': 'for (;;);' })
    const provisioned = closing.runtimes.provision(image, 1)
    await closing.close()
    assert.equal((await provisioned).initialized, 0)
  })
})
