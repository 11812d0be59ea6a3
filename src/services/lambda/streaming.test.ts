/** Answers that come in pieces: through the API's event stream, and through a function URL. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy } from '../../../test/functions.ts'
import { ECHO, gate, THROW } from './testing/functions.ts'

/** Streams `one`, and `two` once the gate is open; the log tells of it. */
const streaming = (opens: string) => `const fs = require('node:fs')
  exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const headers = { 'content-type': 'text/plain' }
    const metadata = { statusCode: 201, headers, cookies: ['a=1'] }
    if (event.version) stream = awslambda.HttpResponseStream.from(stream, metadata)
    stream.write('one')
    while (!fs.existsSync(${JSON.stringify(opens)})) await new Promise((r) => setTimeout(r, 5))
    if (event.fail) throw new Error('half way')
    stream.write('two')
    stream.end()
  })`

interface Streamed {
  pieces: string[]
  complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined
}

async function stream(
  cloud: TestCloud,
  input: Partial<InvokeWithResponseStreamCommandInput> = {},
  onPiece: (text: string) => void = () => {},
): Promise<Streamed> {
  const { EventStream = [] } = await cloud
    .client(LambdaClient)
    .send(new InvokeWithResponseStreamCommand({ FunctionName: 'f', ...input }))
  const streamed: Streamed = { pieces: [], complete: undefined }
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk?.Payload) {
      const text = Buffer.from(PayloadChunk.Payload).toString()
      streamed.pieces.push(text)
      onPiece(text)
    }
    if (InvokeComplete) streamed.complete = InvokeComplete
  }
  return streamed
}

describe('InvokeWithResponseStream', () => {
  it('gives each piece when it has come', async () => {
    const cloud = await testCloud()
    const { open, opens } = gate()
    await deploy(cloud, 'f', streaming(opens))
    // The second piece is written only once the first has arrived.
    const { pieces, complete } = await stream(cloud, { LogType: 'Tail' }, open)
    assert.deepEqual(pieces, ['one', 'two'])
    assert.match(Buffer.from(complete?.LogResult ?? '', 'base64').toString(), /REPORT RequestId/)
    assert.equal(complete?.ErrorCode, undefined)
  })

  it('tells of a failure half way', async () => {
    const cloud = await testCloud()
    const { open, opens } = gate()
    await deploy(cloud, 'f', streaming(opens))
    const { pieces, complete } = await stream(cloud, { Payload: '{"fail":true}' }, open)
    assert.deepEqual(pieces, ['one'])
    assert.equal(complete?.ErrorCode, 'Unhandled')
    assert.match(complete?.ErrorDetails ?? '', /half way/)
  })

  it('gives the answer of a function that does not stream as one piece', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const { pieces } = await stream(cloud, { Payload: '[1]' })
    assert.deepEqual(pieces, ['{"echo":[1]}'])
  })

  it('tells of errors and throttles', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', THROW)
    const { pieces, complete } = await stream(cloud)
    assert.deepEqual([pieces, complete?.ErrorCode], [[], 'Unhandled'])
    await cloud
      .client(LambdaClient)
      .send(
        new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 0 }),
      )
    assert.equal((await failure(stream(cloud))).name, 'TooManyRequestsException')
  })
})

describe('a function URL of the mode RESPONSE_STREAM', () => {
  it('gives status and headers first, and each piece when it has come', async () => {
    const cloud = await testCloud()
    const { open, opens } = gate()
    await deploy(cloud, 'f', streaming(opens))
    const lambda = cloud.client(LambdaClient)
    const permission = { FunctionName: 'f', Principal: '*' }
    const url = { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' } as const
    const invoke = { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }
    for (const [index, access] of [url, invoke].entries()) {
      const StatementId = `s${index}`
      await lambda.send(new AddPermissionCommand({ ...permission, ...access, StatementId }))
    }
    const { FunctionUrl = '' } = await lambda.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName: 'f',
        AuthType: 'NONE',
        InvokeMode: 'RESPONSE_STREAM',
      }),
    )
    const { host, port } = new URL(FunctionUrl)
    const pieces = await new Promise<string[]>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, headers: { host } }, (response) => {
        assert.equal(response.statusCode, 201)
        assert.equal(response.headers['content-type'], 'text/plain')
        assert.deepEqual(response.headers['set-cookie'], ['a=1'])
        const got: string[] = []
        response.on('data', (piece: Buffer) => {
          got.push(piece.toString())
          open()
        })
        response.on('end', () => resolve(got))
      })
      sent.on('error', reject)
      sent.end()
    })
    assert.equal(pieces.join(''), 'onetwo')
    assert.equal(pieces[0], 'one')
  })
})
