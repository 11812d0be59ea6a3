'use strict'
// The first program in a sandbox that has a network of its own, where nobody else is: listens on the
// addresses that the function may reach, hands the listening sockets out to the server, and becomes
// the function. What connects to them then speaks to the server directly.
const fs = require('node:fs')
const net = require('node:net')

const OPEN_TELEMETRY = 'exec "$0" "$@" 3>/proc/self/fd/1'

function listening(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

async function handOut(ports) {
  for (const port of ports) {
    const server = await listening(port)
    await new Promise((resolve) => process.send({ port }, server, resolve))
    server.close()
  }
}

process.once('message', async ({ command, args, cwd, env, ports }) => {
  await handOut(ports)
  process.once('message', () => {
    try {
      process.chdir(cwd)
      fs.accessSync(command, fs.constants.X_OK)
    } catch (error) {
      process.send({ failed: error.code }, () => process.exit(1))
      return
    }
    // Node.js hands on no descriptor but the standard ones: a shell opens the third anew.
    process.execve('/bin/sh', ['sh', '-c', OPEN_TELEMETRY, command, ...args], env)
  })
  process.send({ ready: true })
})
