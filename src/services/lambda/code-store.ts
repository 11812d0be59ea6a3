/** Deployment packages on disk: the zip by its hash, and its extracted form beside it. */
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidParameter, tooLarge } from './errors.ts'
import type { FunctionCode } from './functions.ts'
import { extractZip, InvalidZip, measureZip } from './runtime/index.ts'

/** 50 MB. */
export const MAX_ZIP_BYTES = 52_428_800
const HASH = /^[0-9a-f]{64}$/

export class CodeStore {
  readonly #folder: string
  readonly #extractions = new Map<string, Promise<string>>()

  constructor(folder: string) {
    this.#folder = join(folder, 'code')
  }

  /** Checks, extracts and keeps a zip; it is on disk when this resolves. */
  async keep(zip: Uint8Array): Promise<FunctionCode> {
    if (zip.length > MAX_ZIP_BYTES) {
      throw tooLarge(`Zipped size must be smaller than ${MAX_ZIP_BYTES} bytes`)
    }
    const { codeSha256: sha256, codeSize: sizeBytes } = measureZip(zip)
    const hash = hashOf({ sha256, sizeBytes })
    await this.#extract(hash, zip)
    if (!existsSync(this.#zip(hash))) await this.#write(hash, zip)
    return { sha256, sizeBytes }
  }

  /** The folder of the extracted code. */
  async folderOf(code: FunctionCode): Promise<string> {
    const hash = hashOf(code)
    const folder = join(this.#folder, hash)
    if (existsSync(folder)) return folder
    return this.#extract(hash, await readFile(this.#zip(hash)))
  }

  /** The zip of a hash as it stands in `Code.Location`; undefined when there is none. */
  async read(hash: string): Promise<Buffer | undefined> {
    if (!HASH.test(hash) || !existsSync(this.#zip(hash))) return undefined
    return readFile(this.#zip(hash))
  }

  #zip(hash: string): string {
    return join(this.#folder, `${hash}.zip`)
  }

  /** Once for all that ask at the same time; whole or not at all. */
  #extract(hash: string, zip: Uint8Array): Promise<string> {
    const folder = join(this.#folder, hash)
    if (existsSync(folder)) return Promise.resolve(folder)
    const running = this.#extractions.get(hash)
    if (running) return running
    const partial = `${folder}.partial`
    const extraction = extractZip(zip, partial)
      .then(() => rename(partial, folder))
      .then(() => folder)
      .catch((error) => {
        throw error instanceof InvalidZip ? invalidParameter(error.message) : error
      })
      .finally(() => this.#extractions.delete(hash))
    this.#extractions.set(hash, extraction)
    return extraction
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
export function hashOf({ sha256 }: FunctionCode): string {
  return Buffer.from(sha256, 'base64').toString('hex')
}
