'use strict'
// How the processes of functions are started and ended, in a sandbox and outside.
const { spawn } = require('node:child_process')
const fs = require('node:fs')

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has already ended.
  }
}

const killGroup = (pid) => kill(-pid)

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

/** Calls `started(pid)` and, in the end, `exited(code, signal)`; or else `failed(error)`. */
function startProcess({ command, args, cwd, env, output }, { started, failed, exited }) {
  let outputs = []
  try {
    outputs = openOutputs(output)
    const stdio = ['ignore', ...outputs]
    const child = spawn(command, args, { cwd, env, stdio, detached: true })
    child.on('error', failed)
    if (child.pid === undefined) return
    child.on('exit', (code, signal) => {
      killGroup(child.pid)
      exited(code, signal)
    })
    started(child.pid)
  } catch (error) {
    failed(error)
  } finally {
    for (const fd of outputs) fs.closeSync(fd)
  }
}

module.exports = { kill, killGroup, startProcess }
