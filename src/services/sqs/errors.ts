/** The errors of SQS, in its words. Codes are the query protocol's where they have no shape. */
import { AwsError } from '../../aws/errors.ts'

export function queueNotFound(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
}

export function queueExists(attribute: string): AwsError {
  const text = 'A queue already exists with the same name and a different value for attribute'
  return new AwsError('QueueNameExists', `${text} ${attribute}`)
}

export function deletedRecently(): AwsError {
  return new AwsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same ' +
      'name.',
  )
}

export function invalidAddress(url: string): AwsError {
  const text = `The address ${url} is not valid for this endpoint.`
  return new AwsError('InvalidAddress', text, { status: 404 })
}

export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`)
}

export function invalidAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`)
}

/** Recorded, as are those below. */
export function onlyForFifo(name: string): AwsError {
  const text = `You can specify the ${name} only when FifoQueue is set to true.`
  return new AwsError('InvalidAttributeName', text)
}

export function twoEncryptions(): AwsError {
  return new AwsError(
    'InvalidAttributeName',
    'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS ' +
      'SSE or SQS SSE.',
  )
}

export function fixedQueueType(): AwsError {
  return new AwsError(
    'InvalidAttributeValue',
    'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
  )
}

export function invalidParameter(text: string): AwsError {
  return new AwsError('InvalidParameterValue', text)
}

/** `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …` */
export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`)
}

export function missingParameter(name: string): AwsError {
  const text = `The request must contain the parameter ${name}.`
  return new AwsError('MissingParameter', text)
}

export function notForThisQueueType(value: unknown, parameter: string): AwsError {
  const reason = 'The request include parameter that is not valid for this queue type.'
  return invalidValue(value, parameter, reason)
}

export function invalidReceipt(handle: string): AwsError {
  const text = `The input receipt handle "${handle}" is not a valid receipt handle.`
  return new AwsError('ReceiptHandleIsInvalid', text)
}

export function expiredReceipt(handle: string): AwsError {
  return invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.')
}

export function notInFlight(handle: string): AwsError {
  const reason = 'Message does not exist or is not available for visibility timeout change.'
  return invalidValue(handle, 'ReceiptHandle', reason)
}

export function overLimit(limit: number): AwsError {
  // UNCERTAIN wording; the API documents the code.
  const text = `The maximum number of in flight messages (${limit}) has been reached.`
  return new AwsError('OverLimit', text, { status: 403 })
}

export function purgeInProgress(name: string): AwsError {
  const text = `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`
  return new AwsError('PurgeQueueInProgress', text, { status: 403 })
}
