/** Makes execution environments: finds the interpreter, gets credentials, names the log stream. */
import { isoMillis } from '../../../clock.ts'
import { openCell } from './cell.ts'
import { commandLine } from './command.ts'
import { Environment } from './environment.ts'
import { type Interpreter, Interpreters } from './interpreters.ts'
import { Pipes } from './pipes.ts'
import { Sandboxes } from './sandbox.ts'
import { MAX_SPARES, Spares } from './spares.ts'
import { Supervisor } from './supervisor.ts'
import type { FunctionImage, InitializationType, RuntimesOptions } from './types.ts'
import { WorkDir } from './work-dir.ts'

/** AWS's limit of the Init phase. */
export const INIT_TIMEOUT_MS = 10_000
/** With provisioned concurrency: this, or the function's timeout where that is longer. */
const PROVISIONED_INIT_TIMEOUT_MS = 130_000
const STREAM_ID_DIGITS = 32

export class EnvironmentFactory {
  readonly #options: RuntimesOptions
  readonly #noted = new Set<string>()
  readonly #workDir = new WorkDir()
  readonly #supervisor: Supervisor
  readonly #interpreters: Interpreters
  readonly #sandboxes: Sandboxes
  readonly #pipes: Pipes
  readonly #spares: Spares
  #made = 0

  constructor(options: RuntimesOptions) {
    this.#options = options
    this.#supervisor = new Supervisor(this.#workDir)
    this.#interpreters = new Interpreters(
      this.#supervisor,
      this.#workDir,
      options.interpreters ?? {},
    )
    const allowNetwork = options.allowNetwork ?? false
    this.#sandboxes = new Sandboxes(this.#supervisor, this.#workDir, { allowNetwork })
    this.#pipes = new Pipes(this.#supervisor, this.#workDir)
    this.#spares = new Spares({
      supervisor: this.#supervisor,
      pipes: this.#pipes,
      workDir: this.#workDir,
      // A sandbox is made for its function.
      max: options.isolation === 'sandbox' ? 0 : (options.maxSpares ?? MAX_SPARES),
    })
  }

  /** @throws {MissingRuntime} (as a rejection); and whatever `credentials` rejects with. */
  async make(
    image: FunctionImage,
    initializationType: InitializationType,
    onInitialized: () => void,
  ): Promise<Environment> {
    const [interpreter, credentials] = await Promise.all([
      this.#interpreterOf(image),
      this.#options.credentials(image),
    ])
    const logStreamName = this.logStreamName(image)
    const tmpDir = this.#workDir.make(`tmp-${this.#made++}`)
    const cell =
      this.#options.isolation === 'sandbox'
        ? await this.#sandboxes.cell(image, interpreter)
        : openCell(image, interpreter, tmpDir)
    return new Environment({
      image,
      interpreter,
      cell,
      credentials,
      logStreamName,
      initializationType,
      tmpDir,
      supervisor: this.#supervisor,
      pipes: this.#pipes,
      spares: this.#spares,
      ids: this.#options.ids,
      initTimeoutMs: this.#options.initTimeoutMs ?? initTimeoutMs(image, initializationType),
      note: noteOf(this.#noteOnce(image, interpreter.note), cell.note),
      onLog: (lines, requestId) => this.#options.onLog(image, logStreamName, lines, requestId),
      onInitialized,
    })
  }

  async #interpreterOf({ functionName, runtime }: FunctionImage): Promise<Interpreter> {
    const interpreter = await this.#interpreters.find(runtime)
    const { inspect } = this.#options
    const inspected = inspect?.functionName === functionName && interpreter.family === 'nodejs'
    return inspected ? { ...interpreter, inspectPort: inspect.port } : interpreter
  }

  /** `2026/05/11/[$LATEST]<32 hex>`; in a group that functions share, with the function's name. */
  logStreamName({ functionName, functionVersion, logGroup }: FunctionImage): string {
    const date = isoMillis(this.#options.now()).slice(0, 10).replaceAll('-', '/')
    const name = logGroup === `/aws/lambda/${functionName}` ? '' : functionName
    return `${date}/${name}[${functionVersion}]${this.#options.ids.hex(STREAM_ID_DIGITS)}`
  }

  /** Starts a process ahead for functions like this one. */
  async prepare(image: FunctionImage): Promise<void> {
    const interpreter = await this.#interpreterOf(image)
    const line = commandLine(image, interpreter)
    if (line?.startsAhead) this.#spares.prepare(line, 0)
  }

  /** Kills what still runs, and removes every file. */
  async close(): Promise<void> {
    await this.#spares.close()
    await this.#supervisor.close()
    this.#workDir.remove()
  }

  #noteOnce({ functionArn, runtime }: FunctionImage, note: string | undefined): string | undefined {
    const subject = `${functionArn} ${runtime}`
    if (this.#noted.has(subject)) return undefined
    this.#noted.add(subject)
    return note
  }
}

function noteOf(...notes: (string | undefined)[]): string | undefined {
  return notes.filter((note) => note !== undefined).join('\n') || undefined
}

function initTimeoutMs({ timeoutMs }: FunctionImage, type: InitializationType): number {
  return type === 'on-demand' ? INIT_TIMEOUT_MS : Math.max(PROVISIONED_INIT_TIMEOUT_MS, timeoutMs)
}
