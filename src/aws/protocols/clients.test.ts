/** Every operation that the real clients know, with random values, through both codecs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadModel, type StructureShape } from '../model.ts'
import { exchange, outputs, SERVICE_NAMES } from './testing/clients.ts'
import { comparable, Values } from './testing/values.ts'

/** The client takes the host from it. */
const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/000000000000/q'

/** Another value at each run of the tests; a failure names its seed. */
const RUNS_PER_OPERATION = 2

/** Event streams are not spoken; the client presigns CopySnapshot's input into another request. */
const isSpoken = (name: string, ...shapes: StructureShape[]) =>
  name !== 'CopySnapshot' &&
  !shapes.some(({ members }) =>
    members.some((member) => member.shape.kind === 'union' && member.name.endsWith('Stream')),
  ) &&
  !shapes.some(({ members }) =>
    members.some(({ traits, shape }) => traits.in === 'payload' && shape.kind === 'union'),
  )

/** What the client adds by itself: idempotency tokens, and empty structures as JSON payloads. */
function withoutAdditions(received: Record<string, unknown>, input: Record<string, unknown>) {
  const isAddition = ([name, value]: [string, unknown]) =>
    !Object.hasOwn(input, name) &&
    (/^[0-9a-f-]{36}$/.test(String(value)) || JSON.stringify(value) === '{}')
  return Object.fromEntries(Object.entries(received).filter((entry) => !isAddition(entry)))
}

for (const service of SERVICE_NAMES) {
  test(`the ${service} client and its codecs agree`, async () => {
    const model = loadModel(service)
    const values = new Values(model.protocol)
    for (const name of model.operationNames) {
      const operation = model.operation(name)
      assert.ok(operation)
      if (!isSpoken(name, operation.input, operation.output)) continue
      const property = fc.asyncProperty(
        values.structure(operation.input),
        values.structure(operation.output),
        async ({ EndpointId, ...input }, output) => {
          // An EndpointId never travels: it makes the client sign for another host.
          assert.ok(EndpointId === undefined || name === 'PutEvents')
          if (service === 'sqs' && 'QueueUrl' in input) input.QueueUrl = QUEUE_URL
          const { received, returned } = await exchange(service, name, input, outputs(output))
          const sent = withoutAdditions(received, input)
          assert.deepEqual(comparable(sent), comparable(input), `input of ${name}`)
          // The client sets a payload that did not come to null.
          if (returned.Payload === null) delete returned.Payload
          assert.deepEqual(comparable(returned), comparable(output), `output of ${name}`)
        },
      )
      await fc.assert(property, { numRuns: RUNS_PER_OPERATION, endOnFailure: true })
    }
  })
}
