/**
 * The Java bootstrap, compiled for a JDK: once for each in the life of a server. Compiled classes
 * start in a tenth of a second; launching the sources would compile them at every cold start.
 */
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import { bootstrapPath } from './files.ts'
import { MissingRuntime } from './missing-runtime.ts'
import type { Candidate } from './probes.ts'
import type { Supervisor } from './supervisor.ts'
import type { WorkDir } from './work-dir.ts'

const COMPILE_TIMEOUT_MS = 60_000
/** Quick to start rather than quick in the long run. */
const COMPILER_FLAGS = [
  '-J-XX:TieredStopAtLevel=1',
  '-J-XX:+UseSerialGC',
  '-encoding',
  'UTF-8',
  '-proc:none',
  '-nowarn',
]

export class JavaClasses {
  readonly #supervisor: Supervisor
  readonly #workDir: WorkDir
  readonly #compiled = new Map<string, Promise<string>>()

  constructor(supervisor: Supervisor, workDir: WorkDir) {
    this.#supervisor = supervisor
    this.#workDir = workDir
  }

  /**
   * The folder of the classes.
   * @throws {MissingRuntime} (as a rejection) when this Java has no compiler.
   */
  of({ command, version }: Candidate): Promise<string> {
    const known = this.#compiled.get(command)
    if (known) return known
    const compiled = this.#compile(command, version)
    this.#compiled.set(command, compiled)
    compiled.catch(() => this.#compiled.delete(command))
    return compiled
  }

  async #compile(command: string, version: string): Promise<string> {
    const compiler = path.join(path.dirname(command), 'javac')
    if (!existsSync(compiler)) {
      throw new MissingRuntime(
        `Windtunnel runs Java functions with a JDK; ${command} (Java ${version}) has no javac ` +
          'beside it. Install a JDK, and invoke again.',
      )
    }
    const sources = globSync('**/*.java', { cwd: bootstrapPath('java') })
    const files = sources.map((source) => path.join(bootstrapPath('java'), source))
    const target = path.join(this.#workDir.path, `java-${this.#compiled.size}`)
    const args = [...COMPILER_FLAGS, '-d', target, ...files]
    const { failed, stderr } = await this.#supervisor.run(compiler, args, COMPILE_TIMEOUT_MS)
    if (failed) throw new MissingRuntime(`Java ${version} does not compile the runtime: ${stderr}`)
    return target
  }
}
