/**
 * The encoded part of EC2's "not authorized" errors. AWS's form is secret; ours is deflated JSON
 * of what DecodeAuthorizationMessage answers.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Refusal } from './service.ts'

/** Decoded messages are smaller than this, so that a forged one cannot fill the memory. */
const MAX_DECODED_BYTES = 64 * 1024

/** The text of the error. */
export function encodeDecision({ verdict, action, resource, keys, ctx }: Refusal): string {
  const { decision } = verdict
  const { userId, arn } = ctx.caller
  const document = {
    allowed: decision.allowed,
    explicitDeny: decision.reason === 'explicitDeny',
    matchedStatements: { items: decision.statements },
    failures: { items: [] },
    context: {
      principal: { id: userId, arn },
      action,
      resource,
      conditions: {
        items: Object.entries(keys).flatMap(([key, value]) =>
          value === undefined ? [] : [condition(key, value)],
        ),
      },
    },
  }
  return deflateRawSync(JSON.stringify(document)).toString('base64url')
}

function condition(key: string, value: string | readonly string[]) {
  const values = typeof value === 'string' ? [value] : value
  return { key, values: { items: values.map((each) => ({ value: each })) } }
}

/** The JSON of an encoded decision; undefined for any other text. */
export function decodeDecision(encoded: string): string | undefined {
  try {
    const bytes = Buffer.from(encoded, 'base64url')
    const text = inflateRawSync(bytes, { maxOutputLength: MAX_DECODED_BYTES }).toString()
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}
