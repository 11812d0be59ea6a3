import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CATALOGUE,
  type EventDocument,
  exampleEvent,
  findEvent,
  type InstanceStateChange,
  SettingError,
  UnknownEventError,
} from './index.ts'
import { kebab } from './names.ts'

test('an example is a whole document', () => {
  const event: InstanceStateChange = exampleEvent('ec2-instance-state-change')
  assert.deepEqual(event, {
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: '123456789012',
    time: '2026-05-11T21:29:54Z',
    region: 'us-east-1',
    resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-1234567890abcdef0'],
    detail: { 'instance-id': 'i-1234567890abcdef0', state: 'running' },
  })
})

test('no example keeps a placeholder, and each name is in its form', () => {
  for (const [name, entry] of Object.entries(CATALOGUE)) {
    assert.equal(kebab(name), name)
    const text = JSON.stringify(exampleEvent(name, { region: 'cn-north-1' }))
    assert.doesNotMatch(text, /\{(partition|region|account|zone|time|uuid|detail)/, name)
    assert.doesNotMatch(text, /arn:aws:/, name)
    assert.ok(entry.when.endsWith('.'), name)
  }
})

test('what is set is followed: resources by the detail, texts by the region', () => {
  const set = { 'detail.instance-id': 'i-9', region: 'eu-west-1', 'detail.instance-action': 'stop' }
  const warning = exampleEvent('ec2-spot-instance-interruption-warning', { set })
  assert.equal(warning.region, 'eu-west-1')
  assert.deepEqual(warning.resources, ['arn:aws:ec2:eu-west-1a:instance/i-9'])
  assert.deepEqual(warning.detail, { 'instance-id': 'i-9', 'instance-action': 'stop' })
  const own = exampleEvent('ec2-ami-state-change', { set: { resources: ['a', 'b'] } })
  assert.deepEqual(own.resources, ['a', 'b'])
  const { resources } = exampleEvent('ebs-multi-volume-snapshots-completion-status')
  assert.equal(resources.length, 2)
})

test('texts become what the example has there', () => {
  const { detail } = exampleEvent('tag-change-on-resource', {
    set: {
      'detail.version': '7',
      'detail.tags': '{"a.b":"c"}',
      'detail.changed-tag-keys.0': '12',
      'detail.resource-type': '5',
      'detail.new': 'plain',
    },
  })
  assert.deepEqual(detail as object, {
    'changed-tag-keys': ['12'],
    service: 'ec2',
    'resource-type': '5',
    version: 7,
    tags: { 'a.b': 'c' },
    new: 'plain',
  })
})

test('what cannot be set is refused', () => {
  const attempt = (set: Record<string, unknown>) => () =>
    exampleEvent('ec2-instance-state-change', { set })
  for (const set of [
    { time: 'noon' },
    { account: 12 },
    { region: '' },
    { source: 'x' },
    { detail: 3 },
    { resources: {} },
    { 'resources.7': 'a' },
  ]) {
    assert.throws(attempt(set), SettingError)
  }
})

test('detail-types are names too, and unknown names are answered with those that come near', () => {
  const byType = findEvent('EBS Volume Notification')
  assert.equal(byType, CATALOGUE['ebs-volume-create'])
  assert.equal(findEvent('ec2-instance-state-change-notification').source, 'aws.ec2')
  assert.throws(
    () => findEvent('ec2-instance-statechange'),
    (error: Error) =>
      error instanceof UnknownEventError && error.message.includes('ec2-instance-state-change'),
  )
  assert.throws(() => findEvent('constructor'), UnknownEventError)
  assert.throws(() => findEvent('qqq'), /^UnknownEventError: There is no event qqq$/)
})

test('every document is JSON of the envelope', () => {
  const members = Object.keys(exampleEvent('scheduled-event'))
  for (const name of Object.keys(CATALOGUE)) {
    const event: EventDocument = exampleEvent(name)
    assert.deepEqual(Object.keys(event), members)
    assert.deepEqual(JSON.parse(JSON.stringify(event)), event)
  }
})
