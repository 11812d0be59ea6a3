/** How requests and answers look on the wire, seen from the server. One file per protocol. */
import type { AwsError } from '../errors.ts'
import type { Model, OperationModel } from '../model.ts'
import { ec2Query } from './ec2-query.ts'
import { json10, json11 } from './json.ts'
import { query } from './query.ts'
import { restJson } from './rest-json.ts'
import { sqsQuery } from './sqs-query.ts'

export interface WireRequest {
  method: string
  /** Raw, still percent-encoded. */
  path: string
  /** Raw, without the question mark. */
  query: string
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
}

export interface WireResponse {
  status: number
  /** Several values are as many header lines. */
  headers: Record<string, string | string[]>
  /** An iterable yields a large answer in chunks, made as they are asked for. */
  body: string | Buffer | Iterable<string>
  /** An answer that comes in pieces, in place of the body. */
  stream?: AsyncIterable<Uint8Array>
}

export interface Protocol {
  /** The operation asked for. Throws AwsError in the service's wording when there is none. */
  operation(model: Model, request: WireRequest): OperationModel
  /** The input as the SDK's types have it; timestamps are `Date`, blobs `Buffer`. */
  decode(model: Model, operation: OperationModel, request: WireRequest): Record<string, unknown>
  /** Members that the output's shape lacks are left out. Timestamps may be `Date` or epoch ms. */
  encode(model: Model, operation: OperationModel, output: object, requestId: string): WireResponse
  encodeError(model: Model, error: AwsError, requestId: string): WireResponse
}

/** Answers are in kind: the content type chooses between the protocols that a service speaks. */
export function protocolFor(model: Model, request: WireRequest): Protocol {
  if (model.protocol === 'ec2Query') return ec2Query
  if (model.protocol === 'awsQuery') return query
  if (model.protocol === 'restJson1') return restJson
  const contentType = request.headers['content-type'] ?? ''
  const targeted = request.headers['x-amz-target'] !== undefined
  if (model.queryCompatible && !targeted && !contentType.includes('json')) {
    return model.service === 'sqs' ? sqsQuery : query
  }
  if (contentType.includes('json-1.0')) return json10
  if (contentType.includes('json-1.1')) return json11
  return model.protocol === 'awsJson1_0' ? json10 : json11
}
