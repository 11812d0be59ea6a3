import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeConfig } from './config.ts'

describe('Functions', () => {
  it('run as processes on loopback, and in a sandbox beyond it', () => {
    assert.equal(makeConfig().isolation, 'process')
    assert.equal(makeConfig({ isolation: 'sandbox' }).isolation, 'sandbox')
    assert.equal(makeConfig({ host: '0.0.0.0' }).isolation, 'sandbox')
  })

  it('leave the sandbox beyond loopback only by name', () => {
    const beyond = { host: '192.0.2.7' }
    assert.throws(() => makeConfig({ ...beyond, isolation: 'process' }), /--allow-unsandboxed/)
    assert.equal(makeConfig({ ...beyond, allowUnsandboxed: true }).isolation, 'process')
    const both = { ...beyond, allowUnsandboxed: true, isolation: 'sandbox' } as const
    assert.equal(makeConfig(both).isolation, 'sandbox')
  })
})
