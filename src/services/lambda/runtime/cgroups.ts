/**
 * Control groups of Linux, where this server may make some: the system then keeps the limits of a
 * sandbox. Found once; both versions are supported, each controller where it is mounted.
 * Docs: the Linux kernel's "Control Group v2", "Memory Resource Controller" and "Process Number
 * Controller".
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type { ControlFolder } from './supervisor.ts'

/** And the id of the server's process. */
const PREFIX = 'windtunnel-'
const STALE = /^windtunnel-(\d+)-/
/** Only to see whether the system takes them. */
const TRIAL_LIMITS = { memoryMb: 1024, tasks: 1024 }
const CONTROLLERS = ['memory', 'pids'] as const
const LIMIT_FILES = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const
const SWAP_FILES = { 1: 'memory.memsw.limit_in_bytes', 2: 'memory.swap.max' } as const
const BYTES_PER_MB = 1024 * 1024

type Controller = (typeof CONTROLLERS)[number]

/** A folder in which the groups of this server's sandboxes are made. */
interface Place {
  folder: string
  version: 1 | 2
  controllers: Controller[]
  /** The file with the limit of memory and swap (1), or of swap (2), if swap is counted. */
  swapFile?: string
}

export interface GroupLimits {
  memoryMb: number
  /** Threads count as well. */
  tasks: number
}

/** Where the system counts what a group uses. */
export interface MemoryCounters {
  folder: string
  version: 1 | 2
}

export interface Group {
  folders: ControlFolder[]
  memory: MemoryCounters | undefined
}

interface Mount {
  point: string
  root: string
  type: string
  options: string[]
}

export class ControlGroups {
  readonly #places: readonly Place[]
  /** Why the system does not keep the limit of memory here; undefined when it does. */
  readonly lacking: string | undefined

  /**
   * @param name unique on this machine
   * @param proc where /proc is mounted
   */
  constructor(name: string, proc = '/proc') {
    const places: Place[] = []
    let lacking = 'control groups that limit memory cannot be made here'
    for (const place of candidates(proc)) {
      if (place.controllers.every((one) => places.some((done) => done.controllers.includes(one)))) {
        continue
      }
      try {
        places.push(take(place, name, proc))
      } catch (error) {
        if (place.controllers.includes('memory') && error instanceof Error) lacking = error.message
      }
    }
    this.#places = places
    const has = places.some(({ controllers }) => controllers.includes('memory'))
    this.lacking = has ? undefined : lacking
  }

  /** The group of one sandbox; undefined where none can be made. */
  group(name: string, limits: GroupLimits): Group | undefined {
    if (this.#places.length === 0) return undefined
    const inside = this.#places.map((place) => ({
      ...place,
      folder: path.join(place.folder, name),
    }))
    return {
      folders: inside.map((place) => ({ path: place.folder, files: filesOf(place, limits) })),
      memory: inside.find(({ controllers }) => controllers.includes('memory')),
    }
  }
}

/** Everywhere that a controller may be had, the best place first. */
function candidates(proc: string): Place[] {
  const mounts = mountsOf(proc)
  const own = readLines(path.join(proc, 'self/cgroup')).map((line) => {
    const [, controllers = '', ...rest] = line.split(':')
    return { controllers: controllers.split(','), group: rest.join(':') }
  })
  const places: Place[] = []
  for (const { controllers, group } of own) {
    const version = controllers[0] === '' ? 2 : 1
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === 'cgroup2' : controllers.every((one) => options.includes(one)),
    )
    if (!mount) continue
    const folder = path.join(mount.point, path.relative(mount.root, group))
    const offered = version === 1 ? [folder] : upTo(folder, mount.point)
    for (const candidate of offered) {
      const given = version === 1 ? controllers : givenBelow(candidate)
      const useful = CONTROLLERS.filter((one) => given.includes(one))
      if (useful.length > 0) places.push({ folder: candidate, version, controllers: useful })
    }
  }
  return places
}

/** What groups in this folder have: a folder with processes of its own gives nothing. */
function givenBelow(folder: string): string[] {
  return readLines(path.join(folder, 'cgroup.subtree_control')).flatMap((line) => line.split(' '))
}

function upTo(folder: string, top: string): string[] {
  const inside = folder === top || folder.startsWith(`${top}${path.sep}`)
  if (!inside) return []
  return folder === top ? [folder] : [folder, ...upTo(path.dirname(folder), top)]
}

function mountsOf(proc: string): Mount[] {
  return readLines(path.join(proc, 'self/mountinfo')).flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', point = ''] = before.split(' ')
    const [type = '', , options = ''] = after.split(' ')
    return /^cgroup2?$/.test(type) ? [{ point, root, type, options: options.split(',') }] : []
  })
}

/** Makes the server's own folder, and tries whether groups can be made in it. */
function take(place: Place, name: string, proc: string): Place {
  removeStale(place.folder, proc)
  const folder = path.join(place.folder, `${PREFIX}${process.pid}-${name}`)
  const trial = path.join(folder, 'trial')
  try {
    // Processes come from outside of the folder: that takes rights in the one above.
    accessSync(path.join(place.folder, 'cgroup.procs'), constants.W_OK)
    mkdirSync(folder, { recursive: true })
    if (place.version === 2) {
      const wanted = place.controllers.map((one) => `+${one}`).join(' ')
      writeFileSync(path.join(folder, 'cgroup.subtree_control'), wanted)
    }
    mkdirSync(trial, { recursive: true })
    const swapFile = SWAP_FILES[place.version]
    const swap = existsSync(path.join(trial, swapFile)) ? { swapFile } : {}
    const taken = { ...place, ...swap, folder }
    for (const [file, value] of Object.entries(filesOf(taken, TRIAL_LIMITS))) {
      writeFileSync(path.join(trial, file), value)
    }
    return taken
  } catch (error) {
    remove(folder)
    throw error
  } finally {
    remove(trial)
  }
}

/** The files with the limits, in the order in which the system takes them. */
function filesOf(place: Place, { memoryMb, tasks }: GroupLimits): Record<string, string> {
  const { version, controllers, swapFile } = place
  const memory = String(memoryMb * BYTES_PER_MB)
  return {
    ...(controllers.includes('memory') && { [LIMIT_FILES[version]]: memory }),
    // AWS's environments have no swap.
    ...(swapFile !== undefined && { [swapFile]: version === 1 ? memory : '0' }),
    ...(controllers.includes('pids') && { 'pids.max': String(tasks) }),
  }
}

/** What a server left behind that was killed together with its supervisor. */
function removeStale(parent: string, proc: string): void {
  for (const name of foldersIn(parent)) {
    const [, pid] = STALE.exec(name) ?? []
    if (pid === undefined || existsSync(path.join(proc, pid))) continue
    const folder = path.join(parent, name)
    for (const group of foldersIn(folder)) remove(path.join(folder, group))
    remove(folder)
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return [] // Another server has removed it meanwhile.
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It is not there, or processes are in it.
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
