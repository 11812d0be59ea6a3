/**
 * The binary framing of event streams: one message of headers and payload, between two checksums.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from 'node:zlib'

/** Total length and length of the headers, and their checksum. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
/** The type of a header's value: a string of up to 32 767 bytes. */
const STRING_TYPE = 7

/** One event of a stream; `contentType` says what the payload is. */
export function eventMessage(eventType: string, contentType: string, payload: Uint8Array): Buffer {
  const headers = Buffer.concat([
    stringHeader(':event-type', eventType),
    stringHeader(':content-type', contentType),
    stringHeader(':message-type', 'event'),
  ])
  const length = PRELUDE_BYTES + headers.length + payload.length + CHECKSUM_BYTES
  const message = Buffer.alloc(length)
  message.writeUInt32BE(length, 0)
  message.writeUInt32BE(headers.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  headers.copy(message, PRELUDE_BYTES)
  message.set(payload, PRELUDE_BYTES + headers.length)
  const end = length - CHECKSUM_BYTES
  message.writeUInt32BE(crc32(message.subarray(0, end)), end)
  return message
}

function stringHeader(name: string, value: string): Buffer {
  const header = Buffer.alloc(1 + name.length + 3)
  header.writeUInt8(name.length, 0)
  header.write(name, 1)
  header.writeUInt8(STRING_TYPE, 1 + name.length)
  header.writeUInt16BE(Buffer.byteLength(value), 2 + name.length)
  return Buffer.concat([header, Buffer.from(value)])
}
