import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadModel, patternRegExp } from './model.ts'

test('a model is loaded once, and knows its operations by name only', () => {
  const model = loadModel('ec2')
  assert.equal(loadModel('ec2'), model)
  assert.equal(model.operation('RunInstances')?.input.name, 'RunInstancesRequest')
  assert.equal(model.operation('RunInstance'), undefined)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.equal(model.operation(name), undefined)
    assert.equal(model.error(name), undefined)
    assert.equal(model.constraint(name), undefined)
  }
})

test('an error is found by its shape and by its code of the query protocol', () => {
  const sqs = loadModel('sqs')
  const byName = sqs.error('QueueDoesNotExist')
  assert.equal(byName?.queryCode, 'AWS.SimpleQueueService.NonExistentQueue')
  assert.equal(sqs.error('AWS.SimpleQueueService.NonExistentQueue')?.name, 'QueueDoesNotExist')
  assert.equal(loadModel('iam').error('NoSuchEntity')?.status, 404)
})

test('integers are told from other numbers', () => {
  const kind = (service: string, operation: string, name: string) =>
    loadModel(service)
      .operation(operation)
      ?.input.members.find((member) => member.name === name)?.shape.kind
  assert.equal(kind('ec2', 'RunInstances', 'MinCount'), 'integer')
  assert.equal(kind('lambda', 'CreateFunction', 'Timeout'), 'integer')
})

test('a pattern has to match the whole text', () => {
  assert.ok(patternRegExp('[a-z]+').test('abc'))
  assert.ok(!patternRegExp('[a-z]+').test('abc1'))
  assert.ok(!patternRegExp('a|b').test('ab'))
  assert.ok(!patternRegExp('[a-z]+').test('abc\n'))
  assert.ok(patternRegExp('[\\p{L}]+').test('é'))
})

test('a service without a model says how to get one', () => {
  assert.throws(() => loadModel('nonesuch'), /npm run build/)
})
