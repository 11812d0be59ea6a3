/** ec2Query: form parameters in EC2's own spelling, XML without a result element. */
import { AwsError } from '../errors.ts'
import type { Member } from '../model.ts'
import type { Step } from '../validation/faults.ts'
import { formOf, parameter } from './form.ts'
import type { Protocol } from './protocol.ts'
import { type QueryDialect, QueryReader } from './query-input.ts'
import { isoMilliseconds, timeOf } from './text-values.ts'
import { XmlWriter } from './xml-output.ts'
import { escapeXml } from './xml-sink.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const CONTENT_TYPE = 'text/xml;charset=UTF-8'

/** Parameters about the request itself; the last five sign it in the retired version 2. */
const ENVELOPE = new Set([
  'Action',
  'Version',
  'AWSAccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'Timestamp',
])

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const dialect: QueryDialect = {
  memberName: ({ name, traits }: Member) => traits.query ?? capitalised(traits.xml ?? name),
  isFlat: () => true,
  badValue: (path, value, kind) => {
    const article = kind === 'integer' ? 'an' : 'a'
    const text = `Value (${value}) for parameter ${path} is invalid. Expected ${article} ${kind}.`
    return new AwsError('InvalidParameterValue', text)
  },
  badForm: (path) => unknownParameter(path),
  unknown: (path) => unknownParameter(path),
}

function unknownParameter(path: string): AwsError {
  return new AwsError('UnknownParameter', `The parameter ${path} is not recognized`)
}

/** A parameter's name as requests spell it: `BlockDeviceMapping.1.DeviceName`. */
export function ec2Parameter(path: readonly Step[]): string {
  return path
    .map((step) => {
      if ('member' in step) return dialect.memberName(step.member)
      return 'item' in step ? String(step.item) : step.key
    })
    .join('.')
}

const reader = new QueryReader(dialect)
const writer = new XmlWriter((value) => isoMilliseconds(timeOf(value)))

const headers = (requestId: string) => ({
  'content-type': CONTENT_TYPE,
  'x-amzn-requestid': requestId,
})

export const ec2Query: Protocol = {
  operation(model, request) {
    const action = parameter(request, 'Action')
    if (!action) {
      const text = 'The request is missing an action or a required parameter.'
      throw new AwsError('MissingAction', text)
    }
    const operation = model.operation(action)
    if (operation) return operation
    const text = `The action ${action} is not valid for this web service.`
    throw new AwsError('InvalidAction', text)
  },

  decode(_model, operation, request) {
    return reader.input(operation.input, formOf(request), ENVELOPE)
  },

  encode(model, { name, output: shape }, output, requestId) {
    const open = `<${name}Response xmlns="${model.xmlNamespace}/">`
    // An operation without an output says that it succeeded.
    const success = shape.name === 'Unit' ? '<return>true</return>' : ''
    const head = `${DECLARATION}${open}<requestId>${requestId}</requestId>${success}`
    const body = writer.document(head, shape, output, `</${name}Response>`)
    return { status: 200, headers: headers(requestId), body }
  },

  encodeError(_model, error, requestId) {
    const code = `<Code>${escapeXml(error.code)}</Code>`
    const message = `<Message>${escapeXml(error.message)}</Message>`
    const errors = `<Errors><Error>${code}${message}</Error></Errors>`
    const body = `${DECLARATION}<Response>${errors}<RequestID>${requestId}</RequestID></Response>`
    return { status: error.status, headers: headers(requestId), body }
  },
}
