import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Target } from '@aws-sdk/client-eventbridge'
import type { BusEvent } from '../event.ts'
import { payloadOf } from './input.ts'

const event: BusEvent = {
  id: '12345678-1234-4123-8123-123456789012',
  detailType: 'core.update-account-command',
  source: 'core.update-account-command',
  account: '111111111111',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail:
    '{"command":"update-account","payload":{"acc_id":"0a787ecb-4015","sf_id":"baz"},' +
    '"listsingle":["HIGH"],"listmulti":["ACTIVE","INACTIVE"],"valid":true,"price":1.50,' +
    '"nothing":null,"text":"say \\"hi\\"","list":[{"id":"a"},{"id":"b"}],"a/b":1}',
}
const rule = {
  name: 'rule',
  bus: 'bus',
  arn: 'arn:aws:events:us-east-1:111111111111:rule/bus/rule',
  state: 'ENABLED',
  createdBy: '111111111111',
  targets: [],
} as const

function payload(target: Partial<Target>): string | undefined {
  const ingestedAt = Date.UTC(2026, 0, 1, 0, 0, 5)
  const source = { event, rule: { ...rule, targets: [] }, ingestedAt }
  const { text, isJson } = payloadOf({ Id: 'x', Arn: 'x', ...target }, source)
  return isJson ? text : undefined
}

const InputPathsMap = {
  'detail-type': '$.detail-type',
  timestamp: '$.time',
  command: '$.detail.command',
  missing: '$.detail.notinmessage',
  userId: '$.detail.payload.acc_id',
  payload: '$.detail.payload',
  systemstring: '$.detail.awsAccountId',
  listsingle: '$.detail.listsingle',
  listmulti: '$.detail.listmulti',
  valid: '$.detail.valid',
  price: '$.detail.price',
  nothing: '$.detail.nothing',
  text: '$.detail.text',
}

const transformed = (InputTemplate: string) =>
  payload({ InputTransformer: { InputPathsMap, InputTemplate } })

describe('InputTransformer', () => {
  const type = 'core.update-account-command'
  const object = '{"acc_id":"0a787ecb-4015","sf_id":"baz"}'
  const stripped = '{acc_id:0a787ecb-4015,sf_id:baz}'
  // Templates and outcomes as recorded of the real service.
  const recorded: [template: string, delivered: string | undefined][] = [
    [
      '"Event of <detail-type> type, at time <timestamp>, info extracted from detail <command>"',
      `"Event of ${type} type, at time ${event.time}, info extracted from detail update-account"`,
    ],
    ['"info extracted from detail <missing>"', '"info extracted from detail "'],
    ['"{[/Check with <detail-type> type"', `"{[/Check with ${type} type"`],
    [
      '{"detailType": <detail-type>,  "command": <missing>}',
      `{"detailType": "${type}",  "command": ""}`,
    ],
    [
      '{"path": "users-service/users/<userId>", "bod": <payload>}',
      `{"path": "users-service/users/0a787ecb-4015", "bod": ${object}}`,
    ],
    [
      '"Payload of <payload> with path users/<userId> and <userId>"',
      `"Payload of ${stripped} with path users/0a787ecb-4015 and 0a787ecb-4015"`,
    ],
    ['{"id" : <userId>}', '{"id" : "0a787ecb-4015"}'],
    ['{"id" : "<userId>"}', '{"id" : "0a787ecb-4015"}'],
    ['{"bod": [<userId>, "hardcoded"]}', '{"bod": ["0a787ecb-4015", "hardcoded"]}'],
    [
      '{"nested": {"level1": "users/<userId>"}, "bod": "<userId>"}',
      '{"nested": {"level1": "users/0a787ecb-4015"}, "bod": "0a787ecb-4015"}',
    ],
    ['"<listsingle> single list item"', '"[HIGH] single list item"'],
    ['"<listmulti> multiple list items"', '"[ACTIVE,INACTIVE] multiple list items"'],
    ['{"singlelistitem": <listsingle>}', '{"singlelistitem": ["HIGH"]}'],
    [
      '"<listsingle> single"\n"<systemstring> account"\n"<payload> payload"\n"<userId> user"',
      `"[HIGH] single"\n" account"\n"${stripped} payload"\n"0a787ecb-4015 user"`,
    ],
    [
      '{"multi": "users/<userId>/second/<userId>"}',
      '{"multi": "users/0a787ecb-4015/second/0a787ecb-4015"}',
    ],
    ['"Command is <valid>!"', '"Command is true!"'],
    ['{"not_valid": "users-service/users/<payload>", "bod": <payload>}', undefined],
    ['{"payload": "<payload>"}', undefined],
    ['{"singlelistitem": "<listsingle>"}', undefined],
    ['<listsingle> single list item', undefined],
    [
      '"All: <aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
      `"All: ${rule.arn} rule 2026-01-01T00:00:05.000Z"`,
    ],
  ]
  for (const [template, delivered] of recorded) {
    const what = delivered === undefined ? 'does not deliver' : 'fills'
    it(`${what} ${template}`, () => assert.equal(transformed(template), delivered))
  }

  it('knows the event with and without its detail', () => {
    const filled = transformed('{"o": <aws.events.event>, "j": <aws.events.event.json>}')
    const { o, j } = JSON.parse(filled ?? '')
    const { id, account, source, region } = event
    assert.deepEqual(o, {
      id,
      account,
      detailType: event.detailType,
      time: Date.UTC(2026, 0, 1),
      source,
      region,
      resources: [],
      version: '0',
    })
    assert.deepEqual(j, JSON.parse(payload({}) ?? ''))
  })

  it('keeps numbers as they came, and null', () => {
    assert.equal(transformed('{"a": <price>, "b": <nothing>}'), '{"a": 1.50, "b": null}')
    assert.equal(transformed('"<price> <nothing>"'), '"1.50 null"')
  })

  it('fills arrays of quoted placeholders, as automation documents want them', () => {
    const template = '{"InstanceId":["<userId>"],"Role":["fixed"]}'
    assert.equal(transformed(template), '{"InstanceId":["0a787ecb-4015"],"Role":["fixed"]}')
  })

  it('leaves quotes alone that the template escapes', () => {
    const template = '{"status": "instance \\"<userId>\\" is <command>"}'
    const filled = '{"status": "instance \\"0a787ecb-4015\\" is update-account"}'
    assert.equal(transformed(template), filled)
    assert.equal(transformed('"a \\"<userId>\\" b"'), '"a \\"0a787ecb-4015\\" b"')
  })

  it('escapes in objects only, so that a quote breaks a string elsewhere', () => {
    assert.equal(transformed('"<text>"'), undefined)
    assert.equal(transformed('{"text": <text>}'), '{"text": "say \\"hi\\""}')
    assert.equal(transformed('{"text": "I <text>"}'), '{"text": "I say \\"hi\\""}')
  })

  // As recorded of the real service, too: lists are text into which values are put as they are.
  const lists: [template: string, delivered: string | undefined][] = [
    ['["fixed", <price>, <nothing>]', '["fixed", 1.50, null]'],
    ['[<command>]', undefined],
    ['[<payload>]', undefined],
    ['[1, <missing>]', undefined],
    ['{"list": [<missing>]}', '{"list": [""]}'],
    ['<price>', '1.50'],
    ['<command>', undefined],
    ['<missing>', undefined],
    ['null', 'null'],
  ]
  for (const [template, delivered] of lists) {
    it(`makes ${delivered} of ${template}`, () => assert.equal(transformed(template), delivered))
  }

  it('leaves alone what looks like a placeholder where there is no map', () => {
    assert.equal(payload({ InputTransformer: { InputTemplate: '"a <b> c"' } }), '"a <b> c"')
    assert.equal(payload({ InputTransformer: { InputTemplate: '{"a": <b>}' } }), undefined)
  })
})

describe('Input and InputPath', () => {
  it('replace the document', () => {
    assert.equal(payload({ Input: '{"a": 1}' }), '{"a": 1}')
    assert.equal(
      payload({ InputPath: '$.detail.payload' }),
      '{"acc_id":"0a787ecb-4015","sf_id":"baz"}',
    )
  })

  it('keep the quotes of a string', () => {
    assert.equal(payload({ InputPath: '$.detail.payload.sf_id' }), '"baz"')
  })

  const paths: [path: string, found: string][] = [
    ['$', payload({}) ?? ''],
    ['$.detail.listmulti[1]', '"INACTIVE"'],
    ['$.detail.listmulti[*]', '["ACTIVE","INACTIVE"]'],
    ['$.detail.list[*].id', '["a","b"]'],
    ['$.detail.a/b', '1'],
    ['$.detail.price', '1.50'],
    ['$.detail.nothing', '{}'],
    ['$.detail.none', '{}'],
    ['$.detail.price.digits', '{}'],
    ['', '{}'],
    ['$.__proto__', '{}'],
  ]
  for (const [InputPath, found] of paths) {
    it(`finds ${InputPath}`, () => assert.equal(payload({ InputPath }), found))
  }
})
