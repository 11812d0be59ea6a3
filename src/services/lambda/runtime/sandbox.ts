/**
 * A function shut in with bubblewrap (Linux): its code and the system read-only, a /tmp of its own,
 * none of the user's files, and no network beside the Runtime API and our endpoint. The folders
 * are where AWS has them. A sandbox holds the processes of one execution environment: function and
 * extensions share /tmp and network, and both outlast a process that is replaced.
 */
import { existsSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import path from 'node:path'
import type { RuntimeApi } from './api.ts'
import type { Cell, CellNetwork, CellSpec } from './cell.ts'
import { ControlGroups } from './cgroups.ts'
import { forward } from './forward.ts'
import type { Interpreter } from './interpreters.ts'
import { MissingRuntime } from './missing-runtime.ts'
import {
  launcherCommand,
  type Mount,
  PIPES,
  prefixOf,
  SandboxFiles,
  SDK_LINKS,
  sdkFolder,
  wallsOf,
} from './sandbox-walls.ts'
import { type SandboxSpec, StartError, Supervisor } from './supervisor.ts'
import type { FunctionImage } from './types.ts'
import { WorkDir } from './work-dir.ts'

const API_PORT = 9001
const HOST = '127.0.0.1'
const TASK = '/var/task'
const OPT = '/opt'
const RUNTIME = '/var/runtime'
/** What the sandbox's own programs and the system may take beside the function. */
const SPARE_MB = 64
/** AWS's limit of processes and threads, and what the sandbox's own programs have of them. */
const MAX_TASKS = 1024 + 16
const TRIAL = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true']
/** What bubblewrap has had since its version 0.8. */
const NO_NESTING = ['--unshare-user', '--disable-userns']
const INSTALL = 'Install bubblewrap (for example: apt-get install bubblewrap).'
const ALLOW =
  'The machine may forbid user namespaces (sysctl kernel.unprivileged_userns_clone and ' +
  'kernel.apparmor_restrict_unprivileged_userns), or the container it is in.'
const GO_WITHOUT =
  'Where the functions are your own, they may run without: --isolation process, and beyond ' +
  'loopback --allow-unsandboxed.'

export interface SandboxOptions {
  /** Functions share the machine's network. */
  allowNetwork: boolean
}

export class Sandboxes {
  readonly #supervisor: Supervisor
  readonly #workDir: WorkDir
  readonly #options: SandboxOptions
  #maker: Promise<Maker> | undefined
  #noted = false
  #made = 0

  constructor(supervisor: Supervisor, workDir: WorkDir, options: SandboxOptions) {
    this.#supervisor = supervisor
    this.#workDir = workDir
    this.#options = options
  }

  /** @throws {MissingRuntime} (as a rejection) when this machine makes no sandboxes. */
  async cell(image: FunctionImage, interpreter: Interpreter): Promise<Cell> {
    this.#maker ??= this.#find()
    const maker = await this.#maker.catch((error) => {
      this.#maker = undefined
      throw error
    })
    const id = this.#made++
    const pipesDir = this.#workDir.make(`pipes-${id}`)
    const { note, ...rest } = maker
    const said = this.#noted || note === undefined ? {} : { note }
    this.#noted = true
    return new SandboxCell({ ...rest, ...said, id, pipesDir, image, interpreter })
  }

  async #find(): Promise<Maker> {
    const { allowNetwork } = this.#options
    const supervisor = this.#supervisor
    const { command, nesting } = await findBubblewrap(supervisor)
    const groups = new ControlGroups(path.basename(this.#workDir.path))
    const files = new SandboxFiles(path.join(this.#workDir.path, 'sandbox'), allowNetwork)
    const note =
      groups.lacking && `Windtunnel measures the memory of functions itself: ${groups.lacking}.`
    return { supervisor, command, nesting, allowNetwork, groups, files, ...(note && { note }) }
  }
}

/** Why this machine makes no sandboxes, and what to do about it; undefined when it makes some. */
export async function lackOfSandbox(): Promise<string | undefined> {
  const workDir = new WorkDir()
  const supervisor = new Supervisor(workDir)
  try {
    await findBubblewrap(supervisor)
    return undefined
  } catch (error) {
    if (error instanceof MissingRuntime) return error.message
    throw error
  } finally {
    await supervisor.close()
    workDir.remove()
  }
}

/** With the arguments that shut a function in most tightly, of those that work here. */
async function findBubblewrap(supervisor: Supervisor): Promise<Bubblewrap> {
  if (process.platform !== 'linux') {
    throw new MissingRuntime(`Windtunnel has its sandbox on Linux only. ${GO_WITHOUT}`)
  }
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)
  const command = folders.map((folder) => path.join(folder, 'bwrap')).find(existsSync)
  if (!command) {
    throw new MissingRuntime(`The sandbox needs bubblewrap (bwrap). ${INSTALL} ${GO_WITHOUT}`)
  }
  const tight = await supervisor.run(command, [...NO_NESTING, ...TRIAL])
  if (!tight.failed) return { command, nesting: NO_NESTING }
  const { failed, stderr } = await supervisor.run(command, TRIAL)
  if (!failed) return { command, nesting: [] }
  const said = stderr.trim()
  throw new MissingRuntime(`${command} makes no sandbox here (${said}). ${ALLOW} ${GO_WITHOUT}`)
}

interface Bubblewrap {
  command: string
  nesting: readonly string[]
}

/** What all sandboxes of a server are made with. */
interface Maker extends Bubblewrap {
  supervisor: Supervisor
  allowNetwork: boolean
  groups: ControlGroups
  files: SandboxFiles
  note?: string
}

interface CellOptions extends Maker {
  id: number
  pipesDir: string
  image: FunctionImage
  interpreter: Interpreter
}

class SandboxCell implements Cell {
  readonly image: FunctionImage
  readonly interpreter: Interpreter
  readonly tmpDir = '/tmp'
  readonly network: CellNetwork | undefined
  readonly note?: string
  readonly #supervisor: Supervisor
  readonly #sandbox: SandboxSpec
  readonly #mounts: readonly Mount[]
  #forwarded: Server | undefined
  #closed = false

  constructor(options: CellOptions) {
    const { supervisor, image, interpreter, allowNetwork, files, note } = options
    this.#supervisor = supervisor
    if (note !== undefined) this.note = note
    const sdkMounts = interpreter.sdkDirs.map((folder, index): Mount => [folder, sdkFolder(index)])
    const links: Mount[] = interpreter.sdkLinks === undefined ? [] : [[files.sdkLinks, SDK_LINKS]]
    this.#mounts = [...foldersOf(image, interpreter), ...sdkMounts, ...links]
    this.#sandbox = sandboxOf(options, this.#mounts)
    const endpoint = new URL(image.endpointUrl)
    this.network = allowNetwork ? undefined : { open: (api) => this.#open(api, endpoint) }
    this.image = {
      ...image,
      codeDir: TASK,
      layersDir: OPT,
      endpointUrl: allowNetwork ? image.endpointUrl : `http://${HOST}:${portOf(endpoint)}`,
    }
    const { script } = interpreter
    this.interpreter = {
      ...interpreter,
      sdkDirs: sdkMounts.map(([, inside]) => inside),
      ...(links.length > 0 && { sdkLinks: SDK_LINKS }),
      ...(script && { script: this.#inside(script) }),
    }
  }

  wrap(spec: CellSpec): CellSpec {
    const { command, args, cwd } = spec
    return {
      ...spec,
      command: this.#inside(command),
      args: args.map((arg) => this.#inside(arg)),
      cwd: this.#inside(cwd),
      sandbox: this.#sandbox,
    }
  }

  connect(port: number): Promise<Socket> {
    return this.#supervisor.connect(this.#sandbox, port)
  }

  close(): void {
    this.#closed = true
    this.#forwarded?.close()
    this.#supervisor.leave(this.#sandbox)
    rmSync(this.#sandbox.pipes.outside, { recursive: true, force: true })
  }

  async #open(api: RuntimeApi, endpoint: URL): Promise<string> {
    if (this.#closed) throw new StartError('ESRCH', 'The environment has ended.')
    this.#forwarded?.close()
    const endpointPort = portOf(endpoint)
    const apiPort = endpointPort === API_PORT ? API_PORT + 1 : API_PORT
    const [ofApi, ofEndpoint] = await Promise.all(
      [apiPort, endpointPort].map((port) => this.#supervisor.listen(this.#sandbox, port)),
    )
    if (ofApi) api.adopt(ofApi)
    if (ofEndpoint) this.#forwarded = forward(ofEndpoint, endpoint)
    return `${HOST}:${apiPort}`
  }

  #inside(text: string): string {
    const mount = this.#mounts.find(
      ([outside]) => text === outside || text.startsWith(`${outside}/`),
    )
    return mount ? mount[1] + text.slice(mount[0].length) : text
  }
}

function foldersOf(
  { codeDir, layersDir }: FunctionImage,
  { script, family }: Interpreter,
): Mount[] {
  const runtime = script && family !== 'java' ? path.dirname(script) : script
  const mounts: (Mount | undefined)[] = [
    [codeDir, TASK],
    layersDir === undefined ? undefined : [layersDir, OPT],
    runtime === undefined ? undefined : [runtime, RUNTIME],
  ]
  return mounts.filter((mount) => mount !== undefined)
}

function sandboxOf(options: CellOptions, mounts: readonly Mount[]): SandboxSpec {
  const { id, command, pipesDir, groups, files, image } = options
  const { memoryMb, ephemeralMb } = image
  const { binDir, command: run } = options.interpreter
  const interpreter = binDir && run ? prefixOf(run) : []
  const walls = wallsOf({ ...options, ephemeralMb, mounts, interpreter })
  // What is in /tmp counts as memory: the function's own is watched, and this is the wall behind.
  const limits = { memoryMb: memoryMb + ephemeralMb + SPARE_MB, tasks: MAX_TASKS }
  const group = groups.group(`environment-${id}`, limits)
  return {
    id,
    command,
    args: [...walls, '--', ...launcherCommand(MAX_TASKS)],
    pipes: { outside: pipesDir, inside: PIPES },
    ...(files.filter !== undefined && { filter: files.filter }),
    ...(group && { group: group.folders }),
    ...(group?.memory && { memory: group.memory }),
  }
}

function portOf(url: URL): number {
  return Number(url.port || '80')
}
