import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearest } from './interpreters.ts'

const rank = (version: string) => Number(version.split('.')[1])
const choose = (wanted: number, ...minors: number[]) => {
  const candidates = minors.map((minor) => ({
    command: `python3.${minor}`,
    version: `3.${minor}.1`,
    sdkDir: '',
  }))
  return nearest(candidates, wanted, rank)?.command
}

describe('The nearest interpreter', () => {
  it('is the wanted version', () => assert.equal(choose(12, 8, 13, 12, 11), 'python3.12'))
  it('else the next newer one', () => assert.equal(choose(12, 11, 14, 13, 8), 'python3.13'))
  it('else the newest older one', () => assert.equal(choose(14, 6, 13, 8), 'python3.13'))
  it('else none', () => assert.equal(choose(12), undefined))
})
