/** Functions through the real client: made, invoked, changed, permitted, retried. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { failure, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke, role, zip } from '../../../test/functions.ts'

const ECHO = 'exports.handler = async (event) => ({ echo: event })'
const THROW = "exports.handler = async () => { throw new TypeError('no luck') }"

describe('a function', () => {
  it('is Pending, then Active, with the defaults of the service', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'f',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: await role(cloud, 'r'),
        Code: { ZipFile: zip({ 'index.js': ECHO }) },
      }),
    )
    assert.equal(created.State, 'Pending')
    assert.equal(created.StateReasonCode, 'Creating')
    assert.equal(created.LastUpdateStatus, undefined)
    assert.equal(created.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:f')
    assert.match(created.LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/)
    await cloud.settle()
    const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'f' }))
    assert.equal(Configuration?.State, 'Active')
    assert.equal(Configuration?.LastUpdateStatus, 'Successful')
    assert.equal(Configuration?.Timeout, 3)
    assert.deepEqual(Configuration?.LoggingConfig, {
      LogFormat: 'Text',
      LogGroup: '/aws/lambda/f',
    })
    const downloaded = await fetch(Code?.Location ?? '')
    assert.equal((await downloaded.bytes()).length, Configuration?.CodeSize)
  })

  it('runs, with the log tail that was asked for', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const { payload, functionError, log } = await invoke(cloud, 'f', { n: 1 })
    assert.deepEqual(payload, { echo: { n: 1 } })
    assert.equal(functionError, undefined)
    assert.match(log, /^INIT_START .*\nSTART RequestId: .*\nEND RequestId: .*\nREPORT RequestId: /s)
  })

  it("goes on with its caller's trace", async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', 'exports.handler = async () => process.env._X_AMZN_TRACE_ID')
    const root = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8'
    const traced = cloud.client(LambdaClient)
    traced.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> }
        headers['x-amzn-trace-id'] = `${root};Parent=7fa8c0f79203be72;Sampled=1`
        return next(args)
      },
      { step: 'build' },
    )
    const { Payload } = await traced.send(new InvokeCommand({ FunctionName: 'f' }))
    const header = String(JSON.parse(Payload?.transformToString() ?? ''))
    assert.ok(header.startsWith(`${root};Parent=`), header)
    assert.ok(!header.includes('7fa8c0f79203be72'), header)
    assert.match(header, /;Sampled=1/)
  })

  it('that throws is an error of the function, not of the call', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', THROW)
    const { payload, functionError } = await invoke(cloud, 'f')
    assert.equal(functionError, 'Unhandled')
    const { errorType, errorMessage, trace } = payload as Record<string, unknown>
    assert.deepEqual([errorType, errorMessage], ['TypeError', 'no luck'])
    assert.ok(Array.isArray(trace))
  })

  it('runs new code once it has been updated', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await invoke(cloud, 'f')
    const ZipFile = zip({ 'index.js': 'exports.handler = async () => 2' })
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile }))
    await cloud.settle()
    assert.equal((await invoke(cloud, 'f')).payload, 2)
  })

  it('is gone after DeleteFunction', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f' }))
    const error = await failure(lambda.send(new InvokeCommand({ FunctionName: 'f' })))
    assert.equal(error.name, 'ResourceNotFoundException')
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f'
    assert.equal(error.message, `Function not found: ${arn}:$LATEST`)
  })

  it('is refused without a role to assume, and with a name that is taken', async () => {
    const cloud = await testCloud()
    const Role = 'arn:aws:iam::000000000000:role/none'
    const unassumable = await failure(deploy(cloud, 'f', ECHO, { Role }))
    assert.equal(unassumable.name, 'InvalidParameterValueException')
    assert.equal(
      unassumable.message,
      'The role defined for the function cannot be assumed by Lambda.',
    )
    const { arn } = await deploy(cloud, 'f', ECHO)
    assert.ok(arn)
    const taken = await failure(deploy(cloud, 'f', ECHO, { Role: await role(cloud, 'other') }))
    assert.equal(taken.name, 'ResourceConflictException')
    assert.equal(taken.message, 'Function already exist: f')
  })

  it('takes only JSON', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', ECHO)
    const call = new InvokeCommand({ FunctionName: 'f', Payload: Buffer.from('hello') })
    const error = await failure(cloud.client(LambdaClient).send(call))
    assert.equal(error.name, 'InvalidRequestContentException')
    assert.match(
      error.message,
      /^Could not parse request body into json: .* token 'hello'.*line: 1, column: 1\]$/s,
    )
  })
})

describe('a resource-based policy', () => {
  it('has the statement that add-permission made, to the letter', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const { arn } = await deploy(cloud, 'f', ECHO)
    const SourceArn = 'arn:aws:events:us-east-1:000000000000:rule/my-rule'
    const { Statement } = await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'f',
        StatementId: 'my-scheduled-event',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn,
      }),
    )
    const statement = {
      Sid: 'my-scheduled-event',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: arn,
      Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
    }
    assert.equal(Statement, JSON.stringify(statement))
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'f' }))
    const whole = { Version: '2012-10-17', Id: 'default', Statement: [statement] }
    assert.equal(Policy, JSON.stringify(whole))
  })

  it('refuses in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const add = (input: Partial<AddPermissionCommand['input']>) =>
      lambda.send(
        new AddPermissionCommand({
          FunctionName: 'f',
          StatementId: 's',
          Action: 'lambda:InvokeFunction',
          Principal: 'events.amazonaws.com',
          ...input,
        }),
      )
    const remove = (input: Partial<RemovePermissionCommand['input']>) =>
      lambda.send(new RemovePermissionCommand({ FunctionName: 'f', StatementId: 's', ...input }))
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function'
    const cases: [Promise<unknown>, string, RegExp][] = [
      [
        remove({}),
        'ResourceNotFoundException',
        /^No policy is associated with the given resource\.$/,
      ],
      [
        remove({ FunctionName: 'g' }),
        'ResourceNotFoundException',
        new RegExp(`^No policy found for: ${arn}:g$`),
      ],
      [
        add({ Principal: 'nobody' }),
        'InvalidParameterValueException',
        /^The provided principal was invalid\./,
      ],
      [
        add({ Qualifier: '$LATEST' }),
        'InvalidParameterValueException',
        /^We currently do not support adding policies for \$LATEST\.$/,
      ],
      [
        add({ FunctionName: 'g' }),
        'ResourceNotFoundException',
        new RegExp(`^Function not found: ${arn}:g$`),
      ],
      [
        add({ RevisionId: 'x' }),
        'PreconditionFailedException',
        /^The Revision Id provided does not match/,
      ],
      [
        lambda.send(new GetPolicyCommand({ FunctionName: 'f' })),
        'ResourceNotFoundException',
        /^The resource you requested does not exist\.$/,
      ],
    ]
    for (const [call, name, message] of cases) {
      const error = await failure(call)
      assert.equal(error.name, name)
      assert.match(error.message, message)
    }
    await add({})
    const repeated = await failure(add({}))
    assert.equal(repeated.name, 'ResourceConflictException')
    assert.match(repeated.message, /^The statement id \(s\) provided already exists\./)
    const unknown = await failure(remove({ StatementId: 'x' }))
    assert.equal(unknown.message, 'Statement x is not found in resource policy.')
    await remove({})
  })
})

describe('an asynchronous invocation', () => {
  it('that fails is tried three times with the id of its request', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', THROW)
    const { $metadata } = await cloud
      .client(LambdaClient)
      .send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' }))
    const attempts = () =>
      cloud.trace
        .records()
        .flatMap(({ step, at }) =>
          step.kind === 'invocation' && step.phase === 'start'
            ? [{ id: step.requestId, attempt: step.attempt, at }]
            : [],
        )
    await cloud.settle()
    assert.equal(attempts().length, 1)
    await cloud.advance(59)
    assert.equal(attempts().length, 1)
    await cloud.advance(1)
    assert.equal(attempts().length, 2)
    await cloud.advance(120)
    await cloud.advance(3600)
    const made = attempts()
    assert.deepEqual(
      made.map(({ attempt }) => attempt),
      [1, 2, 3],
    )
    assert.deepEqual([...new Set(made.map(({ id }) => id))], [$metadata.requestId])
    const waits = made.map(({ at }) => at - (made[0]?.at ?? 0))
    assert.deepEqual(waits, [0, 60_000, 180_000])
  })
})
