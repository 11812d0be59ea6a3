/** Function URLs: configured through the API, called over HTTP. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda'
import { SignatureV4 } from '@smithy/signature-v4'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { deploy } from '../../../../test/functions.ts'
import { ECHO, FUNCTIONS, refused, release, THROW } from '../testing/functions.ts'

const NOT_FOUND = 'ResourceNotFoundException'
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html'
const EVENT = 'exports.handler = async (event) => event'

type UrlInput = Partial<CreateFunctionUrlConfigCommandInput>

async function createUrl(cloud: TestCloud, input: UrlInput = {}): Promise<string> {
  const { FunctionUrl } = await cloud
    .client(LambdaClient)
    .send(new CreateFunctionUrlConfigCommand({ FunctionName: 'f', AuthType: 'NONE', ...input }))
  return FunctionUrl ?? ''
}

function allow(cloud: TestCloud, input: Partial<AddPermissionCommandInput>) {
  const { Action } = input
  const permission = { FunctionName: 'f', Principal: '*', Action, StatementId: Action?.slice(7) }
  return cloud.client(LambdaClient).send(new AddPermissionCommand({ ...permission, ...input }))
}

function allowUrl(cloud: TestCloud, Qualifier?: string) {
  const FunctionUrlAuthType = 'NONE'
  return allow(cloud, { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType, Qualifier })
}

function allowInvoke(cloud: TestCloud, Qualifier?: string) {
  const InvokedViaFunctionUrl = true
  return allow(cloud, { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl, Qualifier })
}

/** Both statements that the console adds for a public URL. */
async function openToAll(cloud: TestCloud, Qualifier?: string): Promise<void> {
  await allowUrl(cloud, Qualifier)
  await allowInvoke(cloud, Qualifier)
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** Names below localhost need not resolve: the connection goes to the cloud's own port. */
function call(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: object; body?: string } = {},
): Promise<Answer> {
  const { host, port, pathname, search } = new URL(url)
  const options = { host: '127.0.0.1', port, path: `${pathname}${search}`, method }
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ ...options, headers: { host, ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('a function URL', () => {
  it('is configured as recorded', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const created = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: 'f', AuthType: 'NONE' }),
    )
    const { $metadata, FunctionUrl, CreationTime, ...shown } = created
    assert.equal($metadata.httpStatusCode, 201)
    assert.match(
      FunctionUrl ?? '',
      /^http:\/\/[a-z2-7]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/,
    )
    assert.deepEqual(shown, { FunctionArn: `${FUNCTIONS}:f`, AuthType: 'NONE' })
    const get = () => lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'f' }))
    assert.equal((await get()).InvokeMode, 'BUFFERED')
    await lambda.send(
      new UpdateFunctionUrlConfigCommand({
        FunctionName: 'f',
        AuthType: 'AWS_IAM',
        Cors: { AllowOrigins: ['*'], MaxAge: 5 },
      }),
    )
    const updated = await get()
    assert.deepEqual([updated.AuthType, updated.FunctionUrl], ['AWS_IAM', FunctionUrl])
    assert.deepEqual(updated.Cors, { AllowOrigins: ['*'], MaxAge: 5 })
    const list = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: 'f' }))
    assert.equal(list.FunctionUrlConfigs?.length, 1)
    await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'f' }))
    await refused(get(), NOT_FOUND, 'The resource you requested does not exist.')
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const missing = 'Function does not exist'
    await refused(createUrl(cloud, { FunctionName: 'none' }), NOT_FOUND, missing)
    await refused(createUrl(cloud, { Qualifier: 'none' }), NOT_FOUND, missing)
    await refused(
      createUrl(cloud, { Qualifier: '1' }),
      'ValidationException',
      "1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)',
    )
    await createUrl(cloud)
    await refused(
      createUrl(cloud),
      'ResourceConflictException',
      `Failed to create function url config for [functionArn = ${FUNCTIONS}:f]. Error message:  ` +
        'FunctionUrlConfig exists for this Lambda function',
    )
    const list = (FunctionName: string) =>
      lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }))
    await refused(list('none'), NOT_FOUND, missing)
  })
})

describe('a request to a function URL', () => {
  it('is an event of the payload format 2.0', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', EVENT)
    const url = await createUrl(cloud)
    await openToAll(cloud)
    const { status, headers, text } = await call(`${url}a%20b//c?x=1&x=2&y=%2F`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'a=1; b=2', 'user-agent': 'me' },
      body: '{"n":1}',
    })
    assert.equal(status, 200)
    const event = JSON.parse(text)
    const { requestContext, headers: sent } = event
    assert.equal(event.version, '2.0')
    assert.equal(event.routeKey, '$default')
    assert.equal(event.rawPath, '/a%20b//c')
    assert.equal(event.rawQueryString, 'x=1&x=2&y=%2F')
    assert.deepEqual(event.queryStringParameters, { x: '1,2', y: '/' })
    assert.deepEqual(event.cookies, ['a=1', 'b=2'])
    assert.deepEqual([event.body, event.isBase64Encoded], ['{"n":1}', false])
    assert.deepEqual([sent.cookie, sent.connection], [undefined, undefined])
    assert.equal(sent['x-forwarded-for'], '127.0.0.1')
    assert.equal(requestContext.accountId, 'anonymous')
    assert.equal(requestContext.domainName, new URL(url).hostname)
    assert.equal(requestContext.apiId, requestContext.domainPrefix)
    assert.equal(requestContext.requestId, headers['x-amzn-requestid'])
    assert.equal(requestContext.time, '01/Jan/2026:00:00:00 +0000')
    assert.deepEqual(requestContext.http, {
      method: 'POST',
      path: '/a b/c',
      protocol: 'HTTP/1.1',
      sourceIp: '127.0.0.1',
      userAgent: 'me',
    })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const binary = JSON.parse(
      (await call(url, { method: 'POST', headers: form, body: 'a=1' })).text,
    )
    assert.deepEqual([binary.body, binary.isBase64Encoded], ['YT0x', true])
  })

  it('can be made by path, where names below localhost do not resolve', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', EVENT)
    const url = await createUrl(cloud)
    await openToAll(cloud)
    const [id] = new URL(url).hostname.split('.')
    const response = await fetch(`${cloud.endpoint}/_windtunnel/function-urls/${id}/a?b=1`)
    const event = (await response.json()) as Record<string, unknown>
    assert.deepEqual([event.rawPath, event.rawQueryString], ['/a', 'b=1'])
  })

  it('is answered by what the function returns', async () => {
    const cloud = await testCloud()
    const answers = {
      '/object': { hello: 'world' },
      '/list': ['hello', 3, true],
      '/text': 'hello',
      '/number': 3.1,
      '/whole': {
        statusCode: 201,
        headers: { 'Content-Type': 'text/plain', 'X-Mine': 'yes' },
        cookies: ['a=1', 'b=2; Secure'],
        body: 'aGk=',
        isBase64Encoded: true,
      },
      '/short': { statusCode: 418, body: "i'm a teapot" },
      '/wrong': { statusCode: 'none' },
      '/early': { statusCode: 100 },
      '/header': { statusCode: 200, headers: { 'x-split': 'a\r\nx-other: b' } },
      '/length': { statusCode: 200, headers: { 'Content-Length': '1', 'x-a': 'b' }, body: 'four' },
    }
    const source = `const answers = ${JSON.stringify(answers)}
      exports.handler = async (event) => answers[event.rawPath]`
    await deploy(cloud, 'f', source)
    const url = await createUrl(cloud)
    await openToAll(cloud)
    const expected = {
      object: [200, '{"hello":"world"}'],
      list: [200, '["hello",3,true]'],
      text: [200, 'hello'],
      number: [200, '3.1'],
      short: [418, "i'm a teapot"],
      wrong: [502, 'Internal Server Error'],
      early: [502, 'Internal Server Error'],
      header: [502, 'Internal Server Error'],
      length: [200, 'four'],
    }
    for (const [path, [status, text]] of Object.entries(expected)) {
      const answer = await call(url + path)
      assert.deepEqual([answer.status, answer.text], [status, text], path)
      assert.equal(answer.headers['content-type'], 'application/json')
    }
    const whole = await call(`${url}whole`)
    assert.deepEqual([whole.status, whole.text], [201, 'hi'])
    assert.equal(whole.headers['content-type'], 'text/plain')
    assert.equal(whole.headers['x-mine'], 'yes')
    assert.deepEqual(whole.headers['set-cookie'], ['a=1', 'b=2; Secure'])
  })

  it('is refused without permission, throttled, and told of failures', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', THROW)
    const url = await createUrl(cloud)
    const refusal = await call(url)
    assert.deepEqual([refusal.status, refusal.text], [403, JSON.stringify({ Message: FORBIDDEN })])
    assert.equal(refusal.headers['x-amzn-errortype'], 'AccessDeniedException')
    const unknown = await call(url.replace(/\/\/\w{32}/, `//${'a'.repeat(32)}`))
    assert.deepEqual([unknown.status, unknown.text], [403, '{"Message":null}'])
    // The first of the two permissions is not enough.
    const { Statement } = await allowUrl(cloud)
    assert.deepEqual(JSON.parse(Statement ?? '').Condition, {
      StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
    })
    assert.equal((await call(url)).status, 403)
    const { Statement: second } = await allowInvoke(cloud)
    assert.deepEqual(JSON.parse(second ?? '').Condition, {
      Bool: { 'lambda:InvokedViaFunctionUrl': 'true' },
    })
    const failed = await call(url)
    assert.deepEqual([failed.status, failed.text], [502, 'Internal Server Error'])
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 0 }),
    )
    const throttled = await call(url)
    assert.equal(throttled.status, 429)
    assert.deepEqual(JSON.parse(throttled.text), {
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
      message: 'Rate Exceeded.',
    })
  })

  it('runs the version of the alias that has the URL', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    await release(cloud, 'f', 'exports.handler = async (e, c) => c.functionVersion')
    await cloud
      .client(LambdaClient)
      .send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }))
    const url = await createUrl(cloud, { Qualifier: 'live' })
    await openToAll(cloud)
    assert.equal((await call(url)).status, 403)
    await openToAll(cloud, 'live')
    assert.equal((await call(url)).text, '1')
  })
})

describe('a URL that authenticates by IAM', () => {
  it('takes signed requests, and names the caller to the function', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', EVENT)
    const url = await createUrl(cloud, { AuthType: 'AWS_IAM' })
    const unsigned = await call(url)
    assert.deepEqual(
      [unsigned.status, unsigned.text],
      [403, JSON.stringify({ Message: FORBIDDEN })],
    )
    const signed = await call(`${url}a`, { headers: await signature(`${url}a`) })
    assert.equal(signed.status, 200)
    const { requestContext } = JSON.parse(signed.text)
    assert.equal(requestContext.accountId, '000000000000')
    const { iam } = requestContext.authorizer
    assert.equal(iam.userArn, 'arn:aws:iam::000000000000:root')
    assert.equal(iam.accessKey, 'test')
    const wrong = await call(`${url}b`, { headers: await signature(`${url}a`) })
    assert.equal(wrong.status, 403)
    assert.equal(wrong.headers['x-amzn-errortype'], 'InvalidSignatureException')
  })
})

describe('CORS of a function URL', () => {
  it('is answered as configured', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const url = await createUrl(cloud, {
      Cors: {
        AllowOrigins: ['https://example.com'],
        AllowMethods: ['GET', 'POST'],
        AllowHeaders: ['x-mine'],
        ExposeHeaders: ['date'],
        AllowCredentials: true,
        MaxAge: 60,
      },
    })
    await openToAll(cloud)
    const origin = 'https://example.com'
    const preflight = await call(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    assert.equal(preflight.status, 200)
    assert.equal(preflight.headers['access-control-allow-origin'], origin)
    assert.equal(preflight.headers['access-control-allow-methods'], 'GET,POST')
    assert.equal(preflight.headers['access-control-allow-headers'], 'x-mine')
    assert.equal(preflight.headers['access-control-max-age'], '60')
    const answer = await call(url, { headers: { origin } })
    assert.equal(answer.headers['access-control-allow-origin'], origin)
    assert.equal(answer.headers['access-control-allow-credentials'], 'true')
    assert.equal(answer.headers['access-control-expose-headers'], 'date')
    const other = await call(url, { headers: { origin: 'https://example.org' } })
    assert.equal(other.headers['access-control-allow-origin'], undefined)
  })
})

class Sha256 {
  readonly #hash
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

async function signature(url: string): Promise<Record<string, string>> {
  const { host, hostname, pathname: path } = new URL(url)
  const signer = new SignatureV4({
    service: 'lambda',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    sha256: Sha256 as never,
  })
  const request = { method: 'GET', protocol: 'http:', hostname, path, headers: { host } }
  const { headers } = await signer.sign(request)
  return headers
}
