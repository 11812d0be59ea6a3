/**
 * A function shut in with bubblewrap (Linux): its code and the system read-only, a /tmp of its own,
 * none of the user's files, and no network beside the Runtime API and our endpoint. The folders
 * are where AWS has them.
 */
import { existsSync, realpathSync } from 'node:fs'
import { constants, homedir } from 'node:os'
import path from 'node:path'
import type { Cell, CellNetwork, CellSpec } from './cell.ts'
import { externalExtensions } from './extension-process.ts'
import { bootstrapPath } from './files.ts'
import type { Interpreter } from './interpreters.ts'
import { MissingRuntime } from './missing-runtime.ts'
import type { Exit, Supervisor } from './supervisor.ts'
import type { FunctionImage } from './types.ts'

const BYTES_PER_MB = 1024 * 1024
const API_PORT = 9001
/** bubblewrap, and its first process inside. */
const DEPTH = 2
const SIGNAL_BASE = 128
const TASK = '/var/task'
const OPT = '/opt'
const RUNTIME = '/var/runtime'
/** What programs need of a system; folders that a machine does not have are left out. */
const SYSTEM_FOLDERS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/nix/store',
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/pki',
  '/etc/ssl',
]
const TRIAL = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true']
const HOW_TO =
  'Install bubblewrap (for example: apt-get install bubblewrap), or start Windtunnel without the ' +
  'sandbox where the functions are your own.'

export interface SandboxOptions {
  /** Functions share the machine's network. */
  allowNetwork: boolean
}

export class Sandboxes {
  readonly #supervisor: Supervisor
  readonly #options: SandboxOptions
  #command: Promise<string> | undefined

  constructor(supervisor: Supervisor, options: SandboxOptions) {
    this.#supervisor = supervisor
    this.#options = options
  }

  /** @throws {MissingRuntime} (as a rejection) when this machine makes no sandboxes. */
  async cell(image: FunctionImage, interpreter: Interpreter): Promise<Cell> {
    const { allowNetwork } = this.#options
    if (!allowNetwork && externalExtensions(image).length > 0) {
      throw new MissingRuntime(
        'Extensions speak to their function over the network, and sandboxes are without. ' +
          'Allow the network (--allow-network) to run this function in a sandbox.',
      )
    }
    this.#command ??= this.#find()
    const command = await this.#command.catch((error) => {
      this.#command = undefined
      throw error
    })
    return new SandboxCell(command, image, interpreter, allowNetwork)
  }

  async #find(): Promise<string> {
    if (process.platform !== 'linux') {
      throw new MissingRuntime('Windtunnel has its sandbox on Linux only.')
    }
    const folders = (process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)
    const command = folders.map((folder) => path.join(folder, 'bwrap')).find(existsSync)
    if (!command) throw new MissingRuntime(`The sandbox needs bubblewrap (bwrap). ${HOW_TO}`)
    const { failed, stderr } = await this.#supervisor.run(command, TRIAL)
    if (!failed) return command
    throw new MissingRuntime(`${command} makes no sandbox here: ${stderr.trim()}. ${HOW_TO}`)
  }
}

type Mount = readonly [outside: string, inside: string]

class SandboxCell implements Cell {
  readonly image: FunctionImage
  readonly interpreter: Interpreter
  readonly tmpDir = '/tmp'
  readonly network: CellNetwork | undefined
  readonly #command: string
  readonly #mounts: readonly Mount[]

  constructor(
    command: string,
    image: FunctionImage,
    interpreter: Interpreter,
    allowNetwork: boolean,
  ) {
    this.#command = command
    const { codeDir, layersDir, endpointUrl } = image
    const { script } = interpreter
    const runtime = script && interpreter.family !== 'java' ? path.dirname(script) : script
    const sdkMounts = interpreter.sdkDirs.map(
      (folder, index): Mount => [folder, `/var/lang/sdk-${index}/node_modules`],
    )
    const mounts: (Mount | undefined)[] = [
      [codeDir, TASK],
      layersDir === undefined ? undefined : [layersDir, OPT],
      runtime === undefined ? undefined : [runtime, RUNTIME],
      ...sdkMounts,
    ]
    this.#mounts = mounts.filter((mount) => mount !== undefined)
    const endpoint = new URL(endpointUrl)
    const inside = `http://127.0.0.1:${endpoint.port || '80'}`
    const apiPort = Number(endpoint.port) === API_PORT ? API_PORT + 1 : API_PORT
    this.network = allowNetwork
      ? undefined
      : { runtimeApi: `127.0.0.1:${apiPort}`, apiPort, endpoint }
    this.image = {
      ...image,
      codeDir: TASK,
      layersDir: OPT,
      endpointUrl: allowNetwork ? endpointUrl : inside,
    }
    this.interpreter = {
      ...interpreter,
      sdkDirs: sdkMounts.map(([, inside]) => inside),
      ...(script && { script: this.#inside(script) }),
    }
  }

  wrap(spec: CellSpec): CellSpec {
    const { command, args, cwd, env } = spec
    const inner = {
      command: this.#inside(command),
      args: args.map((arg) => this.#inside(arg)),
      cwd: this.#inside(cwd),
    }
    const outer = { ...spec, command: this.#command, cwd: '/', depth: DEPTH }
    const flags = this.#flags(command)
    if (!this.network) {
      const chdir = ['--chdir', inner.cwd]
      return {
        ...outer,
        args: [...flags, '--share-net', ...chdir, '--', inner.command, ...inner.args],
      }
    }
    const { apiPort, endpoint } = this.network
    const ports = [apiPort, Number(endpoint.port || '80')]
    const launcher = bootstrapPath('launcher.cjs')
    const mounts = ['--ro-bind', launcher, '/run/launcher.cjs', ...prefixOf(process.execPath)]
    return {
      ...outer,
      args: [...flags, ...mounts, '--', process.execPath, '/run/launcher.cjs'],
      env: {},
      // Every sandbox has the same address of its Runtime API: it is no mark of one.
      accompanied: true,
      launch: { ...inner, env, ports },
    }
  }

  #flags(command: string): string[] {
    const { ephemeralMb } = this.image
    const { binDir } = this.interpreter
    return [
      '--unshare-all',
      '--die-with-parent',
      '--cap-drop',
      'ALL',
      '--hostname',
      'localhost',
      ...SYSTEM_FOLDERS.flatMap((folder) => ['--ro-bind-try', folder, folder]),
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--size',
      String(ephemeralMb * BYTES_PER_MB),
      '--tmpfs',
      '/tmp',
      ...(binDir ? prefixOf(command) : []),
      ...this.#mounts.flatMap(([outside, inside]) => ['--ro-bind', outside, inside]),
    ]
  }

  #inside(text: string): string {
    const mount = this.#mounts.find(
      ([outside]) => text === outside || text.startsWith(`${outside}/`),
    )
    return mount ? mount[1] + text.slice(mount[0].length) : text
  }
}

/** An interpreter outside of /usr with all that it is installed with, or alone in a home folder. */
function prefixOf(command: string): string[] {
  const real = realpathSync(command)
  if (real.startsWith('/usr/')) return []
  const prefix = path.dirname(path.dirname(real))
  const shown = prefix === '/' || homedir().startsWith(prefix) ? real : prefix
  return ['--ro-bind', shown, shown, ...(real === command ? [] : ['--ro-bind', real, command])]
}

/** Ends that a function does not choose, as bubblewrap tells of them: 128 and the signal. */
const FATAL_SIGNALS = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGKILL', 'SIGSEGV'] as const

/** How the process in a sandbox ended, from how the sandbox did. */
export function exitInside({ code, signal }: Exit): Exit {
  const inside = FATAL_SIGNALS.find((name) => code === SIGNAL_BASE + constants.signals[name])
  return inside ? { code: null, signal: inside } : { code, signal }
}
