/** Documents that are made from the code are what would be made now. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { COVERAGE_FILE, coverageDocument, coverageOf } from '../scripts/coverage.ts'
import { EVENTS_FILE, eventsDocument } from '../scripts/events.ts'
import { testCloud } from './cloud.ts'

test('docs/EVENTS.md is current', () => {
  const text = readFileSync(EVENTS_FILE, 'utf8')
  assert.ok(text === eventsDocument(), 'out of date: run "npm run docs"')
})

test('docs/COVERAGE.md is current', () => {
  const text = readFileSync(COVERAGE_FILE, 'utf8')
  assert.ok(text === coverageDocument(), 'out of date: run "npm run docs"')
})

test('the coverage knows every operation that is served, and no other', async () => {
  const { services } = await testCloud()
  for (const [name, { operations }] of services) {
    const found = coverageOf(name).map(({ operation }) => operation)
    assert.deepEqual(found, Object.keys(operations).sort(), name)
  }
})

test('the coverage follows inputs through the source', () => {
  const of = (service: string, name: string) =>
    coverageOf(service).find(({ operation }) => operation === name)
  const run = of('ec2', 'RunInstances')
  for (const member of ['ImageId', 'Placement', 'InstanceMarketOptions', 'DryRun']) {
    assert.ok(run?.honoured.includes(member), member)
  }
  for (const member of ['RamdiskId', 'Placement.HostId']) {
    assert.ok(run?.ignored.includes(member), member)
  }
  assert.deepEqual(of('ec2', 'StopInstances')?.honoured, ['InstanceIds', 'Hibernate', 'DryRun'])
  assert.deepEqual(of('sqs', 'SendMessage')?.ignored, [])
})
