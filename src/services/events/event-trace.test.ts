import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { traceHeaderOf } from './event-trace.ts'

const ROOT = 'Root=1-6ab2832c-0123456789abcdef01234567'
const PARENT = 'Parent=0123456789abcdef'
const WHOLE = `${ROOT};${PARENT};Sampled=0`
const cause = { journey: 'abcdefabcdefabcdefabcdef', record: '0123456789abcdef' }
const request = { cause, now: Date.UTC(2026, 0, 1), traceHeader: undefined }

/** Headers and what queues got of them, as recorded of the real service. */
const RECORDED: readonly [given: string, passed: string | undefined][] = [
  [WHOLE, WHOLE],
  [ROOT, ROOT],
  [`${ROOT};Sampled=?`, `${ROOT};Sampled=?`],
  ['garbage', undefined],
  [PARENT, undefined],
  [`Root=oops;${PARENT};Sampled=0`, `Root=1-6955b900-${cause.journey};${PARENT};Sampled=0`],
  [`${ROOT};Parent=oops;Sampled=0`, `${ROOT};Sampled=0`],
  [`${ROOT};Parent=;Sampled=0`, `${ROOT};Sampled=0`],
  [`${ROOT};${PARENT};Sampled=7`, `${ROOT};${PARENT}`],
  [`Sampled=0;Foo=bar;${PARENT};${ROOT}`, `${WHOLE};Foo=bar`],
  [` ${ROOT} ; ${PARENT} ; Sampled=0 `, WHOLE],
  [`Root=1-6ab2832c-0123456789abcdef01234568;${WHOLE}`, WHOLE],
]

describe('the trace header of an event', () => {
  for (const [given, passed] of RECORDED) {
    it(`is ${passed} of ${given}`, () => {
      assert.equal(traceHeaderOf({ TraceHeader: given }, request), passed)
    })
  }

  it("is the request's when the entry has none, but not when that is not valid", () => {
    const withHeader = { ...request, traceHeader: WHOLE }
    assert.equal(traceHeaderOf({}, withHeader), WHOLE)
    assert.equal(traceHeaderOf({ TraceHeader: 'garbage' }, withHeader), undefined)
    assert.equal(traceHeaderOf({}, request), undefined)
  })
})
