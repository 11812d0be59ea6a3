/** Deployment packages that nothing refers to any more. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { createFunction, deploy, invoke, role, zip } from '../../../test/functions.ts'
import { CodeStore, entriesOf, hashOf } from './code-store.ts'
import { ECHO, gate, release } from './testing/functions.ts'

const SWEEP_SECONDS = 60

function dataFolder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'sweep-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  return data
}

const codeFolder = (data: string) => join(data, 'files', 'code')

/** What lies in the folder of code, apart from its guard. */
function entries(data: string, folder = codeFolder(data)): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => name !== 'package.json')
}

async function entriesAfterSweep(cloud: TestCloud, data: string): Promise<string[]> {
  await cloud.settle()
  await cloud.advance(SWEEP_SECONDS)
  return entries(data)
}

async function codeOf(cloud: TestCloud, FunctionName: string): Promise<string[]> {
  const { Configuration } = await cloud
    .client(LambdaClient)
    .send(new GetFunctionCommand({ FunctionName }))
  return entriesOf({ sha256: Configuration?.CodeSha256 ?? '' }, [])
}

describe('the code of a function', () => {
  it('goes when no version has it any more', async (t) => {
    const data = dataFolder(t)
    const cloud = await testCloud({ data })
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', `${ECHO} // one`)
    const ZipFile = zip({ 'index.js': `${ECHO} // two` })
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile }))
    const [latest, first] = [await codeOf(cloud, 'f'), await codeOf(cloud, 'f:1')]
    assert.deepEqual((await entriesAfterSweep(cloud, data)).sort(), [...latest, ...first].sort())
    assert.deepEqual((await invoke(cloud, 'f', 2)).payload, { echo: 2 })
    assert.deepEqual((await invoke(cloud, 'f:1', 1)).payload, { echo: 1 })
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '1' }))
    assert.deepEqual((await entriesAfterSweep(cloud, data)).sort(), [...latest].sort())
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f' }))
    assert.deepEqual(await entriesAfterSweep(cloud, data), [])
  })

  it('stays while an invocation runs it', async (t) => {
    const data = dataFolder(t)
    const cloud = await testCloud({ data })
    const { source, entered, open } = gate()
    const ZipFile = zip({
      'gate.js': source,
      'late.js': "module.exports = 'late'",
      'index.js': `exports.handler = async () => {
        await require('./gate').handler()
        return require('./late')
      }`,
    })
    await deploy(cloud, 'f', '', { Code: { ZipFile }, Timeout: 30 })
    const answer = invoke(cloud, 'f')
    await entered()
    await cloud.client(LambdaClient).send(new DeleteFunctionCommand({ FunctionName: 'f' }))
    assert.equal((await entriesAfterSweep(cloud, data)).length, 2)
    open()
    assert.equal((await answer).payload, 'late')
    assert.deepEqual(await entriesAfterSweep(cloud, data), [])
  })

  it('that no function came to have goes too', async (t) => {
    const data = dataFolder(t)
    const cloud = await testCloud({ data })
    const Role = 'arn:aws:iam::000000000000:role/none'
    await failure(createFunction(cloud.clientConfig, 'f', ECHO, { Role }))
    assert.equal(entries(data).length, 2)
    assert.deepEqual(await entriesAfterSweep(cloud, data), [])
  })

  it('is shared by functions that are made of it at the same time', async () => {
    const cloud = await testCloud()
    const Role = await role(cloud, 'r')
    const names = ['a', 'b', 'c', 'd']
    const made = names.map((name) => createFunction(cloud.clientConfig, name, ECHO, { Role }))
    await Promise.all(made)
    await cloud.settle()
    for (const name of names) assert.deepEqual((await invoke(cloud, name, 1)).payload, { echo: 1 })
  })
})

describe('the code of layers', () => {
  it('stays while a function uses them, and so does their merged form', async (t) => {
    const data = dataFolder(t)
    const cloud = await testCloud({ data })
    const lambda = cloud.client(LambdaClient)
    const Layers: string[] = []
    for (const LayerName of ['one', 'two']) {
      const Content = { ZipFile: zip({ [LayerName]: LayerName }) }
      const call = new PublishLayerVersionCommand({ LayerName, Content })
      Layers.push((await lambda.send(call)).LayerVersionArn ?? '')
    }
    const source = "exports.handler = async () => require('node:fs').readdirSync('/opt').sort()"
    await deploy(cloud, 'f', source, { Layers })
    await invoke(cloud, 'f')
    await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'one', VersionNumber: 1 }))
    const all = await entriesAfterSweep(cloud, data)
    assert.equal(all.filter((name) => name.startsWith('layers-')).length, 1)
    assert.equal(all.length, 7)
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers: Layers.slice(1) }),
    )
    assert.equal((await entriesAfterSweep(cloud, data)).length, 4)
  })
})

describe('what a crash leaves behind', () => {
  it('is removed at the next start, and nothing else', async (t) => {
    const data = dataFolder(t)
    const first = await testCloud({ data })
    await deploy(first, 'f', ECHO)
    const code = await codeOf(first, 'f')
    await first.close()
    for (const name of ['a'.repeat(64), `${'b'.repeat(64)}.partial`]) {
      mkdirSync(join(codeFolder(data), name))
      writeFileSync(join(codeFolder(data), name, 'index.js'), ECHO)
    }
    writeFileSync(join(codeFolder(data), `${'c'.repeat(64)}.zip.partial`), '')
    const second = await testCloud({ data })
    await second.settle()
    assert.deepEqual(entries(data).sort(), [...code].sort())
    assert.deepEqual((await invoke(second, 'f', 1)).payload, { echo: 1 })
  })
})

describe('a sweep', () => {
  const nothing = new Set<string>()
  const file = zip({ 'index.js': ECHO })

  async function kept(t: TestContext) {
    const data = dataFolder(t)
    const store = new CodeStore(join(data, 'files'))
    const code = await store.keep(file, (kept) => kept)
    return { store, data, hash: hashOf(code) }
  }

  it('waits until deletions are on disk', async (t) => {
    const { store, data } = await kept(t)
    let onDisk = false
    const used = () => nothing
    const durable = async () => {
      assert.equal(entries(data).length, 2)
      onDisk = true
    }
    assert.equal(await store.sweep({ used, durable }), false)
    assert.deepEqual([entries(data), onDisk], [[], true])
  })

  it('leaves what was kept again meanwhile', async (t) => {
    const { store, data } = await kept(t)
    const durable = () => store.keep(file, () => undefined)
    assert.equal(await store.sweep({ used: () => nothing, durable }), true)
    assert.equal(entries(data).length, 2)
  })

  it('does not stand in the way of what is kept again right after it', async (t) => {
    const { store, hash } = await kept(t)
    const swept = store.sweep({ used: () => nothing, durable: () => Promise.resolve() })
    await Promise.resolve()
    await Promise.resolve()
    const code = await store.keep(file, (again) => again)
    await swept
    assert.deepEqual(readdirSync(await store.folderOf(code)), ['index.js'])
    assert.ok(await store.read(hash))
  })
})
