/** Statements of functions' policies: what AddPermission makes of each of its members. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
  PublishVersionCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { deploy, invoke } from '../../../test/functions.ts'
import { ECHO, FUNCTIONS, refused } from './testing/functions.ts'

const ARN = `${FUNCTIONS}:f`
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/r'
const ROLE = 'arn:aws:iam::111111111111:role/r'
const SERVICE = { Principal: { Service: 'events.amazonaws.com' } }

type Given = Partial<AddPermissionCommandInput>

/** What is given beside the statement's id, and what of the statement follows from it. */
const ROWS: readonly (readonly [string, Given, object])[] = [
  ['a service', {}, SERVICE],
  ['an account', { Principal: '111111111111' }, aws('arn:aws:iam::111111111111:root')],
  ['an ARN', { Principal: ROLE }, aws(ROLE)],
  ['anyone', { Principal: '*' }, { Principal: '*' }],
  ['SourceArn', { SourceArn: RULE }, when({ ArnLike: { 'AWS:SourceArn': RULE } })],
  ['SourceAccount', { SourceAccount: '111111111111' }, equals('AWS:SourceAccount', '111111111111')],
  [
    'PrincipalOrgID',
    { PrincipalOrgID: 'o-1234567890' },
    equals('aws:PrincipalOrgID', 'o-1234567890'),
  ],
  ['EventSourceToken', { EventSourceToken: 'token' }, equals('lambda:EventSourceToken', 'token')],
  [
    'FunctionUrlAuthType',
    { FunctionUrlAuthType: 'NONE', Action: 'lambda:InvokeFunctionUrl' },
    equals('lambda:FunctionUrlAuthType', 'NONE'),
  ],
  [
    'StringEquals before ArnLike',
    { SourceArn: RULE, SourceAccount: '111111111111' },
    when({
      StringEquals: { 'AWS:SourceAccount': '111111111111' },
      ArnLike: { 'AWS:SourceArn': RULE },
    }),
  ],
]

function aws(arn: string) {
  return { Principal: { AWS: arn } }
}

function when(Condition: object) {
  return { ...SERVICE, Condition }
}

function equals(key: string, value: string) {
  return when({ StringEquals: { [key]: value } })
}

function add(cloud: TestCloud, given: Given) {
  return cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'f',
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      ...given,
    }),
  )
}

describe('AddPermission', () => {
  it('makes a statement of its members, in their order', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const made: unknown[] = []
    for (const [row, [what, given, follows]] of ROWS.entries()) {
      const { Principal, Condition } = follows as { Principal?: unknown; Condition?: unknown }
      const statement = {
        Sid: `s${row}`,
        Effect: 'Allow',
        Principal,
        Action: given.Action ?? 'lambda:InvokeFunction',
        Resource: ARN,
        Condition,
      }
      const { Statement, $metadata } = await add(cloud, { ...given, StatementId: `s${row}` })
      assert.equal(Statement, JSON.stringify(statement), what)
      assert.equal($metadata.httpStatusCode, 201)
      made.push(statement)
    }
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'f' }))
    const whole = { Version: '2012-10-17', Id: 'default', Statement: made }
    assert.equal(Policy, JSON.stringify(whole))
    assert.deepEqual((await invoke(cloud, 'f', 1)).payload, { echo: 1 })
  })

  it('gives each qualifier a policy of its own, and new versions none', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    await add(cloud, {})
    await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
    const alias = { FunctionName: 'f', Name: 'live', FunctionVersion: '1' }
    await lambda.send(new CreateAliasCommand(alias))
    const policy = (Qualifier?: string) =>
      lambda.send(new GetPolicyCommand({ FunctionName: 'f', Qualifier }))
    const none = 'The resource you requested does not exist.'
    for (const Qualifier of ['1', 'live']) {
      await refused(policy(Qualifier), 'ResourceNotFoundException', none)
      const { Statement = '' } = await add(cloud, { Qualifier })
      assert.equal(JSON.parse(Statement).Resource, `${ARN}:${Qualifier}`)
      const { Policy = '' } = await policy(Qualifier)
      assert.deepEqual(JSON.parse(Policy).Statement, [JSON.parse(Statement)])
    }
  })

  it("changes the function's revision, as RemovePermission does", async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const read = new GetFunctionConfigurationCommand({ FunctionName: 'f' })
    const revision = async () => (await lambda.send(read)).RevisionId
    const seen = [await revision()]
    await add(cloud, { RevisionId: seen[0] })
    seen.push(await revision())
    const { RevisionId } = await lambda.send(new GetPolicyCommand({ FunctionName: 'f' }))
    assert.equal(RevisionId, seen[1])
    const removal = { FunctionName: 'f', StatementId: 's' }
    const stale = new RemovePermissionCommand({ ...removal, RevisionId: seen[0] })
    await refused(
      lambda.send(stale),
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to ' +
        'retrieve the latest Revision Id',
    )
    const { $metadata } = await lambda.send(new RemovePermissionCommand({ ...removal, RevisionId }))
    assert.equal($metadata.httpStatusCode, 204)
    seen.push(await revision())
    assert.equal(new Set(seen).size, 3)
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    await deploy(cloud, 'f', ECHO)
    const gone = 'ResourceNotFoundException'
    await refused(add(cloud, { Qualifier: 'none' }), gone, `Cannot find alias arn: ${ARN}:none`)
    await refused(add(cloud, { Qualifier: '7' }), gone, `Function not found: ${ARN}:7`)
    await refused(
      add(cloud, { FunctionName: 'f:1', Qualifier: '2' }),
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
    await refused(
      add(cloud, { StatementId: 'not valid' }),
      'ValidationException',
      "1 validation error detected: Value 'not valid' at 'statementId' failed to satisfy " +
        'constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)',
    )
    const unknown = lambda.send(new GetPolicyCommand({ FunctionName: 'none' }))
    await refused(unknown, gone, 'The resource you requested does not exist.')
  })
})
