/** IAM that only audits: everything goes through, and the trace tells what would not have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2'
import { refusalsOf } from '../../src/access/refusals.ts'
import type { DeliveryStep } from '../../src/trace/record.ts'
import { automation } from '../automation.ts'
import { ec2Cloud, running } from '../ec2.ts'
import { user } from '../principals.ts'

test('a call that no policy allows is let through and traced', async () => {
  const on = await ec2Cloud({ iam: 'audit' })
  const id = await running(on)
  const credentials = await user(on.cloud, 'eva')
  const ec2 = on.cloud.client(EC2Client, { credentials })
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  const [refusal] = refusalsOf('eva', on.cloud.trace.records())
  assert.match(
    refusal?.told ?? '',
    /^Let through, since IAM only audits. Denied: no identity-based/,
  )
  assert.equal(refusal?.evaluations[0]?.decision.allowed, false)
})

test('so is a delivery that the policy of a function does not allow', async () => {
  const on = await ec2Cloud({ iam: 'audit' })
  const source = 'exports.handler = async () => {}'
  const pattern = { detail: { state: ['pending'] } }
  const options = { name: 'watch', source, pattern, permission: false }
  await automation(on.cloud.clientConfig, options)
  await running(on)
  await on.cloud.settle()
  const steps = on.cloud.trace.records().map(({ step }) => step)
  const delivery = steps.find((step): step is DeliveryStep => step.kind === 'delivery')
  assert.equal(delivery?.outcome, 'accepted')
  assert.match(delivery.because, /^Let through, since IAM only audits. Denied: no resource-based/)
  const ends = steps.filter((step) => step.kind === 'invocation' && step.phase === 'end')
  assert.equal(ends.length, 1)
  assert.equal(refusalsOf('watch', on.cloud.trace.records()).length, 1)
})
