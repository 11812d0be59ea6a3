/** Whatever comes in, what goes out is an answer of AWS: never a crash. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AwsError } from '../errors.ts'
import { loadModel } from '../model.ts'
import { validate } from '../validate.ts'
import { protocolFor, type WireRequest } from './protocol.ts'
import { SERVICE_NAMES, type ServiceName } from './testing/clients.ts'
import { Values } from './testing/values.ts'

const RUNS = 300

/** Decodes and validates; only AwsError may come out of it. */
function answered(service: ServiceName, request: WireRequest): void {
  const model = loadModel(service)
  const protocol = protocolFor(model, request)
  try {
    const operation = protocol.operation(model, request)
    validate(model, operation, protocol.decode(model, operation, request))
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error))
  }
}

const service = fc.constantFrom(...SERVICE_NAMES)
const operation = fc.constantFrom('RunInstances', 'PutRule', 'CreateRole', 'SendMessage', 'x')

const name = fc.oneof(
  fc.constantFrom('Filter', 'InstanceId', 'TagSpecification', 'Tags', 'member', 'entry', 'Name'),
  fc.constantFrom('1', '2', '0', '-1', '4294967296', '', '__proto__', 'constructor', 'Tag', 'Key'),
  fc.string({ maxLength: 5 }),
)
const parameterName = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('.'))
const value = fc.oneof(fc.string(), fc.constantFrom('%', '%zz', '+', 'true', '1e999', '1'))
const parameters = fc.array(fc.tuple(parameterName, value), { maxLength: 8 })
const form = fc
  .tuple(operation, parameters)
  .map(([action, pairs]) =>
    [['Action', action], ['Version', '2010-05-08'], ...pairs]
      .map((pair) => pair.join('='))
      .join('&'),
  )

test('any form', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const property = fc.property(service, form, form, (service, body, query) => {
    answered(service, { method: 'POST', path: '/', query, headers, body: Buffer.from(body) })
    answered(service, { method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) })
  })
  fc.assert(property, { numRuns: RUNS })
})

test('any JSON, in any path', () => {
  const body = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  )
  const path = fc
    .array(fc.oneof(fc.webSegment(), fc.constantFrom('2015-03-31', 'functions', 'f', '%', '')))
    .map((segments) => `/${segments.join('/')}`)
  const prefix = fc.constantFrom('AWSEvents', 'AmazonSQS', 'Logs_20140328', '')
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE')
  const asked = fc.record({ service, body, path, prefix, operation, method, query: fc.string() })
  const property = fc.property(asked, ({ service, body, prefix, operation, ...rest }) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${prefix}.${operation}`,
    }
    answered(service, { ...rest, headers, body: Buffer.from(body) })
  })
  fc.assert(property, { numRuns: RUNS })
})

for (const name of SERVICE_NAMES) {
  test(`any input of ${name} is valid or refused`, () => {
    const model = loadModel(name)
    const values = new Values(model.protocol)
    for (const operationName of model.operationNames) {
      const operation = model.operation(operationName)
      assert.ok(operation)
      const inputs = values.structure(operation.input)
      const property = fc.property(inputs, (input) => {
        try {
          validate(model, operation, input)
        } catch (error) {
          assert.ok(error instanceof AwsError, String(error))
          assert.notEqual(error.message, '')
        }
      })
      fc.assert(property, { numRuns: 2 })
    }
  })
}
