'use strict'
// The supervisor's side of the sandboxes: one for each execution environment, made when it is first
// needed, with the launcher inside. What comes out of a sandbox is believed only about itself.
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { ControlGroup } = require('./control-group.cjs')
const { kill, killGroup } = require('./processes.cjs')

/** A function can stop the launcher, which then tells of no end: the sandbox ends instead. */
const KILL_GRACE_MS = 2000
/** Nor does it answer then: what a busy machine takes to make a sandbox is far less. */
const ANSWER_TIMEOUT_MS = 10_000
const MAX_TEXT_LENGTH = 1000
const GONE = { code: 'ESRCH', message: 'The sandbox has ended.' }
/** What may come with the answer. */
const HANDLES = { listen: net.Server, connect: net.Socket }

/** Of a process, as its parent's namespace counts. */
function childrenOf(pid) {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
}

/** The number that a process has in its own namespace; undefined when it has ended. */
function numberInside(pid) {
  try {
    return Number(/^NSpid:.*\t(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

function textOf(value) {
  return String(value).slice(0, MAX_TEXT_LENGTH)
}

class Sandbox {
  #spec
  #tell
  #child
  #group
  #first = Promise.withResolvers()
  #ready = Promise.withResolvers()
  #isReady = false
  #inner
  #launcher
  /** What bubblewrap said, should it make no sandbox. */
  #complaint = ''
  /** What was asked of it and not answered yet. */
  #asked = new Map()
  #running = new Set()

  /** `tell(message, handle)` is how the server hears of what was asked. */
  constructor(spec, tell, onEnd) {
    this.#spec = spec
    this.#tell = tell
    this.#group = spec.group && new ControlGroup(spec.group)
    const filter = spec.filter === undefined ? 'ignore' : fs.openSync(spec.filter, 'r')
    // A function can open what its launcher has open: nothing of ours may be among it. Descriptor 4
    // is for what bubblewrap tells of itself.
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc', 'pipe', filter]
    this.#child = spawn(spec.command, spec.args, { cwd: '/', env: {}, stdio, detached: true })
    if (filter !== 'ignore') fs.closeSync(filter)
    this.#child.on('error', () => this.#end(onEnd))
    this.#child.on('exit', () => this.#end(onEnd))
    this.#child.on('message', (message, handle) => this.#receive(message, handle))
    this.#child.stderr?.on('data', (text) => {
      this.#complaint = textOf(this.#complaint + text)
    })
    this.#child.stdio[4]?.on('data', (text) => this.#join(text))
  }

  /** Passes `start`, `listen` or `connect` on, once the sandbox is there. */
  async ask({ id, op, ...message }) {
    const timer = setTimeout(() => this.kill(), ANSWER_TIMEOUT_MS)
    this.#asked.set(id, { op, timer })
    try {
      await this.#ready.promise
      if (message.output !== undefined) this.#show(id, message)
      this.#child.send({ id, op, ...message })
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
    if (this.#child.connected) this.#child.disconnect()
    // With the first process all others end; bubblewrap sees to that, and ends last.
    if (this.#inner !== undefined) kill(this.#inner)
    else if (this.#child.pid !== undefined) killGroup(this.#child.pid)
  }

  /** A named pipe is seen inside while it is in the folder that the sandbox shows. */
  #show(id, message) {
    const { outside, inside } = this.#spec.pipes
    const name = path.basename(message.output)
    const shown = path.join(outside, name)
    fs.renameSync(message.output, shown)
    message.output = path.join(inside, name)
    this.#asked.get(id).shown = shown
  }

  #asks(id, ...operations) {
    return operations.includes(this.#asked.get(id)?.op)
  }

  /** Whether the answer was waited for. */
  #answered(id) {
    const { timer, shown } = this.#asked.get(id) ?? {}
    clearTimeout(timer)
    if (shown !== undefined) fs.rmSync(shown, { force: true })
    return this.#asked.delete(id)
  }

  /** The first process of the sandbox, which starts the launcher in a moment. */
  async #join(text) {
    const [, pid] = /"child-pid": (\d+)/.exec(text) ?? []
    if (pid === undefined) return
    this.#inner = Number(pid)
    await this.#group?.join(pid)
    this.#first.resolve(pid)
  }

  async #launched() {
    this.#isReady = true
    this.#child.stderr.destroy()
    const [launcher] = childrenOf(await this.#first.promise)
    this.#launcher = launcher
    if (this.#group?.holds(launcher) === false) {
      await this.#group.join(launcher)
      // An empty group would tell the server of no memory at all.
      if (!this.#group.holds(launcher)) this.#group.remove()
    }
    this.#ready.resolve()
  }

  #receive(message, passed) {
    const { ready, started, failed, exited, handle, ...rest } = Object(message)
    const { op } = this.#asked.get(handle) ?? {}
    if (passed !== undefined && HANDLES[op] !== undefined && passed instanceof HANDLES[op]) {
      this.#answered(handle)
      this.#tell({ handle }, passed)
      return
    }
    ;(passed?.destroy ?? passed?.close)?.call(passed)
    if (ready && !this.#isReady) this.#launched().catch(() => this.kill())
    else if (this.#asks(started, 'start')) this.#started(started, rest.pid)
    else if (this.#running.has(exited) || this.#asks(exited, 'start', 'end')) {
      this.#exited(exited, rest)
    } else if (this.#answered(failed)) {
      this.#tell({ failed, code: textOf(rest.code), message: textOf(rest.message) })
    } else {
      // The launcher says nothing else: a function has taken it over.
      this.kill()
    }
  }

  #started(id, number) {
    const pid = childrenOf(this.#launcher).find((child) => numberInside(child) === number)
    if (pid === undefined) {
      // It has ended already, and is told of with its end.
      this.#asked.get(id).op = 'end'
      return
    }
    this.#answered(id)
    this.#running.add(id)
    this.#tell({ started: id, pid: Number(pid) })
  }

  #exited(id, { code, signal }) {
    if (this.#answered(id)) this.#tell({ started: id, pid: this.#child.pid })
    this.#running.delete(id)
    const ending = Number.isInteger(code)
      ? { code, signal: null }
      : { code: null, signal: textOf(signal) }
    this.#tell({ exited: id, ...ending })
  }

  #end(onEnd) {
    if (!this.#isReady && this.#complaint !== '') {
      console.error(`windtunnel: no sandbox was made: ${this.#complaint.trim()}`)
    }
    this.#inner = undefined
    for (const id of this.#running) this.#tell({ exited: id, code: null, signal: 'SIGKILL' })
    for (const id of [...this.#asked.keys()]) {
      if (this.#answered(id)) this.#tell({ failed: id, ...GONE })
    }
    this.#running.clear()
    this.#group?.remove()
    onEnd()
  }
}

module.exports = { Sandbox }
