/** Functions whose code is a folder of this machine: what tells one state of it from another. */
import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Large, and not edited by hand: what is added to or taken from them counts, edits do not. */
const UNREAD_FOLDERS = new Set(['node_modules', '.git', '.venv'])
/** Written by the runs themselves. */
const IGNORED_FOLDERS = new Set(['__pycache__'])

/** Changes when a file of the folder is edited, added or removed. */
export async function fingerprintOf(folder: string): Promise<string> {
  const lines = await linesOf(folder)
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

async function linesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifGone([]))
  const lines = await Promise.all(entries.map((entry) => linesOfEntry(folder, entry)))
  return lines.flat()
}

async function linesOfEntry(folder: string, entry: Dirent): Promise<string[]> {
  const path = join(folder, entry.name)
  if (entry.isDirectory()) {
    if (IGNORED_FOLDERS.has(entry.name)) return []
    if (!UNREAD_FOLDERS.has(entry.name)) return linesOf(path)
  }
  const found = await lstat(path).catch(ifGone(undefined))
  return found ? [`${path} ${found.ino} ${found.size} ${found.mtimeMs}`] : []
}

/** Something may go while the folder is read; the next look sees what is left. */
function ifGone<T>(value: T) {
  return (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
