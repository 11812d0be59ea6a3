import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { commandLine } from './command.ts'
import { TestBed } from './testing/bed.ts'

const bed = new TestBed({ maxSpares: 0 })
after(() => bed.close())

function flagsOf(version: string, environment: Record<string, string> = {}): string[] {
  const image = bed.image({}, { environment, memoryMb: 128 })
  const interpreter = {
    family: 'nodejs' as const,
    command: 'node',
    script: 's',
    version,
    sdkDirs: [],
  }
  return commandLine(image, interpreter)?.args.slice(0, -3) ?? []
}

describe('How Node.js is started', () => {
  it('with the heap of the memory, and without the features that AWS turns off', () => {
    assert.deepEqual(flagsOf('22.3.0'), [
      '--expose-gc',
      '--max-http-header-size=81920',
      '--max-semi-space-size=6',
      '--max-old-space-size=116',
      '--no-experimental-require-module',
      '--no-experimental-detect-module',
    ])
  })

  it('as NODE_OPTIONS says, where it says it', () => {
    const NODE_OPTIONS = '--max_old_space_size=99 --experimental-require-module'
    assert.deepEqual(flagsOf('26.1.0', { NODE_OPTIONS }), [
      '--expose-gc',
      '--max-http-header-size=81920',
      '--no-experimental-detect-module',
    ])
  })

  it('with options that the version knows', () => {
    for (const old of ['18.20.8', '20.9.0', '21.7.3']) {
      assert.equal(
        flagsOf(old).some((flag) => flag.startsWith('--no-')),
        false,
        old,
      )
    }
  })

  it('so an ES module must say that it is one', async () => {
    const files = { 'index.js': 'export const handler = async () => typeof gc' }
    const unsaid = await bed.run(bed.image(files))
    const { errorType, errorMessage } = JSON.parse(unsaid.payload)
    assert.equal(errorType, 'Runtime.UserCodeSyntaxError')
    assert.equal(errorMessage, `SyntaxError: Unexpected token 'export'`)
    const NODE_OPTIONS = '--experimental-detect-module --experimental-require-module'
    const detected = await bed.run(bed.image(files, { environment: { NODE_OPTIONS } }))
    assert.equal(detected.payload, '"function"')
  })

  it('with the variables that a function may set for itself', async () => {
    const source = `exports.handler = async () =>
      [process.env.TZ, process.env.AWS_XRAY_CONTEXT_MISSING, process.env.AWS_REGION]`
    const environment = { TZ: 'Asia/Tokyo', AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR' }
    const ran = await bed.run(bed.image({ 'index.js': source }, { environment }))
    assert.equal(ran.payload, '["Asia/Tokyo","IGNORE_ERROR","eu-west-1"]')
  })
})
