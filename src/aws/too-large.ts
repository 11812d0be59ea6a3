/** The answer to a request that is larger than any AWS takes here. */
import { AwsError } from './errors.ts'
import { protocolFor, type WireRequest, type WireResponse } from './protocols/protocol.ts'
import { route } from './routing.ts'
import type { Service } from './service.ts'
import { readSignature, SignatureError } from './sigv4.ts'

/** Lambda's limit (recorded): a function's zip of 50 MB, as base64 inside JSON. */
export const MAX_REQUEST_BYTES = 70_167_211

const CODE = 'RequestEntityTooLargeException'
const STATUS = 413

/** `request` comes without its body. Lambda's front end names the operation (recorded). */
export function tooLarge(
  request: WireRequest,
  services: ReadonlyMap<string, Service>,
  requestId: string,
): WireResponse {
  const { service } = route(request, signatureOf(request), services)
  if (!service || service.model.protocol === 'restJson1') {
    const operation = service && operationName(request, service)
    const what = operation === undefined ? 'this operation' : `the ${operation} operation`
    return {
      status: STATUS,
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': CODE,
      },
      body: JSON.stringify({ Message: textFor(what) }),
    }
  }
  const error = new AwsError(CODE, textFor('this operation'), { status: STATUS })
  return protocolFor(service.model, request).encodeError(service.model, error, requestId)
}

function textFor(what: string): string {
  return `Request must be smaller than ${MAX_REQUEST_BYTES} bytes for ${what}`
}

/** Told by the path; undefined when no operation has it. */
function operationName(request: WireRequest, { model }: Service): string | undefined {
  try {
    return protocolFor(model, request).operation(model, request).name
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

function signatureOf(request: WireRequest) {
  try {
    return readSignature(request)
  } catch (error) {
    if (error instanceof SignatureError) return undefined
    throw error
  }
}
