import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { entryBytes, MAX_ENTRIES_BYTES } from './put-events.ts'

const ENTRY = { Source: 'test', DetailType: 'type', Detail: '{}' }

describe('PutEvents', () => {
  let cloud: TestCloud
  let events: EventBridgeClient

  beforeEach(async () => {
    cloud = await testCloud()
    events = cloud.client(EventBridgeClient)
  })

  const put = (...Entries: PutEventsRequestEntry[]) =>
    events.send(new PutEventsCommand({ Entries }))
  const resultOf = async (entry: PutEventsRequestEntry) => {
    const { Entries, FailedEntryCount } = await put(entry)
    assert.equal(FailedEntryCount, 1)
    return Entries?.[0]
  }

  for (const name of ['Source', 'DetailType', 'Detail']) {
    it(`needs ${name} of each entry`, async () => {
      const expected = {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      }
      assert.deepEqual(await resultOf({ ...ENTRY, [name]: undefined }), expected)
    })
  }

  it('needs details that are JSON objects', async () => {
    const deep = `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`
    for (const Detail of ['text', '[]', '"text"', '{"a":', '{} x', 'null', deep]) {
      assert.deepEqual(await resultOf({ ...ENTRY, Detail }), {
        ErrorCode: 'MalformedDetail',
        ErrorMessage: 'Detail is malformed.',
      })
    }
  })

  it('keeps the sources of AWS for AWS', async () => {
    assert.deepEqual(await resultOf({ ...ENTRY, Source: 'aws.ec2' }), {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    })
  })

  it('answers for each entry in order', async () => {
    const { Entries, FailedEntryCount } = await put(ENTRY, { ...ENTRY, Detail: '' }, ENTRY)
    assert.equal(FailedEntryCount, 1)
    assert.deepEqual(
      Entries?.map(({ EventId, ErrorCode }) => [EventId !== undefined, ErrorCode]),
      [
        [true, undefined],
        [false, 'InvalidArgument'],
        [true, undefined],
      ],
    )
  })

  it('accepts events for a bus that does not exist, and loses them', async () => {
    const { Entries, FailedEntryCount } = await put({ ...ENTRY, EventBusName: 'none' })
    assert.equal(FailedEntryCount, 0)
    const id = Entries?.[0]?.EventId
    const note = cloud.trace.records().find(({ refs }) => refs.includes(id ?? ''))
    assert.deepEqual(note?.step, {
      kind: 'note',
      text: `Event ${id} is lost: there is no event bus none in us-east-1.`,
    })
  })

  it('takes ten entries', async () => {
    await put(...Array(10).fill(ENTRY))
    const error = await failure(put(...Array(11).fill(ENTRY)))
    assert.equal(error.name, 'ValidationException')
    const shown =
      'PutEventsRequestEntry(time=null, source=test, resources=null, detailType=type, detail={}, ' +
      'eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)'
    assert.equal(
      error.message,
      `1 validation error detected: Value '[${Array(11).fill(shown).join(', ')}]' at 'entries' ` +
        'failed to satisfy constraint: Member must have length less than or equal to 10',
    )
  })

  it('takes less than a megabyte in all', async () => {
    const Time = new Date(0)
    const Resources = ['é']
    assert.equal(entryBytes({ ...ENTRY, Time, Resources }), 14 + 4 + 4 + 2 + 2)
    const size = MAX_ENTRIES_BYTES - entryBytes(ENTRY)
    const detail = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8 + 2)}"}`
    await put({ ...ENTRY, Detail: detail(size - 1) })
    const error = await failure(put({ ...ENTRY, Detail: detail(size) }))
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.message, 'Total size of the entries in the request is over the limit.')
  })

  it('lets in other accounts by the policy of the bus', async () => {
    const credentials = { accessKeyId: '111111111111', secretAccessKey: 'test' }
    const other = cloud.client(EventBridgeClient, { credentials })
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const Entries = [{ ...ENTRY, EventBusName: EventBusArn }]
    const error = await failure(other.send(new PutEventsCommand({ Entries })))
    assert.equal(error.name, 'AccessDeniedException')
    assert.equal((error.$metadata as { httpStatusCode: number }).httpStatusCode, 400)
    assert.equal(
      error.message,
      `User: arn:aws:iam::111111111111:root is not authorized to perform: events:PutEvents on ` +
        `resource: ${EventBusArn} because no resource-based policy allows the events:PutEvents ` +
        'action',
    )
  })
})
