/** The query protocol, which SDKs spoke before 2023: forms in, XML out. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { queue } from '../../../test/queues.ts'

/** The hash that the signer wants, on Node's own. */
class Sha256 {
  readonly #hash

  constructor(secret?: Parameters<typeof createHmac>[1]) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

/** Signs a request and sends it, to the queue's own address as older SDKs do. */
async function exchange(
  cloud: TestCloud,
  { path, query = {}, body }: { path: string; query?: Record<string, string>; body?: string },
) {
  const { hostname, port } = new URL(cloud.endpoint)
  const signer = new SignatureV4({
    service: 'sqs',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // Its type asks for more than the signer uses.
    sha256: Sha256 as never,
  })
  const method = body === undefined ? 'GET' : 'POST'
  const type = 'application/x-www-form-urlencoded; charset=utf-8'
  const { headers } = await signer.sign({
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query,
    headers: {
      host: `${hostname}:${port}`,
      ...(body !== undefined && { 'content-type': type }),
    },
    body,
  })
  const address = `${cloud.endpoint}${path}?${new URLSearchParams(query)}`
  const response = await fetch(address, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, xml: await response.text() }
}

function ask(cloud: TestCloud, path: string, form: Record<string, string>) {
  const body = new URLSearchParams({ Version: '2012-11-05', ...form }).toString()
  return exchange(cloud, { path, body })
}

describe('the query protocol', () => {
  it('creates, sends and receives', async () => {
    const cloud = await testCloud()
    const created = await ask(cloud, '/', {
      Action: 'CreateQueue',
      QueueName: 'jobs',
      'Attribute.1.Name': 'VisibilityTimeout',
      'Attribute.1.Value': '40',
      'Tag.1.Key': 'team',
      'Tag.1.Value': 'blue',
    })
    const url = `${cloud.endpoint}/000000000000/jobs`
    assert.match(created.xml, /^<\?xml|^<CreateQueueResponse/)
    assert.ok(created.xml.includes(`<QueueUrl>${url}</QueueUrl>`), created.xml)
    const path = '/000000000000/jobs'
    const sent = await ask(cloud, path, {
      Action: 'SendMessage',
      MessageBody: 'a <b> & c',
      'MessageAttribute.1.Name': 'team',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'blue',
    })
    const digest = createHash('md5').update('a <b> & c').digest('hex')
    assert.ok(sent.xml.includes(`<MD5OfMessageBody>${digest}</MD5OfMessageBody>`), sent.xml)
    const { xml } = await ask(cloud, path, {
      Action: 'ReceiveMessage',
      'AttributeName.1': 'All',
      'MessageAttributeName.1': 'team',
    })
    assert.match(xml, /<Body>a &lt;b&gt; &amp; c<\/Body>/)
    assert.match(xml, /<Attribute><Name>ApproximateReceiveCount<\/Name><Value>1<\/Value>/)
    assert.match(xml, /<MessageAttribute><Name>team<\/Name><Value>/)
    const [, handle = ''] = /<ReceiptHandle>(.*?)<\/ReceiptHandle>/.exec(xml) ?? []
    const deleted = await ask(cloud, path, {
      Action: 'DeleteMessageBatch',
      'DeleteMessageBatchRequestEntry.1.Id': 'one',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': handle,
    })
    assert.match(deleted.xml, /<DeleteMessageBatchResultEntry><Id>one<\/Id>/)
    assert.deepEqual(await (await queue(cloud)).counts(), [0, 0, 0])
  })

  it('words errors with its older codes', async () => {
    const cloud = await testCloud()
    const { status, xml } = await ask(cloud, '/000000000000/none', {
      Action: 'GetQueueAttributes',
      'AttributeName.1': 'All',
    })
    assert.equal(status, 400)
    assert.match(xml, /<Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code>/)
    const text = 'The specified queue does not exist for this wsdl version.'
    assert.ok(xml.includes(`<Message>${text}</Message><Detail/></Error>`), xml)
    await queue(cloud)
    const exists = await ask(cloud, '/', {
      Action: 'CreateQueue',
      QueueName: 'jobs',
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '1',
    })
    assert.match(exists.xml, /<Code>QueueAlreadyExists<\/Code>/)
    const empty = await ask(cloud, '/000000000000/jobs', { Action: 'SendMessageBatch' })
    assert.match(empty.xml, /<Code>AWS\.SimpleQueueService\.EmptyBatchRequest<\/Code>/)
  })

  it('is asked with GET too, without a version, at the address of a queue', async () => {
    const cloud = await testCloud()
    const jobs = await queue(cloud)
    const get = async (query?: Record<string, string>) => {
      const path = '/000000000000/jobs'
      const { status, xml } = await exchange(cloud, { path, ...(query && { query }) })
      return `${status} ${xml}`
    }
    const sent = await get({ Action: 'SendMessage', MessageBody: 'x' })
    assert.match(sent, /^200 <SendMessageResponse/)
    assert.deepEqual(await jobs.bodies(), ['x'])
    const foreign = await get({ Action: 'ListQueues' })
    assert.match(foreign, /^400 .*The action ListQueues is not valid for this endpoint\./)
    assert.equal(await get(), '404 <UnknownOperationException/>\n')
  })
})
