import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** The folder of a server's environments: pipes, and their temporary files. Made when needed. */
export class WorkDir {
  #path: string | undefined

  get path(): string {
    this.#path ??= mkdtempSync(path.join(tmpdir(), 'windtunnel-lambda-'))
    return this.#path
  }

  make(name: string): string {
    const dir = path.join(this.path, name)
    mkdirSync(dir)
    return dir
  }

  remove(): void {
    if (this.#path) rmSync(this.#path, { recursive: true, force: true })
  }
}
