/** Requests as clients sign them, made once and sent many times. */
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { PreparedRequest } from './load.ts'

const REGION = 'us-east-1'
const FORM = 'application/x-www-form-urlencoded; charset=utf-8'

/** The hash that the signer asks for, from node:crypto. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Buffer }

  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {}
}

interface Unsigned {
  service: string
  port: number
  headers: Record<string, string>
  body: string
  path?: string
}

async function sign({
  service,
  port,
  headers,
  body,
  path = '/',
}: Unsigned): Promise<PreparedRequest> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const signer = new SignatureV4({ service, region: REGION, credentials, sha256: Sha256 as never })
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path,
    headers: { host: `127.0.0.1:${port}`, ...headers },
    body,
  }
  // The signer's overload for requests, whose class it does not export.
  const signed = (await signer.sign(request as never)) as unknown as Pick<
    PreparedRequest,
    'headers'
  >
  const length = String(Buffer.byteLength(body))
  return { method: 'POST', path, headers: { ...signed.headers, 'content-length': length }, body }
}

/** A request of the query protocols. */
export function form(
  service: string,
  port: number,
  parameters: Record<string, string>,
): Promise<PreparedRequest> {
  const body = new URLSearchParams(parameters).toString()
  return sign({ service, port, headers: { 'content-type': FORM }, body })
}

/** A request of the JSON protocols. */
export function json(
  service: string,
  port: number,
  target: string,
  input: unknown,
): Promise<PreparedRequest> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  return sign({ service, port, headers, body: JSON.stringify(input) })
}

/** A POST of the REST protocols. */
export function rest(
  service: string,
  port: number,
  path: string,
  body: string,
): Promise<PreparedRequest> {
  return sign({ service, port, path, headers: { 'content-type': 'application/json' }, body })
}

/** A bare request for the reference server. */
export function bare(port: number): PreparedRequest {
  return { method: 'GET', path: '/', headers: { host: `127.0.0.1:${port}` }, body: '' }
}
