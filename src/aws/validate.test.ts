import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AwsError } from './errors.ts'
import { loadModel } from './model.ts'
import { validate } from './validate.ts'

interface Refused {
  service: string
  operation: string
  input: object
  code: string
  message: string
}

function fault({ service, operation, input }: Omit<Refused, 'code' | 'message'>): AwsError {
  const model = loadModel(service)
  const known = model.operation(operation)
  assert.ok(known)
  try {
    validate(model, known, input)
  } catch (error) {
    return error as AwsError
  }
  throw new Error('accepted')
}

const target = (Id: string) => ({ Id, Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' })
const entry = { Source: 's', DetailType: 't', Detail: '{}' }
const shownEntry =
  'PutEventsRequestEntry(time=null, source=s, resources=null, detailType=t, detail={}, ' +
  'eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)'
const rolePattern = 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+'

/** Texts that AWS was seen to answer, in recordings, issues and pastes. */
const seen: Refused[] = [
  {
    service: 'events',
    operation: 'PutTargets',
    input: { Rule: 'r', Targets: [target('!@#$@!#$')] },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy " +
      'constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+',
  },
  {
    service: 'events',
    operation: 'PutEvents',
    input: { Entries: Array(11).fill(entry) },
    code: 'ValidationException',
    message:
      `1 validation error detected: Value '[${Array(11).fill(shownEntry).join(', ')}]' at ` +
      "'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
  },
  {
    service: 'events',
    operation: 'PutTargets',
    input: {
      Rule: 'r',
      Targets: [
        {
          ...target('1'),
          InputTransformer: { InputPathsMap: { 'de onde?': '$.a' }, InputTemplate: '"x"' },
        },
      ],
    },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '{de onde?=$.a}' at " +
      "'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys " +
      'must satisfy constraint: [Member must have length less than or equal to 256, Member must ' +
      'have length greater than or equal to 1, Member must satisfy regular expression pattern: ' +
      '[A-Za-z0-9\\_\\-]+]',
  },
  {
    service: 'lambda',
    operation: 'CreateFunctionUrlConfig',
    input: { FunctionName: 'f', AuthType: 'NONE', Cors: { AllowMethods: ['POST', 'OPTIONS'] } },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '[POST, OPTIONS]' at 'cors.allowMethods' failed to " +
      'satisfy constraint: Member must satisfy constraint: [Member must have length less than or ' +
      'equal to 6, Member must have length greater than or equal to 0, Member must satisfy ' +
      'regular expression pattern: .*, Member must not be null]',
  },
  {
    service: 'lambda',
    operation: 'CreateFunction',
    input: { FunctionName: 'f', Role: 'admin', Code: {} },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value 'admin' at 'role' failed to satisfy constraint: " +
      `Member must satisfy regular expression pattern: ${rolePattern}`,
  },
  {
    service: 'sts',
    operation: 'AssumeRole',
    input: { RoleArn: 'arn:aws:iam::000000000000:role/r', RoleSessionName: 'Session1:2' },
    code: 'ValidationError',
    message:
      "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy " +
      'constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*',
  },
  {
    service: 'iam',
    operation: 'GetRole',
    input: { RoleName: 'service-role/r' },
    code: 'ValidationError',
    message:
      'The specified value for roleName is invalid. It must contain only alphanumeric characters ' +
      'and/or the following: +=,.@_-',
  },
  {
    service: 'iam',
    operation: 'CreateRole',
    input: { RoleName: 'r', AssumeRolePolicyDocument: '{}', Path: 'test/' },
    code: 'ValidationError',
    message:
      'The specified value for path is invalid. It must begin and end with / and contain only ' +
      'alphanumeric characters and/or / characters.',
  },
  {
    service: 'iam',
    operation: 'UpdateServiceSpecificCredential',
    input: { ServiceSpecificCredentialId: 'A'.repeat(20), Status: 'Invalid' },
    code: 'ValidationError',
    message:
      "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must " +
      'satisfy enum value set',
  },
  {
    service: 'events',
    operation: 'CreateApiDestination',
    input: {
      Name: 'n',
      ConnectionArn: 'invalid-connection-arn',
      InvocationEndpoint: 'https://example.com',
      HttpMethod: 'INVALID_METHOD',
    },
    code: 'ValidationException',
    // AWS lists the methods in another order.
    message:
      "2 validation errors detected: Value 'invalid-connection-arn' at 'connectionArn' failed to " +
      'satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws([a-z]|\\-)*:' +
      'events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$; ' +
      "Value 'INVALID_METHOD' at 'httpMethod' failed to satisfy constraint: Member must satisfy " +
      'enum value set: [POST, GET, HEAD, OPTIONS, PUT, PATCH, DELETE]',
  },
  {
    service: 'events',
    operation: 'DescribeRule',
    input: { Name: `${'n'.repeat(65)} ` },
    code: 'ValidationException',
    message:
      `2 validation errors detected: Value '${'n'.repeat(65)} ' at 'name' failed to satisfy ` +
      'constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value ' +
      `'${'n'.repeat(65)} ' at 'name' failed to satisfy constraint: Member must have length less ` +
      'than or equal to 64',
  },
  {
    service: 'lambda',
    operation: 'CreateAlias',
    input: {
      FunctionName: 'f',
      Name: 'a',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 2 } },
    },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' " +
      'failed to satisfy constraint: Map value must satisfy constraint: [Member must have value ' +
      'less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member ' +
      'must not be null]',
  },
  {
    service: 'lambda',
    operation: 'UpdateFunctionConfiguration',
    input: { FunctionName: 'f', Environment: { Variables: { '1': 'x' } } },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value at 'environment.variables' failed to satisfy " +
      'constraint: Map keys must satisfy constraint: [Member must satisfy regular expression ' +
      'pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
  },
  {
    service: 'ec2',
    operation: 'DescribeInstanceTypes',
    input: { MaxResults: 3 },
    code: 'InvalidParameterValue',
    message: 'Value ( 3 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  },
  {
    service: 'ec2',
    operation: 'RunInstances',
    input: { MinCount: 1, MaxCount: 1, InstanceType: 't3.tiny' },
    code: 'InvalidParameterValue',
    message: "Invalid value 't3.tiny' for InstanceType.",
  },
]

for (const { code, message, ...call } of seen) {
  test(`as seen: ${call.service} ${call.operation}, ${message.slice(0, 60)}`, () => {
    const error = fault(call)
    assert.deepEqual({ code: error.code, message: error.message }, { code, message })
    assert.equal(error.status, 400)
  })
}

test('several faults are counted and listed, in the order of the members', () => {
  const error = fault({ service: 'events', operation: 'PutTargets', input: {} })
  assert.equal(
    error.message,
    "2 validation errors detected: Value null at 'rule' failed to satisfy constraint: Member " +
      "must not be null; Value null at 'targets' failed to satisfy constraint: Member must not " +
      'be null',
  )
})

test('no more than ten faults are listed', () => {
  const Targets = Array(50).fill(target('!'))
  const error = fault({ service: 'events', operation: 'PutTargets', input: { Rule: 'r', Targets } })
  assert.match(error.message, /^10 validation errors detected: /)
})

test('a missing parameter of EC2 is named as requests spell it', () => {
  const missing = (operation: string, input: object) =>
    fault({ service: 'ec2', operation, input }).message
  assert.equal(
    missing('RunInstances', { ImageId: 'ami-1' }),
    'The request must contain the parameter MaxCount',
  )
  assert.equal(
    missing('TerminateInstances', {}),
    'The request must contain the parameter InstanceId',
  )
})

test('SQS names the parameter that is missing, with a full stop', () => {
  const error = fault({
    service: 'sqs',
    operation: 'SendMessage',
    input: { QueueUrl: 'http://q' },
  })
  assert.equal(error.code, 'MissingParameter')
  assert.equal(error.message, 'The request must contain the parameter MessageBody.')
})

test('SQS takes a missing queue for one that does not exist', () => {
  const without = (operation: string) => fault({ service: 'sqs', operation, input: {} }).code
  assert.equal(without('SendMessage'), 'QueueDoesNotExist')
  assert.equal(without('GetQueueUrl'), 'InvalidParameterValue')
})

test('CloudWatch Logs has a code of its own', () => {
  const input = { logGroupName: 'bad name' }
  const error = fault({ service: 'logs', operation: 'CreateLogGroup', input })
  assert.equal(error.code, 'InvalidParameterException')
  assert.match(error.message, /^1 validation error detected: Value 'bad name' at 'logGroupName'/)
})

test('an unknown runtime is refused by Lambda itself', () => {
  const input = { FunctionName: 'f', Role: 'arn:aws:iam::000000000000:role/r', Code: {} }
  const error = fault({
    service: 'lambda',
    operation: 'CreateFunction',
    input: { ...input, Runtime: 'cobol' },
  })
  assert.equal(error.code, 'InvalidParameterValueException')
  assert.match(
    error.message,
    /^Value cobol at 'runtime' .* enum value set: \[nodejs20.x, .*, java8.al2\] or be a valid ARN$/,
  )
  const lists = {
    service: 'lambda',
    operation: 'ListLayers',
    input: { CompatibleRuntime: 'cobol' },
  }
  const listed = fault(lists)
  assert.equal(listed.code, 'ValidationException')
  assert.match(
    listed.message,
    /^1 validation error detected: Value 'cobol' at 'compatibleRuntime' .* set: \[ruby3.5, .*\]$/,
  )
  const layer = {
    LayerName: 'l',
    Content: {},
    CompatibleRuntimes: ['cobol', 'java21'],
    CompatibleArchitectures: ['mips'],
  }
  const { message } = fault({ service: 'lambda', operation: 'PublishLayerVersion', input: layer })
  assert.match(
    message,
    /'\[cobol, java21\]' at 'compatibleRuntimes' .*: Member must satisfy enum .*; Value '\[mips\]'/,
  )
})

test('what is right passes', () => {
  const pass = (service: string, operation: string, input: object) => {
    const model = loadModel(service)
    const known = model.operation(operation)
    assert.ok(known)
    validate(model, known, input)
  }
  pass('sqs', 'ReceiveMessage', { QueueUrl: 'q', AttributeNames: ['SentTimestamp', 'x'] })
  pass('events', 'PutEvents', { Entries: [entry] })
  pass('events', 'PutTargets', { Rule: 'r', Targets: [target('Id-1.a_b')] })
  pass('ec2', 'DescribeInstances', {})
  pass('ec2', 'DescribeInstanceTypes', { InstanceTypes: ['t3.tiny'] })
  pass('ec2', 'RunInstances', { MinCount: 1, MaxCount: 1, InstanceType: 't3.micro' })
  pass('iam', 'CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: '{}' })
  const lambda = 'arn:aws:lambda:us-east-1:000000000000'
  pass('lambda', 'Invoke', { FunctionName: `${lambda}:function:f:1` })
  pass('lambda', 'ListTags', { Resource: `${lambda}:layer:l` })
  pass('lambda', 'GetLayerVersionByArn', { Arn: `${lambda}:layer:${'l'.repeat(200)}:1` })
  pass('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'f', Runtime: 'java8' })
})

test('lengths are those of bytes for blobs and of UTF-16 units for strings', () => {
  const put = (Description: string) =>
    fault({ service: 'events', operation: 'PutRule', input: { Name: 'r', Description } })
  const { message } = put('💥'.repeat(257))
  assert.match(message, /Member must have length less than or equal to 512$/)
})
