/** The commands that look at a running Windtunnel, as a shell sees them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { automation } from '../automation.ts'
import { type TestCloud, testCloud } from '../cloud.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

interface Ran {
  code: number
  stdout: string
  stderr: string
}

function windtunnel({ endpoint }: TestCloud, ...words: string[]): Promise<Ran> {
  const args = [MAIN, ...words, '--endpoint', endpoint]
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

const source = 'exports.handler = async () => {}'
const pattern = { source: ['aws.ec2'], 'detail-type': ['EC2 Instance Rebalance Recommendation'] }

test('check fails when there is an error, and tells the command that mends it', async () => {
  const cloud = await testCloud()
  await automation(cloud.clientConfig, { source, pattern, permission: false })
  const { code, stdout } = await windtunnel(cloud, 'check')
  assert.equal(code, 1)
  assert.match(stdout, /^error {2}Rule automation may not invoke its target automation/)
  assert.match(stdout, /\n {2}aws lambda add-permission --function-name automation .*\n$/)
  const asSarif = await windtunnel(cloud, 'check', '--sarif')
  assert.equal(asSarif.code, 1)
  assert.equal(JSON.parse(asSarif.stdout).runs[0].results[0].ruleId, 'target-not-allowed')
  const elsewhere = await windtunnel(cloud, 'check', '--json', '--region', 'eu-west-1')
  assert.deepEqual([elsewhere.code, JSON.parse(elsewhere.stdout)], [0, { findings: [] }])
})

test('iam why and iam least answer for a function and its role', async () => {
  const cloud = await testCloud()
  const states = { ...pattern, 'detail-type': ['Scheduled Event'], source: ['aws.events'] }
  await automation(cloud.clientConfig, { source, pattern: states, permission: false })
  const emitted = JSON.stringify({ name: 'scheduled-event' })
  await fetch(`${cloud.endpoint}/_windtunnel/emit`, { method: 'POST', body: emitted })
  await cloud.settle()
  const why = await windtunnel(cloud, 'iam', 'why', 'automation')
  assert.equal(why.code, 0)
  assert.match(why.stdout, /principal {2}events\.amazonaws\.com/)
  assert.match(why.stdout, /implicit deny: no resource-based policy allows lambda:InvokeFunction/)
  const none = await windtunnel(cloud, 'iam', 'why', 'something')
  assert.deepEqual([none.code, none.stdout], [1, 'No policy refused anything about something.\n'])
  const least = await windtunnel(cloud, 'iam', 'least', 'automation-role')
  assert.equal(JSON.parse(least.stdout).Statement[0].Action[0], 'logs:CreateLogGroup')
  assert.match(least.stderr, /From 0 calls of arn:aws:iam::000000000000:role\/automation-role/)
  const unknown = await windtunnel(cloud, 'iam', 'least', 'nobody')
  assert.deepEqual([unknown.code, unknown.stderr], [1, 'windtunnel: there is no role nobody\n'])
})
