/** awsQuery: form parameters with `.member.N` lists, XML with result and metadata elements. */
import { AwsError } from '../errors.ts'
import type { Model, StructureShape } from '../model.ts'
import { javaType, queryCode, statusOf } from './error-shape.ts'
import { formOf, parameter } from './form.ts'
import type { Protocol, WireResponse } from './protocol.ts'
import { type QueryDialect, QueryReader } from './query-input.ts'
import { isoTime, timeOf } from './text-values.ts'
import { XmlWriter } from './xml-output.ts'
import { escapeXml, XmlSink } from './xml-sink.ts'

const ENVELOPE = new Set(['Action', 'Version'])

/** The wording is that of the framework that AWS's query services share. */
const dialect: QueryDialect = {
  memberName: ({ name, traits }) => traits.xml ?? name,
  isFlat: (_list, traits) => traits.flat === 1,
  badValue: (_path, _value, kind) => {
    const isTime = kind === 'timestamp' || kind === 'dateTime'
    const mismatch = `STRING_VALUE can not be converted to ${javaType(kind)}`
    const text = isTime ? 'timestamp must follow ISO8601' : mismatch
    return new AwsError('MalformedInput', text)
  },
  badForm: (_path, shape) => {
    const isComplex = 'members' in shape || 'item' in shape || 'key' in shape
    const text = isComplex
      ? 'Unexpected list element termination'
      : 'Unexpected complex element termination'
    return new AwsError('MalformedInput', text)
  },
}

const reader = new QueryReader(dialect)
const writer = new XmlWriter((value) => isoTime(timeOf(value)))

const headers = (requestId: string) => ({
  'content-type': 'text/xml',
  'x-amzn-requestid': requestId,
})

export function encodeError(
  model: Model,
  error: AwsError,
  requestId: string,
  { detail = '' } = {},
): WireResponse {
  const known = model.error(error.code)
  const sink = new XmlSink()
  sink.add(`<ErrorResponse xmlns="${model.xmlNamespace}"><Error><Type>${error.fault}</Type>`)
  sink.add(`<Code>${escapeXml(queryCode(model, error.code, known))}</Code>`)
  sink.add(`<Message>${escapeXml(error.message)}</Message>${detail}`)
  if (known) writer.members(sink, known.shape, { ...error.fields, message: undefined })
  sink.add(`</Error><RequestId>${requestId}</RequestId></ErrorResponse>`)
  return { status: statusOf(error, known), headers: headers(requestId), body: sink.take() }
}

function resultTags(name: string, shape: StructureShape, output: object): [string, string] {
  if (shape.name === 'Unit') return ['', '']
  const isEmpty = Object.values(output).every((member) => member === undefined)
  return isEmpty ? [`<${name}Result/>`, ''] : [`<${name}Result>`, `</${name}Result>`]
}

export const query: Protocol = {
  operation(model, request) {
    const action = parameter(request, 'Action')
    if (!action) {
      const text = 'The request is missing an action or a required parameter.'
      throw new AwsError('MissingAction', text)
    }
    const version = parameter(request, 'Version') ?? 'NO_VERSION_SPECIFIED'
    const operation = version === model.version ? model.operation(action) : undefined
    if (operation) return operation
    const text = `Could not find operation ${action} for version ${version}`
    throw new AwsError('InvalidAction', text)
  },

  decode(_model, operation, request) {
    return reader.input(operation.input, formOf(request), ENVELOPE)
  },

  encode(model, { name, output: shape }, output, requestId) {
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
    const root = `<${name}Response xmlns="${model.xmlNamespace}">`
    const tail = `${metadata}</${name}Response>`
    const [open, close] = resultTags(name, shape, output)
    const body = writer.document(`${root}${open}`, shape, output, `${close}${tail}`)
    return { status: 200, headers: headers(requestId), body }
  },

  encodeError,
}
