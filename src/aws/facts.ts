/** Facts that are shipped as data (models/), read when they are first asked for. */
import { existsSync, readFileSync } from 'node:fs'

/** dist/models beside the bundle, or models/ from this file in src/aws. */
const FOLDERS = [new URL('./models/', import.meta.url), new URL('../../models/', import.meta.url)]

/** The parsed content of `models/<file>`; the caller keeps it. */
export function readFacts<T>(file: string): T {
  const found = FOLDERS.map((folder) => new URL(file, folder)).find(existsSync)
  if (!found) throw new Error(`models/${file} is missing`)
  return JSON.parse(readFileSync(found, 'utf8'))
}
