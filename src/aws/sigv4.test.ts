/** The verifier against the SDK's own signer, and against all that a forger may change. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import type { WireRequest } from './protocols/protocol.ts'
import { readSignature, SignatureError, verifySignature } from './sigv4.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const NOW = Date.UTC(2026, 4, 11, 21, 29, 54)
const MINUTE = 60_000

class Sha256 {
  readonly #hash: { update(data: string): unknown; digest(): Buffer }
  constructor(secret?: string) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: string): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

const signer = new SignatureV4({
  service: 'events',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, sessionToken: 'token' },
  sha256: Sha256 as never,
})

interface Parts {
  path: string
  query: Record<string, string>
  body: string
}

async function signed({ path, query, body }: Parts, at = NOW): Promise<WireRequest> {
  const headers = { host: 'localhost:4566', 'content-type': 'application/x-amz-json-1.1' }
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query,
    headers,
    body,
  }
  const out = (await signer.sign(request as never, { signingDate: new Date(at) })) as never
  return wire(out, query, body)
}

async function presigned(query: Record<string, string>, expiresIn: number): Promise<WireRequest> {
  const headers = { host: 'localhost:4566' }
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname: 'localhost',
    path: '/',
    query,
    headers,
  }
  const out = (await signer.presign(request as never, {
    signingDate: new Date(NOW),
    expiresIn,
  })) as unknown as {
    method: string
    path: string
    headers: Record<string, string>
    query: Record<string, string>
  }
  return wire(out, out.query, '')
}

function wire(
  { method, path, headers }: { method: string; path: string; headers: Record<string, string> },
  query: Record<string, string>,
  body: string,
): WireRequest {
  const encoded = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join('='))
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    method,
    path,
    query: encoded.join('&'),
    headers: Object.fromEntries(lower),
    body: Buffer.from(body),
  }
}

function verify(request: WireRequest, now = NOW): void {
  const signature = readSignature(request)
  assert.ok(signature)
  verifySignature(request, signature, SECRET, now)
}

const PARTS: Parts = { path: '/', query: { b: '2', a: 'x y' }, body: '{"Name":"r"}' }

describe('a signature', () => {
  it('of the SDK is accepted, whatever the request', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    // The signer loses a parameter of this name.
    const name = segment.filter((text) => text !== '__proto__')
    const parts = fc.record({
      path: fc.array(segment).map((names) => `/${names.map(encodeURIComponent).join('/')}`),
      query: fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 4 }),
      body: fc.string({ unit: 'grapheme' }),
    })
    await fc.assert(
      fc.asyncProperty(parts, async (random) => verify(await signed(random))),
      { numRuns: 200 },
    )
  })

  it('in a presigned URL is accepted until it expires', async () => {
    const request = await presigned({ Action: 'ListRules' }, 600)
    verify(request, NOW + 9 * MINUTE)
    assert.throws(() => verify(request, NOW + 11 * MINUTE), /^SignatureError: Signature expired: /)
  })

  it('names its key, scope and session token', async () => {
    const signature = readSignature(await signed(PARTS))
    assert.equal(signature?.accessKeyId, 'AKIDEXAMPLE')
    assert.equal(signature?.region, 'eu-central-1')
    assert.equal(signature?.service, 'events')
    assert.equal(signature?.sessionToken, 'token')
  })

  it('holds for five minutes around real time', async () => {
    const request = await signed(PARTS)
    verify(request, NOW + 4 * MINUTE)
    verify(request, NOW - 4 * MINUTE)
    assert.throws(() => verify(request, NOW + 6 * MINUTE), {
      message:
        'Signature expired: 20260511T212954Z is now earlier than 20260511T213054Z ' +
        '(20260511T213554Z - 5 min.)',
    })
    assert.throws(() => verify(request, NOW - 6 * MINUTE), /Signature not yet current/)
  })

  it('fails when anything that it covers is changed', async () => {
    const request = await signed(PARTS)
    const changes: Partial<WireRequest>[] = [
      { method: 'PUT' },
      { path: '/other' },
      { query: 'a=x%20y&b=3' },
      { query: '' },
      { body: Buffer.from('{"Name":"s"}') },
      { headers: { ...request.headers, host: 'elsewhere' } },
      { headers: { ...request.headers, 'x-amz-security-token': 'other' } },
      { headers: { ...request.headers, 'x-amz-date': '20260511T212955Z' } },
    ]
    for (const change of changes) {
      assert.throws(() => verify({ ...request, ...change }), SignatureError, JSON.stringify(change))
    }
    const signature = readSignature(request)
    assert.ok(signature)
    const wrong = () => verifySignature(request, signature, 'guess', NOW)
    assert.throws(wrong, /^SignatureError: The request signature we calculated does not match/)
  })

  it('that is malformed says what it lacks', () => {
    const headers = (authorization: string) => ({ authorization, 'x-amz-date': '20260511T212954Z' })
    const request = (authorization: string): WireRequest => ({
      method: 'GET',
      path: '/',
      query: '',
      headers: headers(authorization),
      body: Buffer.alloc(0),
    })
    const cases: [string, RegExp][] = [
      ['AWS4-HMAC-SHA256 Signature=a', /requires 'Credential' parameter\. .*'SignedHeaders'/],
      ['AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c', /at least 5 slash/],
      [
        'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=c',
        /valid terminator/,
      ],
      ['Bearer x', /Unsupported algorithm/],
      ['', /Unsupported algorithm/],
    ]
    for (const [authorization, message] of cases) {
      assert.throws(() => readSignature(request(authorization)), message)
    }
  })
})
