/**
 * The error of a refused call. What changes something also gets the decision, encoded, for
 * DecodeAuthorizationMessage.
 */

import { encodeDecision } from '../../aws/authorization-message.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Refusal } from '../../aws/service.ts'

const FORBIDDEN = 403

export function denied(refusal: Refusal): AwsError {
  const { verdict, ctx } = refusal
  const text = `You are not authorized to perform this operation. ${verdict.denial()}`
  const encoded = ctx.operation.startsWith('Describe')
    ? ''
    : `. Encoded authorization failure message: ${encodeDecision(refusal)}`
  return new AwsError('UnauthorizedOperation', text + encoded, { status: FORBIDDEN })
}
