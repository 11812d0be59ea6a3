/** Named pipes for the output of processes: real pipes, which `/dev/stderr` can be opened on. */
import path from 'node:path'
import type { Supervisor } from './supervisor.ts'
import type { WorkDir } from './work-dir.ts'

const BATCH = 16
/** Fewer than these waiting: more are made meanwhile. */
const LOW_WATER = 8

export class Pipes {
  readonly #supervisor: Supervisor
  readonly #workDir: WorkDir
  readonly #ready: string[] = []
  #making: Promise<void> | undefined
  #made = 0

  constructor(supervisor: Supervisor, workDir: WorkDir) {
    this.#supervisor = supervisor
    this.#workDir = workDir
  }

  /** The path of an unused pipe; its user removes it. */
  async take(): Promise<string> {
    while (this.#ready.length === 0) await this.#make()
    if (this.#ready.length <= LOW_WATER) this.#make().catch(() => {})
    const pipe = this.#ready.pop()
    return pipe ?? this.take()
  }

  #make(): Promise<void> {
    this.#making ??= this.#makeBatch().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  async #makeBatch(): Promise<void> {
    const dir = this.#workDir.path
    const paths = Array.from({ length: BATCH }, () => path.join(dir, `out-${this.#made++}`))
    const { failed, stderr } = await this.#supervisor.run('mkfifo', paths)
    if (failed) throw new Error(`The machine makes no named pipes with mkfifo: ${stderr.trim()}`)
    this.#ready.push(...paths)
  }
}
