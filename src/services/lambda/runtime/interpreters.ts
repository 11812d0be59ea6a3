/** Finds the interpreter on this machine that fits a runtime best. */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { bootstrapPath, linkSdk, sdkRoots } from './files.ts'
import { JavaClasses } from './java-classes.ts'
import { MissingRuntime } from './missing-runtime.ts'
import {
  type Candidate,
  JAVA_PROBE,
  NODE_PROBE,
  type Probe,
  PYTHON_PROBE,
  RUBY_PROBE,
} from './probes.ts'
import type { Supervisor } from './supervisor.ts'
import type { WorkDir } from './work-dir.ts'

export type Family = 'nodejs' | 'python' | 'ruby' | 'java' | 'provided'

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
  /** A folder with links to the SDK's packages only, for NODE_PATH. */
  sdkLinks?: string
  /** Where its debugger listens. */
  inspectPort?: number
  /** What the function's log should say once: that the version is not the asked one. */
  note?: string
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
const RUBY_VERSION_FOLDERS: readonly (readonly [folder: string, binary: string])[] = [
  ['.rbenv/versions', 'bin/ruby'],
  ['.rubies', 'bin/ruby'],
  ['.local/share/mise/installs/ruby', 'bin/ruby'],
  ['.asdf/installs/ruby', 'bin/ruby'],
]
const JAVA_VERSION_FOLDERS: readonly (readonly [folder: string, binary: string])[] = [
  ['.sdkman/candidates/java', 'bin/java'],
  ['.local/share/mise/installs/java', 'bin/java'],
  ['.asdf/installs/java', 'bin/java'],
  ['/usr/lib/jvm', 'bin/java'],
  ['/Library/Java/JavaVirtualMachines', 'Contents/Home/bin/java'],
]
/** What our bootstraps run on. */
const OLDEST_NODE_MAJOR = 18
const OLDEST_PYTHON_MINOR = 8
const NEWEST_PYTHON_MINOR = 16
const OLDEST_RUBY = 300
const OLDEST_JAVA_MAJOR = 11

/** Greater than any version number. */
const OLDER_IS_FARTHER = 1000

export class Interpreters {
  readonly #supervisor: Supervisor
  readonly #configured: Readonly<Record<string, string>>
  readonly #found = new Map<string, Promise<Interpreter>>()
  readonly #javaClasses: JavaClasses
  readonly #workDir: WorkDir
  #sdkLinks: string | undefined
  readonly #probed = new Map<string, Promise<Candidate | undefined>>()

  constructor(
    supervisor: Supervisor,
    workDir: WorkDir,
    configured: Readonly<Record<string, string>>,
  ) {
    this.#supervisor = supervisor
    this.#configured = configured
    this.#workDir = workDir
    this.#javaClasses = new JavaClasses(supervisor, workDir)
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
    if (runtime.startsWith('ruby')) return this.#ruby(runtime)
    if (runtime.startsWith('java')) return this.#java(runtime)
    throw new MissingRuntime(
      `Windtunnel runs functions of the runtimes nodejs*, python*, ruby*, java* and provided.*; ` +
        `${runtime} is not among them.`,
    )
  }

  async #node(runtime: string): Promise<Interpreter> {
    const wanted = Number(runtime.slice('nodejs'.length).split('.')[0])
    const own = { command: process.execPath, version: process.versions.node, sdkDir: '' }
    const chosen =
      (await this.#chosenByUser(runtime, 'nodejs', NODE_PROBE)) ??
      (majorOf(own.version) === wanted ? own : await this.#nearestNode(wanted, own))
    const sdkDirs = sdkRoots()
    this.#sdkLinks ??= linkSdk(path.join(this.#workDir.path, 'sdk', 'node_modules'), sdkDirs)
    return {
      family: 'nodejs',
      command: chosen.command,
      script: bootstrapPath('node.cjs'),
      version: chosen.version,
      binDir: path.dirname(chosen.command),
      sdkDirs,
      sdkLinks: this.#sdkLinks,
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

  async #ruby(runtime: string): Promise<Interpreter> {
    const wanted = rubyRank(runtime.slice('ruby'.length))
    const chosen =
      (await this.#chosenByUser(runtime, 'ruby', RUBY_PROBE)) ??
      (await this.#nearestOf('ruby', RUBY_VERSION_FOLDERS, RUBY_PROBE, {
        wanted,
        oldest: OLDEST_RUBY,
        rank: rubyRank,
      }))
    if (!chosen) {
      throw new MissingRuntime(
        `Windtunnel found no Ruby for ${runtime} on this machine. Install Ruby so that ruby is ` +
          'on the PATH, and invoke again.',
      )
    }
    return {
      family: 'ruby',
      command: chosen.command,
      script: bootstrapPath('ruby.rb'),
      version: chosen.version,
      binDir: path.dirname(chosen.command),
      sdkDirs: [],
      ...(rubyRank(chosen.version) !== wanted && { note: note(runtime, 'Ruby', chosen) }),
    }
  }

  async #java(runtime: string): Promise<Interpreter> {
    const wanted = Number.parseInt(runtime.slice('java'.length), 10)
    const chosen =
      (await this.#chosenByUser(runtime, 'java', JAVA_PROBE)) ??
      (await this.#nearestOf('java', JAVA_VERSION_FOLDERS, JAVA_PROBE, {
        wanted,
        oldest: OLDEST_JAVA_MAJOR,
        rank: majorOf,
      }))
    if (!chosen) {
      throw new MissingRuntime(
        `Windtunnel found no Java for ${runtime} on this machine. Install a JDK so that java is ` +
          'on the PATH, and invoke again.',
      )
    }
    return {
      family: 'java',
      command: chosen.command,
      script: await this.#javaClasses.of(chosen),
      version: chosen.version,
      binDir: path.dirname(chosen.command),
      sdkDirs: [],
      ...(majorOf(chosen.version) !== wanted && { note: note(runtime, 'Java', chosen) }),
    }
  }

  async #nearestOf(
    name: string,
    folders: readonly (readonly [string, string])[],
    probe: Probe,
    { wanted, oldest, rank }: { wanted: number; oldest: number; rank(version: string): number },
  ): Promise<Candidate | undefined> {
    const probed = await this.#probeAll([...onPath(name), ...inVersionFolders(folders)], probe)
    return nearest(
      probed.filter(({ version }) => rank(version) >= oldest),
      wanted,
      rank,
    )
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
    probe: Probe,
  ): Promise<Candidate | undefined> {
    const command = this.#configured[runtime] ?? this.#configured[family]
    if (command === undefined) return undefined
    const candidate = await this.#probe(command, probe)
    if (candidate) return candidate
    throw new MissingRuntime(`The interpreter configured for ${runtime}, ${command}, does not run.`)
  }

  async #probeAll(commands: readonly string[], probe: Probe): Promise<Candidate[]> {
    const candidates = await Promise.all(
      [...new Set(commands)].map((command) => this.#probe(command, probe)),
    )
    return candidates.filter((candidate) => candidate !== undefined)
  }

  #probe(command: string, probe: Probe): Promise<Candidate | undefined> {
    const known = this.#probed.get(command)
    if (known) return known
    const answer = this.#supervisor
      .run(command, probe.args)
      .then((output) => (output.failed ? undefined : probe.read(output)))
    this.#probed.set(command, answer)
    return answer
  }
}

const majorOf = (version: string): number => Number(version.split('.')[0])
/** `3.4.1` as 304. */
const rubyRank = (version: string): number => majorOf(version) * 100 + minorOf(version)
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
    const root = path.resolve(homedir(), folder)
    if (!existsSync(root)) return []
    const commands = readdirSync(root).map((version) => path.join(root, version, binary))
    return commands.filter(existsSync).map((command) => realpathSync(command))
  })
}
