/**
 * SQS's query protocol, which is older than the framework that the other query services share.
 * All of it as recorded; addresses and GET as in the developer guide, "Making Query API requests".
 */
import { AwsError } from '../errors.ts'
import { parameter } from './form.ts'
import type { Protocol } from './protocol.ts'
import { encodeError, query } from './query.ts'

const QUEUE_PATH = /^\/\d{12}\/[^/]+\/?$/
/** What is not asked of a queue, and so not at its address. */
const NOT_OF_A_QUEUE: readonly string[] = ['CreateQueue', 'ListQueues']
const NO_OPERATION = 'UnknownOperationException'
const OLDER_TEXTS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'The specified queue does not exist for this wsdl version.',
}

export const sqsQuery: Protocol = {
  ...query,

  operation(model, request) {
    const action = parameter(request, 'Action')
    if (!action) throw new AwsError(NO_OPERATION, '', { status: 404 })
    const version = parameter(request, 'Version') ?? model.version
    const isElsewhere = NOT_OF_A_QUEUE.includes(action) && QUEUE_PATH.test(request.path)
    const operation = version === model.version ? model.operation(action) : undefined
    if (operation && !isElsewhere) return operation
    const text = `The action ${action} is not valid for this endpoint.`
    throw new AwsError('InvalidAction', text)
  },

  /** A request may name its queue by being sent to the queue's address. */
  decode(model, operation, request) {
    const input = query.decode(model, operation, request)
    if (QUEUE_PATH.test(request.path)) {
      input.QueueUrl ??= `http://${request.headers.host ?? ''}${request.path}`
    }
    // A form cannot tell a batch without entries from a request without a batch.
    if (operation.input.members.some(({ name }) => name === 'Entries')) input.Entries ??= []
    return input
  },

  encodeError(model, error, requestId) {
    if (error.code === NO_OPERATION && error.message === '') {
      const headers = { 'x-amzn-requestid': requestId }
      return { status: error.status, headers, body: `<${NO_OPERATION}/>\n` }
    }
    const { code, status, fields } = error
    const worded = new AwsError(code, OLDER_TEXTS[code] ?? error.message, { status, fields })
    return encodeError(model, worded, requestId, { detail: '<Detail/>' })
  },
}
