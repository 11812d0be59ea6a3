'use strict'
// The supervisor's side of the sandboxes: one for each execution environment, made when it is first
// needed, with the launcher inside. What comes out of a sandbox is believed only about itself.
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { ControlGroup } = require('./control-group.cjs')
const { killGroup } = require('./processes.cjs')

/** A function can stop the launcher, which then tells of no end: the sandbox ends instead. */
const KILL_GRACE_MS = 2000
const GONE = { code: 'ESRCH', message: 'The sandbox has ended.' }

/** Of a process, as its parent's namespace counts. */
function childrenOf(pid) {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
}

/** The number that a process has in its own namespace. */
function numberInside(pid) {
  return Number(/^NSpid:.*\t(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

class Sandbox {
  #spec
  #tell
  #child
  #group
  #first = Promise.withResolvers()
  #ready = Promise.withResolvers()
  #launcher
  /** What was asked of it and not answered yet, with what is done after the answer. */
  #asked = new Map()
  #running = new Set()

  /** `tell(message, handle)` is how the server hears of what was asked. */
  constructor(spec, tell, onEnd) {
    this.#spec = spec
    this.#tell = tell
    this.#group = spec.group && new ControlGroup(spec.group)
    const filter = spec.filter === undefined ? 'ignore' : fs.openSync(spec.filter, 'r')
    // Descriptor 4 is for what bubblewrap tells of itself; standard output is for our messages.
    const stdio = ['ignore', 2, 2, 'ipc', 'pipe', filter]
    this.#child = spawn(spec.command, spec.args, { cwd: '/', env: {}, stdio, detached: true })
    if (filter !== 'ignore') fs.closeSync(filter)
    this.#child.on('error', () => this.#end(onEnd))
    this.#child.on('exit', () => this.#end(onEnd))
    this.#child.on('message', (message, handle) => this.#receive(message, handle))
    this.#child.stdio[4]?.on('data', (text) => this.#join(text))
  }

  /** Passes `start`, `listen` or `connect` on, once the sandbox is there. */
  async ask({ id, ...message }) {
    this.#asked.set(id, undefined)
    try {
      await this.#ready.promise
      if (message.output !== undefined) this.#show(id, message)
      this.#child.send({ id, ...message })
    } catch ({ code, message: text }) {
      if (this.#answered(id)) this.#tell({ failed: id, code, message: text })
    }
  }

  /** Kills one of its processes, with its group. */
  killProcess(id, pid) {
    killGroup(pid)
    setTimeout(() => this.#running.has(id) && this.kill(), KILL_GRACE_MS)
  }

  kill() {
    if (this.#child.pid !== undefined) killGroup(this.#child.pid)
  }

  /** A named pipe is seen inside while it is in the folder that the sandbox shows. */
  #show(id, message) {
    const { outside, inside } = this.#spec.pipes
    const name = path.basename(message.output)
    const shown = path.join(outside, name)
    fs.renameSync(message.output, shown)
    message.output = path.join(inside, name)
    this.#asked.set(id, () => fs.rmSync(shown, { force: true }))
  }

  /** Whether the answer was waited for. */
  #answered(id) {
    this.#asked.get(id)?.()
    return this.#asked.delete(id)
  }

  /** The first process of the sandbox, which starts the launcher in a moment. */
  async #join(text) {
    const [, pid] = /"child-pid": (\d+)/.exec(text) ?? []
    if (pid === undefined) return
    await this.#group?.join(pid)
    this.#first.resolve(pid)
  }

  async #launched() {
    const [launcher] = childrenOf(await this.#first.promise)
    this.#launcher = launcher
    if (this.#group?.holds(launcher) === false) {
      await this.#group.join(launcher)
      // An empty group would tell the server of no memory at all.
      if (!this.#group.holds(launcher)) this.#group.remove()
    }
    this.#ready.resolve()
  }

  #receive({ ready, started, failed, exited, handle, ...rest }, passed) {
    if (ready) this.#launched().catch(() => this.kill())
    else if (this.#asked.has(started)) this.#started(started, rest.pid)
    else if (this.#answered(failed)) this.#tell({ failed, ...rest })
    else if (this.#answered(handle)) this.#tell({ handle }, passed)
    else if (this.#asked.has(exited) || this.#running.has(exited)) this.#exited(exited, rest)
    else if (passed) (passed.destroy ?? passed.close).call(passed)
  }

  #started(id, number) {
    const pid = childrenOf(this.#launcher).find((child) => numberInside(child) === number)
    // One that has ended already is told of with its end.
    if (pid === undefined) return
    this.#answered(id)
    this.#running.add(id)
    this.#tell({ started: id, pid: Number(pid) })
  }

  #exited(id, { code, signal }) {
    if (this.#answered(id)) this.#tell({ started: id, pid: this.#child.pid })
    this.#running.delete(id)
    this.#tell({ exited: id, code, signal })
  }

  #end(onEnd) {
    for (const id of this.#running) this.#tell({ exited: id, code: null, signal: 'SIGKILL' })
    for (const id of this.#asked.keys()) this.#tell({ failed: id, ...GONE })
    this.#running.clear()
    this.#asked.clear()
    this.#group?.remove()
    onEnd()
  }
}

module.exports = { Sandbox }
