/** Deployment packages on disk: the zip by its hash, and its extracted form beside it. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidParameter, tooLarge } from './errors.ts'
import type { PackageCode } from './functions.ts'
import { extractZip, InvalidZip, measureZip } from './runtime/index.ts'

/** 50 MB. */
export const MAX_ZIP_BYTES = 52_428_800
const COPY_OPTIONS = { recursive: true, verbatimSymlinks: true } as const
const HASH = /^[0-9a-f]{64}$/

export class CodeStore {
  readonly #folder: string
  readonly #running = new Map<string, Promise<string>>()

  constructor(folder: string) {
    this.#folder = join(folder, 'code')
  }

  /** Checks, extracts and keeps a zip; it is on disk when this resolves. */
  async keep(zip: Uint8Array): Promise<PackageCode> {
    if (zip.length > MAX_ZIP_BYTES) {
      throw tooLarge(`Zipped size must be smaller than ${MAX_ZIP_BYTES} bytes`)
    }
    const { codeSha256: sha256, codeSize: sizeBytes } = measureZip(zip)
    const hash = hashOf({ sha256 })
    const folder = await this.#extract(hash, zip)
    if (!existsSync(this.#zip(hash))) await this.#write(hash, zip)
    return { sha256, sizeBytes, unzippedBytes: await sizeOf(folder) }
  }

  /** The folder of the extracted code. */
  async folderOf(code: PackageCode): Promise<string> {
    const hash = hashOf(code)
    const folder = join(this.#folder, hash)
    if (existsSync(folder)) return folder
    return this.#extract(hash, await readFile(this.#zip(hash)))
  }

  /** The folder of extracted layers, in which files of later ones replace those of earlier ones. */
  async layersFolderOf(layers: readonly PackageCode[]): Promise<string | undefined> {
    const [first] = layers
    if (!first) return undefined
    if (layers.length === 1) return this.folderOf(first)
    const hash = createHash('sha256').update(layers.map(hashOf).join(' ')).digest('hex')
    return this.#once(`layers-${hash}`, async (partial) => {
      for (const layer of layers) {
        await cp(await this.folderOf(layer), partial, COPY_OPTIONS)
      }
    })
  }

  /** The zip of a hash as it stands in `Code.Location`; undefined when there is none. */
  async read(hash: string): Promise<Buffer | undefined> {
    if (!HASH.test(hash) || !existsSync(this.#zip(hash))) return undefined
    return readFile(this.#zip(hash))
  }

  #zip(hash: string): string {
    return join(this.#folder, `${hash}.zip`)
  }

  async #extract(hash: string, zip: Uint8Array): Promise<string> {
    try {
      return await this.#once(hash, (partial) => extractZip(zip, partial))
    } catch (error) {
      throw error instanceof InvalidZip ? invalidParameter(error.message) : error
    }
  }

  /** Makes a folder once for all that ask at the same time; whole or not at all. */
  #once(name: string, make: (partial: string) => Promise<unknown>): Promise<string> {
    const folder = join(this.#folder, name)
    if (existsSync(folder)) return Promise.resolve(folder)
    const running = this.#running.get(name)
    if (running) return running
    const partial = `${folder}.partial`
    const work = rm(partial, { recursive: true, force: true })
      .then(() => make(partial))
      .then(() => rename(partial, folder))
      .then(() => folder)
      .finally(() => this.#running.delete(name))
    this.#running.set(name, work)
    return work
  }

  async #write(hash: string, zip: Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const partial = `${this.#zip(hash)}.partial`
    await using file = await open(partial, 'w')
    await file.writeFile(zip)
    await file.sync()
    await rename(partial, this.#zip(hash))
  }
}

/** Hexadecimal, since base64 has characters that file names have not. */
export function hashOf({ sha256 }: Pick<PackageCode, 'sha256'>): string {
  return Buffer.from(sha256, 'base64').toString('hex')
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
