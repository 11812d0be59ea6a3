/** Answers to the letter. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../errors.ts'
import { loadModel } from '../model.ts'
import { protocolFor, type WireRequest } from './protocol.ts'
import { bodyText, exchange, fails, outputs, REQUEST_ID } from './testing/clients.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const JSON10 = { 'content-type': 'application/x-amz-json-1.0' }
const JSON11 = { 'content-type': 'application/x-amz-json-1.1' }

const request = (
  headers: Record<string, string>,
  more: Partial<WireRequest> = {},
): WireRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers,
  body: Buffer.alloc(0),
  ...more,
})

function answer(service: string, operation: string, output: object, headers = FORM) {
  const model = loadModel(service)
  const known = model.operation(operation)
  assert.ok(known)
  const response = protocolFor(model, request(headers)).encode(model, known, output, REQUEST_ID)
  return { ...response, body: bodyText(response) }
}

function refusal(service: string, error: AwsError, headers: Record<string, string> = FORM) {
  const model = loadModel(service)
  const response = protocolFor(model, request(headers)).encodeError(model, error, REQUEST_ID)
  return { ...response, body: bodyText(response) }
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

test('EC2 answers: empty lists stay, unset members go, times have milliseconds', () => {
  const { status, headers, body } = answer('ec2', 'DescribeVolumes', {
    Volumes: [
      {
        VolumeId: 'vol-1',
        Attachments: [],
        CreateTime: 1_700_000_000_123,
        SnapshotId: '',
        Iops: 0,
      },
    ],
    NextToken: undefined,
    unknown: 'left out',
  })
  assert.equal(status, 200)
  assert.deepEqual(headers, {
    'content-type': 'text/xml;charset=UTF-8',
    'x-amzn-requestid': REQUEST_ID,
  })
  assert.equal(
    body,
    `${DECLARATION}<DescribeVolumesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
      `<requestId>${REQUEST_ID}</requestId><volumeSet><item><iops>0</iops>` +
      '<volumeId>vol-1</volumeId><snapshotId/><createTime>2023-11-14T22:13:20.123Z</createTime>' +
      '<attachmentSet/></item></volumeSet></DescribeVolumesResponse>',
  )
})

test('an EC2 operation without an output says true', () => {
  const { body } = answer('ec2', 'DeleteVolume', {})
  assert.match(body, /<requestId>[^<]+<\/requestId><return>true<\/return><\/DeleteVolumeResponse>$/)
})

test('a long EC2 list comes in chunks, each time it is asked for', () => {
  const model = loadModel('ec2')
  const operation = model.operation('DescribeInstances')
  assert.ok(operation)
  const Reservations = Array.from({ length: 2000 }, (_, i) => ({ ReservationId: `r-${i}` }))
  const encode = (output: object) => {
    const protocol = protocolFor(model, request(FORM))
    return protocol.encode(model, operation, output, REQUEST_ID).body
  }
  const body = encode({ Reservations, NextToken: 'n' })
  assert.ok(typeof body !== 'string' && !(body instanceof Buffer))
  const chunks = [...body]
  assert.ok(chunks.length > 2)
  assert.ok(chunks.every((chunk) => String(chunk).length < 64 * 1024))
  assert.equal([...body].join(''), chunks.join(''))
  const items = Reservations.map(({ ReservationId }) => {
    return `<item><reservationId>${ReservationId}</reservationId></item>`
  })
  const inner = `<nextToken>n</nextToken><reservationSet>${items.join('')}</reservationSet>`
  assert.ok(chunks.join('').includes(inner))
  assert.equal(typeof encode({ Reservations: Reservations.slice(0, 3) }), 'string')
  const Instances = Array.from({ length: 2000 }, (_, i) => ({ InstanceId: `i-${i}`, Tags: [] }))
  const nested = encode({ Reservations: [{ ReservationId: 'r', Instances }, {}] })
  assert.ok(typeof nested !== 'string' && !(nested instanceof Buffer))
  const inside = Instances.map(({ InstanceId }) => {
    return `<item><tagSet/><instanceId>${InstanceId}</instanceId></item>`
  })
  const set = `<instancesSet>${inside.join('')}</instancesSet></item><item></item></reservationSet>`
  assert.ok([...nested].length > 2)
  assert.ok([...nested].join('').includes(set))
})

test('IAM and STS answers wrap a result and metadata', () => {
  const { body } = answer('iam', 'GetRole', {
    Role: { Path: '/', RoleName: 'a&b', RoleId: 'AROA', Arn: 'arn', CreateDate: 1_700_000_000_000 },
  })
  assert.equal(
    body,
    '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>' +
      '<Path>/</Path><RoleName>a&amp;b</RoleName><RoleId>AROA</RoleId><Arn>arn</Arn>' +
      '<CreateDate>2023-11-14T22:13:20Z</CreateDate></Role></GetRoleResult><ResponseMetadata>' +
      `<RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></GetRoleResponse>`,
  )
  assert.equal(
    answer('iam', 'DeleteRole', {}).body,
    '<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>' +
      `<RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></DeleteRoleResponse>`,
  )
})

test('SQS answers in kind: JSON, or the older query protocol with flat lists', () => {
  const output = {
    Messages: [{ MessageId: 'm', Body: '<b>', Attributes: { SentTimestamp: '1' } }],
  }
  const json = answer('sqs', 'ReceiveMessage', output, JSON10)
  assert.equal(json.headers['content-type'], 'application/x-amz-json-1.0')
  assert.deepEqual(JSON.parse(json.body), output)
  assert.equal(
    answer('sqs', 'ReceiveMessage', output).body,
    '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
      '<ReceiveMessageResult><Message><MessageId>m</MessageId><Body>&lt;b&gt;</Body>' +
      '<Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute></Message>' +
      `</ReceiveMessageResult><ResponseMetadata><RequestId>${REQUEST_ID}</RequestId>` +
      '</ResponseMetadata></ReceiveMessageResponse>',
  )
})

test('JSON answers have times in seconds and no body where there is no output', () => {
  const { body } = answer('events', 'DescribeArchive', { CreationTime: 1_700_000_000_500 }, JSON11)
  assert.equal(body, '{"CreationTime":1700000000.5}')
  assert.equal(answer('events', 'DeleteRule', {}, JSON11).body, '')
})

test('a key named __proto__ is written like any other', () => {
  const Variables: unknown = JSON.parse('{"__proto__":"x"}')
  const { body } = answer('lambda', 'GetFunctionConfiguration', { Environment: { Variables } })
  assert.equal(body, '{"Environment":{"Variables":{"__proto__":"x"}}}')
})

test('Lambda: statuses, headers and payloads stand where the client looks for them', async () => {
  const invoke = (output: object) =>
    exchange('lambda', 'Invoke', { FunctionName: 'f' }, outputs(output))
  const output = {
    StatusCode: 200,
    FunctionError: 'Unhandled',
    ExecutedVersion: '$LATEST',
    LogResult: 'bG9n',
    Payload: Buffer.from('{"errorMessage":"é"}'),
  }
  const { returned } = await invoke(output)
  const { Payload, ...rest } = returned
  assert.deepEqual({ ...rest, Payload: Buffer.from(Payload as Uint8Array) }, output)
  assert.equal((await invoke({ StatusCode: 202 })).returned.StatusCode, 202)
  const { status, body } = answer('lambda', 'Invoke', { StatusCode: 204 })
  assert.deepEqual({ status, body }, { status: 204, body: '' })
  assert.equal(answer('lambda', 'CreateFunction', { FunctionName: 'f' }).status, 201)
  const deleted = answer('lambda', 'RemovePermission', {})
  assert.deepEqual([deleted.status, deleted.body], [204, ''])
})

test('EC2 errors', () => {
  const text = "The instance ID 'i-<1>' does not exist"
  const { status, body } = refusal('ec2', new AwsError('InvalidInstanceID.NotFound', text))
  assert.equal(status, 400)
  assert.equal(
    body,
    `${DECLARATION}<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>` +
      'The instance ID &apos;i-&lt;1&gt;&apos; does not exist</Message></Error></Errors>' +
      `<RequestID>${REQUEST_ID}</RequestID></Response>`,
  )
})

test('query errors carry the code of the protocol and the status of the model', () => {
  const { status, body } = refusal('iam', new AwsError('NoSuchEntityException', 'No role.'))
  assert.equal(status, 404)
  assert.equal(
    body,
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>' +
      '<Code>NoSuchEntity</Code><Message>No role.</Message></Error>' +
      `<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`,
  )
  const denied = refusal('sts', new AwsError('AccessDenied', 'no', { status: 403 }))
  assert.equal(denied.status, 403)
  assert.match(denied.body, /<Type>Sender<\/Type><Code>AccessDenied<\/Code>/)
  const failure = refusal('sts', new AwsError('InternalFailure', 'x', { status: 500 }))
  assert.match(failure.body, /<Type>Receiver<\/Type>/)
})

test('JSON errors: the name alone in 1.1, with its namespace in 1.0', () => {
  const missing = new AwsError('ResourceNotFoundException', 'Rule r does not exist')
  assert.equal(
    refusal('events', missing, JSON11).body,
    '{"__type":"ResourceNotFoundException","message":"Rule r does not exist"}',
  )
  const { headers, body } = refusal('sqs', new AwsError('QueueDoesNotExist', 'no'), JSON10)
  assert.equal(body, '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}')
  assert.equal(headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender')
  assert.match(
    refusal('sqs', new AwsError('QueueDoesNotExist', 'no')).body,
    /<Code>AWS.SimpleQueueService.NonExistentQueue<\/Code>/,
  )
})

test('SQS calls the errors of its front end otherwise in each protocol', () => {
  const pairs = [
    ['InvalidParameterValue', 'InvalidParameterValueException'],
    ['MissingParameter', 'MissingRequiredParameterException'],
    ['MalformedInput', 'SerializationException'],
    ['InvalidAction', 'UnknownOperationException'],
  ] as const
  for (const [code, name] of pairs) {
    for (const thrown of [code, name]) {
      const { headers, body } = refusal('sqs', new AwsError(thrown, 'x'), JSON10)
      assert.equal(JSON.parse(body).__type, `com.amazon.coral.service#${name}`)
      assert.equal(headers['x-amzn-query-error'], `${code};Sender`)
      const xml = refusal('sqs', new AwsError(thrown, 'x')).body
      assert.ok(xml.includes(`<Code>${code}</Code>`))
    }
  }
})

test('Lambda errors: type in a header, message as the shape spells it, fields', async () => {
  const missing = refusal('lambda', new AwsError('ResourceNotFoundException', 'Function not found'))
  assert.equal(missing.status, 404)
  assert.equal(missing.headers['x-amzn-errortype'], 'ResourceNotFoundException')
  assert.equal(missing.body, '{"Type":"User","Message":"Function not found"}')
  const throttled = new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    fields: { Reason: 'ConcurrentInvocationLimitExceeded', retryAfterSeconds: '1' },
  })
  const call = exchange('lambda', 'Invoke', { FunctionName: 'f' }, fails(throttled))
  await assert.rejects(call, {
    name: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    Reason: 'ConcurrentInvocationLimitExceeded',
    retryAfterSeconds: '1',
    Type: 'User',
  })
  const denied = refusal('lambda', new AwsError('AccessDeniedException', 'no', { status: 403 }))
  assert.deepEqual([denied.status, denied.body], [403, '{"Message":"no"}'])
})

test('what XML has no way to write becomes the replacement character', () => {
  const { body } = answer('ec2', 'DescribeTags', { Tags: [{ Key: 'a\u0000b\uffffc\r\n\t' }] })
  assert.match(body, /<key>a\ufffdb\ufffdc&#xD;\n\t<\/key>/)
})
