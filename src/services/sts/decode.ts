/** DecodeAuthorizationMessage: what the encoded part of a refusal says. */
import type {
  DecodeAuthorizationMessageRequest,
  DecodeAuthorizationMessageResponse,
} from '@aws-sdk/client-sts'
import { decodeDecision } from '../../aws/authorization-message.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
export function decodeAuthorizationMessage(
  { EncodedMessage }: Checked<DecodeAuthorizationMessageRequest>,
  ctx: Context,
): DecodeAuthorizationMessageResponse {
  ctx.allow('sts:DecodeAuthorizationMessage', '*')
  const DecodedMessage = decodeDecision(EncodedMessage)
  if (DecodedMessage === undefined) {
    throw new AwsError('InvalidAuthorizationMessageException', 'Message is not valid.')
  }
  return { DecodedMessage }
}
