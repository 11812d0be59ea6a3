/** Requests that no client would send: each is answered, none crashes or costs much. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../errors.ts'
import { loadModel } from '../model.ts'
import { protocolFor, type WireRequest } from './protocol.ts'

function request(headers: Record<string, string>, body: string | Buffer): WireRequest {
  return { method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) }
}

function decode(service: string, asked: WireRequest): Record<string, unknown> {
  const model = loadModel(service)
  const protocol = protocolFor(model, asked)
  return protocol.decode(model, protocol.operation(model, asked), asked)
}

function refused(service: string, asked: WireRequest): string {
  try {
    return `accepted: ${JSON.stringify(decode(service, asked))}`
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error))
    return error.message === '' ? error.code : `${error.code}: ${error.message}`
  }
}

const form = (body: string) =>
  request({ 'content-type': 'application/x-www-form-urlencoded' }, body)
const ec2 = (parameters: string) => form(`Version=2016-11-15&Action=${parameters}`)
const iam = (parameters: string) => form(`Version=2010-05-08&Action=${parameters}`)

const json = (target: string, body: string | Buffer, contentType = 'application/x-amz-json-1.1') =>
  request({ 'content-type': contentType, 'x-amz-target': target }, body)
const putRule = (body: string) => json('AWSEvents.PutRule', body)

const rest = (method: string, path: string, body = '', query = ''): WireRequest => ({
  method,
  path,
  query,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(body),
})

const unknown = (name: string) => `UnknownParameter: The parameter ${name} is not recognized`

const ec2Cases: [string, WireRequest][] = [
  ['MissingAction: The request is missing an action or a required parameter.', form('')],
  ['MissingAction: The request is missing an action or a required parameter.', form('{"a":1}')],
  ['InvalidAction: The action Nope is not valid for this web service.', ec2('Nope')],
  ['InvalidAction: The action __proto__ is not valid for this web service.', ec2('__proto__')],
  [
    'InvalidParameterValue: Value (many) for parameter MaxCount is invalid. Expected an integer.',
    ec2('RunInstances&MinCount=1&MaxCount=many'),
  ],
  [
    'InvalidParameterValue: Value (1.5) for parameter MaxCount is invalid. Expected an integer.',
    ec2('RunInstances&MinCount=1&MaxCount=1.5'),
  ],
  [
    'InvalidParameterValue: Value (maybe) for parameter DryRun is invalid. Expected a boolean.',
    ec2('RunInstances&DryRun=maybe'),
  ],
  [unknown('Nope'), ec2('DescribeInstances&Nope=1')],
  [unknown('Filter.1.Nope'), ec2('DescribeInstances&Filter.1.Nope=1')],
  [unknown('__proto__'), ec2('DescribeInstances&__proto__.polluted=1')],
  [unknown('InstanceId'), ec2('TerminateInstances&InstanceId=i-1')],
  [unknown('InstanceId.01'), ec2('TerminateInstances&InstanceId.01=i-1')],
  [unknown('InstanceId.-1'), ec2('TerminateInstances&InstanceId.-1=i-1')],
  [unknown('InstanceId.99999999999'), ec2('TerminateInstances&InstanceId.99999999999=i-1')],
  [unknown('InstanceId.1'), ec2('TerminateInstances&InstanceId.1.Deeper=i-1')],
  [
    'MalformedQueryString: The query string contains a syntax error: ' +
      'the parameter InstanceId.1 is given more than once',
    ec2('TerminateInstances&InstanceId.1=i-1&InstanceId.1=i-2'),
  ],
  [
    'MalformedQueryString: The query string contains a syntax error: ' +
      'a percent-encoding is invalid',
    ec2('TerminateInstances&InstanceId.1=%zz'),
  ],
  [
    'MalformedQueryString: The query string contains a syntax error: ' +
      'a parameter name has too many parts',
    ec2(`DescribeInstances&${'A.'.repeat(5000)}=1`),
  ],
  [
    'MalformedQueryString: The query string contains a syntax error: there are too many parameters',
    ec2(`DescribeInstances&${Array.from({ length: 200_001 }, (_, i) => i).join('&')}`),
  ],
]

const queryCases: [string, WireRequest][] = [
  ['InvalidAction: Could not find operation Nope for version 2010-05-08', iam('Nope')],
  [
    'InvalidAction: Could not find operation GetUser for version NO_VERSION_SPECIFIED',
    form('Action=GetUser'),
  ],
  [
    'MalformedInput: STRING_VALUE can not be converted to an Integer',
    iam('ListRoles&MaxItems=many'),
  ],
  ['MalformedInput: Unexpected list element termination', iam('TagRole&RoleName=r&Tags=x')],
  ['MalformedInput: Unexpected list element termination', iam('TagRole&Tags.member.x.Key=x')],
  ['MalformedInput: Unexpected complex element termination', iam('GetRole&RoleName.1=r')],
]

const jsonCases: [string, WireRequest][] = [
  ['UnknownOperationException', json('AWSEvents.Nope', '{}')],
  ['UnknownOperationException', json('Nope.PutRule', '{}')],
  ['UnknownOperationException', json('AWSEvents.PutRule.x', '{}')],
  ['UnknownOperationException', json('AWSEvents.constructor', '{}')],
  ['UnknownOperationException', json('AWSEvents.PutRule', '{}', 'text/plain')],
  ['UnknownOperationException', { ...putRule('{}'), method: 'GET' }],
  ['SerializationException', putRule('')],
  ['SerializationException', putRule('{"Name":')],
  ['SerializationException', putRule('null')],
  ['SerializationException', putRule('"x"')],
  ['SerializationException: Start of list found where not expected', putRule('[]')],
  ['SerializationException: NUMBER_VALUE can not be converted to a String', putRule('{"Name":1}')],
  ['SerializationException: TRUE_VALUE can not be converted to a String', putRule('{"Name":true}')],
  ['SerializationException: Start of list found where not expected', putRule('{"Name":["x"]}')],
  [
    'SerializationException: Start of structure or map found where not expected.',
    putRule('{"Name":{}}'),
  ],
  ['SerializationException: Expected list or null', putRule('{"Tags":"x"}')],
  [
    'SerializationException: Start of structure or map found where not expected.',
    putRule('{"Tags":{}}'),
  ],
  ['SerializationException: Expected null', putRule('{"Tags":["x"]}')],
  [
    'SerializationException: STRING_VALUE can not be converted to an Integer',
    json('AWSEvents.ListRules', '{"Limit":"1"}'),
  ],
  [
    'SerializationException: Start of list found where not expected',
    json('AWSEvents.PutRule', `{"Name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
  ],
  ['SerializationException', json('AWSEvents.PutRule', '['.repeat(200_000))],
]

const nowhere = 'AccessDeniedException: Unable to determine service/operation name to be authorized'
const functions = '/2015-03-31/functions'

const restCases: [string, WireRequest][] = [
  [nowhere, rest('GET', '/')],
  [nowhere, rest('GET', '/2015-03-31/nope')],
  [nowhere, rest('PATCH', functions)],
  [nowhere, rest('GET', `${functions}//policy`)],
  [
    "SerializationException: '%zz' is not a valid percent-encoding",
    rest('GET', `${functions}/%zz`),
  ],
  ['SerializationException: Expected null', rest('POST', functions, '{"Code":"x"}')],
  [
    'SerializationException: STRING_VALUE can not be converted to an Integer',
    rest('GET', functions, '', 'MaxItems=many'),
  ],
  [
    "SerializationException: '*' can not be converted to a Blob",
    rest('POST', functions, '{"Code":{"ZipFile":"*"}}'),
  ],
]

const tables: [string, [string, WireRequest][]][] = [
  ['ec2', ec2Cases],
  ['iam', queryCases],
  ['events', jsonCases],
  ['lambda', restCases],
]
for (const [service, cases] of tables) {
  for (const [expected, asked] of cases) {
    const shown = `${asked.method} ${asked.path} ${asked.body.toString().slice(0, 80)}`
    test(`${service} refuses ${shown}`, () => assert.equal(refused(service, asked), expected))
  }
}

test('Lambda says where a body stops being JSON', () => {
  const text = refused('lambda', rest('POST', functions, '{"FunctionName":'))
  assert.match(text, /^InvalidRequestContentException: Could not parse request body into json: /)
})

test('a huge index or a gap costs nothing and leaves no hole', () => {
  const asked = ec2('DescribeInstances&Filter.999999999.Name=a&Filter.7.Name=b&Filter.10.Name=c')
  assert.deepEqual(decode('ec2', asked), { Filters: [{ Name: 'b' }, { Name: 'c' }, { Name: 'a' }] })
})

test('a key named __proto__ is a key like any other', () => {
  const body =
    '{"FunctionName":"f","Environment":{"Variables":{"__proto__":"x"}},"__proto__":{"Role":"r"}}'
  const input = decode('lambda', rest('POST', functions, body))
  assert.deepEqual(Object.keys(input), ['FunctionName', 'Environment'])
  assert.ok(JSON.stringify(input).includes('{"__proto__":"x"}'))
  assert.equal(input.Role, undefined)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('null, unknown members and fractions of integers are taken as AWS takes them', () => {
  const body = '{"NamePrefix":null,"Limit":2.9,"Nope":1}'
  assert.deepEqual(decode('events', json('AWSEvents.ListRules', body)), { Limit: 2 })
})

test('a GET request carries its parameters in the query string', () => {
  const query = 'Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&X-Amz-Signature=x'
  const asked = { ...form(''), method: 'GET', query }
  assert.deepEqual(decode('ec2', asked), { InstanceIds: ['i-1'] })
})

test('a member in the path is not overruled by the body', () => {
  const path = `${functions}/f/configuration`
  const body = '{"FunctionName":"other","Timeout":3}'
  assert.deepEqual(decode('lambda', rest('PUT', path, body)), { FunctionName: 'f', Timeout: 3 })
})

test('an encoded ARN names a function', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f'
  const path = `${functions}/${encodeURIComponent(arn)}/invocations`
  const input = decode('lambda', rest('POST', path, '{}', 'Qualifier=%24LATEST'))
  assert.deepEqual(input, { FunctionName: arn, Qualifier: '$LATEST', Payload: Buffer.from('{}') })
})

test('SQS takes the older query protocol, and the queue from the address', () => {
  const asked = {
    ...form('Version=2012-11-05&Action=SendMessage&MessageBody=a+b'),
    path: '/000000000000/q',
  }
  asked.headers = { ...asked.headers, host: 'localhost:4566' }
  const QueueUrl = 'http://localhost:4566/000000000000/q'
  assert.deepEqual(decode('sqs', asked), { QueueUrl, MessageBody: 'a b' })
})
