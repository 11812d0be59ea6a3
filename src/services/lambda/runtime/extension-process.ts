/** The process of one external extension: an executable of /opt/extensions. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Pipes } from './pipes.ts'
import { ProcessOutput } from './process-output.ts'
import type { Exit, FunctionProcess, ProcessSpec, Supervisor } from './supervisor.ts'
import type { FunctionImage, LogLine } from './types.ts'

const EXTENSIONS_FOLDER = 'extensions'

/** The files that Lambda starts as extensions: their names are the extensions' names. */
export function externalExtensions({ layersDir }: FunctionImage): string[] {
  const folder = layersDir && path.join(layersDir, EXTENSIONS_FOLDER)
  if (!folder || !existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => path.join(folder, name))
}

export interface ExtensionStart {
  supervisor: Supervisor
  pipes: Pipes
  spec: Omit<ProcessSpec, 'output'>
  onLines(lines: LogLine[]): void
}

export class ExtensionProcess {
  readonly #process: FunctionProcess
  /** Resolves once it has ended and its output is read. */
  readonly exited: Promise<Exit>

  private constructor(process: FunctionProcess, output: ProcessOutput) {
    this.#process = process
    this.exited = process.exited.finally(() => output.close())
  }

  /** @throws {StartError} (as a rejection) when the file cannot be executed. */
  static async start({ supervisor, pipes, spec, onLines }: ExtensionStart) {
    const pipe = await pipes.take()
    const output = new ProcessOutput(pipe, onLines)
    try {
      const process = await supervisor.start({ ...spec, output: pipe })
      return new ExtensionProcess(process, output)
    } catch (error) {
      output.close()
      throw error
    } finally {
      rmSync(pipe, { force: true })
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.signal(name)
  }

  kill(): Promise<Exit> {
    this.#process.kill()
    return this.exited
  }
}
