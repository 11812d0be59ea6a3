/** Unpacks deployment packages: what comes out is safe to run from a folder of ours. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BadZip, readZipData, readZipEntries, type ZipEntry } from './zip.ts'

/** 250 MB. */
export const MAX_UNZIPPED_BYTES = 262_144_000
const MODE_TYPE = 0o170000
const MODE_LINK = 0o120000
const MODE_DIRECTORY = 0o040000
const MODE_EXECUTABLE = 0o111
const EXECUTABLE = 0o755
const PARALLEL_WRITES = 8

/** The message is AWS's, for an InvalidParameterValueException. */
export class InvalidZip extends Error {}

export interface ExtractedCode {
  /** The length of the zip. */
  codeSize: number
  /** SHA-256 of the zip, base64. */
  codeSha256: string
  unzippedBytes: number
}

/** CodeSize and CodeSha256 of a deployment package, as CreateFunction answers them. */
export function measureZip(bytes: Uint8Array): Pick<ExtractedCode, 'codeSize' | 'codeSha256'> {
  const codeSha256 = createHash('sha256').update(bytes).digest('base64')
  return { codeSize: bytes.length, codeSha256 }
}

/**
 * Extracts a deployment package into `dir`, which must not exist and is removed when it fails.
 * @throws {InvalidZip} (as a rejection) on a broken archive, one that leads outside of `dir`, or
 * one that exceeds `MAX_UNZIPPED_BYTES`.
 */
export async function extractZip(bytes: Uint8Array, dir: string): Promise<ExtractedCode> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = entriesOf(zip)
  const unzippedBytes = entries.reduce((sum, { size }) => sum + size, 0)
  if (unzippedBytes > MAX_UNZIPPED_BYTES) {
    throw new InvalidZip(`Unzipped size must be smaller than ${MAX_UNZIPPED_BYTES} bytes`)
  }
  try {
    await guardModuleType(dir)
    await mkdir(dir)
    await writeAll(zip, entries, dir)
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error instanceof BadZip || isFileConflict(error) ? couldNotUnzip() : error
  }
  return { ...measureZip(bytes), unzippedBytes }
}

function entriesOf(zip: Buffer): ZipEntry[] {
  if (zip.length === 0) throw new InvalidZip('Uploaded file must be a non-empty zip')
  try {
    const entries = readZipEntries(zip)
    if (entries.length === 0) throw new InvalidZip('Uploaded file must be a non-empty zip')
    for (const { name } of entries) {
      if (path.isAbsolute(name) || name.includes('\0') || name.split(/[/\\]/).includes('..')) {
        throw new BadZip(`${name} leads outside.`)
      }
    }
    return entries
  } catch (error) {
    throw error instanceof InvalidZip ? error : couldNotUnzip()
  }
}

/**
 * Node.js looks for `package.json` in the folders above a file to tell CommonJS from ES modules:
 * one of our own keeps it from finding someone else's.
 */
async function guardModuleType(dir: string): Promise<void> {
  await mkdir(path.dirname(dir), { recursive: true })
  await writeFile(path.join(path.dirname(dir), 'package.json'), '{}\n')
}

async function writeAll(zip: Buffer, entries: ZipEntry[], dir: string): Promise<void> {
  const isLink = ({ mode }: ZipEntry) => (mode & MODE_TYPE) === MODE_LINK
  const queue = entries.filter((entry) => !isLink(entry)).values()
  const worker = async () => {
    for (const entry of queue) await writeEntry(zip, entry, dir)
  }
  await Promise.all(Array.from({ length: PARALLEL_WRITES }, worker))
  // Links last, so that no file is written through one.
  for (const entry of entries.filter(isLink)) {
    const target = (await readZipData(zip, entry)).toString('utf8')
    await writeLink(path.join(dir, entry.name), target, dir)
  }
}

async function writeEntry(zip: Buffer, entry: ZipEntry, dir: string): Promise<void> {
  const file = path.join(dir, entry.name)
  if (entry.name.endsWith('/') || (entry.mode & MODE_TYPE) === MODE_DIRECTORY) {
    await mkdir(file, { recursive: true })
    return
  }
  const data = await readZipData(zip, entry)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, data)
  if (entry.mode & MODE_EXECUTABLE) await chmod(file, EXECUTABLE)
}

async function writeLink(file: string, target: string, dir: string): Promise<void> {
  const inside = path.relative(dir, path.resolve(path.dirname(file), target))
  if (path.isAbsolute(target) || inside.split(path.sep)[0] === '..') {
    throw new BadZip(`The link ${file} leads outside.`)
  }
  await mkdir(path.dirname(file), { recursive: true })
  await symlink(target, file)
}

/** Two entries of one name, a file used as a folder, a name that is too long. */
function isFileConflict(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return ['EEXIST', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes(String(code))
}

function couldNotUnzip(): InvalidZip {
  return new InvalidZip(
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  )
}
