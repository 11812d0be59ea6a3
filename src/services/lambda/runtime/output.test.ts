import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MAX_EVENT_BYTES, MAX_INVOCATION_LOG_BYTES, OutputParser } from './output.ts'

function frame(text: string, micros = 1_700_000_000_000_000n): Buffer {
  const body = Buffer.from(text)
  const head = Buffer.alloc(16)
  head.writeUInt32BE(0xa55a000f, 0)
  head.writeUInt32BE(body.length, 4)
  head.writeBigUInt64BE(micros, 8)
  return Buffer.concat([head, body])
}

const messages = (parser: OutputParser, bytes: Buffer) =>
  [...parser.push(bytes), ...parser.finish()].map(({ message }) => message)

describe('The output of a process', () => {
  it('is the same events however it is cut', () => {
    const piece = fc.oneof(
      fc.stringMatching(/^[a-zé\u{1f600} ]{0,20}\n$/u).map((text) => ({ text, framed: false })),
      fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => ({ text, framed: true })),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
        const bytes = Buffer.concat(
          pieces.map(({ text, framed }) => (framed ? frame(text) : Buffer.from(text))),
        )
        const parser = new OutputParser()
        const lines = []
        const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
        let at = 0
        for (const place of [...places, bytes.length]) {
          lines.push(...parser.push(bytes.subarray(at, place)))
          at = place
        }
        lines.push(...parser.finish())
        const expected = pieces.map(({ text }) => (text.endsWith('\n') ? text : `${text}\n`))
        assert.deepEqual(
          lines.map(({ message }) => message),
          expected,
        )
      }),
    )
  })

  it('ends an unfinished line where an event or the invocation ends', () => {
    const parser = new OutputParser()
    const bytes = Buffer.concat([Buffer.from('half'), frame('one\ntwo'), Buffer.from('rest')])
    assert.deepEqual(messages(parser, bytes), ['half\n', 'one\ntwo\n', 'rest\n'])
  })

  it('keeps the time of a framed event', () => {
    const [line] = new OutputParser().push(frame('x', 1_700_000_000_123_456n))
    assert.equal(line?.timestamp, 1_700_000_000_123)
  })

  it('cuts what is longer than an event may be', () => {
    const long = 'x'.repeat(MAX_EVENT_BYTES + 1)
    const raw = messages(new OutputParser(), Buffer.from(long))
    const framed = messages(new OutputParser(), frame(long))
    for (const found of [raw, framed]) {
      assert.deepEqual(
        found.map((message) => message.length),
        [MAX_EVENT_BYTES + 1, 2],
      )
    }
  })

  it('drops what exceeds the limit of an invocation, and starts afresh with the next', () => {
    const parser = new OutputParser()
    const chunk = Buffer.from('y'.repeat(1023).concat('\n').repeat(1024))
    let kept = 0
    while (parser.push(chunk).length > 0) kept += chunk.length
    // What CloudWatch Logs counts for each event beside its text is a part of it.
    assert.ok(kept <= MAX_INVOCATION_LOG_BYTES && kept > MAX_INVOCATION_LOG_BYTES * 0.9)
    assert.match(parser.finish()[0]?.message ?? '', /^Windtunnel dropped 1048576 bytes/)
    assert.equal(parser.push(chunk).length, 1024)
  })

  it('keeps few of many short lines', () => {
    const parser = new OutputParser()
    const chunk = Buffer.from('y\n'.repeat(32 * 1024))
    let lines = 0
    for (let found = -1; found !== 0; lines += found) found = parser.push(chunk).length
    assert.ok(lines < MAX_INVOCATION_LOG_BYTES / 26, `${lines} lines`)
  })
})
