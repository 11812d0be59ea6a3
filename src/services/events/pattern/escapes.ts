const BACKSLASH = 0x5c
const QUESTION_MARK = 0x3f
const LOWER_U = 0x75
const HEX_DIGITS = 4

/** What follows a backslash, and the byte it stands for; other bytes stand for themselves. */
const ESCAPES = new Map(
  [...'bfnrt'].map((letter, i) => [letter.charCodeAt(0), '\b\f\n\r\t'.charCodeAt(i)]),
)

/**
 * Decodes the escapes of a JSON string, in bytes `start` to `end`, to bytes from `to` on, which
 * take no more room. A surrogate without its other half becomes `?`. Returns the end.
 */
export function decodeEscapes(bytes: Uint8Array, start: number, end: number, to: number): number {
  let out = to
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte !== BACKSLASH) {
      bytes[out++] = byte
      continue
    }
    const escaped = bytes[++at]!
    if (escaped !== LOWER_U) {
      bytes[out++] = ESCAPES.get(escaped) ?? escaped
      continue
    }
    let code = hexAt(bytes, at + 1)
    at += HEX_DIGITS
    if (isHighSurrogate(code) && bytes[at + 1] === BACKSLASH && bytes[at + 2] === LOWER_U) {
      const low = hexAt(bytes, at + 3)
      if (isLowSurrogate(low)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        at += 2 + HEX_DIGITS
      }
    }
    out = writeUtf8(bytes, out, code)
  }
  return out
}

function hexAt(bytes: Uint8Array, start: number): number {
  let code = 0
  for (let i = 0; i < HEX_DIGITS; i++) {
    const byte = bytes[start + i]!
    code = code * 16 + (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
  }
  return code
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function writeUtf8(bytes: Uint8Array, start: number, code: number): number {
  let at = start
  if (code < 0x80) {
    bytes[at++] = code
  } else if (code < 0x800) {
    bytes[at++] = 0xc0 | (code >> 6)
    bytes[at++] = 0x80 | (code & 0x3f)
  } else if (isHighSurrogate(code) || isLowSurrogate(code)) {
    bytes[at++] = QUESTION_MARK
  } else if (code < 0x10000) {
    bytes[at++] = 0xe0 | (code >> 12)
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    bytes[at++] = 0x80 | (code & 0x3f)
  } else {
    bytes[at++] = 0xf0 | (code >> 18)
    bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    bytes[at++] = 0x80 | (code & 0x3f)
  }
  return at
}
