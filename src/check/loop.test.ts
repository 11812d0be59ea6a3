import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateTagsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { automation } from '../../test/automation.ts'
import { type TestCloud, testCloud } from '../../test/cloud.ts'
import { publicImage } from '../../test/ec2.ts'
import { mend } from '../../test/mend.ts'
import { check } from './index.ts'

const TAGGED = {
  source: ['aws.tag'],
  'detail-type': ['Tag Change on Resource'],
  detail: { tags: { handled: [{ exists: false }] } },
}
const CALLS = {
  source: ['aws.ec2'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: { eventName: ['StopInstances', 'CreateTags'] },
}

/** Tags what the event is about, once more each time. */
const tagger = (key: string) => `
  const { EC2Client, CreateTagsCommand } = require('@aws-sdk/client-ec2')
  const ec2 = new EC2Client({})
  exports.handler = async ({ resources }) => {
    const Resources = [resources[0].split('/')[1]]
    const Value = String(Math.floor(performance.now() * 1000))
    await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: '${key}', Value }] }))
  }`

const may = (...Action: string[]) => [{ Effect: 'Allow', Action, Resource: '*' }]
const told = (cloud: TestCloud) =>
  check(cloud.deployment()).map(({ kind, level, why }) => `${level} ${kind} ${why}`)

async function launch(cloud: TestCloud): Promise<string> {
  const ec2 = cloud.client(EC2Client)
  const once = { MinCount: 1, MaxCount: 1, ImageId: publicImage() }
  const { Instances } = await ec2.send(new RunInstancesCommand(once))
  return Instances?.[0]?.InstanceId ?? ''
}

test('what a role may do is a warning when its events match the own rule', async () => {
  const cloud = await testCloud()
  const statements = may('ec2:CreateTags', 'ec2:StopInstances')
  const { clientConfig } = cloud
  await automation(clientConfig, { source: tagger('x'), pattern: TAGGED, statements })
  const [warning, ...others] = check(cloud.deployment())
  assert.deepEqual(others, [])
  assert.equal(warning?.level, 'warning')
  assert.match(warning.why, /has a role that may call ec2:CreateTags, whose events/)
  await mend(cloud, warning.mend)
  assert.deepEqual(check(cloud.deployment()), [])
})

test('calls that CloudTrail tells of count by their names', async () => {
  const cloud = await testCloud()
  const statements = may('ec2:StopInstances', 'ec2:StartInstances')
  await automation(cloud.clientConfig, { source: tagger('x'), pattern: CALLS, statements })
  const [text, ...others] = told(cloud)
  assert.deepEqual(others, [])
  assert.match(text ?? '', /^warning loop .* may call ec2:StopInstances, whose events/)
})

test('states that a role cannot bring about are no loop', async () => {
  const cloud = await testCloud()
  const pattern = {
    source: ['aws.ec2'],
    'detail-type': ['EC2 Instance State-change Notification'],
    detail: { state: ['stopped'] },
  }
  const statements = may('ec2:StartInstances', 'ec2:CreateSnapshot')
  await automation(cloud.clientConfig, { source: tagger('x'), pattern, statements })
  assert.deepEqual(told(cloud), [])
})

async function tagOne(cloud: TestCloud): Promise<void> {
  const tag = { Resources: [await launch(cloud)], Tags: [{ Key: 'new', Value: 'x' }] }
  await cloud.client(EC2Client).send(new CreateTagsCommand(tag))
}

/** Resolves once rules have matched so many events. */
function matched(cloud: TestCloud, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const stop = cloud.trace.subscribe(({ step }) => {
      if (step.kind !== 'event' || step.matched.length === 0) return
      left -= 1
      if (left > 0) return
      stop()
      resolve()
    })
  })
}

test('a guard that held in the trace is nothing to warn of', async () => {
  const cloud = await testCloud({ timing: 'instant' })
  const common = { pattern: TAGGED, statements: may('ec2:CreateTags') }
  await automation(cloud.clientConfig, { ...common, source: tagger('handled') })
  await tagOne(cloud)
  await cloud.settle()
  assert.deepEqual(told(cloud), [])
})

test('what came again in the trace is an error', async () => {
  const cloud = await testCloud({ timing: 'instant' })
  const common = { pattern: TAGGED, statements: may('ec2:CreateTags') }
  await automation(cloud.clientConfig, { ...common, source: tagger('again') })
  const again = matched(cloud, 2)
  await tagOne(cloud)
  await again
  const [finding] = check(cloud.deployment())
  assert.equal(finding?.level, 'error')
  assert.match(finding.why, /^The trace has Tag Change on Resource that it matched/)
  await mend(cloud, finding.mend)
  await cloud.settle()
  assert.deepEqual(told(cloud), [])
})
