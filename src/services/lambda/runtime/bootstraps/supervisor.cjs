'use strict'
// Starts and ends the processes of functions on behalf of the server. Being small, it forks in a
// millisecond whatever the size of the server, whose event loop never waits for a fork. It outlives
// signals that the terminal sends to the server, and ends every process group once the server is
// gone: a killed server cannot tell, but its end of our standard input closes.
//
// One JSON message a line, in on standard input, out on standard output.
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const { removeGroups } = require('./control-group.cjs')
const { killGroup, startProcess } = require('./processes.cjs')
const { Sandbox } = require('./sandboxes.cjs')

const MAX_PROBE_OUTPUT_BYTES = 64 * 1024
const MAX_PASSES = 20

const STANDARD_ERROR = 2
const OPEN_FILES = '/proc/self/fd'
const CLOSE_ON_EXEC = 0o2000000

const workDir = process.argv[2]
/** How each is killed. */
const children = new Map()
const sandboxes = new Map()

/** Open files of whoever started the server: functions have no business with them. */
function closeInherited() {
  const found = fs.existsSync(OPEN_FILES) ? fs.readdirSync(OPEN_FILES).map(Number) : []
  for (const fd of found.filter((one) => one > STANDARD_ERROR)) {
    try {
      const [, flags] = /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))
      // Those of Node.js close by themselves when another program is started.
      if ((Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0) fs.closeSync(fd)
    } catch {
      // The one that read the folder.
    }
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** Linux only: those who left the group still carry the environment that they were given. */
function killStrays(marker) {
  // Some may have forked while others were looked for.
  for (let passes = MAX_PASSES; passes > 0 && killFound(marker) > 0; passes--);
}

function killFound(marker) {
  let pids = []
  let killed = 0
  try {
    pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // There is no /proc here.
  }
  for (const pid of pids) {
    try {
      if (!fs.readFileSync(`/proc/${pid}/environ`).includes(marker)) continue
      process.kill(Number(pid), 'SIGKILL')
      killed++
    } catch {
      // It has ended, or is not ours to look at.
    }
  }
  return killed
}

function sweep(runtimeApi) {
  killStrays(`AWS_LAMBDA_RUNTIME_API=${runtimeApi}\0`)
}

function start({ id, accompanied, ...spec }) {
  startProcess(spec, {
    started(pid) {
      children.set(id, () => killGroup(pid))
      send({ started: id, pid })
    },
    failed: ({ code, message }) => send({ failed: id, code, message }),
    exited(code, signal) {
      children.delete(id)
      send({ exited: id, code, signal })
      if (!accompanied) sweep(spec.env.AWS_LAMBDA_RUNTIME_API)
    },
  })
}

/** What concerns a sandbox: it is made with the first that does. */
function askSandbox({ sandbox: spec, ...message }) {
  let sandbox = sandboxes.get(spec.id)
  if (!sandbox) {
    sandbox = new Sandbox(
      spec,
      (...told) => tell(sandbox, ...told),
      () => forget(spec.id, sandbox),
    )
    sandboxes.set(spec.id, sandbox)
  }
  sandbox.ask(message)
}

function forget(id, sandbox) {
  if (sandboxes.get(id) === sandbox) sandboxes.delete(id)
}

function tell(sandbox, message, handle) {
  const { started, exited, pid } = message
  if (started !== undefined) children.set(started, () => sandbox.killProcess(started, pid))
  if (exited !== undefined) children.delete(exited)
  if (handle === undefined) {
    send(message)
    return
  }
  handle.on('error', () => {})
  // Our own copy of a listening socket; of a connection, Node.js closes it.
  process.send(message, handle, () => handle.close?.())
}

function run({ id, command, args, timeoutMs }) {
  const options = { timeout: timeoutMs, maxBuffer: MAX_PROBE_OUTPUT_BYTES }
  execFile(command, args, options, (error, stdout, stderr) =>
    send({ ran: id, failed: error !== null, stdout, stderr }),
  )
}

function handle(message) {
  if (message.sandbox !== undefined) askSandbox(message)
  else if (message.op === 'start') start(message)
  else if (message.op === 'run') run(message)
  else if (message.op === 'sweep') sweep(message.runtimeApi)
  else if (message.op === 'leave') sandboxes.get(message.id)?.kill()
  else if (message.op === 'kill') children.get(message.id)?.()
}

function endEverything() {
  for (const kill of children.values()) kill()
  for (const sandbox of sandboxes.values()) sandbox.kill()
  killStrays(`TMPDIR=${workDir}/`)
  removeGroups()
  fs.rmSync(workDir, { recursive: true, force: true, maxRetries: 3 })
  process.exit(0)
}

closeInherited()
// A function that takes over the launcher of its sandbox may send what Node.js cannot read.
process.on('uncaughtException', ({ stack }) => console.error(`windtunnel: ${stack}`))
let pending = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk) => {
  const lines = (pending + chunk).split('\n')
  pending = lines.pop()
  for (const line of lines) handle(JSON.parse(line))
})
process.stdin.on('end', endEverything)
process.stdin.on('error', endEverything)
process.stdout.on('error', endEverything)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => {})
