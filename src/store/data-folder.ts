/** Looks at a data folder before anything touches it. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DataFolderError } from './store.ts'

export const DATABASE_FILE = 'state.db'
const LOCK_FILE = 'lock'
/** All that a crash before the first commit can leave. */
const OURS = new Set([DATABASE_FILE, LOCK_FILE])
/** "WndT", in the header of the database file (https://sqlite.org/fileformat.html). */
export const APPLICATION_ID = 0x576e6454
export const FORMAT_VERSION = 2

const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
const USER_VERSION_OFFSET = 60
const APPLICATION_ID_OFFSET = 68

/** Makes the folder when it is absent; throws when it holds anything that is not ours. */
export function prepareDataFolder(folder: string): string {
  const file = join(folder, DATABASE_FILE)
  if (existsSync(file)) {
    checkHeader(folder, file)
    return file
  }
  if (existsSync(folder) && readdirSync(folder).some((name) => !OURS.has(name))) {
    throw new DataFolderError(
      `${folder} is not empty and holds no Windtunnel data. Name an empty or a new folder.`,
    )
  }
  mkdirSync(folder, { recursive: true })
  return file
}

/**
 * Keeps other processes out of the folder until the lock is closed or this process ends. A file of
 * its own, as the state itself is open on more than one thread.
 */
export function lockDataFolder(folder: string): DatabaseSync {
  try {
    const lock = new DatabaseSync(join(folder, LOCK_FILE))
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (!/locked|busy/i.test(message)) throw unreadable(folder, message)
    throw new DataFolderError(`${folder} is in use by another process. Stop it or name another.`)
  }
}

export function unreadable(folder: string, why: string): DataFolderError {
  return new DataFolderError(`${folder} cannot be read: ${why}. Restore or remove it.`)
}

function checkHeader(folder: string, file: string): void {
  const header = Buffer.alloc(HEADER_BYTES)
  const descriptor = openSync(file, 'r')
  const length = readSync(descriptor, header, 0, HEADER_BYTES, 0)
  closeSync(descriptor)
  // A crash before the first commit leaves an empty file: nothing was acknowledged yet.
  if (length === 0) return
  if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new DataFolderError(`${file} is damaged: it is not a database. Restore or remove it.`)
  }
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) {
    throw new DataFolderError(`${folder} belongs to another program. Name another folder.`)
  }
  const version = header.readUInt32BE(USER_VERSION_OFFSET)
  if (version > FORMAT_VERSION) {
    throw new DataFolderError(
      `${folder} was written by a newer Windtunnel (format ${version}, this one knows ` +
        `${FORMAT_VERSION}). Update Windtunnel or name another folder.`,
    )
  }
}
