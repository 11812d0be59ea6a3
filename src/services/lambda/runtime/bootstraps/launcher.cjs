'use strict'
// The first program in a sandbox, and the one that stays: it starts the processes of one execution
// environment, so that /tmp and the network are theirs together and outlast each of them. The
// network is empty: listening sockets are handed out to the server, which then is spoken to
// directly, and so are connections to what listens inside. It speaks to the supervisor only.
const fs = require('node:fs')
const net = require('node:net')
const { startProcess } = require('./processes.cjs')

const HOST = '127.0.0.1'
const EVERYONE = -1
/** Should the system have to end one for the memory of all, it is not this program. */
const OOM_SCORE = '500'

let running = 0

/** All that the processes have left behind. */
function killStrays() {
  try {
    process.kill(EVERYONE, 'SIGKILL')
  } catch {
    // Nobody else is here.
  }
}

function start({ id, ...spec }) {
  startProcess(spec, {
    started(pid) {
      running++
      fs.writeFile(`/proc/${pid}/oom_score_adj`, OOM_SCORE, () => {})
      process.send({ started: id, pid })
    },
    failed: ({ code, message }) => process.send({ failed: id, code, message }),
    exited(code, signal) {
      running--
      if (running === 0) killStrays()
      process.send({ exited: id, code, signal })
    },
  })
}

function listen({ id, port }) {
  const server = net.createServer()
  server.once('error', ({ code, message }) => process.send({ failed: id, code, message }))
  server.listen(port, HOST, () => process.send({ handle: id }, server, () => server.close()))
}

function connect({ id, port }) {
  const socket = net.connect({ port, host: HOST })
  const fail = ({ code, message }) => process.send({ failed: id, code, message })
  socket.once('error', fail)
  socket.once('connect', () => {
    socket.off('error', fail).on('error', () => {})
    process.send({ handle: id }, socket)
  })
}

const OPERATIONS = { start, listen, connect }
process.on('message', ({ op, ...rest }) => OPERATIONS[op](rest))
// Without the supervisor nobody is served here any more.
process.on('disconnect', () => process.exit())
process.on('error', () => process.exit())
process.send({ ready: true })
