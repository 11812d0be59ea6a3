/** models/managed-policies.json: documents, default versions and dates as AWS publishes them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import managed from '../../models/managed-policies.json' with { type: 'json' }
import { requestContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { parsePolicy } from './policy.ts'

function allows(name: string, action: string): boolean {
  const found = managed.find((policy) => policy.name === name)
  assert.ok(found, name)
  const account = '111122223333'
  const principal = { type: 'user', account, arn: `arn:aws:iam::${account}:user/eva` } as const
  const request = { principal, action, resource: '*', context: requestContext({}) }
  return evaluate(request, { identity: [parsePolicy(found.document, 'identity')] }).allowed
}

test('every AWS managed policy is valid and named as AWS names it', () => {
  assert.equal(new Set(managed.map(({ name }) => name)).size, managed.length)
  for (const { name, path, arn, defaultVersionId, document, updateDate } of managed) {
    assert.equal(arn, `arn:aws:iam::aws:policy${path}${name}`)
    assert.match(defaultVersionId, /^v\d+$/)
    assert.match(updateDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    parsePolicy(document, 'identity', arn)
  }
})

test('AWS managed policies allow what their names say', () => {
  assert.ok(allows('AWSLambdaBasicExecutionRole', 'logs:CreateLogStream'))
  assert.ok(!allows('AWSLambdaBasicExecutionRole', 'ec2:DescribeInstances'))
  assert.ok(allows('AWSLambdaVPCAccessExecutionRole', 'ec2:CreateNetworkInterface'))
  assert.ok(allows('AmazonEC2ReadOnlyAccess', 'ec2:DescribeInstances'))
  assert.ok(!allows('AmazonEC2ReadOnlyAccess', 'ec2:StopInstances'))
  assert.ok(allows('CloudWatchEventsBuiltInTargetExecutionAccess', 'ec2:StopInstances'))
  assert.ok(allows('PowerUserAccess', 'ec2:StopInstances'))
  assert.ok(!allows('PowerUserAccess', 'iam:CreateUser'))
  assert.ok(allows('AdministratorAccess', 'iam:CreateUser'))
  assert.ok(allows('ReadOnlyAccess', 'events:ListRules'))
  assert.ok(!allows('ReadOnlyAccess', 'events:PutRule'))
})
