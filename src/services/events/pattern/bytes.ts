/**
 * Conditions compare UTF-8 bytes. They keep them as a "byte string": a string whose every char
 * code is one byte, which V8 stores in one byte each and which, for ASCII, is the text itself.
 */
export type ByteString = string

const ASCII = /^[\0-\x7f]*$/
const HASH_FACTOR = 31
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The UTF-8 bytes of a text. A lone surrogate becomes `?`, as Java's encoder has it. */
export function toByteString(text: string): ByteString {
  // A copy, since a part of a text may keep all of it in memory.
  if (ASCII.test(text)) return text.split('').join('')
  let bytes = ''
  for (const byte of toUtf8(text)) bytes += String.fromCharCode(byte)
  return bytes
}

/** As toByteString, in an array. */
export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?'))
}

/** The text whose UTF-8 bytes these are, as a JSON string. */
export function quote(bytes: ByteString): string {
  const text = decoder.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  return JSON.stringify(text)
}

/** Whether `bytes`, from `start`, begins with all of `expected`; the caller checks the end. */
export function bytesAt(bytes: Uint8Array, start: number, expected: ByteString): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[start + i] !== expected.charCodeAt(i)) return false
  }
  return true
}

/** Adds a byte to a hash, which starts as 0. */
export function hashWith(hash: number, byte: number): number {
  return (Math.imul(hash, HASH_FACTOR) + byte) | 0
}

export function hashOf(text: ByteString): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = hashWith(hash, text.charCodeAt(i))
  return hash
}

export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let i = start; i < end; i++) hash = hashWith(hash, bytes[i]!)
  return hash
}
