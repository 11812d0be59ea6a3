/** For tests: real clients whose requests are decoded, and answered, without a socket. */
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as ec2 from '@aws-sdk/client-ec2'
import * as events from '@aws-sdk/client-eventbridge'
import * as iam from '@aws-sdk/client-iam'
import * as lambda from '@aws-sdk/client-lambda'
import * as sqs from '@aws-sdk/client-sqs'
import * as sts from '@aws-sdk/client-sts'
import type { AwsError } from '../../errors.ts'
import { loadModel, type Model, type OperationModel } from '../../model.ts'
import { protocolFor, type WireRequest, type WireResponse } from '../protocol.ts'

export const REQUEST_ID = '11111111-2222-3333-4444-555555555555'

interface HttpRequest {
  method: string
  path: string
  query: Record<string, string | string[] | null>
  headers: Record<string, string>
  body: unknown
}

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>
}

interface Config {
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  maxAttempts: number
  requestHandler: { handle(request: HttpRequest): Promise<unknown> }
  md5: boolean
}

const CLIENTS = {
  ec2: [ec2, ec2.EC2Client],
  events: [events, events.EventBridgeClient],
  lambda: [lambda, lambda.LambdaClient],
  iam: [iam, iam.IAMClient],
  sts: [sts, sts.STSClient],
  logs: [logs, logs.CloudWatchLogsClient],
  sqs: [sqs, sqs.SQSClient],
} as const
export type ServiceName = keyof typeof CLIENTS
export const SERVICE_NAMES = Object.keys(CLIENTS) as ServiceName[]

interface Held {
  client: Client
  handle: (request: HttpRequest) => Promise<unknown>
}

const clients = new Map<ServiceName, Held>()

/** One client a service, whose requests go to the handler that is set. */
function clientOf(service: ServiceName): Held {
  const known = clients.get(service)
  if (known) return known
  const makeClient = CLIENTS[service][1] as unknown as new (config: Config) => Client
  const client = new makeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: { handle: (request) => held.handle(request) },
    md5: false,
  })
  const held: Held = { client, handle: async () => undefined }
  clients.set(service, held)
  return held
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0)
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(String(body))
}

const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)

/** The request as it would have travelled. */
function wire(request: HttpRequest): WireRequest {
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((text) => `${escaped(name)}=${escaped(text ?? '')}`),
  )
  const { method, path, headers } = request
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    method,
    path,
    query: query.join('&'),
    headers: Object.fromEntries(named),
    body: bytesOf(request.body),
  }
}

export function bodyText({ body }: WireResponse): string {
  if (typeof body === 'string') return body
  return body instanceof Buffer ? body.toString() : [...body].join('')
}

export type Answer = (model: Model, operation: OperationModel, request: WireRequest) => WireResponse

/** What a client sends for the input, as decoded here, and what it makes of the answer. */
export async function exchange(
  service: ServiceName,
  name: string,
  input: object,
  answer: Answer,
): Promise<{ received: Record<string, unknown>; returned: Record<string, unknown> }> {
  const model = loadModel(service)
  let received: Record<string, unknown> = {}
  const handle = async (http: HttpRequest) => {
    const request = wire(http)
    const protocol = protocolFor(model, request)
    const operation = protocol.operation(model, request)
    received = protocol.decode(model, operation, request)
    const response = answer(model, operation, request)
    const body = response.body instanceof Buffer ? response.body : Buffer.from(bodyText(response))
    return {
      response: {
        statusCode: response.status,
        headers: response.headers,
        body: new Uint8Array(body),
      },
    }
  }
  const client = clientOf(service)
  client.handle = handle
  const commands = CLIENTS[service][0] as unknown as Record<string, new (input: object) => unknown>
  const command = commands[`${name}Command`]
  if (!command) throw new Error(`no command for ${name}`)
  const { $metadata, ...returned } = await client.client.send(new command(input))
  return { received, returned }
}

/** Answers with an output, through the protocol that the request came in. */
export const outputs =
  (output: object): Answer =>
  (model, operation, request) =>
    protocolFor(model, request).encode(model, operation, output, REQUEST_ID)

export const fails =
  (error: AwsError): Answer =>
  (model, _operation, request) =>
    protocolFor(model, request).encodeError(model, error, REQUEST_ID)
