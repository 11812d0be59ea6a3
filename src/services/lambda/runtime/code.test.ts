import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Zippable, zipSync } from 'fflate'
import { extractZip, InvalidZip } from './code.ts'
import { readZipEntries } from './zip.ts'

const root = mkdtempSync(path.join(tmpdir(), 'windtunnel-zip-'))
after(() => rmSync(root, { recursive: true, force: true }))

const COULD_NOT = 'Could not unzip uploaded file. Please check your file, then try to upload again.'
const UNIX = 3
const LINK = 0o120777
const MODE_SHIFT = 2 ** 16
/** Where the offset of the central directory is, from the end; and a size in its first entry. */
const DIRECTORY_AT = 6
const SIZE_AT = 24
/** The end record, and where it counts the entries. */
const END_BYTES = 22
const COUNT_AT = 10
const bytesOf = (text: string) => new TextEncoder().encode(text)
const withMode = (text: string, mode: number): Zippable[string] => [
  bytesOf(text),
  { os: UNIX, attrs: mode * MODE_SHIFT },
]

let made = 0
const freshDir = () => path.join(root, `group-${made++}`, 'code')

async function refusal(zip: Uint8Array): Promise<string> {
  const dir = freshDir()
  const error = await extractZip(zip, dir).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof InvalidZip, String(error))
  assert.ok(!existsSync(dir), 'nothing is left behind')
  return error.message
}

describe('A deployment package', () => {
  it('is extracted with folders, links and executables', async () => {
    const zip = zipSync({
      'index.js': bytesOf('exports.handler = 1'),
      'lib/deep/a.txt': [bytesOf('a'.repeat(200_000)), { level: 9 }],
      'stored.txt': [bytesOf('as it is'), { level: 0 }],
      bootstrap: withMode('#!/bin/sh', 0o100755),
      'lib/link.js': withMode('../index.js', LINK),
      'empty/': new Uint8Array(),
    })
    const dir = freshDir()
    const code = await extractZip(zip, dir)
    assert.equal(code.codeSize, zip.length)
    assert.equal(code.codeSha256, createHash('sha256').update(zip).digest('base64'))
    const read = (name: string) => readFileSync(path.join(dir, name), 'utf8')
    assert.equal(read('index.js'), 'exports.handler = 1')
    assert.equal(read('lib/deep/a.txt').length, 200_000)
    assert.equal(read('stored.txt'), 'as it is')
    assert.equal(read('lib/link.js'), 'exports.handler = 1')
    assert.equal(readlinkSync(path.join(dir, 'lib/link.js')), '../index.js')
    assert.ok(statSync(path.join(dir, 'bootstrap')).mode & 0o111)
    assert.ok(!(statSync(path.join(dir, 'index.js')).mode & 0o111))
    assert.ok(statSync(path.join(dir, 'empty')).isDirectory())
    assert.equal(readFileSync(path.join(path.dirname(dir), 'package.json'), 'utf8'), '{}\n')
  })

  const bad: [title: string, entries: Zippable][] = [
    ['a path that climbs out', { '../evil.js': bytesOf('x') }],
    ['a path that climbs out deeper down', { 'a/../../evil.js': bytesOf('x') }],
    ['a path that climbs out in the manner of Windows', { 'a\\..\\..\\evil': bytesOf('x') }],
    ['an absolute path', { '/evil.js': bytesOf('x') }],
    ['a link that leads out', { 'etc/link': withMode('../../outside', LINK) }],
    ['an absolute link', { link: withMode('/etc/passwd', LINK) }],
    ['a file below a link', { a: withMode('b', LINK), 'a/c': bytesOf('x'), b: bytesOf('y') }],
    ['a file that is a folder too', { a: bytesOf('x'), 'a/b': bytesOf('y') }],
    ['a name that no file system takes', { ['n'.repeat(300)]: bytesOf('x') }],
  ]
  for (const [title, entries] of bad) {
    it(`is refused with ${title}`, async () => {
      assert.equal(await refusal(zipSync(entries)), COULD_NOT)
      assert.ok(!existsSync(path.join(root, 'evil.js')))
    })
  }

  it('is refused when it is empty or no zip', async () => {
    assert.equal(await refusal(new Uint8Array()), 'Uploaded file must be a non-empty zip')
    assert.equal(await refusal(zipSync({})), 'Uploaded file must be a non-empty zip')
    assert.equal(await refusal(bytesOf('not a zip at all, really')), COULD_NOT)
  })

  it('is refused when it would unpack to more than 250 MB', async () => {
    const zip = Buffer.from(zipSync({ 'zeros.bin': [new Uint8Array(1_000_000), { level: 9 }] }))
    const sizeAt = zip.readUInt32LE(zip.length - DIRECTORY_AT) + SIZE_AT
    zip.writeUInt32LE(262_144_001, sizeAt)
    assert.equal(await refusal(zip), 'Unzipped size must be smaller than 262144000 bytes')
    // One that lies about its size unpacks no further than it says.
    zip.writeUInt32LE(1000, sizeAt)
    assert.equal(await refusal(zip), COULD_NOT)
  })

  it('has all its entries read, also when they are more than its end can count', () => {
    const zip = Buffer.from(zipSync({ f: bytesOf('') }))
    const directory = zip.readUInt32LE(zip.length - DIRECTORY_AT)
    const end = Buffer.from(zip.subarray(-END_BYTES))
    const entry = zip.subarray(directory, zip.length - END_BYTES)
    end.writeUInt16LE(0xffff, COUNT_AT)
    const entries = Array.from({ length: 0xffff + 2 }, () => entry)
    const large = Buffer.concat([zip.subarray(0, directory), ...entries, end])
    assert.equal(readZipEntries(large).length, 0xffff + 2)
  })

  it('is refused, not crashed on, when damaged anywhere', async () => {
    const zip = zipSync({ 'index.js': bytesOf('exports.handler = () => 1\n'.repeat(40)) })
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const damaged = Uint8Array.from(zip)
        damaged[at] = (damaged[at] ?? 0) ^ by
        await extractZip(damaged, freshDir()).catch((error) =>
          assert.ok(error instanceof InvalidZip),
        )
        await extractZip(zip.subarray(0, at), freshDir()).then(
          () => assert.fail('cut short'),
          (error) => assert.ok(error instanceof InvalidZip),
        )
      }),
      { numRuns: 60 },
    )
  })
})
