/** awsJson 1.0 and 1.1: the operation in a header, JSON bodies both ways. */
import { AwsError } from '../errors.ts'
import { jsonType, messageKey, queryCode, statusOf } from './error-shape.ts'
import { jsonReader, jsonWriter, serializationException, structureWriter } from './json-values.ts'
import type { Protocol, WireRequest } from './protocol.ts'

const JSON_CONTENT = /^application\/(x-amz-json-1\.[01]|json)\b/

function unknownOperation(): AwsError {
  return new AwsError('UnknownOperationException', '')
}

/** Clients of some services write the package of its model before the target: CloudTrail's. */
const MODEL_PACKAGE = /^com\.amazonaws\.[a-z]+\.v\d{8}\./

/** The parts of `X-Amz-Target`: the service's prefix and the operation, when it is right. */
export function targetOf({ headers }: Pick<WireRequest, 'headers'>): string[] {
  return (headers['x-amz-target'] ?? '').replace(MODEL_PACKAGE, '').split('.')
}

/** The body's JSON; what is not JSON is refused without a message, as AWS does. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw serializationException('')
  }
}

function jsonProtocol(contentType: string): Protocol {
  const headers = (requestId: string) => ({
    'content-type': contentType,
    'x-amzn-requestid': requestId,
  })
  return {
    operation(model, request) {
      const [prefix, name, ...rest] = targetOf(request)
      const isPost = request.method === 'POST'
      const addressed = isPost && prefix === model.targetPrefix && name && rest.length === 0
      const isJson = JSON_CONTENT.test(request.headers['content-type'] ?? '')
      const operation = addressed && isJson ? model.operation(name) : undefined
      if (!operation) throw unknownOperation()
      return operation
    },

    decode(_model, operation, { body }) {
      const value = parsed(body)
      if (typeof value !== 'object' || value === null) throw serializationException('')
      return jsonReader(operation.input)(value, 0) as Record<string, unknown>
    },

    encode(_model, operation, output, requestId) {
      // An operation without an output answers with an empty body.
      const isUnit = operation.output.name === 'Unit'
      const body = isUnit ? '' : JSON.stringify(jsonWriter(operation.output)(output))
      return { status: 200, headers: headers(requestId), body }
    },

    encodeError(model, error, requestId) {
      const known = model.error(error.code)
      const key = messageKey(error.code, known)
      const fields = known ? structureWriter(known.shape.members)(error.fields) : {}
      const message = error.message === '' ? {} : { [key]: error.message }
      const body = { __type: jsonType(model, error.code, known), ...fields, ...message }
      const compatible = model.queryCompatible && {
        'x-amzn-query-error': `${queryCode(model, error.code, known)};${error.fault}`,
      }
      return {
        status: statusOf(error, known),
        headers: { ...headers(requestId), ...compatible },
        body: JSON.stringify(body),
      }
    },
  }
}

export const json10 = jsonProtocol('application/x-amz-json-1.0')
export const json11 = jsonProtocol('application/x-amz-json-1.1')
