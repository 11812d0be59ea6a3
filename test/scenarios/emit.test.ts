/** Events of the catalogue, emitted by hand, reach rules as the service's own would. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type TestCloud, testCloud } from '../cloud.ts'
import { watch } from '../rules.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs the command line against a cloud. */
function windtunnel(cloud: TestCloud, ...words: string[]) {
  const env = { ...process.env, AWS_ENDPOINT_URL: cloud.endpoint }
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...words]
  return new Promise<{ stdout: string; stderr: string; code: unknown }>((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: error?.code }),
    )
  })
}

async function emit(cloud: TestCloud, body: unknown) {
  const method = 'POST'
  const request = { method, body: JSON.stringify(body) }
  const answer = await fetch(`${cloud.endpoint}/_windtunnel/emit`, request)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('a lifecycle action of Auto Scaling reaches the queue of its rule', async () => {
  const cloud = await testCloud()
  const pattern = {
    source: ['aws.autoscaling'],
    'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
    detail: { AutoScalingGroupName: ['web'] },
  }
  const hooks = await watch(cloud, pattern)
  const name = 'ec2-instance-terminate-lifecycle-action'
  const other = await emit(cloud, { name })
  assert.equal(other.status, 200)
  const set = { 'detail.AutoScalingGroupName': 'web', 'detail.EC2InstanceId': 'i-0abc' }
  const { body } = await emit(cloud, { name: 'EC2 Instance-terminate Lifecycle Action', set })
  assert.deepEqual(await hooks.seen(), [body])
  assert.equal(body.account, cloud.config.account)
  assert.equal(body.region, cloud.config.region)
  assert.equal(body.time, '2026-01-01T00:00:00Z')
  assert.notEqual(body.id, other.body.id)
})

test('mistakes are answered with what would be right', async () => {
  const cloud = await testCloud()
  const unknown = await emit(cloud, { name: 'ec2-instance-state' })
  assert.equal(unknown.status, 404)
  assert.match(String(unknown.body.message), /did you mean ec2-instance-state-change/)
  const path = await emit(cloud, { name: 'scheduled-event', set: { source: 'aws.s3' } })
  assert.equal(path.status, 400)
  assert.match(String(path.body.message), /paths begin with detail, resources, time/)
  for (const body of [{}, { name: 1 }, { name: 'scheduled-event', set: 3 }, []]) {
    assert.equal((await emit(cloud, body)).status, 400)
  }
})

test('other accounts and regions have buses of their own', async () => {
  const cloud = await testCloud()
  const account = '999999999999'
  const states = await watch(cloud, { source: ['aws.ec2'] }, { account })
  await emit(cloud, { name: 'ec2-instance-state-change' })
  await emit(cloud, { name: 'ec2-instance-state-change', account, region: 'eu-west-1' })
  const { body } = await emit(cloud, { name: 'ec2-instance-state-change', account })
  assert.deepEqual(await states.seen(), [body])
})

test('the command emits, lists, and says what is wrong', async () => {
  const cloud = await testCloud()
  const states = await watch(cloud, { source: ['aws.ec2'] })
  const emitted = await windtunnel(cloud, 'emit', 'ebs-volume-delete', '--set', 'detail.cause=a=b')
  const [event] = await states.seen()
  assert.deepEqual(JSON.parse(emitted.stdout), event)
  assert.match(JSON.stringify(event?.detail), /"cause":"a=b"/)
  const listed = await windtunnel(cloud, 'emit')
  assert.match(listed.stdout, /^ec2-ami-state-change +aws.ec2: EC2 AMI State Change$/m)
  const wrong = await windtunnel(cloud, 'emit', 'ebs-volume-remove')
  assert.match(wrong.stderr, /^windtunnel: There is no event ebs-volume-remove; did you mean ebs-/)
  assert.equal(wrong.code, 1)
})
