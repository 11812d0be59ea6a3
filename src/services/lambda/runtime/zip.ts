/**
 * Reads zip archives through their central directory: names, Unix modes, and the data of one entry
 * at a time, never more of it than the archive declares.
 */
import { promisify } from 'node:util'
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib'

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const LONGEST_COMMENT_BYTES = 0xffff
const MOST_COUNTED = 0xffff
const STORED = 0
const DEFLATED = 8
const ENCRYPTED_FLAG = 1
const UNIX_HOST = 3
/** Smaller data is inflated faster than handed to another thread. */
const INFLATE_ASIDE_BYTES = 64 * 1024
/** zlib's own number, written here since its constants would load it at the start. */
const Z_SYNC_FLUSH = 2

export interface ZipEntry {
  name: string
  /** Unix file type and permissions; 0 when the archive was made elsewhere. */
  mode: number
  size: number
  compressedSize: number
  method: number
  encrypted: boolean
  crc: number
  /** Where its local header is. */
  offset: number
}

/** The bytes are not a zip archive, or a damaged one. */
export class BadZip extends Error {}

const inflateAside = promisify(inflateRaw)

/** @throws {BadZip} */
export function readZipEntries(bytes: Buffer): ZipEntry[] {
  const end = findEnd(bytes)
  const count = bytes.readUInt16LE(end + 10)
  let at = bytes.readUInt32LE(end + 16)
  const entries: ZipEntry[] = []
  // What holds more entries than can be told here says so elsewhere: its directory goes on.
  const goesOn = () => count === MOST_COUNTED && isEntry(bytes, at)
  for (let i = 0; i < count || goesOn(); i++) {
    if (!isEntry(bytes, at)) throw new BadZip('The central directory is damaged.')
    const nameLength = bytes.readUInt16LE(at + 28)
    const nameAt = at + ENTRY_BYTES
    entries.push({
      name: bytes.toString('utf8', nameAt, nameAt + nameLength),
      mode: bytes[at + 5] === UNIX_HOST ? bytes.readUInt16LE(at + 40) : 0,
      size: bytes.readUInt32LE(at + 24),
      compressedSize: bytes.readUInt32LE(at + 20),
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & ENCRYPTED_FLAG) !== 0,
      crc: bytes.readUInt32LE(at + 16),
      offset: bytes.readUInt32LE(at + 42),
    })
    at = nameAt + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}

function isEntry(bytes: Buffer, at: number): boolean {
  return at + ENTRY_BYTES <= bytes.length && bytes.readUInt32LE(at) === ENTRY_SIGNATURE
}

/** The entry's data. @throws {BadZip} (as a rejection) also when more comes out than declared. */
export async function readZipData(bytes: Buffer, entry: ZipEntry): Promise<Buffer> {
  const { offset, compressedSize, size, method, encrypted } = entry
  if (offset + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(offset) !== LOCAL_SIGNATURE) {
    throw new BadZip(`The header of ${entry.name} is damaged.`)
  }
  const start =
    offset + LOCAL_BYTES + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28)
  const packed = bytes.subarray(start, start + compressedSize)
  if (encrypted || (method !== STORED && method !== DEFLATED)) {
    throw new BadZip(`${entry.name} is encrypted or packed in an unknown way.`)
  }
  const data = method === STORED ? packed : await inflate(packed, size)
  if (data.length !== size || crc32(data) !== entry.crc) {
    throw new BadZip(`The data of ${entry.name} is damaged.`)
  }
  return data
}

async function inflate(packed: Buffer, size: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(size, 1), finishFlush: Z_SYNC_FLUSH }
  try {
    return size < INFLATE_ASIDE_BYTES
      ? inflateRawSync(packed, options)
      : await inflateAside(packed, options)
  } catch {
    throw new BadZip('The packed data is damaged.')
  }
}

/** The end record stands at the end, before a comment of any length. */
function findEnd(bytes: Buffer): number {
  const earliest = Math.max(0, bytes.length - END_BYTES - LONGEST_COMMENT_BYTES)
  for (let at = bytes.length - END_BYTES; at >= earliest; at--) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE) return at
  }
  throw new BadZip('There is no end of a central directory.')
}
