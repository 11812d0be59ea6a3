'use strict'
// A control group of Linux that holds one sandbox: its limits are the system's to keep.
const fs = require('node:fs')
const path = require('node:path')

const RETRY_MS = 20
const MAX_TRIES = 50

/** Groups that may still be there, by folder. */
const folders = new Set()
/** Those that the groups of this server stand in. */
const parents = new Set()

class ControlGroup {
  #folders

  /** `folders`: one for each hierarchy, with what is written to its files. */
  constructor(folders) {
    this.#folders = folders.map(({ path }) => path)
    for (const folder of folders) make(folder)
  }

  /** What it starts from then on is in the group too. */
  async join(pid) {
    // The system may take milliseconds, in which others are served.
    const files = this.#folders.map((folder) => path.join(folder, 'cgroup.procs'))
    await Promise.all(files.map((file) => fs.promises.writeFile(file, String(pid)))).catch(() => {})
  }

  holds(pid) {
    // Of the same name in every hierarchy.
    const name = this.#folders[0]?.split(path.sep).slice(-2).join('/')
    const groups = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
    return groups.filter((line) => line.endsWith(`/${name}`)).length >= this.#folders.length
  }

  /** Once its processes have ended. */
  remove(tries = MAX_TRIES) {
    this.#folders = this.#folders.filter((folder) => !removed(folder))
    if (this.#folders.length > 0 && tries > 0) setTimeout(() => this.remove(tries - 1), RETRY_MS)
  }
}

function make({ path: folder, files }) {
  try {
    fs.mkdirSync(folder, { recursive: true })
    folders.add(folder)
    parents.add(path.dirname(folder))
    for (const [name, value] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, name), value)
    }
  } catch (error) {
    // The server was told that it may; the sandbox goes without.
    console.error(`windtunnel: no control group for a function: ${error.message}`)
  }
}

function removed(folder) {
  try {
    fs.rmdirSync(folder)
  } catch (error) {
    if (error.code !== 'ENOENT') return false
  }
  folders.delete(folder)
  return true
}

/** The groups of sandboxes that were just killed, and those that they stood in. */
function removeGroups() {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = MAX_TRIES; tries > 0 && [...folders].some((one) => !removed(one)); tries--) {
    Atomics.wait(pause, 0, 0, RETRY_MS)
  }
  for (const parent of parents) removed(parent)
}

module.exports = { ControlGroup, removeGroups }
