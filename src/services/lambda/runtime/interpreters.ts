/** Finds the interpreter on this machine that fits a runtime best. */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { bootstrapPath, sdkRoots } from './files.ts'
import type { Supervisor } from './supervisor.ts'

export type Family = 'nodejs' | 'python' | 'provided'

export interface Interpreter {
  family: Family
  /** Absent for custom runtimes, whose `bootstrap` is the command. */
  command?: string
  /** Our bootstrap, that the command runs. */
  script?: string
  version: string
  /** Its folder, for PATH. */
  binDir?: string
  /** Folders that hold the SDK which the runtime ships on AWS. */
  sdkDirs: readonly string[]
  /** What the function's log should say once: that the version is not the asked one. */
  note?: string
}

/** The machine lacks what the runtime needs; `message` says what, and how to get it. */
export class MissingRuntime extends Error {}

export interface Candidate {
  command: string
  version: string
  sdkDir: string
}

/** Folders in which version managers keep one folder for each version. */
const NODE_VERSION_FOLDERS: readonly (readonly [folder: string, binary: string])[] = [
  ['.nvm/versions/node', 'bin/node'],
  ['.local/share/fnm/node-versions', 'installation/bin/node'],
  ['.local/share/mise/installs/node', 'bin/node'],
  ['.asdf/installs/nodejs', 'bin/node'],
  ['.volta/tools/image/node', 'bin/node'],
]
const PYTHON_VERSION_FOLDERS: readonly (readonly [folder: string, binary: string])[] = [
  ['.pyenv/versions', 'bin/python3'],
  ['.local/share/mise/installs/python', 'bin/python3'],
  ['.asdf/installs/python', 'bin/python3'],
]
/** What our bootstraps run on. */
const OLDEST_NODE_MAJOR = 18
const OLDEST_PYTHON_MINOR = 8
const NEWEST_PYTHON_MINOR = 16

/** Greater than any version number. */
const OLDER_IS_FARTHER = 1000

/** Prints version, real path and the folder of boto3 (empty without), one a line. */
const PYTHON_PROBE = `
import importlib.util, os, sys
spec = importlib.util.find_spec('boto3')
print(sys.version.split()[0])
print(sys.executable)
print(os.path.dirname(os.path.dirname(spec.origin)) if spec and spec.origin else '')
`
const NODE_PROBE = 'console.log(process.versions.node+"\\n"+process.execPath+"\\n")'

export class Interpreters {
  readonly #supervisor: Supervisor
  readonly #configured: Readonly<Record<string, string>>
  readonly #found = new Map<string, Promise<Interpreter>>()
  readonly #probed = new Map<string, Promise<Candidate | undefined>>()

  constructor(supervisor: Supervisor, configured: Readonly<Record<string, string>>) {
    this.#supervisor = supervisor
    this.#configured = configured
  }

  /** @throws {MissingRuntime} (as a rejection) when nothing on this machine fits. */
  find(runtime: string): Promise<Interpreter> {
    const known = this.#found.get(runtime)
    if (known) return known
    const search = this.#search(runtime)
    this.#found.set(runtime, search)
    // What is missing today may be installed by the next invocation.
    search.catch(() => {
      this.#found.delete(runtime)
      this.#probed.clear()
    })
    return search
  }

  async #search(runtime: string): Promise<Interpreter> {
    if (runtime.startsWith('provided')) return { family: 'provided', version: '', sdkDirs: [] }
    if (runtime.startsWith('nodejs')) return this.#node(runtime)
    if (runtime.startsWith('python')) return this.#python(runtime)
    throw new MissingRuntime(
      `Windtunnel runs functions of the runtimes nodejs*, python* and provided.*; ` +
        `${runtime} is not among them.`,
    )
  }

  async #node(runtime: string): Promise<Interpreter> {
    const wanted = Number(runtime.slice('nodejs'.length).split('.')[0])
    const own = { command: process.execPath, version: process.versions.node, sdkDir: '' }
    const chosen =
      (await this.#chosenByUser(runtime, 'nodejs', NODE_PROBE)) ??
      (majorOf(own.version) === wanted ? own : await this.#nearestNode(wanted, own))
    return {
      family: 'nodejs',
      command: chosen.command,
      script: bootstrapPath('node.cjs'),
      version: chosen.version,
      binDir: path.dirname(chosen.command),
      sdkDirs: sdkRoots(),
      ...(majorOf(chosen.version) !== wanted && { note: note(runtime, 'Node.js', chosen) }),
    }
  }

  async #nearestNode(wanted: number, own: Candidate): Promise<Candidate> {
    const commands = [...onPath('node'), ...inVersionFolders(NODE_VERSION_FOLDERS)]
    const probed = await this.#probeAll(commands, NODE_PROBE)
    const fit = probed.filter(({ version }) => majorOf(version) >= OLDEST_NODE_MAJOR)
    return nearest([own, ...fit], wanted, majorOf) ?? own
  }

  async #python(runtime: string): Promise<Interpreter> {
    const wanted = Number(runtime.split('.')[1])
    const chosen =
      (await this.#chosenByUser(runtime, 'python', PYTHON_PROBE)) ??
      nearest(await this.#exactPythons(wanted), wanted, minorOf) ??
      nearest(await this.#allPythons(), wanted, minorOf)
    if (!chosen) {
      throw new MissingRuntime(
        `Windtunnel found no Python for ${runtime} on this machine. Install Python ` +
          `3.${wanted} (or any Python 3) so that python3 is on the PATH, and invoke again.`,
      )
    }
    return {
      family: 'python',
      command: chosen.command,
      script: bootstrapPath('python.py'),
      version: chosen.version,
      binDir: path.dirname(chosen.command),
      sdkDirs: await this.#boto3(chosen),
      ...(minorOf(chosen.version) !== wanted && { note: note(runtime, 'Python', chosen) }),
    }
  }

  async #exactPythons(wanted: number): Promise<Candidate[]> {
    const folders = inVersionFolders(PYTHON_VERSION_FOLDERS)
    const commands = [
      ...onPath(`python3.${wanted}`),
      ...folders.filter((command) => command.includes(`${path.sep}3.${wanted}.`)),
    ]
    const probed = await this.#probeAll(commands, PYTHON_PROBE)
    return probed.filter(({ version }) => minorOf(version) === wanted)
  }

  async #allPythons(): Promise<Candidate[]> {
    const commands = [...onPath('python3'), ...inVersionFolders(PYTHON_VERSION_FOLDERS)]
    for (let minor = NEWEST_PYTHON_MINOR; minor >= OLDEST_PYTHON_MINOR; minor--) {
      commands.push(...onPath(`python3.${minor}`))
    }
    const probed = await this.#probeAll(commands, PYTHON_PROBE)
    return probed.filter(({ version }) => minorOf(version) >= OLDEST_PYTHON_MINOR)
  }

  /** boto3 is plain Python: one found under another version of Python serves as well. */
  async #boto3(chosen: Candidate): Promise<string[]> {
    if (chosen.sdkDir) return [chosen.sdkDir]
    const common = await this.#probeAll(onPath('python3'), PYTHON_PROBE)
    const found =
      common.find(({ sdkDir }) => sdkDir) ?? (await this.#allPythons()).find(({ sdkDir }) => sdkDir)
    return found ? [found.sdkDir] : []
  }

  async #chosenByUser(
    runtime: string,
    family: Family,
    probe: string,
  ): Promise<Candidate | undefined> {
    const command = this.#configured[runtime] ?? this.#configured[family]
    if (command === undefined) return undefined
    const candidate = await this.#probe(command, probe)
    if (candidate) return candidate
    throw new MissingRuntime(`The interpreter configured for ${runtime}, ${command}, does not run.`)
  }

  async #probeAll(commands: readonly string[], probe: string): Promise<Candidate[]> {
    const candidates = await Promise.all(
      [...new Set(commands)].map((command) => this.#probe(command, probe)),
    )
    return candidates.filter((candidate) => candidate !== undefined)
  }

  #probe(command: string, probe: string): Promise<Candidate | undefined> {
    const known = this.#probed.get(command)
    if (known) return known
    const flag = probe === NODE_PROBE ? '-e' : '-c'
    const answer = this.#supervisor.run(command, [flag, probe]).then(({ failed, stdout }) => {
      const [version, executable, sdkDir = ''] = stdout.split('\n')
      return failed || !version || !executable
        ? undefined
        : { command: executable, version, sdkDir }
    })
    this.#probed.set(command, answer)
    return answer
  }
}

const majorOf = (version: string): number => Number(version.split('.')[0])
const minorOf = (version: string): number => Number(version.split('.')[1])

/**
 * The wanted version, else the next newer one, since newer versions run older code, else the
 * newest of the older ones.
 */
export function nearest(
  candidates: readonly Candidate[],
  wanted: number,
  rank: (version: string) => number,
): Candidate | undefined {
  const distance = ({ version }: Candidate) => {
    const ahead = rank(version) - wanted
    return ahead >= 0 ? ahead : OLDER_IS_FARTHER - ahead
  }
  return candidates.toSorted((a, b) => distance(a) - distance(b))[0]
}

function note(runtime: string, name: string, { command, version }: Candidate): string {
  const used = `${name} ${version} (${command})`
  return `Windtunnel runs ${runtime} on ${used}: this machine has no closer.`
}

/** Every command of this name on the PATH, resolved, in order. */
function onPath(name: string): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)
  return folders.map((folder) => path.join(folder, name)).filter(existsSync)
}

function inVersionFolders(patterns: readonly (readonly [string, string])[]): string[] {
  return patterns.flatMap(([folder, binary]) => {
    const root = path.join(homedir(), folder)
    if (!existsSync(root)) return []
    const commands = readdirSync(root).map((version) => path.join(root, version, binary))
    return commands.filter(existsSync).map((command) => realpathSync(command))
  })
}
