/** What an invocation carries: JSON, within AWS's limits. */
import { invalidRequestContent, tooLarge } from './errors.ts'

export const MAX_SYNC_PAYLOAD_BYTES = 6_291_456
/** 1 MB since October 2025. */
const MAX_EVENT_PAYLOAD_BYTES = 1_048_576
/** What the older InvokeAsync takes. */
const MAX_INVOKE_ASYNC_BYTES = 262_144

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

export function tooLargeText(maxBytes: number): string {
  return `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`
}

/** The payload of a synchronous invocation as text. Throws AWS's errors. */
export function payloadText(payload: Uint8Array | undefined): string {
  const length = payload?.length ?? 0
  if (length > MAX_SYNC_PAYLOAD_BYTES) throw tooLarge(tooLargeText(MAX_SYNC_PAYLOAD_BYTES))
  return jsonText(payload)
}

/** The payload of an asynchronous invocation, which may be less. */
export function eventText(payload: Uint8Array | undefined, api: 'Invoke' | 'InvokeAsync'): string {
  const length = payload?.length ?? 0
  const limit = api === 'Invoke' ? MAX_EVENT_PAYLOAD_BYTES : MAX_INVOKE_ASYNC_BYTES
  if (length > limit) {
    throw tooLarge(
      `${length} byte payload is too large for the Event invocation type (limit ${limit} bytes)`,
    )
  }
  return jsonText(payload)
}

/** An empty payload is an empty event. */
function jsonText(payload: Uint8Array | undefined): string {
  if (!payload || payload.length === 0) return '{}'
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw invalidRequestContent(`${NOT_JSON}${reason(text, (error as Error).message)}`)
  }
}

/** What a function answered; the text itself when it is not JSON, as custom runtimes may answer. */
export function parsedPayload(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return payload
  }
}

const NOT_JSON = 'Could not parse request body into json: Could not parse payload into json: '

/** Jackson's words, which Lambda passes on, for the place where JSON.parse stumbled. */
function reason(text: string, message: string): string {
  const at = faultAt(text, message)
  const before = text.slice(0, at).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  const place =
    '\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ' +
    `line: ${before.length}, column: ${column}]`
  const token = /^\w+/.exec(text.slice(at))?.[0]
  const char = text[at]
  if (token) return `Unrecognized token '${token}': was expecting ${EXPECTED}${place}`
  if (char === undefined) return `Unexpected end-of-input${place}`
  const code = char.charCodeAt(0)
  const what = `Unexpected character ('${char}' (code ${code}))`
  return `${what}: expected a valid value ${EXPECTED}${place}`
}

/** V8 tells no position when it quotes a short text whole: it is where a prefix first fails. */
function faultAt(text: string, message: string): number {
  const told = /position (\d+)/.exec(message)?.[1]
  if (told !== undefined) return Number(told)
  const isFault = (end: number) => {
    try {
      JSON.parse(text.slice(0, end))
      return false
    } catch (error) {
      return /^Unexpected (token|non-)/.test((error as Error).message)
    }
  }
  for (let end = 1; end <= text.length; end++) if (isFault(end)) return end - 1
  return text.length
}
