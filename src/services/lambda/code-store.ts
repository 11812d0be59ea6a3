/** Deployment packages on disk: the zip by its hash, and its extracted form beside it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { cp, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidParameter, tooLarge } from './errors.ts'
import type { PackageCode } from './functions.ts'
import { extractZip, InvalidZip, measureZip } from './runtime/index.ts'

/** 50 MB. */
export const MAX_ZIP_BYTES = 52_428_800
const COPY_OPTIONS = { recursive: true, verbatimSymlinks: true } as const
const HASH = /^[0-9a-f]{64}$/
/** Ends the name of what is not whole: being made, or being removed. */
const PARTIAL = '.partial'
/** What else is in the folder, or is on its way out: `package.json` guards all code in it. */
const PACKAGE_ENTRY = /^(layers-)?[0-9a-f]{64}(\.zip)?(\.partial)?$/

/** What decides on what is garbage. */
export interface Sweep {
  /** The names of the entries that something refers to. */
  used(): ReadonlySet<string>
  /** Resolves once all that was committed is on disk. */
  durable(): Promise<void>
}

export class CodeStore {
  readonly #folder: string
  readonly #running = new Map<string, Promise<string>>()
  readonly #removing = new Map<string, Promise<void>>()
  /** How many hold an entry, by its name. */
  readonly #held = new Map<string, number>()
  /** For each sweep under way, what was held since it began. */
  readonly #sweeps = new Set<Set<string>>()

  constructor(folder: string) {
    this.#folder = join(folder, 'code')
  }

  /**
   * Checks, extracts and writes a zip, then has `use` put the row that refers to it: what nothing
   * refers to is garbage.
   */
  async keep<T>(zip: Uint8Array, use: (code: PackageCode) => T): Promise<T> {
    if (zip.length > MAX_ZIP_BYTES) {
      throw tooLarge(`Zipped size must be smaller than ${MAX_ZIP_BYTES} bytes`)
    }
    const { codeSha256: sha256, codeSize: sizeBytes } = measureZip(zip)
    using _ = this.hold(entriesOf({ sha256 }, []))
    const hash = hashOf({ sha256 })
    const folder = await this.#extract(hash, zip)
    await this.#once(`${hash}.zip`, (partial) => this.#write(partial, zip))
    return use({ sha256, sizeBytes, unzippedBytes: await sizeOf(folder) })
  }

  /** Keeps entries from being removed, whether something refers to them or not. */
  hold(names: readonly string[]): Disposable {
    for (const name of names) {
      this.#held.set(name, (this.#held.get(name) ?? 0) + 1)
      for (const touched of this.#sweeps) touched.add(name)
    }
    return { [Symbol.dispose]: () => this.#release(names) }
  }

  #release(names: readonly string[]): void {
    for (const name of names) {
      const count = (this.#held.get(name) ?? 1) - 1
      if (count > 0) this.#held.set(name, count)
      else this.#held.delete(name)
    }
  }

  /**
   * Removes what nothing refers to. A deletion that is not on disk yet is undone by a crash, so
   * only what has been garbage before a write to the disk and still is goes. Resolves to whether
   * there is garbage that something held.
   */
  async sweep({ used, durable }: Sweep): Promise<boolean> {
    const touched = new Set(this.#held.keys())
    this.#sweeps.add(touched)
    try {
      const before = used()
      await durable()
      const now = used()
      const garbage = this.#entries().filter((name) => !before.has(name) && !now.has(name))
      const free = garbage.filter((name) => !touched.has(name) && !this.#isBusy(name))
      for (const name of free) this.#remove(name)
      await Promise.all(this.#removing.values())
      return free.length < garbage.length
    } finally {
      this.#sweeps.delete(touched)
    }
  }

  #entries(): string[] {
    if (!existsSync(this.#folder)) return []
    return readdirSync(this.#folder).filter((name) => PACKAGE_ENTRY.test(name))
  }

  #isBusy(name: string): boolean {
    const whole = name.endsWith(PARTIAL) ? name.slice(0, -PARTIAL.length) : name
    return this.#running.has(whole) || this.#removing.has(whole)
  }

  /** An entry that is half removed must not look whole, not even after a crash. */
  #remove(name: string): void {
    const whole = name.endsWith(PARTIAL) ? name.slice(0, -PARTIAL.length) : name
    const partial = join(this.#folder, `${whole}${PARTIAL}`)
    if (name === whole) renameSync(join(this.#folder, name), partial)
    const removed = rm(partial, { recursive: true, force: true })
      // A function may have changed the modes of its own files; the next sweep tries again.
      .catch(() => {})
      .finally(() => this.#removing.delete(whole))
    this.#removing.set(whole, removed)
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
    return this.#once(mergedName(layers), async (partial) => {
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

  /** Makes an entry once for all that ask at the same time; whole or not at all. */
  #once(name: string, make: (partial: string) => Promise<unknown>): Promise<string> {
    const path = join(this.#folder, name)
    if (existsSync(path)) return Promise.resolve(path)
    const running = this.#running.get(name)
    if (running) return running
    const partial = `${path}${PARTIAL}`
    const work = Promise.resolve(this.#removing.get(name))
      .then(() => rm(partial, { recursive: true, force: true }))
      .then(() => make(partial))
      .then(() => rename(partial, path))
      .then(() => path)
      .finally(() => this.#running.delete(name))
    this.#running.set(name, work)
    return work
  }

  async #write(partial: string, zip: Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await using file = await open(partial, 'w')
    await file.writeFile(zip)
    await file.sync()
  }
}

/** The names of the entries that code and layers need. */
export function entriesOf(
  code: Pick<PackageCode, 'sha256'>,
  layers: readonly PackageCode[],
): string[] {
  const packages = [code, ...layers].map(hashOf).flatMap((hash) => [hash, `${hash}.zip`])
  return layers.length > 1 ? [...packages, mergedName(layers)] : packages
}

function mergedName(layers: readonly PackageCode[]): string {
  const hash = createHash('sha256').update(layers.map(hashOf).join(' ')).digest('hex')
  return `layers-${hash}`
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
