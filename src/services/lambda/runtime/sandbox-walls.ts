/** What of the machine is in a sandbox: the arguments of bubblewrap, and the files it shows. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { homedir, release } from 'node:os'
import path from 'node:path'
import { bootstrapPath, linkSdk, sdkRoots } from './files.ts'
import { callFilter } from './seccomp.ts'

export type Mount = readonly [outside: string, inside: string]

const BYTES_PER_MB = 1024 * 1024
const OWN = '/run/windtunnel'
/** Where the named pipes of an environment are inside. */
export const PIPES = `${OWN}/pipes`
/** Links into the folders of the SDK. */
export const SDK_LINKS = '/var/lang/sdk/node_modules'
/** The user of AWS's environments. */
const USER = { name: 'sbx_user1051', uid: 993, gid: 990 }
/** What programs need of a system, and no keys; what a machine does not have is left out. */
const SYSTEM_FOLDERS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/nix/store',
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/pki/ca-trust',
  '/etc/pki/java',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/openssl.cnf',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
]
/** Where Java's configuration is on Debian: links in its own folder lead there. */
const JAVA_FOLDER = /^java-\d+/
/** With these root changes the machine, and a function of a server that root runs is root there. */
const KERNEL_FILES = [
  'acpi',
  'asound',
  'bus',
  'driver',
  'fs',
  'irq',
  'scsi',
  'sys',
  'sysrq-trigger',
]
const HOSTS_FILE = '/etc/hosts'
const HOSTS = '127.0.0.1 localhost sandbox sandbox.localdomain\n::1 localhost\n'
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/gai.conf', '/etc/services', '/etc/protocols']
/** As bubblewrap gets them; the supervisor opens them in this order. */
const INFO_FD = '4'
const FILTER_FD = '5'
/** By its signal, a function could have its launcher debugged. */
const NO_DEBUGGER = '--disable-sigusr1'
/** AWS's limit of open files; and of processes, which Linux counts for a sandbox since 5.14. */
const MAX_OPEN_FILES = 1024
const COUNTS_IN_SANDBOX = [5, 14] as const

export interface Walls {
  ephemeralMb: number
  allowNetwork: boolean
  mounts: readonly Mount[]
  /** How tightly bubblewrap can shut in here. */
  nesting: readonly string[]
  /** The function's interpreter, where it is no part of the system. */
  interpreter: readonly string[]
  files: SandboxFiles
  /** The folder of the environment's named pipes. */
  pipesDir: string
}

/** The files of /etc that a sandbox has of its own, and the filter of its system calls. */
export class SandboxFiles {
  readonly mounts: readonly Mount[]
  /** For Node.js's SDK_LINKS. */
  readonly sdkLinks: string
  /** Undefined for a machine whose system calls are not known here. */
  readonly filter: string | undefined

  constructor(folder: string, allowNetwork: boolean) {
    mkdirSync(folder, { recursive: true })
    const { name, uid, gid } = USER
    // Extensions listen on the name of their sandbox.
    const hosts = allowNetwork && existsSync(HOSTS_FILE) ? readFileSync(HOSTS_FILE, 'utf8') : ''
    const texts = {
      hosts: `${HOSTS}${hosts}`,
      'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
      passwd: `${name}:x:${uid}:${gid}::/home/${name}:/sbin/nologin\n`,
      group: `${name}:x:${gid}:\n`,
    }
    this.mounts = Object.entries(texts).map(([file, text]): Mount => {
      const outside = path.join(folder, file)
      writeFileSync(outside, text)
      return [outside, `/etc/${file}`]
    })
    const roots = sdkRoots()
    this.sdkLinks = linkSdk(
      path.join(folder, 'sdk'),
      roots,
      roots.map((_, at) => sdkFolder(at)),
    )
    const filter = callFilter()
    if (filter.length === 0) return
    this.filter = path.join(folder, 'seccomp.bpf')
    writeFileSync(this.filter, filter)
  }
}

/** Where a folder that holds the SDK is inside. */
export function sdkFolder(index: number): string {
  return `/var/lang/sdk-${index}/node_modules`
}

/** The arguments of bubblewrap up to the command. */
export function wallsOf(walls: Walls): string[] {
  const { ephemeralMb, allowNetwork, mounts, nesting, interpreter, files, pipesDir } = walls
  const all = [...files.mounts, ...launcherMounts(), [pipesDir, PIPES] as const, ...mounts]
  return [
    '--unshare-all',
    ...nesting,
    ...(allowNetwork ? ['--share-net'] : []),
    '--die-with-parent',
    ...['--cap-drop', 'ALL'],
    ...['--hostname', 'localhost'],
    ...['--uid', String(USER.uid), '--gid', String(USER.gid)],
    ...systemFolders(allowNetwork).flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...KERNEL_FILES.flatMap((name) => readOnly(`/proc/${name}`)),
    ...['--size', String(ephemeralMb * BYTES_PER_MB), '--tmpfs', '/tmp'],
    ...prefixOf(process.execPath),
    ...interpreter,
    ...all.flatMap(([outside, inside]) => ['--ro-bind', outside, inside]),
    // These are in memory and without a limit.
    ...['--remount-ro', '/', '--remount-ro', '/dev'],
    ...['--info-fd', INFO_FD],
    ...(files.filter === undefined ? [] : ['--seccomp', FILTER_FD]),
    ...['--chdir', '/'],
  ]
}

/** What bubblewrap starts: the launcher, within the limits that the system keeps by process. */
export function launcherCommand(maxTasks: number): string[] {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const [sinceMajor, sinceMinor] = COUNTS_IN_SANDBOX
  const counts = major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
  // Shells differ in how they call the number of processes.
  const tasks = `ulimit -u ${maxTasks} || ulimit -p ${maxTasks}`
  const limits = [`ulimit -n ${MAX_OPEN_FILES}`, ...(counts ? [tasks] : [])]
  const script = [...limits.map((one) => `{ ${one}; } 2>/dev/null`), 'exec "$0" "$@"'].join('; ')
  return ['/bin/sh', '-c', script, process.execPath, NO_DEBUGGER, `${OWN}/launcher.cjs`]
}

function readOnly(file: string): string[] {
  return existsSync(file) ? ['--ro-bind', file, file] : []
}

function launcherMounts(): Mount[] {
  return ['launcher.cjs', 'processes.cjs'].map((name) => [bootstrapPath(name), `${OWN}/${name}`])
}

function systemFolders(allowNetwork: boolean): string[] {
  const java = existsSync('/etc')
    ? readdirSync('/etc').filter((name) => JAVA_FOLDER.test(name))
    : []
  const folders = [...SYSTEM_FOLDERS, ...java.map((name) => path.join('/etc', name))]
  return allowNetwork ? [...folders, ...NETWORK_FILES] : folders
}

/** An interpreter outside of /usr with all that it is installed with, or alone in a home folder. */
export function prefixOf(command: string): string[] {
  const real = realpathSync(command)
  if (real.startsWith('/usr/')) return []
  const prefix = path.dirname(path.dirname(real))
  const shown = prefix === '/' || homedir().startsWith(prefix) ? real : prefix
  return ['--ro-bind', shown, shown, ...(real === command ? [] : ['--ro-bind', real, command])]
}
