'use strict'
// Starts and ends the processes of functions on behalf of the server. Being small, it forks in a
// millisecond whatever the size of the server, whose event loop never waits for a fork. It outlives
// signals that the terminal sends to the server, and ends every process group once the server is
// gone: a killed server cannot tell, but its end of our standard input closes.
//
// One JSON message a line, in on standard input, out on standard output.
const { execFile, spawn } = require('node:child_process')
const fs = require('node:fs')

const MAX_PROBE_OUTPUT_BYTES = 64 * 1024
const MAX_PASSES = 20

const workDir = process.argv[2]
const children = new Map()

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has already ended.
  }
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

/** Each descriptor is opened by itself, so that one made non-blocking leaves the others alone. */
function openOutputs(path) {
  const outputs = []
  try {
    for (let i = 0; i < 3; i++) outputs.push(fs.openSync(path, 'w'))
    return outputs
  } catch (error) {
    for (const fd of outputs) fs.closeSync(fd)
    throw error
  }
}

function start({ id, command, args, cwd, env, output, accompanied, launch }) {
  let outputs = []
  try {
    outputs = openOutputs(output)
    const stdio = ['ignore', ...outputs, ...(launch ? ['ipc'] : [])]
    const child = spawn(command, args, { cwd, env, stdio, detached: true })
    child.on('error', (error) => send({ failed: id, code: error.code, message: error.message }))
    if (child.pid === undefined) return
    children.set(id, child.pid)
    if (launch) launchInside(id, child, launch)
    child.on('exit', (code, signal) => {
      killGroup(child.pid)
      children.delete(id)
      send({ exited: id, code, signal })
      if (!accompanied) sweep(env.AWS_LAMBDA_RUNTIME_API)
    })
    send({ started: id, pid: child.pid })
  } catch (error) {
    send({ failed: id, code: error.code, message: error.message })
  } finally {
    for (const fd of outputs) fs.closeSync(fd)
  }
}

/** In a sandbox with a network of its own: passes its listening sockets on to the server. */
function launchInside(id, child, launch) {
  child.send(launch)
  child.on('message', ({ port, failed, ready }, server) => {
    if (server) {
      process.send({ listening: id, port }, server, () => server.close())
    } else if (failed) {
      send({ failed: id, code: failed, message: 'The command cannot be executed.' })
    } else if (ready) {
      child.send({})
    }
  })
  child.on('error', () => {})
}

function run({ id, command, args, timeoutMs }) {
  const options = { timeout: timeoutMs, maxBuffer: MAX_PROBE_OUTPUT_BYTES }
  execFile(command, args, options, (error, stdout, stderr) =>
    send({ ran: id, failed: error !== null, stdout, stderr }),
  )
}

function handle(message) {
  if (message.op === 'start') start(message)
  else if (message.op === 'run') run(message)
  else if (message.op === 'sweep') sweep(message.runtimeApi)
  else if (message.op === 'kill' && children.has(message.id)) killGroup(children.get(message.id))
}

function endEverything() {
  for (const pid of children.values()) killGroup(pid)
  killStrays(`TMPDIR=${workDir}/`)
  fs.rmSync(workDir, { recursive: true, force: true, maxRetries: 3 })
  process.exit(0)
}

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
