/** What an invocation carries: JSON, within AWS's limits. */
import { isUtf8 } from 'node:buffer'
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
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  // Most often a text that the AWS CLI has taken for base64.
  if (!isUtf8(bytes)) throw invalidRequestContent(`${NOT_JSON}${reasonOfBytes(bytes)}`)
  const text = bytes.toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw invalidRequestContent(`${NOT_JSON}${reason(text, (error as Error).message)}`)
  }
}

/** The client context as JSON text, out of the header that carries it. Throws AWS's error. */
export function clientContextOf(encoded: string | undefined): string | undefined {
  if (!encoded) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const value = BASE64.test(encoded) ? parsedPayload(text) : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text
  throw invalidRequestContent('Client context must be a valid Base64-encoded JSON object.')
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

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
  const place = placeOf(before.length, column)
  const token = /^\w+/.exec(text.slice(at))?.[0]
  const char = Buffer.from(text.slice(at, at + 1))[0]
  if (token) return `Unrecognized token '${token}': was expecting ${EXPECTED}${place}`
  if (char === undefined) return `Unexpected end-of-input${place}`
  return `${unexpected(char)}${place}`
}

/** The same of what is no UTF-8 at all: the first byte that is wrong, where the parser meets it. */
function reasonOfBytes(bytes: Buffer): string {
  const { at, part } = badByte(bytes)
  const before = bytes.toString('latin1', 0, at)
  const lines = before.split('\n')
  const column = (lines.at(-1)?.length ?? 0) + 1
  const byte = bytes[at] ?? 0
  const quotes = before.replace(/\\./gs, '').split('"').length - 1
  const isValue = quotes % 2 === 0 && /(^|[[,:{])\s*$/.test(before)
  if (isValue) return `${unexpected(byte)}${placeOf(lines.length, column)}`
  return `Invalid UTF-8 ${part} byte 0x${byte.toString(16)}${placeOf(lines.length, column + 1)}`
}

/** Where UTF-8 ends: at a byte with which no character begins, or goes on. */
function badByte(bytes: Buffer): { at: number; part: 'start' | 'middle' } {
  let at = 0
  for (;;) {
    const length = lengthOfCharacter(bytes[at] ?? 0)
    if (length === 0) return { at, part: 'start' }
    const wrong = bytes.subarray(at + 1, at + length).findIndex((byte) => byte >> 6 !== 0b10)
    if (wrong >= 0) return { at: at + 1 + wrong, part: 'middle' }
    at += length
    // What only the whole sequence tells: it is cut off, overlong or a surrogate.
    if (at >= bytes.length) return { at: bytes.length - 1, part: 'middle' }
  }
}

/** In bytes, by the first; 0 when no character begins so. */
function lengthOfCharacter(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

function unexpected(byte: number): string {
  const isControl = byte < 0x20 || (byte >= 0x7f && byte < 0xa0)
  const code = `code ${byte}`
  const what = isControl ? `(CTRL-CHAR, ${code})` : `'${String.fromCharCode(byte)}' (${code})`
  return `Unexpected character (${what}): expected a valid value ${EXPECTED}`
}

function placeOf(line: number, column: number): string {
  return (
    '\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ' +
    `line: ${line}, column: ${column}]`
  )
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
