import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2'
import { automation } from '../../test/automation.ts'
import { failure } from '../../test/cloud.ts'
import { ec2Cloud, running } from '../../test/ec2.ts'
import { allow } from '../../test/policies.ts'
import { user } from '../../test/principals.ts'
import { PLAIN } from '../trace/format.ts'
import { type Refusal, refusalsOf } from './refusals.ts'
import { formatRefusal } from './why.ts'

const ACCOUNT = '000000000000'

test('a refused call is told with its keys, every policy and the nearest miss', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const blue = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  const other = { ...blue, Bool: { 'aws:SecureTransport': 'true' } }
  const mine = allow('ec2:StopInstances', '*', other)
  const credentials = await user(on.cloud, 'eva', mine, allow('ec2:Stop*', '*', blue))
  const ec2 = on.cloud.client(EC2Client, { credentials })
  const error = await failure(ec2.send(new StopInstancesCommand({ InstanceIds: [id] })))
  const { requestId } = error.$metadata as { requestId: string }
  const answer = await fetch(`${on.cloud.endpoint}/_windtunnel/iam/why?id=${requestId}`)
  const { refusals } = (await answer.json()) as { refusals: Refusal[] }
  assert.equal(refusals.length, 1)
  const [refusal] = refusals
  assert.ok(refusal)
  assert.equal(refusal.told, error.message)
  const own = refusalsOf('eva', on.cloud.trace.records())
  assert.deepEqual(JSON.parse(JSON.stringify(own)), refusals)
  const lines = formatRefusal(refusal, PLAIN).split('\n')
  assert.equal(lines[0]?.startsWith('✗ ec2:StopInstances by arn:aws:iam::'), true)
  assert.ok(lines.includes(`  principal  arn:aws:iam::${ACCOUNT}:user/eva`))
  assert.ok(lines.includes(`  resource   arn:aws:ec2:us-east-1:${ACCOUNT}:instance/${id}`))
  assert.ok(lines.some((line) => line.endsWith('ec2:InstanceType = "t3.micro"')))
  assert.ok(lines.some((line) => line.endsWith('aws:username = "eva"')))
  const from = lines.indexOf('    identity-based policy p0 (inline of eva)')
  assert.deepEqual(lines.slice(from), [
    '    identity-based policy p0 (inline of eva)',
    '      statement 1 allows the action, but its condition StringEquals aws:ResourceTag/team ' +
      '"blue" did not hold: the request has none, and its condition Bool aws:SecureTransport ' +
      '"true" did not hold: the request has "false"',
    '    identity-based policy p1 (inline of eva)',
    '      nearest: statement 1 allows the action, but its condition StringEquals ' +
      'aws:ResourceTag/team "blue" did not hold: the request has none',
    '  decision   implicit deny: no identity-based policy allows ec2:StopInstances',
  ])
})

test('a refused delivery is told by its rule, and by its event', async () => {
  const on = await ec2Cloud()
  const source = 'exports.handler = async () => {}'
  const pattern = { detail: { state: ['pending'] } }
  const wrong = `arn:aws:events:us-east-1:${ACCOUNT}:rule/other`
  await automation(on.cloud.clientConfig, { name: 'watch', source, pattern, permission: wrong })
  await running(on)
  await on.cloud.settle()
  const records = on.cloud.trace.records()
  const [refusal] = refusalsOf('watch', records)
  assert.match(refusal?.what ?? '', /^rule watch → arn:aws:lambda:.*:function:watch$/)
  const [evaluation] = refusal?.evaluations ?? []
  assert.equal(evaluation?.principal, 'events.amazonaws.com')
  assert.equal(evaluation?.policies[0]?.policyType, 'resource-based policy')
  const [statement] = evaluation?.policies[0]?.statements ?? []
  assert.deepEqual(statement?.failures[0], {
    element: 'Condition',
    operator: 'ArnLike',
    key: 'AWS:SourceArn',
    wanted: [wrong],
    actual: [`arn:aws:events:us-east-1:${ACCOUNT}:rule/watch`],
  })
  const event = records.find(({ step }) => step.kind === 'event' && step.matched.length > 0)
  assert.ok(event?.step.kind === 'event')
  assert.deepEqual(refusalsOf(event.step.event.id, records), [refusal])
})

test('what was allowed has no refusal', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  assert.deepEqual(refusalsOf(id, on.cloud.trace.records()), [])
  const answer = await fetch(`${on.cloud.endpoint}/_windtunnel/iam/why`)
  assert.equal(answer.status, 400)
})
